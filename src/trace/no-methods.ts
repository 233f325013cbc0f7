// What methods.ts is in the entry "hvp/functions": no operation is a method there, so bundles hold what functions
// they import. The build puts this file in its place.
import { fail } from "../errors.ts";

const NAMES =
  "T add sub mul div pow neg abs square sqrt sign reciprocal clip exp expm1 log log1p sin cos tan atan tanh " +
  "sigmoid softplus lt le gt ge eq ne sum mean max min prod dot matmul reshape ravel transpose expandDims " +
  "squeeze flip astype slice at take";

let refused = false;
/**
 * Makes the methods of `prototype` errors. Done when the first traced value is made, so that importing has no effect.
 */
function refuse(prototype: object): void {
  if (refused) return;
  refused = true;
  for (const name of [...NAMES.split(" "), Symbol.iterator]) {
    Object.defineProperty(prototype, name, {
      get() {
        return typeof name === "string"
          ? fail(
              "trace",
              `x.${name}: traced values of "hvp/functions" have no methods; write ` +
                `${name === "T" ? "transpose" : name}(x, …)`,
            )
          : fail("trace", `traced values of "hvp/functions" cannot be iterated over; take elements with at(x, i)`);
      },
    });
  }
}

export class Methods {
  constructor() {
    refuse(Methods.prototype);
  }
}
