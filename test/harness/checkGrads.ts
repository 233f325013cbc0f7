// The derivative checker. A subject is a function of arrays and a point; the checks hold its forward, reverse,
// second-order and batching rules against differences of values and against each other.
//
// Values for differences come from the reference interpreter in float64, derivatives from the backend under test, so
// that a wrong rule and a wrong compilation are both caught. Every check throws an Error that says which one failed,
// where, by how much.
import { batchGraph } from "../../src/ad/batch.ts";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { secondOrder } from "../../src/ad/taylor.ts";
import { pullback } from "../../src/ad/transpose.ts";
import { type Data, type DType, isFloat, type Shape, sizeOf } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { MaybeNode, Node } from "../../src/ir/graph.ts";
import { add, mul } from "../../src/primitives/arithmetic.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full, reduceSum } from "../../src/primitives/spread.ts";
import type { Evaluate } from "./backend.ts";
import { showGraph } from "./print.ts";
import { evaluateReference, storage } from "./reference.ts";
import { type Rng, rng, vector } from "./rng.ts";

type Float = "float64" | "float32";

/** An argument that is not differentiated: indices, conditions. */
export interface Fixed {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: readonly number[];
}

/** A differentiable function of arrays, and where to check it. */
export interface Subject {
  readonly name: string;
  /** The graph for arguments of either float type; `fixed` are the arguments that are not differentiated. */
  build(x: readonly Node[], fixed: readonly Node[]): readonly Node[];
  readonly shapes: readonly Shape[];
  /** One point per argument; away from kinks and at least 0.1 inside the domain. */
  readonly point: readonly ArrayLike<number>[];
  readonly fixed?: readonly Fixed[];
  /** Linear in all arguments together. */
  readonly linear?: boolean;
  /** Rounds to float32 inside, whatever its type: differences of it are no better than that. */
  readonly coarse?: boolean;
}

export interface CheckOptions {
  readonly evaluate: Evaluate;
  readonly dtype?: Float;
  readonly seed?: number;
  /** 1: jvp and vjp; 2: Hessian-vector products too. */
  readonly order?: 1 | 2;
  readonly batch?: boolean;
}

// Tolerances, relative to the largest number involved. Difference quotients: Romberg's four levels leave about 1e-11 of
// truncation and 1e-13 of rounding at these steps; amplified by derivatives up to order nine of the subjects.
// Identities: the two sides differ by rounding alone, accumulated over at most a few hundred operations.
const QUOTIENT = { float64: 3e-9, float32: 2e-4 };
const IDENTITY = { float64: 1e-11, float32: 2e-4 };

/** Runs all checks on `subject`; throws at the first failure. */
export function checkGrads(
  subject: Subject,
  { evaluate, dtype = "float64", seed = 1, order = 2, batch = true }: CheckOptions,
): void {
  const random = rng(seed);
  inSession(() => {
    const s = instance(subject, dtype);
    const t = dtype === "float64" ? s : instance(subject, "float64");
    const outputs = s.outputs.map((y, i) => [y, t.outputs[i]] as [Node, Node]).filter(([y]) => isFloat(y.dtype));
    for (const y of s.outputs)
      if (!isFloat(y.dtype) && pushforward([y], s.inputs, s.inputs)[0])
        throw failure(subject, dtype, "discrete", "has a tangent");
    const ys = outputs.map(([y]) => y);
    if (ys.length === 0) return;
    const context: Context = {
      subject,
      dtype,
      evaluate,
      random,
      ...s,
      outputs: ys,
      exact: { ...t, outputs: outputs.map(([, y]) => y) },
    };
    checkForward(context);
    checkAdjoint(context);
    if (order === 2) checkSecondOrder(context);
    if (batch) checkBatch(context);
    if (subject.linear) checkLinear(context);
    if (order === 2) checkAlongLine(context);
  });
}

// ---- plumbing ----

