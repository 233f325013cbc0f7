// What Array.prototype has in newer engines only: the package runs where ES2022 is (docs/guide.md, "Where it runs").

/** `list` with `x` in the place of element `i`, which must exist: `list.with(i, x)` of ES2023. */
export function withElement<T>(list: readonly T[], i: number, x: T): T[] {
  const copy = list.slice();
  copy[i] = x;
  return copy;
}
