// Linear functions with their point fixed, as linearize and vjp return them.

import { fail } from "../errors.ts";
import { type Data, sameShape, showShape } from "../ir/aval.ts";
import { bring, brought, inSession, leaked, tracing } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { reachable, substitute } from "../ir/walk.ts";
import { dataIn, isLiteral, literal } from "../primitives/leaf.ts";
import { evaluate } from "../run/evaluate.ts";
import { Linearized } from "../run/linearized.ts";
import { checkedCall } from "../run/nan-check.ts";
import { passesHere } from "../run/passes.ts";
import { elementsOf, type Operand, operandOf } from "../trace/convert.ts";
import type { Traced } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, flattenLike, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import type { HasTensor } from "../trace/types.ts";
import { type Argument, compute, inlineNodes, matching, parametersOf, valuesOf } from "./common.ts";
import { disposeKey } from "./dispose.ts";

/**
 * A linear function at a fixed point. What depends on the point alone is computed once: from its second call on it
 * runs a program of its own that keeps those values. `R` is its result, `T` the same for traced arguments.
 */
export interface LinearFunction<Args extends readonly unknown[], R, T = R> {
  <const V extends Args, O extends true extends HasTensor<V> ? T : R = true extends HasTensor<V> ? T : R>(
    ...args: V & readonly unknown[]
  ): O;
  /** Frees its memory early; garbage collection does it otherwise. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** One argument of the linear function: its parameters, and what it must look like. */
interface LinearInput {
  readonly name: string;
  readonly like: string;
  readonly structure: Structure;
  readonly nodes: readonly Node[];
}

interface LinearSpec {
  /** Arguments that fix the point. */
  readonly args: readonly Argument[];
  /** The value at the point, if it is wanted. */
  readonly value?: Traced;
  /** What the function returned beside it. */
  readonly aux?: Traced;
  /** What the function is linear in. */
  readonly variables: readonly LinearInput[];
  /** Linear in the nodes of `variables`. */
  readonly outputs: readonly Node[];
  assemble(leaves: readonly unknown[]): unknown;
}

/** `[value, linear function]` of what `build` makes in the open trace, or in one of its own. */
export function linearFunction(transform: string, build: () => LinearSpec): unknown {
  const nested = tracing();
  return inSession(() => {
    const spec = build();
    const { args, value, aux } = spec;
    const y = [...(value?.nodes ?? []), ...(aux?.nodes ?? [])];
    const weak = [...(value?.weak ?? []), ...(aux?.weak ?? [])];
    const results = (leaves: readonly unknown[], map: unknown): unknown[] => [
      value && unflatten(value.structure, leaves),
      map,
      ...(aux ? [unflatten(aux.structure, leaves, value?.nodes.length)] : []),
    ];
    if (nested) {
      const nodes = inlineNodes(args, [...y, ...spec.outputs]);
      const leaves = y.map((_, i) => new Tensor(nodes[i] as Node, weak[i]));
      return results(leaves, callable(transform, spec, nodes.slice(y.length), [], []));
    }
    const data = args.flatMap((a) => a.operands.map((x) => x.data(x.dtype).slice()));
    return results(
      valuesOf(y, compute(args, y)),
      callable(transform, spec, frozen(spec.outputs), parametersOf(args), data),
    );
  });
}

/** `outputs` with captured arrays as they are now: the caller may change his before the linear function is called. */
function frozen(outputs: readonly Node[]): readonly Node[] {
  const literals = reachable(outputs).filter(isLiteral);
  const copies = literals.map((n) => literal(dataIn(n).slice(), n.shape, n.dtype));
  return substitute(outputs, literals, copies);
}

/** `outputs` as a function of the inputs of `spec`, at `points` with the values `data`. */
function callable(
  transform: string,
  spec: LinearSpec,
  outputs: readonly Node[],
  points: readonly Node[],
  data: readonly Data[],
): LinearFunction<unknown[], unknown> {
  const directions = spec.variables.flatMap((x) => x.nodes);
  const passes = passesHere();
  const operations = brought();
  let calls = 0;
  let program: Linearized | undefined;
  let disposed = false;

  const compute = (given: readonly ArrayLike<number>[]): Data[] => {
    if (calls++ === 0) return evaluate(outputs, [...directions, ...points], [...given, ...data], passes);
    if (!program) {
      program = inSession(() => new Linearized([], outputs, points, directions, { passes }));
      program.prepare.run(data);
    }
    return checkedCall(program.apply, given, (values) => ({
      outputs,
      parameters: [...directions, ...points],
      values: [...values, ...data],
    }));
  };
  const call = (...given: unknown[]): unknown => {
    if (disposed)
      fail(
        "disposed",
        `${transform}: this linear function was used after dispose(); make it again, or dispose of it later`,
      );
    const operands = operandsFor(transform, spec.variables, given);
    if (tracing()) {
      for (const own of operations) bring(own);
      const constants = points.map((p, i) => literal(data[i] as Data, p.shape, p.dtype));
      const nodes = substitute(
        outputs,
        [...directions, ...points],
        [...operands.map((x) => x.node(x.dtype)), ...constants],
      );
      return spec.assemble(nodes.map((n) => new Tensor(n)));
    }
    if (operands.some((x) => x.traced)) leaked(`${transform}: an argument of the linear function`);
    return spec.assemble(valuesOf(outputs, compute(operands.map((x) => elementsOf(x, x.dtype)))));
  };
  const dispose = (): void => {
    disposed = true;
    program?.dispose();
    program = undefined;
  };
  // not printed with it
  for (const key of ["dispose", disposeKey()]) Object.defineProperty(call, key, { value: dispose });
  return Object.defineProperty(call, "name", { value: `linear function of ${transform}` }) as unknown as LinearFunction<
    unknown[],
    unknown
  >;
}

/** The leaves of the arguments, checked against the structures and shapes of `inputs`. */
function operandsFor(transform: string, inputs: readonly LinearInput[], given: readonly unknown[]): Operand[] {
  if (given.length !== inputs.length)
    fail(
      "value",
      `${transform}: the linear function takes ${inputs.length} ` +
        `${inputs.length === 1 ? "argument" : "arguments"}, got ${given.length}`,
    );
  return inputs.flatMap((input, k) => {
    const where = `${transform}: ${input.name}`;
    const leaves = flattenLike(where, given[k], input.structure);
    if (!leaves)
      return fail(
        "shape",
        `${where} must have the structure of ${input.like}, ${showStructure(input.structure)}; got ` +
          `${showStructure(flatten(where, given[k]).structure)}`,
      );
    const alone = input.structure === "leaf" && (input.nodes[0] as Node).shape;
    const one = given[k];
    if (alone && Array.isArray(one) && one.length === 1 && sameShape(operandOf(where, one).shape, [1, ...alone]))
      fail("shape", `${where} is in a list; pass it alone, an array of shape ${showShape(alone)}`);
    return leaves.map((leaf, i) => matching(where, leaf, input.nodes[i] as Node, input.like));
  });
}
