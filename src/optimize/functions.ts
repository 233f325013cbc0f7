// Functions of one's own as what solvers ask: trees of arrays and numbers outside, vectors inside.
import { fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import { describe } from "../trace/convert.ts";
import type { Like, Mirror } from "../trace/types.ts";
import type { Oracle } from "./served-host.ts";
import type { Unknowns } from "./unknowns.ts";

/** A function by its values, in JavaScript. `minimizeAsync` takes promises of them, too. */
export interface Functions<X> {
  value(x: Mirror<X>): number | PromiseLike<number>;
  grad(x: Mirror<X>): Like<X> | PromiseLike<Like<X>>;
  /** Value and gradient at once, where that is cheaper. */
  valueAndGrad?(x: Mirror<X>): readonly [number, Like<X>] | PromiseLike<readonly [number, Like<X>]>;
  /** The Hessian at `x` times `v`; methods of second order need it. */
  hvp?(x: Mirror<X>, v: Mirror<X>): Like<X> | PromiseLike<Like<X>>;
}

export const isFunctions = (f: unknown): f is Functions<unknown> =>
  typeof f === "object" &&
  f !== null &&
  typeof (f as Functions<unknown>).value === "function" &&
  typeof (f as Functions<unknown>).grad === "function";

/** `f` as functions of vectors. Their results are checked as those of arguments are. */
export function oracleOf(name: string, f: Functions<unknown>, unknowns: Unknowns, second: boolean): Partial<Oracle> {
  if (second && typeof f.hvp !== "function")
    fail("value", `${name}: this method needs hvp(x, v), the product with the Hessian; got ${describe(f.hvp)} for it`);
  const then = <T>(value: unknown, use: (value: unknown) => T): T | PromiseLike<T> =>
    isPromiseLike(value) ? value.then(use) : use(value);
  const vector =
    (what: string) =>
    (value: unknown): Data =>
      unknowns.pack(value, `${name}: ${what}`);
  return {
    value: (x) => f.value(unknowns.unpack(x) as never),
    valueAndGrad(x) {
      const tree = unknowns.unpack(x) as never;
      if (f.valueAndGrad)
        return then(f.valueAndGrad(tree), (both) => {
          if (!Array.isArray(both) || both.length !== 2)
            return fail("value", `${name}: valueAndGrad must return [value, gradient], got ${describe(both)}`);
          return [both[0], vector("the gradient")(both[1])];
        });
      return then(f.value(tree), (value) =>
        then(f.grad(unknowns.unpack(x) as never), (grad) => [value, vector("the gradient")(grad)]),
      );
    },
    hvp: (x, v) => then(f.hvp?.(unknowns.unpack(x) as never, unknowns.unpack(v) as never), vector("the product")),
  };
}

export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
