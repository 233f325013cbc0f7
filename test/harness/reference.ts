// The reference interpreter: what a graph means, in plain JavaScript, one deliberately naive function per primitive.
//
// - float64 arithmetic is JavaScript's; float32 is float64 rounded by Math.fround after every operation (elementary
//   functions:
//   the float64 result rounded once); int32 wraps; booleans are 0/1 in an Int32Array.
// - Sums (sum, prod, matmul, scatterAdd) run in row-major order of what is summed, in float64, rounded once at the end.
// - Conversion to int32 truncates and saturates, NaN becomes 0 (Wasm's trunc_sat); to bool, anything but ±0 is true.
//
// With `noise` the interpreter shakes every result that a correct program may round differently (elementary functions
// and sums) by its error bound. The spread over a few such runs is the tolerance of compare.ts: zero, so bit for bit,
// wherever no such operation is upstream, and large where a graph amplifies rounding.
import { type Data, type DType, type Shape, sizeOf, stridesOf } from "../../src/ir/aval.ts";
import type { Closed, Node } from "../../src/ir/graph.ts";
import { isPart, partIndex } from "../../src/ir/part.ts";
import { reachable } from "../../src/ir/walk.ts";
import { controlResults } from "./control-reference.ts";
import { cumulativeRules, inexactCumulative } from "./cumulative-reference.ts";
import { contracts, sincDerivativeSize } from "./elementary-contracts.ts";
import { factorizationRules } from "./factorizations.ts";
import * as f from "./formulas.ts";
import { matrixFunctionRules } from "./matrix-functions.ts";
import type { Rng } from "./rng.ts";
import { singularValueRules } from "./singular-values.ts";
import { specialContracts } from "./special-contracts.ts";
import { incompleteGammas, specialFunctions } from "./special-functions.ts";
import { spectralRules } from "./spectral.ts";
import { windowRules } from "./window-rules.ts";

/** Error that kernels may make, in units in the last place: issue 3 asks for 4. */
const LANE_ULP = 4;

/** Operands that differ a little may round to results that differ by an ulp, even where the little is far below it. */
const ROUNDING = 4;
/** Primitives whose result is correctly rounded rather than exact. */
const ROUNDED = new Set(["add", "sub", "mul", "div", "plus", "by", "per", "square", "cube", "sqrt"]);

export const storage = (dtype: DType, size: number): Data =>
  dtype === "float64" ? new Float64Array(size) : dtype === "float32" ? new Float32Array(size) : new Int32Array(size);

/** Values of `outputs` with parameter `parameters[i]` holding `values[i]` (row-major). `shakeAll`: noise
 * shakes all arithmetic, for comparing two graphs of the same function. */
