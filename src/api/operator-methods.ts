// What linear operators compute: which way is taken, exact or from a few products, and what comes back.
import { type Decomposed, decompose, diagonalOf, matrixOf } from "../curvature/dense.ts";
import { curveOf } from "../curvature/density.ts";
import { choose, endsOf, isWhich, ordered, whichOfScipy } from "../curvature/ends.ts";
import { Generator } from "../curvature/generator.ts";
import { minres } from "../curvature/minres.ts";
import { dot, lengthOf, meanOf, Products, type SymmetricProduct } from "../curvature/product.ts";
import { quadrature, type Rule } from "../curvature/quadrature.ts";
import { basisSize, eigenpairs, type Pairs } from "../curvature/thick-restart.ts";
import { diagonalOfProducts, type Estimate, hutchinson, hutchPlusPlus, xdiag, xtrace } from "../curvature/trace.ts";
import { fail } from "../errors.ts";
import { log } from "../ops/elementary.ts";
import { describe, show } from "../trace/convert.ts";
import { checkSettings } from "./common.ts";
import { checkNumber } from "./leaves.ts";
import type {
  Condition,
  ConditionOptions,
  DensityOptions,
  DiagonalEstimateOptions,
  EigshOptions,
  Estimated,
  LogdetOptions,
  QuadratureOptions,
  SolveOptions,
  SpectralDensity,
  TraceOptions,
} from "./linear-operator-types.ts";
import type { Source } from "./operator-source.ts";

/** Rows up to which a matrix is formed and decomposed, which takes less than what would be estimated. */
const EXACT_ROWS = 64;
/** Unit vectors that are multiplied at a time. */
const UNITS_AT_ONCE = 64;
/** Products, probes and steps, unless given. */
const ESTIMATE_PRODUCTS = 64;
const PROBES = 10;
const QUADRATURE_STEPS = 50;
/** Products of a search: at least, and for each row, unless given. */
const SEARCH_PRODUCTS = 1000;
const SEARCH_PRODUCTS_A_ROW = 10;
const CURVE_POINTS = 1000;
/** Residuals of both ends relative to them, unless given: eigenvalues are as exact at least. */
const CONDITION_TOLERANCE = 1e-4;

/** A source, and what has been computed of all of it. */
export class Operand {
  private matrix: Float64Array | undefined;
  private decomposed: Decomposed | undefined;

  constructor(readonly source: Source) {}

  get n(): number {
    return this.source.n;
  }
  products(name: string, most?: number): Products {
    return new Products(name, this.source, most);
  }
  /** The matrix, row-major: not to be changed. */
  dense(products: Products): Float64Array {
    if (!this.matrix && this.source.dense) {
      this.matrix = this.source.dense();
      products.count(this.matrix, this.n);
    }
    this.matrix ??= matrixOf(products, UNITS_AT_ONCE);
    return this.matrix;
  }
  spectrum(products: Products): Decomposed {
    this.decomposed ??= decompose(this.dense(products), this.n);
    return this.decomposed;
  }
}

// ---- settings ----

const KNOWN = {
  trace: ["method", "maxProducts", "seed"],
  diagonal: ["method", "maxProducts", "seed"],
  logdet: ["method", "probes", "steps", "shift", "seed"],
  eigsh: ["which", "tol", "maxProducts", "verify", "method", "seed"],
  spectralDensity: ["method", "probes", "steps", "points", "range", "sigma", "seed"],
  condition: ["method", "tol", "maxProducts", "seed"],
  solve: ["method", "tol", "atol", "maxIterations", "shift"],
} as const;

/** Refuses settings that `method` does not know. */
function check(name: keyof typeof KNOWN, options: unknown, usage = `write ${name}({ … })`): void {
  checkSettings(name, options, KNOWN[name], usage);
}
function randomOf(name: string, seed: number): Generator {
  if (!Number.isSafeInteger(seed)) fail("value", `${name}: seed is ${show(seed)}; expected an integer`);
  return new Generator(seed);
}
function methodOf<M extends string>(name: string, method: unknown, known: readonly M[]): M | undefined {
  if (method !== undefined && !known.includes(method as M))
    fail("value", `${name}: method is ${describe(method)}; expected ${known.map((m) => `"${m}"`).join(", ")}`);
  return method as M | undefined;
}
const toleranceFor = ({ dtype }: SymmetricProduct): number => (dtype === "float32" ? 2 ** -11.5 : 2 ** -26);

