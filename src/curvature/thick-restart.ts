// A few eigenvalues and eigenvectors by Lanczos' method with full reorthogonalization and thick restarts: Wu and Simon
// 2000, SIAM J. Matrix Anal. Appl. 22.2. Memory is that of a few vectors for each pair, whatever the number of steps.
import { Basis } from "./basis.ts";
import { type Decomposed, decompose } from "./dense.ts";
import { choose, type End, endsOf, ordered, type Which } from "./ends.ts";
import type { Generator } from "./generator.ts";
import { dot, lengthOf, type Products } from "./product.ts";

export interface Search {
  readonly k: number;
  readonly which: Which;
  /** The residual of a pair that has converged, relative to its eigenvalue. */
  readonly tol: number;
  /** Whether copies are looked for that one start cannot see. */
  readonly verify: boolean;
}
export interface Pairs {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
  /** ‖A·v - λ·v‖ of each, computed. */
  readonly residuals: Float64Array;
  readonly converged: boolean;
}

/** Steps after which Ritz values are looked at before the basis is full: an eigh of its size is less than a product. */
const STEPS_BETWEEN_LOOKS = 4;
/** Vectors of the basis: beyond twice what is wanted, and in all at least. A larger one takes fewer products. */
const BASIS_BEYOND = 20;
const BASIS_LEAST = 48;
/** Steps from a start at random before it may tell that nothing is missing. */
const STEPS_OF_PROOF = 20;
/** Eigenvalues below this share of the largest one count as that large where residuals are compared to them. */
const SMALL_VALUE = 1e-3;
/** Rounding of products, in spacings of numbers at the largest eigenvalue. */
const NOISE = 4;

/** How many vectors the basis for `k` pairs has. */
export const basisSize = (k: number): number => Math.max(2 * k + BASIS_BEYOND, BASIS_LEAST);

/** Ritz values of the part of the basis that is not locked, and their residuals. */
interface Ritz extends Decomposed {
  readonly residuals: Float64Array;
}

/** The pairs that `search` describes, of a matrix with more rows than `basisSize(k)`. */
export function eigenpairs(products: Products, search: Search, random: Generator): Pairs {
  const run = new ThickRestart(products, search, random);
  try {
    return run.solve();
  } finally {
    run.dispose();
  }
}

class ThickRestart {
  private readonly basis: Basis;
  private readonly capacity: number;
  /** QᵀA·Q of the vectors that are not locked, in rows of `capacity`. */
  private readonly projected: Float64Array;
  private readonly ends: readonly End[];
  /** Eigenvalues of the first vectors, which are eigenvectors. */
  private locked: number[] = [];
  /** How many vectors have been multiplied, and the length of what is left of the last product. */
  private multiplied = 0;
  private rest = 0;
  /** The largest number among the projected ones: the size of the matrix. */
  private scale = 0;
  private readonly q: Float64Array;
  private readonly w: Float64Array;

  constructor(
    private readonly products: Products,
    private readonly search: Search,
    private readonly random: Generator,
  ) {
    const { n } = products;
    this.capacity = basisSize(search.k);
    this.basis = new Basis(n, this.capacity);
    this.projected = new Float64Array(this.capacity * this.capacity);
    this.ends = endsOf(search.which, search.k);
    this.q = new Float64Array(n);
    this.w = new Float64Array(n);
  }
  dispose(): void {
    this.basis.dispose();
  }

  solve(): Pairs {
    const { basis, products, search } = this;
    for (;;) {
      this.advance();
      const ritz = this.ritz();
      if (this.locked.length === 0) {
        const wanted = choose(ritz.values, this.ends);
        const done = wanted.length === search.k && wanted.every((i) => this.isConverged(ritz, i));
        if (done || products.areSpent) this.lock(ritz, wanted);
        if (products.areSpent || (done && !this.mayMissCopies)) return this.result(done);
      } else {
        const state = this.compare(ritz);
        if (state === "none" || products.areSpent) return this.result(state === "none");
        if (state !== "unknown") this.lock(ritz, state);
      }
      if (basis.count === this.capacity) this.restart(ritz);
    }
  }

  // ---- steps ----

  /** A few steps of Lanczos' method, fewer where the basis is full or no product is left. */
  private advance(): void {
    const { basis, products, projected, capacity } = this;
    const first = this.locked.length;
    for (let step = 0; step < STEPS_BETWEEN_LOOKS; step++) {
      this.extend();
      const j = basis.count - 1;
      const { along, norm } = basis.orthogonalize(products.one(basis.read(j, this.q), this.w));
      for (let i = first; i <= j; i++) {
        const c = along[i] as number;
        projected[(i - first) * capacity + j - first] = projected[(j - first) * capacity + i - first] = c;
        this.scale = Math.max(this.scale, Math.abs(c));
      }
      this.scale = Math.max(this.scale, norm);
      this.multiplied++;
      this.rest = norm;
      if (basis.count === capacity || products.areSpent) return;
    }
  }
  /**
   * Adds what is left of the last product, or, where an invariant subspace is complete, a vector at random: what is
   * missing is not seen from it. */
  private extend(): void {
    if (this.rest > this.noise) this.basis.append(this.rest);
    else this.basis.extend(() => this.random.uniform(this.products.n));
  }
  private ritz(): Ritz {
    const { multiplied: size, projected, capacity } = this;
    const a = new Float64Array(size * size);
    for (let i = 0; i < size; i++) a.set(projected.subarray(i * capacity, i * capacity + size), i * size);
    const found = decompose(a, size);
    const residuals = found.values.map((_, i) => Math.abs(this.rest * found.at(size - 1, i)));
    return { ...found, residuals };
  }
  private isConverged({ values, residuals }: Ritz, i: number): boolean {
    const size = Math.max(Math.abs(values[i] as number), SMALL_VALUE * this.scale);
    return (residuals[i] as number) <= Math.max(this.search.tol * size, this.noise);
  }
  private get noise(): number {
    return NOISE * this.products.epsilon * this.scale;
  }

