// Which element types an operation takes, and whether it has a derivative, tried out on sample arguments.
import { pushforward } from "../../src/ad/jvp.ts";
import * as library from "../../src/index.ts";
import { type DType, isFloat, type Shape } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { dependents, reachable } from "../../src/ir/walk.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { Tensor } from "../../src/trace/tracer.ts";

/** An argument: the shape of a traced array, or `{ is }` an ordinary value. */
type Sample = Shape | { readonly is: unknown } | { readonly index: Shape } | { readonly list: readonly Shape[] };
const is = (value: unknown): Sample => ({ is: value });
/** Argument lists that fit most operations; the first that an operation takes is used. */
const samples: readonly (readonly Sample[])[] = [
  [[4]],
  [[4], [4]],
  [[4], [4], [4]],
  [[3, 3]],
  [
    [3, 3],
    [3, 3],
  ],
  [[3, 3], [3]],
  [{ list: [[4], [4]] }],
  [[4], { index: [2] }],
  [[4], is(2)],
  [[4], is([2, 2])],
  [[4], is("float32")],
  [[4], { index: [2] }, [2]],
  [[3, 3], is(0), is(1)],
  [[4], { index: [4] }, is(5)],
  [is(1), [4]],
  [
    [1, 2, 8],
    [3, 2, 3],
  ],
  [
    [1, 2, 8, 8],
    [3, 2, 3, 3],
  ],
  [[4], is(1), is([[0, 1]])],
  [is("ij,jk->ik"), [3, 3], [3, 3]],
];
/** Samples of operations that take none of these, or mean less with them. */
const own: Record<string, readonly Sample[]> = {
  slice: [[4], is([1])],
  funmh: [[3, 3], is(library.log)],
  powmh: [[3, 3], is(0.5)],
  spectralSum: [[3, 3], is(library.log)],
  radial: [is(library.exp), [4]],
  at: [[4], is(1)],
  take: [[4], { index: [2] }],
  pad: [[4], is(1)],
  roll: [[4], is(1)],
  clip: [[4], is(0.2), is(0.8)],
  reshape: [[4], is([2, 2])],
  broadcastTo: [[4], is([3, 4])],
  transpose: [[3, 3]],
  expandDims: [[4], is(0)],
  squeeze: [[1, 4]],
  flip: [[4]],
  polygamma: [is(1), [4]],
  matrixPower: [[3, 3], is(3)],
  maxPool: [[1, 2, 8], is(2)],
  avgPool: [[1, 2, 8], is(2)],
  compress: [[4], is([true, false, true, true])],
  dynamicSlice: [[4], is([1]), is([2])],
  dynamicUpdateSlice: [[4], [2], is([1])],
  takeAlongAxis: [[4], { index: [2] }],
  matmul: [
    [3, 3],
    [3, 3],
  ],
};

interface Trial {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly options: string;
}
const leavesIn = (value: unknown): Node[] =>
  value instanceof Tensor
    ? [value.node]
    : typeof value === "object" && value !== null && !ArrayBuffer.isView(value)
      ? Object.values(value).flatMap(leavesIn)
      : [];
/** The graph of `name` for `sample` in `dtype`; undefined where the operation does not take it. */
function attempt(name: string, sample: readonly Sample[], dtype: DType): Trial | undefined {
  const inputs: Node[] = [];
  const traced = (shape: Shape, type: DType): Tensor => {
    const x = parameter(shape, type);
    if (type === dtype) inputs.push(x);
    return new Tensor(x);
  };
  try {
    const f = (library as unknown as Record<string, (...args: unknown[]) => unknown>)[name] as (
      ...args: unknown[]
    ) => unknown;
    const args = sample.map((s) =>
      "is" in s
        ? s.is
        : "index" in s
          ? traced(s.index, "int32")
          : "list" in s
            ? s.list.map((l) => traced(l, dtype))
            : traced(s, dtype),
    );
    const outputs = leavesIn(f(...args));
    const takes = outputs.length > 0 && outputs.some((y) => dependents(reachable(outputs), inputs).has(y));
    return takes ? { inputs, outputs, options: optionsAfter(f, args) } : undefined;
  } catch {
    return undefined;
  }
}

/** The options that `f` takes after some of `args`, as its message about an unknown one tells. */
function optionsAfter(f: (...args: unknown[]) => unknown, args: readonly unknown[]): string {
  for (let n = args.length; n > 0; n--) {
    try {
      f(...args.slice(0, n), { unknown: 1 });
    } catch (e) {
      const known = /the options are (.*)$/.exec((e as Error).message)?.[1];
      if (known) return known;
    }
  }
  return "";
}

const DTYPES: readonly DType[] = ["float64", "float32", "int32", "bool"];

export interface Anatomy {
  /** The type of the result for each type of the arguments that the operation takes. */
  readonly types: ReadonlyMap<DType, DType>;
  readonly differentiable: boolean;
  /** The options that its message about an unknown one names. */
  readonly options: string;
}

/** Undefined where no sample fits, as for operations that take no array. */
export function anatomy(name: string): Anatomy | undefined {
  return inSession(() => {
    const candidates = own[name] ? [own[name] as readonly Sample[]] : samples;
    const taken = (dtype: DType) => candidates.find((s) => attempt(name, s, dtype));
    // Integers alone, as indices are, only where no sample of floats fits.
    const sample = taken("float64") ?? taken("int32");
    if (!sample) return undefined;
    const { inputs, outputs, options } = (attempt(name, sample, "float64") ?? attempt(name, sample, "int32")) as Trial;
    const types = new Map<DType, DType>();
    for (const dtype of DTYPES) {
      // Of several results (the permutation of lu comes first) a float tells the type.
      const made = attempt(name, sample, dtype)?.outputs;
      const result = made?.find((y) => isFloat(y.dtype)) ?? made?.[0];
      if (result) types.set(dtype, result.dtype);
    }
    const differentiable =
      isFloat((inputs[0] as Node).dtype) && pushforward(outputs, inputs, inputs).some((d) => d !== undefined);
    return { types, differentiable, options };
  });
}
