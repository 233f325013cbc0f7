// Stochastic Lanczos quadrature: averages of functions of the eigenvalues. Golub and Welsch 1969; Ubaru, Chen and Saad
// 2017, SIAM J. Matrix Anal. Appl. 38.4.
import { Basis } from "./basis.ts";
import { decompose, tridiagonal } from "./dense.ts";
import type { Generator } from "./generator.ts";
import type { Products } from "./product.ts";

/** A rule for one probe: Σ weights·f(nodes) is its estimate of the mean of f over the eigenvalues. */
export interface Rule {
  /** Ascending. */
  readonly nodes: Float64Array;
  /** Their sum is 1. */
  readonly weights: Float64Array;
}

/** Bytes of the bases that are held at once: as many probes share products. */
const BASES_BYTES = 2 ** 26;
/** Spacings of numbers at the largest entry below which what is left of a product is rounding. */
const ROUNDING = 16;

/** One rule for each of `probes` vectors of random signs, by `steps` steps of Lanczos' method. */
export function quadrature(products: Products, probes: number, steps: number, random: Generator): Rule[] {
  const rules: Rule[] = [];
  const most = Math.max(1, Math.floor(BASES_BYTES / (8 * steps * products.n)));
  for (let from = 0; from < probes; from += most) {
    const paths = Array.from({ length: Math.min(most, probes - from) }, () => new Path(products, steps, random));
    try {
      for (let live: readonly Path[] = paths; live.length > 0; ) {
        const images = products.many(live.map((p) => p.last()));
        live = live.filter((p, i) => p.advance(images[i] as Float64Array));
      }
      rules.push(...paths.map((p) => p.rule()));
    } finally {
      for (const p of paths) p.dispose();
    }
  }
  return rules;
}

/** Lanczos' method from one probe. */
class Path {
  private readonly basis: Basis;
  private readonly diagonal: number[] = [];
  private readonly beside: number[] = [];
  private readonly vector: Float64Array;
  private scale = 0;

  constructor(
    private readonly products: Products,
    private readonly steps: number,
    random: Generator,
  ) {
    const { n } = products;
    this.basis = new Basis(n, steps);
    this.vector = random.signs(n);
    this.basis.append(this.basis.orthogonalize(this.vector).norm);
  }
  dispose(): void {
    this.basis.dispose();
  }
  /** The vector to be multiplied next. */
  last(): Float64Array {
    return this.basis.read(this.basis.count - 1, this.vector);
  }
  /** A step with the product of that: whether another one follows. */
  advance(image: Float64Array): boolean {
    const { along, norm } = this.basis.orthogonalize(image);
    const own = along.at(-1) as number;
    this.diagonal.push(own);
    this.scale = Math.max(this.scale, Math.abs(own), norm);
    if (this.basis.count === this.steps || !(norm > ROUNDING * this.products.epsilon * this.scale)) return false;
    this.beside.push(norm);
    this.basis.append(norm);
    return true;
  }
  rule(): Rule {
    const size = this.diagonal.length;
    const { values, at } = decompose(tridiagonal(this.diagonal, this.beside), size);
    return { nodes: values, weights: values.map((_, i) => at(0, i) * at(0, i)) };
  }
}
