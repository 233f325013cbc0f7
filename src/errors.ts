// The one error class of the library. Messages say what was wrong (with shapes or values) and what to do.

/** Machine-readable reason of an {@link HvpError}. */
export type ErrorCode =
  | "shape" // operand or argument shapes do not fit
  | "axis" // an axis or index is out of range
  | "dtype" // an element type does not fit
  | "value" // an argument has a value the operation cannot take
  | "trace" // a traced value was used where only an ordinary one can be, or the other way round
  | "rule" // a primitive has no rule for this transform
  | "nan" // debugNans found a NaN
  | "disposed" // a compiled program was used after dispose()
  | "memory" // WebAssembly memory or engine limits
  | "engine"; // the engine or the page does not let WebAssembly with SIMD be compiled

/**
 * Every error thrown on purpose by hvp. `code` tells the kind; `message` names the operation, the shapes and the
 * remedy.
 */
export class HvpError extends Error {
  override readonly name = "HvpError";
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Throws an {@link HvpError}. */
export function fail(code: ErrorCode, message: string): never {
  throw new HvpError(code, message);
}

/** Refuses `extra`, the arguments beyond those that `name` has: JavaScript would drop them in silence. */
export function checkCount(name: string, extra: readonly unknown[], usage: string): void {
  if (extra.length > 0)
    fail("value", `${name}: ${extra.length} argument${extra.length === 1 ? "" : "s"} too many; ${usage}`);
}