// ---- trace and diagonal ----

type Estimator<T> = (products: Products, budget: number, random: Generator) => Estimate<T>;
type Estimators<T> = Readonly<Record<string, readonly [estimator: Estimator<T>, least: number]>>;
/** Estimators, and the fewest products that they take. */
const TRACES: Estimators<number> = { xtrace: [xtrace, 4], "hutch++": [hutchPlusPlus, 6], hutchinson: [hutchinson, 2] };
const DIAGONALS: Estimators<Float64Array> = { xdiag: [xdiag, 4], hutchinson: [diagonalOfProducts, 2] };

export function traceOf(of: Operand, options: TraceOptions = {}): Estimated<number> {
  check("trace", options);
  const estimated = estimate("trace", of, options, TRACES);
  if (estimated) return estimated;
  const products = of.products("trace");
  const value = diagonalOf(products, UNITS_AT_ONCE).reduce((a, b) => a + b, 0);
  return { value, standardError: 0, products: products.spent };
}
export function diagonalFrom(of: Operand, options: DiagonalEstimateOptions = {}): Estimated<Float64Array> {
  check("diagonal", options);
  const estimated = estimate("diagonal", of, options, DIAGONALS);
  if (estimated) return estimated;
  const products = of.products("diagonal");
  const value = diagonalOf(products, UNITS_AT_ONCE);
  return { value, standardError: new Float64Array(of.n), products: products.spent };
}
/** What an estimator finds, the first one unless another is asked for; undefined where the exact way is taken. */
function estimate<T>(
  name: "trace" | "diagonal",
  of: Operand,
  { method, maxProducts = ESTIMATE_PRODUCTS, seed = 0 }: TraceOptions | DiagonalEstimateOptions,
  estimators: Estimators<T>,
): Estimated<T> | undefined {
  const names = Object.keys(estimators);
  const wanted = methodOf(name, method, [...names, "exact"]);
  const [run, least] = estimators[wanted ?? (names[0] as string)] ?? [];
  checkNumber(`${name}: maxProducts`, maxProducts, least ?? 1, true);
  const random = randomOf(name, seed);
  if (!run || (wanted === undefined && of.n <= Math.max(EXACT_ROWS, maxProducts))) return undefined;
  const products = of.products(name);
  return { ...run(products, maxProducts, random), products: products.spent };
}

// ---- functions of the eigenvalues ----

interface Rules {
  readonly rules: readonly Rule[];
  readonly isExact: boolean;
  readonly products: Products;
}
function rulesOf(name: "logdet" | "spectralDensity", of: Operand, options: QuadratureOptions): Rules {
  const { method, probes = PROBES, steps = QUADRATURE_STEPS, seed = 0 } = options;
  const wanted = methodOf(name, method, ["lanczos", "exact"]);
  checkNumber(`${name}: probes`, probes, 1, true);
  checkNumber(`${name}: steps`, steps, 1, true);
  const random = randomOf(name, seed);
  const products = of.products(name);
  if (wanted === "lanczos" || (!wanted && of.n > EXACT_ROWS))
    return { rules: quadrature(products, probes, Math.min(steps, of.n), random), isExact: false, products };
  const { values } = of.spectrum(products);
  return { rules: [{ nodes: values, weights: values.map(() => 1 / of.n) }], isExact: true, products };
}

