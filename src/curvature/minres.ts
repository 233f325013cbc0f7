// Systems with a symmetric matrix, definite or not: MINRES, Paige and Saunders 1975, SIAM J. Numer. Anal. 12.4.
import { dot, lengthOf, type Products } from "./product.ts";

export interface Solution {
  readonly x: Float64Array;
  /** ‖b - (A + shift)·x‖, computed. */
  readonly residual: number;
  readonly iterations: number;
  readonly converged: boolean;
}
export interface System {
  readonly b: Float64Array;
  readonly shift: number;
  /** The length of the residual that ends the iteration. */
  readonly target: number;
  readonly maxIterations: number;
}

/** How far a computed residual may be above the one that recurrences tell. */
const DRIFT = 1.01;

/** The x with (A + shift)·x = b. */
export function minres(products: Products, { b, shift, target, maxIterations }: System): Solution {
  const { n } = products;
  const x = new Float64Array(n);
  const multiply = (v: Float64Array): Float64Array => {
    const y = products.one(v);
    if (shift !== 0) add(y, shift, v);
    return y;
  };
  let left = lengthOf(b);
  let v: Float64Array = scaled(b, left);
  let before: Float64Array = new Float64Array(n);
  let [d1, d2] = [new Float64Array(n), new Float64Array(n)];
  // The last rotation and the one before it.
  let [c1, s1, c2, s2] = [1, 0, 1, 0];
  let [beta, iterations] = [0, 0];
  while (Math.abs(left) > target && iterations < maxIterations) {
    iterations++;
    const p = multiply(v);
    const alpha = dot(v, p);
    add(p, -alpha, v);
    add(p, -beta, before);
    const next = lengthOf(p);
    // The last column of the tridiagonal matrix, rotated by these two and by a new one.
    const far = s2 * beta;
    const near = c1 * c2 * beta + s1 * alpha;
    const own = c1 * alpha - s1 * c2 * beta;
    const pivot = lengthOf(Float64Array.of(own, next));
    if (!(pivot > 0)) break;
    [c2, s2, c1, s1] = [c1, s1, own / pivot, next / pivot];
    const d = d2;
    for (let i = 0; i < n; i++) d[i] = ((v[i] as number) - near * (d1[i] as number) - far * (d2[i] as number)) / pivot;
    add(x, c1 * left, d);
    [d1, d2] = [d, d1];
    left *= -s1;
    if (!(next > 0)) break;
    [before, v, beta] = [v, scaled(p, next), next];
  }
  const rest = multiply(x);
  for (let i = 0; i < n; i++) rest[i] = (b[i] as number) - (rest[i] as number);
  const residual = lengthOf(rest);
  return { x, residual, iterations, converged: residual <= DRIFT * target };
}

/** y += a·x */
function add(y: Float64Array, a: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + a * (x[i] as number);
}
const scaled = (x: Float64Array, length: number): Float64Array => (length > 0 ? x.map((e) => e / length) : x);