export function evaluateReference(
  outputs: readonly Node[],
  parameters: readonly Node[],
  values: readonly Data[],
  noise?: Rng,
  shakeAll = false,
): Data[] {
  const memory = new Map<Node, Data>();
  /** Of the nodes with several results, whose meaning is that of their graphs. */
  const lists = new Map<Node, Data[]>();
  /** Nodes whose value a correct program may round differently, or that depend on one. */
  const inexact = new Set<Node>();
  parameters.forEach((p, i) => {
    const given = values[i];
    if (!given || given.length !== p.size)
      throw new Error(`reference: parameter ${i} has ${p.size} elements, got ${given?.length}`);
    memory.set(p, store(p, Array.from(given)));
  });
  for (const node of reachable(outputs)) {
    if (memory.has(node)) continue;
    const { lower } = node.prim;
    if (lower.kind === "closed") {
      const body = lower.body(node);
      const args = node.inputs.map((x) => memory.get(x) as Data);
      lists.set(node, evaluateReference(body.outputs, body.parameters, args, noise, shakeAll));
      if (noise) inexact.add(node);
      continue;
    }
    if (lower.kind === "control") {
      const args = node.inputs.map((x) => memory.get(x) as Data);
      const run = (g: Closed, a: readonly Data[]) => evaluateReference(g.outputs, g.parameters, a, noise, shakeAll);
      lists.set(node, controlResults(node, args, run, storage));
      if (noise) inexact.add(node);
      continue;
    }
    if (isPart(node)) {
      memory.set(node, lists.get(node.inputs[0] as Node)?.[partIndex(node)] as Data);
      if (inexact.has(node.inputs[0] as Node)) inexact.add(node);
      continue;
    }
    const rule = RULES[node.prim.name];
    if (!rule) throw new Error(`reference: no rule for ${node.prim.name}`);
    const inputs = node.inputs.map((x) => ({ data: memory.get(x) as Data, shape: x.shape, dtype: x.dtype }));
    const out = new Array<number>(node.size).fill(0);
    const error = noise ? new Array<number>(node.size).fill(0) : undefined;
    rule(node as AnyNode, inputs, out, error);
    if (noise && error) {
      if (shakeAll || node.inputs.some((x) => inexact.has(x)) || error.some((e) => e !== 0)) inexact.add(node);
      const least = inexact.has(node) && ROUNDED.has(node.prim.name) ? ROUNDING : 0;
      for (let i = 0; i < out.length; i++)
        out[i] = shake(
          out[i] as number,
          Math.max(error[i] as number, least * Math.abs(out[i] as number)),
          noise,
          node.dtype,
        );
    }
    memory.set(node, store(node, out));
  }
  return outputs.map((y) => (memory.get(y) as Data).slice());
}

/** `values` in the storage of the node, each rounded to its type. */
function store(node: Node, values: readonly number[]): Data {
  const data = storage(node.dtype, node.size);
  for (let i = 0; i < data.length; i++)
    data[i] = node.dtype === "int32" ? (values[i] as number) | 0 : (values[i] as number);
  return data;
}

/** `y ± (½ … 1) error · u`, `u` the unit roundoff of the type: equal sizes would often cancel. */
function shake(y: number, error: number, noise: Rng, dtype: DType): number {
  if (error === 0 || !Number.isFinite(y) || (dtype !== "float64" && dtype !== "float32")) return y;
  const u = dtype === "float64" ? 2 ** -53 : 2 ** -24;
  return y + (noise() < 0.5 ? -1 : 1) * (0.5 + 0.5 * noise()) * error * u;
}

export interface Value {
  readonly data: Data;
  readonly shape: Shape;
  readonly dtype: DType;
}
// biome-ignore lint/suspicious/noExplicitAny: params differ by primitive; each rule below knows its own.
type AnyNode = Node<any>;
/** Fills `out`; `error` (if asked for) with the size of a legitimate rounding difference, in roundoffs of the type. */
export type Rule = (node: AnyNode, x: readonly Value[], out: number[], error?: number[]) => void;

// ---- n-d indices ----

