// `debugNans`: on request, results are looked through for NaN, and the operation that made it is named.
import { checkCount, HvpError } from "../errors.ts";
import { type Computation, nanCheck, setNanCheck } from "../run/nan-check.ts";
import { firstNan } from "./nan-search.ts";

/**
 * Turns the search for NaN on or off. While it is on, every result that contains NaN throws an HvpError (code
 * `"nan"`) that names the operation which produced the first one from operands without any. Values that a `where`
 * leaves out do not count. It costs one pass over the results, and a second evaluation when there is something to
 * report.
 */
export function debugNans(enabled: boolean): void;
export function debugNans(enabled: boolean, ...extra: unknown[]): void {
  checkCount("debugNans", extra, "write debugNans(true) or debugNans(false)");
  setNanCheck(
    enabled
      ? (results, computation) => {
          if (results.some((r) => (typeof r === "number" ? Number.isNaN(r) : r.some(Number.isNaN))))
            report(computation());
        }
      : undefined,
  );
}

function report(computation: Computation): never {
  const check = nanCheck;
  setNanCheck(undefined); // the search itself meets NaN
  try {
    throw new HvpError(
      "nan",
      `debugNans: ${firstNan(computation)}; guard the operation with where(…), or turn the check off with ` +
        "debugNans(false)",
    );
  } finally {
    setNanCheck(check);
  }
}
