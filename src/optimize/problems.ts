// Many problems as one program, kept by the structure of what is traced of one of them: a later call traces the
// function alone, not the solver around it.
import { type Argument, type Output, parametersOf, run, standIn, valuesOf } from "../api/common.ts";
import type { Data } from "../ir/aval.ts";
import { inSession, keyOf, tracing } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { parameter } from "../primitives/leaf.ts";
import { nanCheck } from "../run/nan-check.ts";
import { byStructure, structureOf } from "../run/structure.ts";
import { elementsOf, type Operand } from "../trace/convert.ts";
import { treeOf } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, type Structure, unflatten } from "../trace/tree.ts";
import { capturesOf, type Runnable, template } from "./homes.ts";
import { each } from "./many.ts";
import type { TracedFunction } from "./requests.ts";
import type { Unknowns } from "./unknowns.ts";

/** Problems of one kind: one program solves them, whatever their numbers are. */
export interface Problems {
  readonly name: string;
  /** What it is made for, beside the function and the arguments. */
  readonly made: readonly unknown[];
  /** Arrays with an axis of problems in front, and those that all share. */
  readonly batches: readonly Argument[];
  readonly shared: readonly Argument[];
  readonly unknowns: Unknowns;
  /** Captured arrays of `solve`, whose content differs from call to call. */
  readonly told: readonly Tensor[];
  /** The function of one problem: of a vector of its unknowns, and its slices. */
  value(x: Tensor, slices: readonly unknown[]): Tensor;
  /** What is found of it, a tree. */
  solve(f: TracedFunction, slices: readonly unknown[]): unknown;
}

interface Kept {
  readonly run: Runnable;
  /** What it returns: the leaves of a tree. */
  readonly nodes: readonly Node[];
  readonly structure: Structure;
}
const kept = /* @__PURE__ */ byStructure<Kept>();

/** The results of all problems that `make` makes. */
export function solveAll(make: () => Problems): unknown {
  // Where results are looked through for NaN, programs know what they compute, which is not kept.
  return tracing() || nanCheck ? run(() => outputOf(make())) : inSession(() => byKept(make()));
}

function outputOf(problems: Problems): Output {
  const { nodes, weak, structure } = treeOf(problems.name, solved(problems, problems.value));
  const { shared, batches } = problems;
  return { args: [...shared, ...batches], nodes, weak, assemble: (leaves) => unflatten(structure, leaves) };
}
const solved = ({ batches, solve }: Problems, value: Problems["value"]): unknown =>
  each(
    (slices) => solve((x) => value(x, slices), slices),
    batches.map((b) => b.traced),
  );

function byKept(problems: Problems): unknown {
  const { name, made, batches, shared, unknowns, told } = problems;
  const args = [...shared, ...batches];
  const x = parameter([unknowns.size], unknowns.dtype);
  const slices = batches.map(({ operands }) => operands.map((o) => parameter(o.shape.slice(1), o.dtype)));
  const y = problems.value(
    new Tensor(x),
    batches.map((b, i) => treeOfSlices(b, slices[i] as Node[])),
  ).node;
  const inner = [x, ...slices.flat()];
  const of = structureOf([y], [...inner, ...parametersOf(shared)]);
  const types = args.flatMap((a) => a.operands.map(({ shape, dtype, weak }) => [shape, dtype, weak]));
  const key = keyOf([name, ...made, ...types]);
  const structure = { ...of, exact: `${key} ${of.exact}`, loose: `${key} ${of.loose}` };
  const moving = kept.moving(structure);
  const literals = [...structure.literals, ...told.map((t) => t.node)];
  const found = kept.find(structure, moving, () => {
    const { y: at, program } = template(y, moving, literals);
    const value = (v: Tensor, own: readonly unknown[]): Tensor => {
      const leaves = own.flatMap((tree) => flatten(name, tree).leaves as Tensor[]);
      return new Tensor(substitute([at], inner, [v.node, ...leaves.map((t) => t.node)])[0] as Node);
    };
    const { nodes, structure } = treeOf(name, solved(problems, value));
    return { run: program(nodes, parametersOf(args)), nodes, structure };
  });
  const values = args.flatMap((a) => a.operands.map((o) => elementsOf(o, o.dtype) as Data));
  const data = found.run(values, capturesOf(literals, moving));
  return unflatten(found.structure, valuesOf(found.nodes, data));
}

const treeOfSlices = ({ structure, operands }: Argument, nodes: readonly Node[]): unknown =>
  unflatten(
    structure,
    nodes.map((n, i) => standIn(n, operands[i] as Operand)),
  );