/** Calls `body` for every index of `shape` in row-major order. The array is reused. */
export function eachIndex(shape: Shape, body: (index: readonly number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const size = sizeOf(shape);
  for (let flat = 0; flat < size; flat++) {
    body(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
}

/** Row-major position of `index` in `shape`. */
export const flatten = (shape: Shape, index: readonly number[]): number =>
  stridesOf(shape).reduce((sum, s, i) => sum + s * (index[i] as number), 0);

const at = (x: Value, index: readonly number[]): number => x.data[flatten(x.shape, index)] as number;

// ---- element by element ----

const elementwise =
  (f: (...x: number[]) => number, ulp = 0, floor: (...x: number[]) => number = () => 0): Rule =>
  (node, x, out, error) => {
    for (let i = 0; i < out.length; i++) {
      const operands = x.map((v) => v.data[i] as number);
      out[i] = f(...operands);
      if (!error) continue;
      // Kernels of float32 compute in float64: near zeros too, their results are off by an ulp of themselves.
      const size = Math.max(Math.abs(out[i] as number), node.dtype === "float64" ? floor(...operands) : 0);
      error[i] = 2 * ulp * size; // an ulp is at most two roundoffs
    }
  };
/** Arithmetic that means something else on int32. */
const arithmetic =
  (float: (...x: number[]) => number, int: (...x: number[]) => number): Rule =>
  (node, x, out, error) =>
    elementwise(node.dtype === "int32" ? int : float)(node, x, out, error);
const lanes = new Set<Rule>();
const lane = (f: (...x: number[]) => number, floor?: (...x: number[]) => number): Rule => {
  const rule = elementwise(f, LANE_ULP, floor);
  lanes.add(rule);
  return rule;
};
const compare = (f: (a: number, b: number) => boolean): Rule =>
  elementwise((a, b) => Number(f(a as number, b as number)));

/** Element `out[index]` is whatever element of the inputs `pick` says, 0 if none. */
const view =
  (pick: (node: AnyNode, index: readonly number[], x: readonly Value[]) => number | undefined): Rule =>
  (node, x, out) =>
    eachIndex(node.shape, (index, flat) => {
      out[flat] = pick(node, index, x) ?? 0;
    });

/** Sizes that errors near zeros of a function are relative to, as the contracts of the kernels have them. */
const floors: Readonly<Record<string, (...x: number[]) => number>> = {
  ...Object.fromEntries(
    [...contracts, ...specialContracts].flatMap(({ name, floor }) => (floor ? [[name, floor]] : [])),
  ),
  sincDerivative: sincDerivativeSize as (...x: number[]) => number,
};

// ---- formulas ----

function toInt32(x: number): number {
  if (Number.isNaN(x)) return 0;
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)));
}

/** Position that index `i` means on an axis of `extent`: negative ones count from the end, then clamped. */
const wrap = (i: number, extent: number): number => Math.min(Math.max(i < 0 ? i + extent : i, 0), extent - 1);

// ---- reductions ----

/** Folds `params.axes` in row-major order, starting from `start` (or from the first element). */
const reduce =
  (
    f: (sum: number, x: number) => number,
    start?: number,
    rounding?: (count: number, absolute: number, result: number) => number,
  ): Rule =>
  (node, [x], out, error) => {
    const axes: readonly number[] = node.params.axes;
    const count = new Array<number>(out.length).fill(0);
    const absolute = new Array<number>(out.length).fill(0);
    eachIndex((x as Value).shape, (index) => {
      const to = flatten(
        node.shape,
        index.filter((_, axis) => !axes.includes(axis)),
      );
      const v = at(x as Value, index);
      out[to] =
        count[to] === 0 && start === undefined ? v : f(count[to] === 0 ? (start as number) : (out[to] as number), v);
      count[to] = (count[to] as number) + 1;
      absolute[to] = (absolute[to] as number) + Math.abs(v);
    });
    for (let i = 0; i < out.length; i++) {
      if (count[i] === 0) out[i] = start ?? 0;
      if (error && rounding)
        error[i] = (count[i] as number) < 2 ? 0 : rounding(count[i] as number, absolute[i] as number, out[i] as number);
    }
  };

/** [batch?, m, k] by [batch?, k, n]. */
const matmul: Rule = (node, [a, b], out, error) => {
  const k = (a as Value).shape.at(-1) as number;
  eachIndex(node.shape, (index, flat) => {
    const batch = index.slice(0, -2);
    const [i, j] = index.slice(-2) as [number, number];
    let sum = 0;
    let absolute = 0;
    for (let l = 0; l < k; l++) {
      const term = at(a as Value, [...batch, i, l]) * at(b as Value, [...batch, l, j]);
      sum += term;
      absolute += Math.abs(term);
    }
    out[flat] = sum;
    // float32 products are rounded too
    if (error) error[flat] = k * absolute + (node.dtype === "float32" ? absolute : 0);
  });
};

