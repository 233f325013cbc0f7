// Index maps: where an element of one array lies in another, as affine functions of loop variables.

/** `a[0] + Σ a[l+1] · loop_l`. All affine functions of one loop nest have the same length. */
export type Affine = readonly number[];

export const constant = (k: number, loops: number): Affine => {
  const a = new Array<number>(loops + 1).fill(0);
  a[0] = k;
  return a;
};

export const shift = (a: Affine, k: number): Affine => (k === 0 ? a : [(a[0] as number) + k, ...a.slice(1)]);

/** `scale · a + k` */
export const scale = (a: Affine, factor: number, k = 0): Affine => a.map((c, i) => c * factor + (i === 0 ? k : 0) + 0);

export function addTo(sum: number[], a: Affine, factor: number): void {
  for (let i = 0; i < a.length; i++) sum[i] = (sum[i] as number) + (a[i] as number) * factor;
}

export const isConstant = (a: Affine): boolean => a.every((c, i) => i === 0 || c === 0);

/** The box of loop variables for which code is being generated. Queries that the whole box does not answer alike abort
 * generation and ask for a finer box (see box.ts). */
export interface Cell {
  /** The affine function 0. */
  readonly zero: Affine;
  /** Whether `a < bound` in the whole cell. */
  below(a: Affine, bound: number): boolean;
  /** Coordinates of the row-major position `a` in an array of shape `shape`. */
  unravel(a: Affine, shape: readonly number[]): readonly Affine[];
}
