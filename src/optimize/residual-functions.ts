// Residuals and their Jacobian as functions of JavaScript: trees of arrays and numbers outside, vectors inside.
import { fail } from "../errors.ts";
import { type Data, showShape } from "../ir/aval.ts";
import { elementsOf, operandOf } from "../trace/convert.ts";
import type { Concrete, Mirror } from "../trace/types.ts";
import type { Oracle } from "./served-host.ts";
import type { Unknowns } from "./unknowns.ts";

/** Residuals by their values, in JavaScript. `leastSquaresAsync` takes promises of them, too. */
export interface ResidualFunctions<X> {
  /** The residuals at `x`, a vector. */
  residual(x: Mirror<X>): Concrete | PromiseLike<Concrete>;
  /** A row for each residual, a column for each number in `x`, in the order of its arrays. */
  jacobian(x: Mirror<X>): Concrete | PromiseLike<Concrete>;
}

export const isResidualFunctions = (f: unknown): f is ResidualFunctions<unknown> =>
  typeof f === "object" &&
  f !== null &&
  typeof (f as ResidualFunctions<unknown>).residual === "function" &&
  typeof (f as ResidualFunctions<unknown>).jacobian === "function";

/** `f` as functions of vectors, given its residuals at `x0`, which the first call returns. */
export function residualOracle(
  name: string,
  f: ResidualFunctions<unknown>,
  unknowns: Unknowns,
  first: Data,
): Partial<Oracle> {
  let known: Data | undefined = first;
  return {
    residual(x) {
      const here = known ?? residualsAt(name, f, unknowns, x, first.length);
      known = undefined;
      return here;
    },
    jacobian: (x) =>
      then(f.jacobian(unknowns.unpack(x) as never), (rows) =>
        numbers(`${name}: the Jacobian`, rows, [first.length, unknowns.size]),
      ),
  };
}

/** The residuals at `x`; `length` is how many there must be. */
export const residualsAt = (
  name: string,
  f: ResidualFunctions<unknown>,
  unknowns: Unknowns,
  x: Data,
  length?: number,
): Data | PromiseLike<Data> =>
  then(f.residual(unknowns.unpack(x) as never), (r) =>
    numbers(`${name}: the residual`, r, length === undefined ? undefined : [length]),
  );

/** The numbers of an array of this shape, or of any vector. */
function numbers(where: string, value: unknown, shape?: readonly number[]): Data {
  const x = operandOf(where, value);
  if (shape ? String(x.shape) !== String(shape) : x.shape.length !== 1)
    fail("shape", `${where} has shape ${showShape(x.shape)}; expected ${shape ? showShape(shape) : "a vector"}`);
  return Float64Array.from(elementsOf(x, "float64"));
}

const then = <T, R>(value: T | PromiseLike<T>, use: (value: T) => R): R | PromiseLike<R> =>
  typeof (value as PromiseLike<T> | undefined)?.then === "function"
    ? (value as PromiseLike<T>).then(use)
    : use(value as T);