export function logdetOf(of: Operand, options: LogdetOptions = {}): Estimated<number> {
  check("logdet", options);
  const { shift = 0 } = options;
  checkNumber("logdet: shift", shift, Number.NEGATIVE_INFINITY, false);
  const { rules, isExact, products } = rulesOf("logdet", of, options);
  const largest = Math.max(...rules.map(({ nodes }) => Math.max(-(nodes[0] as number), nodes.at(-1) as number)));
  const samples = rules.map(({ nodes, weights }) => {
    const shifted = nodes.map((x) => x + shift);
    requirePositive(
      "logdet",
      shifted[0] as number,
      (isExact ? of.n : 1) * products.epsilon * largest,
      "pass { shift }",
    );
    return of.n * dot(weights, log(shifted) as Float64Array);
  });
  const mean = meanOf(samples);
  return { value: mean.value, standardError: isExact ? 0 : mean.standardError, products: products.spent };
}
/** Refuses an operator with the eigenvalue `least`, unless that is positive beyond `rounding`. */
export function requirePositive(name: string, least: number, rounding: number, remedy: string): void {
  if (!(least > rounding))
    fail(
      "value",
      `${name}: the matrix is not positive definite: an eigenvalue is ${Number(least.toPrecision(3))}` +
        `${least > 0 ? `, which is rounding beside the largest` : ""}; ${remedy}, or go to a minimum first`,
    );
}

export function densityOf(of: Operand, options: DensityOptions = {}): SpectralDensity {
  const name = "spectralDensity";
  check(name, options);
  const { points = CURVE_POINTS, range, sigma } = options;
  checkNumber(`${name}: points`, points, 2, true);
  if (sigma !== undefined && !(sigma > 0 && sigma < Number.POSITIVE_INFINITY))
    fail("value", `${name}: sigma is ${show(sigma)}; expected a positive number`);
  if (range !== undefined && !(Array.isArray(range) && range.length === 2 && range[0] < range[1]))
    fail("value", `${name}: range is ${show(range)}; expected [from, to], the ends of the grid`);
  const { rules, isExact, products } = rulesOf(name, of, options);
  const curve = curveOf(rules, { points, range, sigma });
  return {
    ...curve,
    standardErrors: isExact ? new Float64Array(points) : curve.standardErrors,
    nodes: Float64Array.from(rules.flatMap((r) => [...r.nodes])),
    weights: Float64Array.from(rules.flatMap((r) => [...r.weights].map((w) => w / rules.length))),
    products: products.spent,
  };
}

// ---- eigenvalues ----

export interface FoundPairs extends Pairs {
  readonly products: number;
}
export function pairsOf(of: Operand, k: number, options: EigshOptions = {}): FoundPairs {
  check("eigsh", options, "write eigsh(k, { which })");
  const { n } = of;
  if (!Number.isInteger(k) || k < 1 || k > n)
    fail("value", `eigsh: k is ${show(k)}; expected how many eigenvalues, from 1 to the ${n} that there are`);
  const { which = "magnitude", tol = toleranceFor(of.source), verify = true, seed = 0 } = options;
  const { maxProducts = Math.max(SEARCH_PRODUCTS, SEARCH_PRODUCTS_A_ROW * n) } = options;
  if (!isWhich(which)) {
    const other = whichOfScipy(which);
    const remedy = other ? `write "${other}"` : 'expected "largest", "smallest", "magnitude" or "both"';
    fail("value", `eigsh: which is ${describe(which)}; ${remedy}`);
  }
  checkNumber("eigsh: tol", tol, 0, false);
  checkNumber("eigsh: maxProducts", maxProducts, 1, true);
  if (typeof verify !== "boolean") fail("value", `eigsh: verify is ${describe(verify)}; expected true or false`);
  const method = methodOf("eigsh", options.method, ["lanczos", "exact"]);
  const random = randomOf("eigsh", seed);
  const products = of.products("eigsh", maxProducts);
  const isSmall = method === undefined && n <= EXACT_ROWS;
  if (method === "exact" || isSmall || basisSize(k) >= n) {
    const found = exactPairs(of, products, choose(of.spectrum(products).values, endsOf(which, k)));
    return { ...inOrder(found, ordered([...found.values], which)), products: products.spent };
  }
  const pairs = eigenpairs(products, { k, which, tol, verify }, random);
  return { ...pairs, products: products.spent };
}
/** The eigenvalues at these places of the decomposition, with residuals of the matrix. */
function exactPairs(of: Operand, products: Products, places: readonly number[]): Pairs {
  const { n } = of;
  const [matrix, { values, at }] = [of.dense(products), of.spectrum(products)];
  const vectors = places.map((i) => Float64Array.from({ length: n }, (_, row) => at(row, i)));
  const residuals = vectors.map((v, k) => {
    const value = values[places[k] as number] as number;
    return lengthOf(v.map((x, row) => dot(matrix.subarray(row * n, (row + 1) * n), v) - value * x));
  });
  const chosen = Float64Array.from(places, (i) => values[i] as number);
  return { values: chosen, vectors, residuals: Float64Array.from(residuals), converged: true };
}
const inOrder = ({ values, vectors, residuals, converged }: Pairs, order: readonly number[]): Pairs => ({
  values: Float64Array.from(order, (i) => values[i] as number),
  vectors: order.map((i) => vectors[i] as Float64Array),
  residuals: Float64Array.from(order, (i) => residuals[i] as number),
  converged,
});

