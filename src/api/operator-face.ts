// What `linearOperator` gives: the methods of LinearOperator and nothing else.
import { checkCount, fail } from "../errors.ts";
import { zeros } from "../ir/aval.ts";
import { tracing } from "../ir/build.ts";
import { describe } from "../trace/convert.ts";
import { NdArray } from "../trace/ndarray.ts";
import { printAs } from "../trace/print.ts";
import type { Like } from "../trace/types.ts";
import { disposeKey } from "./dispose.ts";
import type { LinearOperator } from "./linear-operator-types.ts";
import {
  conditionOf,
  densityOf,
  diagonalFrom,
  logdetOf,
  Operand,
  pairsOf,
  solutionOf,
  traceOf,
} from "./operator-methods.ts";
import { Leaves, type Source } from "./operator-source.ts";

let isPrinted = false;

export class OperatorFace<X> implements LinearOperator<X> {
  readonly shape: readonly [number, number];
  readonly dtype: "float64" | "float32";
  readonly #of: Operand;
  readonly #leaves: Leaves;
  #isDisposed = false;
  declare readonly [Symbol.dispose]: () => void;

  constructor(source: Source) {
    this.shape = [source.n, source.n];
    this.dtype = source.dtype;
    this.#of = new Operand(source);
    this.#leaves = new Leaves(source.x);
    Object.defineProperty(this, disposeKey(), { value: this.dispose });
    if (isPrinted) return;
    isPrinted = true;
    printAs(OperatorFace.prototype, (of) => {
      return `LinearOperator ${of.shape.join(" × ")}, ${of.dtype}: ${of.#of.source.describe()}`;
    });
  }
  // Functions of their own, not methods: `const { matvec } = linearOperator(f, x)` works.
  readonly matvec: LinearOperator<X>["matvec"] = (v: Like<X>, out?: unknown, ...extra: unknown[]) => {
    const { source } = this.#alive("matvec", extra, "write matvec(v, out), or matmat([v, w]) for several vectors");
    const given = this.#leaves.read(v, "matvec: v");
    const targets = out === undefined ? undefined : source.x.targets([out], () => "matvec: out")[0];
    const y = new Float64Array(source.n);
    source.multiply([given], [y]);
    if (!targets) return this.#leaves.tree(y) as never;
    for (const [i, leaf] of this.#leaves.split(y).entries()) targets[i]?.set(leaf);
    return out as never;
  };
  readonly matmat: LinearOperator<X>["matmat"] = (vs: unknown, outs?: unknown, ...extra: unknown[]) => {
    const { source } = this.#alive("matmat", extra, "write matmat([v, w])");
    const leaves = this.#leaves;
    const { x } = source;
    const isList = Array.isArray(vs);
    const batch = isList ? undefined : x.batches(vs, "matmat: vs");
    const given = batch
      ? Array.from({ length: batch.count }, (_, k) => leaves.join(rowsOf(leaves, batch.leaves, k)))
      : Array.from(vs as Like<X>[], (v, k) => leaves.read(v, `matmat: vs[${k}]`));
    if (isList && outs !== undefined && !(Array.isArray(outs) && outs.length === given.length))
      fail("value", `matmat: outs is ${describe(outs)}; expected a list of ${given.length}, one for each vector`);
    const targets =
      outs === undefined
        ? undefined
        : batch
          ? x.targets([outs], () => "matmat: outs", batch.count)
          : x.targets(outs as unknown[], (k) => `matmat: outs[${k}]`);
    const ys = given.map(() => new Float64Array(source.n));
    if (given.length > 0) source.multiply(given, ys);
    if (isList && !targets) return ys.map((y) => leaves.tree(y)) as never;
    const whole = batch && (targets?.[0] ?? x.nodes.map((n) => zeros(n.dtype, batch.count * n.size)));
    for (const [k, y] of ys.entries()) {
      const to = whole ? rowsOf(leaves, whole, k) : targets?.[k];
      for (const [i, leaf] of leaves.split(y).entries()) to?.[i]?.set(leaf);
    }
    return (outs ?? x.batch(whole as never, ys.length)) as never;
  };
  readonly toDense = (...extra: unknown[]): NdArray => {
    const of = this.#alive("toDense", extra, "it takes none");
    const matrix = of.dense(of.products("toDense"));
    const data = this.dtype === "float32" ? Float32Array.from(matrix) : matrix.slice();
    return new NdArray(data, [...this.shape], this.dtype);
  };
  readonly trace: LinearOperator<X>["trace"] = (options, ...extra: unknown[]) =>
    traceOf(this.#alive("trace", extra, "write trace({ method })"), options);
  readonly diagonal: LinearOperator<X>["diagonal"] = (options, ...extra: unknown[]) => {
    const { value, standardError, products } = diagonalFrom(
      this.#alive("diagonal", extra, "write diagonal({ method })"),
      options,
    );
    const [mean, error] = [value, standardError].map((v) => this.#leaves.tree(v));
    return { value: mean, standardError: error, products } as never;
  };
  readonly logdet: LinearOperator<X>["logdet"] = (options, ...extra: unknown[]) =>
    logdetOf(this.#alive("logdet", extra, "write logdet({ probes, steps })"), options);
  readonly eigsh: LinearOperator<X>["eigsh"] = (k, options, ...extra: unknown[]) => {
    const found = pairsOf(this.#alive("eigsh", extra, "write eigsh(k, { which })"), k, options);
    return { ...found, vectors: found.vectors.map((v) => this.#leaves.tree(v)) } as never;
  };
  readonly spectralDensity: LinearOperator<X>["spectralDensity"] = (options, ...extra: unknown[]) =>
    densityOf(this.#alive("spectralDensity", extra, "write spectralDensity({ probes, steps })"), options);
  readonly condition: LinearOperator<X>["condition"] = (options, ...extra: unknown[]) =>
    conditionOf(this.#alive("condition", extra, "write condition({ tol })"), options);
  readonly solve: LinearOperator<X>["solve"] = (b, options, ...extra: unknown[]) => {
    const of = this.#alive("solve", extra, "write solve(b, { tol })");
    const found = solutionOf(of, this.#leaves.read(b, "solve: b"), options);
    return { ...found, x: this.#leaves.tree(found.x) } as never;
  };
  readonly dispose = (): void => {
    if (!this.#isDisposed) this.#of.source.dispose();
    this.#isDisposed = true;
  };

  #alive(method: string, extra: readonly unknown[], usage: string): Operand {
    checkCount(method, extra, usage);
    if (tracing())
      fail("trace", `${method}: operators are for outside of traced functions; inside use hvp, hessian and eigh`);
    if (this.#isDisposed)
      fail("disposed", `${method}: this operator was used after dispose(); make it again, or dispose of it later`);
    return this.#of;
  }
}

/** Row `k` of each of `whole`. */
const rowsOf = <A extends { subarray(from: number, to: number): A }>(
  { x }: Leaves,
  whole: readonly A[],
  k: number,
): A[] => x.nodes.map(({ size }, i) => (whole[i] as A).subarray(k * size, (k + 1) * size));