interface Instance {
  readonly inputs: readonly Node[];
  readonly parameters: readonly Node[];
  readonly values: readonly Data[];
  readonly outputs: readonly Node[];
}
interface Context extends Instance {
  readonly subject: Subject;
  readonly dtype: Float;
  readonly evaluate: Evaluate;
  readonly random: Rng;
  /** The same function in float64: differences of it are the truth. */
  readonly exact: Instance;
}

function instance(subject: Subject, dtype: Float): Instance {
  const inputs = subject.shapes.map((shape) => parameter(shape, dtype));
  const fixed = (subject.fixed ?? []).map((f) => parameter(f.shape, f.dtype));
  return {
    inputs,
    parameters: [...inputs, ...fixed],
    values: [
      ...inputs.map((x, i) => dataOf(x.dtype, subject.point[i] as ArrayLike<number>)),
      ...fixed.map((x, i) => dataOf(x.dtype, subject.fixed?.[i]?.data as readonly number[])),
    ],
    outputs: subject.build(inputs, fixed),
  };
}

function dataOf(dtype: DType, values: ArrayLike<number>): Data {
  const data = storage(dtype, values.length);
  data.set(values);
  return data;
}

const failure = (
  subject: Subject,
  dtype: Float,
  check: string,
  message: string,
  outputs?: readonly MaybeNode[],
): Error =>
  new Error(
    `checkGrads(${subject.name}, ${dtype}) ${check}: ${message}\nshapes ${JSON.stringify(subject.shapes)}, point ${JSON.stringify(subject.point.map((p) => Array.from(p)))}${
      outputs ? `\n${showGraph(outputs.filter((y): y is Node => y !== undefined))}` : ""
    }`,
  );

/** Largest magnitude. */
const magnitude = (...data: readonly ArrayLike<number>[]): number =>
  data.reduce((m, d) => Array.from(d).reduce((n, v) => Math.max(n, Math.abs(v)), m), 0);

function expectClose(
  c: Context,
  check: string,
  got: readonly ArrayLike<number>[],
  want: readonly ArrayLike<number>[],
  tolerance: number,
  graph: readonly MaybeNode[],
  scale = 1,
): void {
  const bound = tolerance * Math.max(scale, magnitude(...want));
  want.forEach((w, k) => {
    const g = got[k] as ArrayLike<number>;
    if (g.length !== w.length)
      throw failure(c.subject, c.dtype, check, `result ${k} has ${g.length} elements, wanted ${w.length}`, graph);
    for (let i = 0; i < w.length; i++) {
      const [a, b] = [g[i] as number, w[i] as number];
      if (!(Math.abs(a - b) <= bound))
        throw failure(c.subject, c.dtype, check, `result ${k}[${i}] is ${a}, wanted ${b} within ${bound}`, graph);
    }
  });
}

/** Evaluates optional nodes: a symbolic zero is zeros like its twin in `like`. */
function run(
  c: Context,
  evaluate: Evaluate,
  nodes: readonly MaybeNode[],
  like: readonly Node[],
  extra: readonly Node[],
  extraValues: readonly Data[],
  base: Instance = c,
): Data[] {
  const present = nodes.filter((n): n is Node => n !== undefined);
  present.forEach((n) => {
    const k = nodes.indexOf(n);
    const l = like[k] as Node;
    if (String(n.shape) !== String(l.shape) || n.dtype !== l.dtype)
      throw failure(
        c.subject,
        c.dtype,
        "type",
        `derivative is ${n.dtype}[${n.shape}], what it belongs to ${l.dtype}[${l.shape}]`,
        [n],
      );
  });
  const results =
    present.length > 0 ? evaluate(present, [...base.parameters, ...extra], [...base.values, ...extraValues]) : [];
  let next = 0;
  return nodes.map((n, i) =>
    n ? (results[next++] as Data) : storage((like[i] as Node).dtype, (like[i] as Node).size),
  );
}

const fresh = (nodes: readonly Node[]): Node[] => nodes.map((n) => parameter(n.shape, n.dtype));
const draw = (c: Context, nodes: readonly Node[]): Data[] =>
  nodes.map((n) => dataOf(n.dtype, vector(c.random, n.size)));