/** Input 0 with row `r` of input 2 added to its row `input1[r]`. */
const scatterAdd: Rule = (node, [x, idx, rows], out, error) => {
  for (let i = 0; i < out.length; i++) out[i] = (x as Value).data[i] as number;
  const count = new Array<number>(out.length).fill(0);
  const absolute = out.map(Math.abs);
  eachIndex((rows as Value).shape, (index, flat) => {
    const to = flatten(node.shape, [
      wrap((idx as Value).data[index[0] as number] as number, node.shape[0] as number),
      ...index.slice(1),
    ]);
    const v = (rows as Value).data[flat] as number;
    out[to] = (out[to] as number) + v;
    count[to] = (count[to] as number) + 1;
    absolute[to] = (absolute[to] as number) + Math.abs(v);
  });
  if (error)
    for (let i = 0; i < out.length; i++)
      error[i] = (count[i] as number) < 2 ? 0 : (count[i] as number) * (absolute[i] as number);
};

const RULES: Record<string, Rule> = {
  // leaves
  parameter: (node) => {
    throw new Error(`reference: parameter %${node.id} has no value`);
  },
  constant: (node, _x, out) => out.fill(node.params.value),
  literal: (node, _x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = node.params.data[i];
  },
  iota: (node, _x, out) =>
    eachIndex(node.shape, (index, flat) => {
      out[flat] = index[node.params.axis] as number;
    }),

  // arithmetic
  add: arithmetic(
    (a, b) => a! + b!,
    (a, b) => (a! + b!) | 0,
  ),
  sub: arithmetic(
    (a, b) => a! - b!,
    (a, b) => (a! - b!) | 0,
  ),
  mul: arithmetic(
    (a, b) => a! * b!,
    (a, b) => Math.imul(a!, b!),
  ),
  div: elementwise((a, b) => a! / b!),
  plus: elementwise((a, b) => a! + b!),
  by: elementwise((a, b) => a! * b!),
  per: elementwise((a, b) => a! / b!),
  neg: arithmetic(
    (x) => -x!,
    (x) => -x! | 0,
  ),
  abs: arithmetic(
    (x) => Math.abs(x!),
    (x) => Math.abs(x!) | 0,
  ),
  sign: elementwise((x) => Math.sign(x!)),
  square: arithmetic(
    (x) => x! * x!,
    (x) => Math.imul(x!, x!),
  ),
  cube: (node, x, out, error) => {
    const square: (v: number) => number = node.dtype === "float32" ? (v) => Math.fround(v * v) : (v) => v * v;
    const float = (v?: number): number => v! * square(v!);
    arithmetic(float, (v) => Math.imul(v!, Math.imul(v!, v!)))(node, x, out, error);
  },
  sqrt: elementwise((x) => Math.sqrt(x!)),
  maximum: elementwise((a, b) => Math.max(a!, b!)),
  minimum: elementwise((a, b) => Math.min(a!, b!)),

  // comparison, logic, selection
  lt: compare((a, b) => a < b),
  le: compare((a, b) => a <= b),
  gt: compare((a, b) => a > b),
  ge: compare((a, b) => a >= b),
  eq: compare((a, b) => a === b),
  ne: compare((a, b) => a !== b),
  and: elementwise((a, b) => a! & b!),
  or: elementwise((a, b) => a! | b!),
  not: elementwise((x) => 1 - x!),
  select: elementwise((c, a, b) => (c !== 0 ? a! : b!)),

  // elementary functions
  exp: lane((x) => Math.exp(x!)),
  expm1: lane((x) => Math.expm1(x!)),
  log: lane((x) => Math.log(x!)),
  log1p: lane((x) => Math.log1p(x!)),
  sin: lane((x) => Math.sin(x!)),
  cos: lane((x) => Math.cos(x!)),
  tan: lane((x) => Math.tan(x!)),
  atan: lane((x) => Math.atan(x!)),
  tanh: lane((x) => Math.tanh(x!)),
  ...Object.fromEntries(
    Object.entries(f.functions).map(([name, value]) => [name, lane(value as (...x: number[]) => number)]),
  ),

  // Integrals and series of up to a hundred terms.
  ...Object.fromEntries(Object.entries(incompleteGammas).map(([name, value]) => [name, elementwise(value, 100)])),
  ...Object.fromEntries(Object.entries(specialFunctions).map(([name, value]) => [name, lane(value, floors[name])])),

  // rounding and remainders
  floor: elementwise((x) => Math.floor(x!)),
  ceil: elementwise((x) => Math.ceil(x!)),
  trunc: elementwise((x) => Math.trunc(x!)),
  round: elementwise((x) => f.roundEven(x!)),
  mod: elementwise((x, y) => f.mod(x!, y!)),

  // views
  broadcast: view((node, index, [x]) =>
    at(
      x as Value,
      (node.params.axes as number[]).map((a) => index[a] as number),
    ),
  ),
  reshape: (_node, [x], out) => {
    for (let i = 0; i < out.length; i++) out[i] = (x as Value).data[i] as number;
  },
  transpose: view((node, index, [x]) =>
    at(
      x as Value,
      (x as Value).shape.map((_, axis) => index[(node.params.perm as number[]).indexOf(axis)] as number),
    ),
  ),
  slice: view((node, index, [x]) => {
    const { axis, start, step } = node.params;
    return at(x as Value, index.with(axis, start + step * (index[axis] as number)));
  }),
  flip: view((node, index, [x]) => {
    const { axis } = node.params;
    return at(x as Value, index.with(axis, (node.shape[axis] as number) - 1 - (index[axis] as number)));
  }),
  pad: view((node, index, [x]) => {
    const { axis, before } = node.params;
    const i = (index[axis] as number) - before;
    return i >= 0 && i < ((x as Value).shape[axis] as number) ? at(x as Value, index.with(axis, i)) : undefined;
  }),
  concat: view((node, index, xs) => {
    const { axis } = node.params;
    let i = index[axis] as number;
    for (const x of xs) {
      const extent = x.shape[axis] as number;
      if (i < extent) return at(x, index.with(axis, i));
      i -= extent;
    }
    return undefined;
  }),
  convert: (node, [x], out) => {
    const to: DType = node.params.dtype;
    for (let i = 0; i < out.length; i++) {
      const v = (x as Value).data[i] as number;
      out[i] = to === "bool" ? Number(v !== 0) : to === "int32" ? toInt32(v) : v;
    }
  },
  stopGradient: elementwise((x) => x!),
  pinv: elementwise((p) => p!),
  betaln: elementwise((y) => y!),
  euclidean: elementwise((y) => y!),
  unit: elementwise((y) => y!),
  enter: elementwise((x) => x!),
  leave: elementwise((x) => x!),

  ...cumulativeRules,

  // reductions, indexing, contraction
  sum: reduce(
    (s, x) => s + x,
    0,
    (count, absolute) => count * absolute,
  ),
  any: reduce((m, x) => Math.max(m, x), 0),
  max: reduce((m, x) => Math.max(m, x)),
  min: reduce((m, x) => Math.min(m, x)),
  prod: reduce(
    (p, x) => p * x,
    1,
    (count, _absolute, result) => count * Math.abs(result),
  ),
  gather: view((node, index, [x, idx]) => {
    const { axis } = node.params;
    const rank = (idx as Value).shape.length;
    const i = at(idx as Value, index.slice(axis, axis + rank));
    return at(x as Value, [
      ...index.slice(0, axis),
      wrap(i, (x as Value).shape[axis] as number),
      ...index.slice(axis + rank),
    ]);
  }),
  scatterAdd,
  matmul,
  ...factorizationRules,
  ...spectralRules,
  ...matrixFunctionRules,
  ...singularValueRules,
  ...windowRules,
};

/** Names of the primitives that the interpreter knows; surface.test.ts holds it against the registry. */
export const referenceNames: readonly string[] = [
  ...Object.keys(RULES),
  "part",
  "closedCall",
  "linear",
  "loop",
  "switch",
];

/** Primitives whose result a correct program may round differently. */
export const inexactNames: readonly string[] = [
  "sum",
  "prod",
  "scatterAdd",
  "matmul",
  ...inexactCumulative,
  ...Object.keys(factorizationRules),
  ...Object.keys(spectralRules),
  ...Object.keys(matrixFunctionRules),
  ...Object.keys(singularValueRules),
  "conv",
  ...Object.keys(RULES).filter((name) => lanes.has(RULES[name] as Rule)),
];
