// Compensation: the rounding error of a sum, and a sum put right by the errors collected so far, of single numbers
// and of vectors.

/** What rounding lost of s = a + b, exactly (Knuth's TwoSum). */
// @ts-ignore: decorator
@inline
export function lost<T>(a: T, b: T, s: T): T {
  const w = <T>(s - a);
  return <T>(<T>(a - <T>(s - w)) + <T>(b - w));
}

// @ts-ignore: decorator
@inline
export function lostLanes<T>(a: v128, b: v128, s: v128): v128 {
  const w = v128.sub<T>(s, a);
  return v128.add<T>(v128.sub<T>(a, v128.sub<T>(s, w)), v128.sub<T>(b, w));
}

/** s + c, and s where c is 0 (which keeps a -0) or no number (after an overflow). */
// @ts-ignore: decorator
@inline
export function corrected<T>(s: T, c: T): T {
  return select<T>(<T>(s + c), s, abs<T>(c) > <T>0);
}

// @ts-ignore: decorator
@inline
export function correctedLanes<T>(s: v128, c: v128): v128 {
  const counts = v128.gt<T>(v128.abs<T>(c), v128.splat<T>(<T>0));
  return v128.bitselect(v128.add<T>(s, c), s, counts);
}