const dot = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number =>
  a.reduce(
    (sum, x, k) => Array.from(x).reduce((s, v, i) => s + v * ((b[k] as ArrayLike<number>)[i] as number), sum),
    0,
  );

/** Derivative at 0 of a curve of arrays: Romberg's extrapolation of central differences. */
export function romberg(curve: (t: number) => readonly ArrayLike<number>[], h = 0.04, levels = 4): Float64Array[] {
  const table: Float64Array[][] = [];
  for (let level = 0; level < levels; level++) {
    const step = h / 2 ** level;
    const [plus, minus] = [curve(step), curve(-step)];
    let row = plus.map((p, k) =>
      Float64Array.from(p, (v, i) => (v - ((minus[k] as ArrayLike<number>)[i] as number)) / (2 * step)),
    );
    // Each earlier column cancels one more even power of the step.
    for (let column = 0; column < level; column++) {
      const previous = table[column] as Float64Array[];
      const factor = 4 ** (column + 1);
      const refined = row.map((fine, k) =>
        fine.map((v, i) => v + (v - ((previous[k] as Float64Array)[i] as number)) / (factor - 1)),
      );
      table[column] = row;
      row = refined;
    }
    table.push(row);
  }
  return table[levels - 1] as Float64Array[];
}

/** Values of `nodes` of the float64 twin at the point moved by `t` along `direction`. */
function along(
  c: Context,
  nodes: readonly MaybeNode[],
  like: readonly Node[],
  direction: readonly ArrayLike<number>[],
  t: number,
  extra: readonly Node[] = [],
  extraValues: readonly Data[] = [],
): Data[] {
  const moved = c.exact.values.map((v, i) =>
    i < direction.length
      ? (v as Float64Array).map((x, j) => x + t * ((direction[i] as ArrayLike<number>)[j] as number))
      : v,
  );
  return run(c, evaluateReference, nodes, like, extra, extraValues, { ...c.exact, values: moved });
}

// ---- the checks ----

/** J·v against differences of values. */
function checkForward(c: Context): void {
  const directions = fresh(c.inputs);
  const v = draw(c, directions);
  const tangents = pushforward(c.outputs, c.inputs, directions);
  const got = run(c, c.evaluate, tangents, c.outputs, directions, v);
  const want = romberg((t) => along(c, c.exact.outputs, c.exact.outputs, v, t));
  expectClose(c, "jvp against differences", got, want, QUOTIENT[c.subject.coarse ? "float32" : c.dtype], tangents);
}

/** Second derivatives along a line against differences of the first ones. */
function checkAlongLine(c: Context): void {
  const directions = fresh(c.inputs);
  const v = draw(c, directions);
  const { bends } = secondOrder(c.outputs, c.inputs, directions);
  const got = run(c, c.evaluate, bends, c.outputs, directions, v);
  const twins = fresh(c.exact.inputs);
  const exactV = twins.map((n, k) => dataOf(n.dtype, v[k] as Data));
  const slopes = pushforward(c.exact.outputs, c.exact.inputs, twins);
  // Half of the usual step: the truncation is that of one more derivative.
  const want = romberg((t) => along(c, slopes, c.exact.outputs, v, t, twins, exactV), 0.02);
  expectClose(c, "vᵀ∂²f·v against differences", got, want, QUOTIENT[c.subject.coarse ? "float32" : c.dtype], bends);
}

/**
 * ⟨w, J·v⟩ = ⟨Jᵀ·w, v⟩, each argument alone and all together, so that every transpose sees every pattern of linear
 * inputs.
 */
