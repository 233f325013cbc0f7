// Many problems as one program, kept by the structure of what is traced of one of them: a later call traces the
// function alone, not the solver around it.
import { type Argument, type Output, parametersOf, run, standIn, valuesOf } from "../api/common.ts";
import { inSession, keyOf, tracing } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { dataIn, parameter } from "../primitives/leaf.ts";
import { nanCheck } from "../run/nan-check.ts";
import { type Program, programOf } from "../run/program.ts";
import { byStructure, structureOf, valueIn } from "../run/structure.ts";
import { elementsOf, type Operand } from "../trace/convert.ts";
import { treeOf } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, type Structure, unflatten } from "../trace/tree.ts";
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
  readonly program: Program;
  /** Where the content of a captured array stands among those of a call. */
  readonly places: ReadonlyMap<Node, number>;
  readonly nodes: readonly Node[];
  readonly structure: Structure;
}
const kept = /* @__PURE__ */ byStructure<Kept>(({ program }) => program.dispose());

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
    const stand = moving.map((n) => parameter([], n.dtype));
    const [at] = substitute([y], moving, stand) as [Node];
    const value = (v: Tensor, own: readonly unknown[]): Tensor => {
      const leaves = own.flatMap((tree) => flatten(name, tree).leaves as Tensor[]);
      return new Tensor(substitute([at], inner, [v.node, ...leaves.map((t) => t.node)])[0] as Node);
    };
    const { nodes, structure } = treeOf(name, solved(problems, value));
    const program = programOf(nodes, [...parametersOf(args), ...stand]);
    return { program, places: new Map(literals.map((n, i) => [n, i])), nodes, structure };
  });
  const { program, places, nodes, structure: shape } = found;
  const arrays = literals.map(dataIn);
  program.rebind((n) => arrays[places.get(n) ?? -1]);
  const values = args.flatMap((a) => a.operands.map((o) => elementsOf(o, o.dtype)));
  const data = program.call([...values, ...moving.map((n) => [valueIn(n)])]);
  return unflatten(shape, valuesOf(nodes, data));
}

const treeOfSlices = ({ structure, operands }: Argument, nodes: readonly Node[]): unknown =>
  unflatten(
    structure,
    nodes.map((n, i) => standIn(n, operands[i] as Operand)),
  );
