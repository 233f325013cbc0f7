// Settings of windows that move over the last axes, read for convolutions and pools alike.
import { fail } from "../errors.ts";
import { describe, show } from "../trace/convert.ts";

/**
 * Zeros around: the same number on all sides, one per axis, `[before, after]` per axis; "same": so many that a window
 * with stride 1 has as many places as the array elements (⌈n / stride⌉ in general, the odd one after); "valid": none.
 */
export type ConvPadding = "same" | "valid" | number | readonly (number | readonly [before: number, after: number])[];

/** One number per axis. */
export function perAxis(name: string, what: string, value: unknown, d: number, least: number): number[] {
  const list = typeof value === "number" ? new Array<number>(d).fill(value) : value;
  if (!Array.isArray(list) || list.length !== d || !list.every((k) => Number.isInteger(k) && k >= least))
    return fail(
      "value",
      `${name}: ${what} is ${Array.isArray(list) ? `[${list.map(String).join(", ")}]` : describe(value)}; ` +
        `expected ${least === 0 ? "a non-negative" : "a positive"} integer${d > 1 ? `, or ${d} of them` : ""}`,
    );
  return list as number[];
}

/** Padding before and after each axis; `same(axis)` is what "same" adds there. */
export function paddingOf(
  name: string,
  padding: ConvPadding,
  d: number,
  same: (axis: number) => number,
): [number, number][] {
  const axes = Array.from({ length: d }, (_, i) => i);
  if (padding === "valid") return axes.map(() => [0, 0]);
  if (padding === "same")
    return axes.map((i) => {
      const total = Math.max(0, same(i));
      return [total >> 1, total - (total >> 1)];
    });
  const list = typeof padding === "number" ? axes.map(() => padding) : padding;
  const good = (k: unknown): boolean => Number.isInteger(k) && (k as number) >= 0;
  if (
    !Array.isArray(list) ||
    list.length !== d ||
    !list.every((p) => good(p) || (Array.isArray(p) && p.length === 2 && p.every(good)))
  )
    return fail(
      "value",
      `${name}: padding is ${show(padding)}; expected "same", "valid", a non-negative integer, or one number or ` +
        "[before, after] per axis",
    );
  return (list as (number | [number, number])[]).map((p) => (typeof p === "number" ? [p, p] : p));
}
