// Results of the public API as plain numbers.

/** The elements of a number, a (nested) array, a typed array or an NdArray, in row-major order. */
export function flat(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (Array.isArray(value)) return value.flatMap(flat);
  if (typeof value === "object" && value !== null && "data" in value) return flat(value.data);
  throw new Error(`flat: not an array of numbers: ${String(value)}`);
}