  // ---- restarts ----

  /** As many combinations as a restart keeps: the wanted, and half of the others. */
  private get kept(): number {
    return this.search.k + Math.floor((this.capacity - this.search.k) / 2);
  }
  /** Keeps the best Ritz vectors, and goes on with the vector in hand. */
  private restart(ritz: Ritz): void {
    const first = this.locked.length;
    const best = choose(ritz.values, endsOf(this.search.which, this.kept - first));
    this.keep(ritz, [...this.locked.keys()], best);
    for (const [k, i] of best.entries()) this.projected[k * this.capacity + k] = ritz.values[i] as number;
    this.multiplied = best.length;
  }
  /** The locked vectors `old` and the Ritz vectors `best` become the basis. */
  private keep(ritz: Ritz, old: readonly number[], best: readonly number[]): void {
    const first = this.locked.length;
    const units = old.map((i) => new Float64Array(this.capacity).fill(1, i, i + 1));
    const mixed = best.map((i) => {
      const row = new Float64Array(this.capacity);
      for (let k = 0; k < this.multiplied; k++) row[first + k] = ritz.at(k, i);
      return row;
    });
    this.basis.combine([...units, ...mixed], this.kept);
    this.projected.fill(0);
  }
  /**
   * Makes the wanted among the locked vectors and the Ritz vectors `found` the locked ones, and drops all others: what
   * follows begins at random beside them. */
  private lock(ritz: Ritz, found: readonly number[]): void {
    const before = this.locked.length;
    const all = [...this.locked, ...found.map((i) => ritz.values[i] as number)];
    const best = choose(all, this.ends).sort((i, j) => i - j);
    const isOld = (i: number): boolean => i < before;
    this.keep(
      ritz,
      best.filter(isOld),
      best.filter((i) => !isOld(i)).map((i) => found[i - before] as number),
    );
    this.locked = best.map((i) => all[i] as number);
    this.multiplied = this.rest = 0;
  }

  // ---- copies that were not seen ----

  /** Of one value an end copies do not count. */
  private get mayMissCopies(): boolean {
    return this.search.verify && this.ends.some(({ count }) => count > 1);
  }

  /**
   * The Ritz values that belong among the locked ones. "none": a start at random beside those finds nothing better, so
   * that no further copy of a multiple eigenvalue is missing; "unknown": that needs more steps, of which few may not
   * show what has a small part in the start.
   */
  private compare(ritz: Ritz): "none" | "unknown" | number[] {
    let state: "none" | "unknown" = "none";
    const missing = new Set<number>();
    // What differs by less is as good.
    const slack = Math.max(this.search.tol * this.scale, this.noise);
    const worst = choose(this.locked, this.ends).map((i) => this.locked[i] as number);
    let from = 0;
    for (const { key, count } of this.ends) {
      if (count === 0) continue;
      const least = Math.min(...worst.slice(from, from + count).map(key));
      from += count;
      for (const i of choose(ritz.values, [{ key, count }])) {
        const [value, residual] = [key(ritz.values[i] as number), ritz.residuals[i] as number];
        if (value > least + slack && this.isConverged(ritz, i)) missing.add(i);
        else if (value + residual > least + slack) state = "unknown";
      }
    }
    if (missing.size > 0) return [...missing];
    return this.multiplied < STEPS_OF_PROOF ? "unknown" : state;
  }

  // ---- the end ----

  /** The locked pairs, with Rayleigh quotients and residuals of their own products. */
  private result(converged: boolean): Pairs {
    const { basis, products, search } = this;
    const vectors = this.locked.map((_, i) => basis.read(i));
    const images = products.many(vectors);
    const values = vectors.map((v, i) => dot(v, images[i] as Float64Array) / dot(v, v));
    const residuals = vectors.map((v, i) => {
      const image = images[i] as Float64Array;
      return lengthOf(image.map((y, k) => y - (values[i] as number) * (v[k] as number)));
    });
    const order = ordered(values, search.which);
    return {
      values: Float64Array.from(order, (i) => values[i] as number),
      vectors: order.map((i) => vectors[i] as Float64Array),
      residuals: Float64Array.from(order, (i) => residuals[i] as number),
      converged,
    };
  }
}