function checkAdjoint(c: Context): void {
  const subsets = c.inputs.length > 1 ? [c.inputs, ...c.inputs.map((x) => [x])] : [c.inputs];
  for (const inputs of subsets) {
    const directions = fresh(inputs);
    const cts = fresh(c.outputs);
    const [v, w] = [draw(c, directions), draw(c, cts)];
    const forward = run(c, c.evaluate, pushforward(c.outputs, inputs, directions), c.outputs, directions, v);
    const back = cotangents(c.outputs, inputs, cts);
    const reverse = run(c, c.evaluate, back, inputs, cts, w);
    const [left, right] = [dot(w, forward), dot(reverse, v)];
    const scale = dot(
      w.map((x) => x.map(Math.abs)),
      forward.map((x) => x.map(Math.abs)),
    );
    expectClose(
      c,
      "⟨w, Jv⟩ = ⟨Jᵀw, v⟩",
      [[right]],
      [[left]],
      IDENTITY[c.subject.coarse ? "float32" : c.dtype],
      back,
      Math.max(1, scale),
    );
  }
}

/** Second order of ⟨w, f(x)⟩: symmetry, differences of gradients, linearity, and the three compositions. */
function checkSecondOrder(c: Context): void {
  const loss = (i: Instance, weights: readonly Node[]): Node => {
    const terms = i.outputs.map((y, k) => {
      const product = mul(y, weights[k] as Node);
      return reduceSum(
        product,
        y.shape.map((_, axis) => axis),
      );
    });
    return terms.reduce((a, b) => add(a, b.dtype === a.dtype ? b : full([], 0, a.dtype)));
  };
  const weights = fresh(c.outputs);
  const w = draw(c, weights);
  const gradient = (i: Instance, ws: readonly Node[]): MaybeNode[] => {
    const y = loss(i, ws);
    return cotangents([y], i.inputs, [full([], 1, y.dtype)]);
  };
  const g = gradient(c, weights);
  // Symbolic zeros of the gradient stay out of the second differentiation.
  const present = g.map((n, k) => n ?? full((c.inputs[k] as Node).shape, 0, c.dtype));
  const directions = fresh(c.inputs);
  const [u, v] = [draw(c, directions), draw(c, directions)];
  const forwardReverse = pushforward(present, c.inputs, directions);
  const hvp = (d: readonly Data[], nodes: readonly MaybeNode[] = forwardReverse): Data[] =>
    run(c, c.evaluate, nodes, c.inputs, [...weights, ...directions], [...w, ...d]);
  const [hu, hv] = [hvp(u), hvp(v)];
  const scale = Math.max(1, magnitude(...hu, ...hv));

  const exactWeights = fresh(c.exact.outputs);
  const exactW = exactWeights.map((n, k) => dataOf(n.dtype, w[k] as Data));
  const exactGradient = gradient(c.exact, exactWeights);
  const want = romberg((t) => along(c, exactGradient, c.exact.inputs, v, t, exactWeights, exactW));
  expectClose(
    c,
    "Hv against differences of gradients",
    hv,
    want,
    QUOTIENT[c.subject.coarse ? "float32" : c.dtype],
    forwardReverse,
  );

  // The sum of |u·Hv| is what rounding is relative to.
  expectClose(
    c,
    "⟨u, Hv⟩ = ⟨v, Hu⟩",
    [[dot(u, hv)]],
    [[dot(v, hu)]],
    IDENTITY[c.subject.coarse ? "float32" : c.dtype],
    forwardReverse,
    scale *
      Math.max(
        1,
        c.inputs.reduce((n, x) => n + x.size, 0),
      ),
  );

  const mix = u.map((x, k) => x.map((a, i) => 2 * a - 3 * ((v[k] as Data)[i] as number)) as Data);
  const combined = hu.map((x, k) => x.map((a, i) => 2 * a - 3 * ((hv[k] as Data)[i] as number)));
  expectClose(
    c,
    "H(2u - 3v) = 2Hu - 3Hv",
    hvp(mix),
    combined,
    IDENTITY[c.subject.coarse ? "float32" : c.dtype],
    forwardReverse,
    5 * scale,
  );

  const slope = g.reduce<MaybeNode>((sum, n, k) => {
    if (!n) return sum;
    const term = reduceSum(
      mul(n, directions[k] as Node),
      n.shape.map((_, axis) => axis),
    );
    return sum ? add(sum, term) : term;
  }, undefined);
  const one = full([], 1, c.dtype);
  const reverseReverse = slope ? cotangents([slope], c.inputs, [one]) : c.inputs.map(() => undefined);
  expectClose(
    c,
    "reverse over reverse",
    hvp(v, reverseReverse),
    hv,
    IDENTITY[c.subject.coarse ? "float32" : c.dtype],
    reverseReverse,
    scale,
  );
  const tangent = pushforward([loss(c, weights)], c.inputs, directions)[0];
  const reverseForward = tangent ? cotangents([tangent], c.inputs, [one]) : c.inputs.map(() => undefined);
  expectClose(
    c,
    "reverse over forward",
    hvp(v, reverseForward),
    hv,
    IDENTITY[c.subject.coarse ? "float32" : c.dtype],
    reverseForward,
    scale,
  );
}