export function conditionOf(of: Operand, options: ConditionOptions = {}): Condition {
  check("condition", options);
  const quotient = (largest: number, smallest: number, converged: boolean, products: number): Condition => ({
    value: largest / smallest,
    ...{ largest, smallest, converged, products },
  });
  if (of.n <= EXACT_ROWS || options.method === "exact") {
    const products = of.products("condition");
    const sizes = of.spectrum(products).values.map(Math.abs).sort();
    return quotient(sizes.at(-1) as number, sizes[0] as number, true, products.spent);
  }
  const search = { tol: CONDITION_TOLERANCE, ...options };
  const { values, converged, products } = pairsOf(of, 2, { ...search, which: "both" });
  const [low, high] = [values[0] as number, values[1] as number];
  const largest = Math.max(-low, high);
  if (low > 0 || high < 0) return quotient(largest, Math.min(Math.abs(low), Math.abs(high)), converged, products);
  const inside = pairsOf(new Operand(squared(of.source)), 1, { ...search, which: "smallest" });
  const smallest = Math.sqrt(Math.max(0, inside.values[0] as number));
  return quotient(largest, smallest, converged && inside.converged, products + 2 * inside.products);
}
const squared = ({ dense: _, ...of }: Source): Source => ({
  ...of,
  multiply(vs, outs) {
    of.multiply(vs, outs);
    of.multiply(
      outs.map((y) => y.slice()),
      outs,
    );
  },
});

// ---- systems ----

export interface SolvedVector {
  readonly x: Float64Array;
  readonly residual: number;
  readonly converged: boolean;
  readonly iterations: number;
  readonly products: number;
}
export function solutionOf(of: Operand, b: Float64Array, options: SolveOptions = {}): SolvedVector {
  check("solve", options, "write solve(b, { tol })");
  const { tol = 1e-5, atol = 0, shift = 0, maxIterations = SEARCH_PRODUCTS_A_ROW * of.n } = options;
  checkNumber("solve: tol", tol, 0, false);
  checkNumber("solve: atol", atol, 0, false);
  checkNumber("solve: shift", shift, Number.NEGATIVE_INFINITY, false);
  checkNumber("solve: maxIterations", maxIterations, 0, true);
  const method = methodOf("solve", options.method, ["minres", "exact"]);
  const products = of.products("solve");
  const target = Math.max(tol * lengthOf(b), atol);
  if (method === "minres" || (!method && of.n > EXACT_ROWS))
    return { ...minres(products, { b, shift, target, maxIterations }), products: products.spent };
  const [matrix, { values, at }] = [of.dense(products), of.spectrum(products)];
  const { n } = of;
  const sizes = values.map((v) => Math.abs(v + shift));
  const largest = sizes.reduce((m, v) => Math.max(m, v), 0);
  const least = sizes.reduce((m, v) => Math.min(m, v), Number.POSITIVE_INFINITY);
  if (!(least > n * products.epsilon * largest))
    fail(
      "value",
      `solve: the matrix is singular: magnitudes of its eigenvalues are from ${Number(least.toPrecision(3))} to ` +
        `${Number(largest.toPrecision(3))}; pass { shift }, or { method: "minres" } for a solution of least squares`,
    );
  const along = values.map((v, i) => b.reduce((s, x, row) => s + x * at(row, i), 0) / (v + shift));
  const x = b.map((_, row) => along.reduce((s, c, i) => s + c * at(row, i), 0));
  const rest = b.map((e, row) => e - dot(matrix.subarray(row * n, (row + 1) * n), x) - shift * (x[row] as number));
  return { x, residual: lengthOf(rest), converged: true, iterations: 0, products: products.spent };
}
