// Values of the package as plain JavaScript, for comparisons.
import { NdArray } from "../../src/index.ts";

/** `v` with lists in the place of arrays. */
export function plain(v: unknown): unknown {
  if (typeof v !== "object" || v === null) return v;
  if (v instanceof NdArray) return v.toArray();
  if (ArrayBuffer.isView(v)) return Array.from(v as Float64Array);
  if (Array.isArray(v)) return v.map(plain);
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)]));
}