/** A batch of three = three calls, for all arguments batched and for each alone. */
function checkBatch(c: Context): void {
  const size = 3;
  const every = c.parameters.map((_, i) => i);
  const subsets = every.length > 1 ? [every, ...every.map((i) => [i])] : [every];
  for (const which of subsets) {
    const inputs = which.map((i) => c.parameters[i] as Node);
    const many = inputs.map((x) => parameter([size, ...x.shape], x.dtype));
    const examples = Array.from({ length: size }, (_, e) =>
      which.map((i) => {
        const base = c.values[i] as Data;
        // Reversed and rotated: other points of the same domain.
        return base.map(
          (_v, j) => base[(e === 0 ? j : e === 1 ? base.length - 1 - j : (j + 1) % base.length) as number] as number,
        ) as Data;
      }),
    );
    const stacked = many.map((x, k) =>
      dataOf(
        x.dtype,
        examples.flatMap((e) => Array.from(e[k] as Data)),
      ),
    );
    const { outputs, batched } = batchGraph(c.outputs, inputs, many, size);
    const got = c.evaluate(outputs, [...c.parameters, ...many], [...c.values, ...stacked]);
    const each = examples.map((e) => {
      const values = c.values.slice();
      which.forEach((i, k) => {
        values[i] = e[k] as Data;
      });
      return evaluateReference(c.outputs, c.parameters, values);
    });
    c.outputs.forEach((y, k) => {
      const want = batched[k] ? each.flatMap((r) => Array.from(r[k] as Data)) : Array.from(each[0]?.[k] as Data);
      const shape = batched[k] ? [size, ...y.shape] : y.shape;
      if (String(outputs[k]?.shape) !== String(shape))
        throw failure(c.subject, c.dtype, "batch", `result is [${outputs[k]?.shape}], wanted [${shape}]`, outputs);
      expectClose(
        c,
        `batch of arguments ${which}`,
        [got[k] as Data],
        [want],
        IDENTITY[c.subject.coarse ? "float32" : c.dtype],
        outputs,
      );
    });
  }
}

/** For linear subjects: f(v) = J·v, and the transpose of the transpose is f again. */
function checkLinear(c: Context): void {
  const cts = fresh(c.outputs);
  const back = pullback(c.outputs, c.inputs, cts);
  const again = fresh(c.inputs);
  const forth = pullback(back, cts, again);
  const v = draw(c, again);
  const got = run(c, c.evaluate, forth, c.outputs, again, v);
  const values = c.values.map((x, i) => (i < v.length ? (v[i] as Data) : x));
  const want = evaluateReference(c.outputs, c.parameters, values);
  expectClose(c, "transpose of transpose", got, want, IDENTITY[c.subject.coarse ? "float32" : c.dtype], forth);
  const directions = fresh(c.inputs);
  expectClose(
    c,
    "linear: f(v) = Jv",
    run(c, c.evaluate, pushforward(c.outputs, c.inputs, directions), c.outputs, directions, v),
    want,
    IDENTITY[c.subject.coarse ? "float32" : c.dtype],
    forth,
  );
}

/** Number of elements of every argument together. */
export const dimension = (subject: Subject): number => subject.shapes.reduce((n, s) => n + sizeOf(s), 0);
