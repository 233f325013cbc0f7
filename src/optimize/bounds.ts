// Bounds of the unknowns: what users say of them, and the words of solvers for them.
import { fail } from "../errors.ts";
import { type Data, storage } from "../ir/aval.ts";
import { maximum, minimum, neg, sub } from "../ops/arithmetic.ts";
import { describe } from "../trace/convert.ts";
import type { Tensor } from "../trace/tracer.ts";
import type { Like } from "../trace/types.ts";
import type { Bounds } from "./progress.ts";
import type { Unknowns } from "./unknowns.ts";

/** Least and largest values: of all unknowns a number, or of each one a tree of arrays like x0. */
export type BoundsOption<X> = readonly [lower: number | Like<X>, upper: number | Like<X>];

/** Vectors of least and largest values, infinite where there is none. */
export function boundsFor(name: string, bounds: unknown, unknowns: Unknowns): readonly [lower: Data, upper: Data] {
  if (!Array.isArray(bounds) || bounds.length !== 2)
    return fail("value", `${name}: bounds are ${describe(bounds)}; expected [lower, upper], numbers or like x0`);
  const ends = ["lower", "upper"].map((which, i) => {
    const end = bounds[i];
    if (typeof end !== "number") return unknowns.pack(end, `${name}: ${which} bounds`);
    return new (storage(unknowns.dtype))(unknowns.size).fill(end as never);
  }) as [Data, Data];
  const [lower, upper] = ends;
  for (let i = 0; i < unknowns.size; i++)
    if (!((lower[i] as number) <= (upper[i] as number)))
      fail(
        "value",
        `${name}: bounds of unknown ${i} are ${lower[i]} and ${upper[i]}; expected a lower one that is no more than ` +
          "the upper one, -Infinity and Infinity where there is none",
      );
  return ends;
}

/** Which bounds `x` stands at: -1 at the lower one, 1 at the upper one, 0 at none. */
export const activeAt = (x: Data, [lower, upper]: readonly [Data, Data]): Data =>
  x.map((a, i) => (a === lower[i] ? -1 : a === upper[i] ? 1 : 0)) as Data;

/** The point within the bounds that is nearest to `x`. */
export const clipped = (x: Tensor, { lower, upper }: Bounds): Tensor => maximum(minimum(x, upper), lower);
/** The gradient step, as far as bounds let it: 0 where a minimum is. */
export const projectedStep = (x: Tensor, grad: Tensor, { lower, upper }: Bounds): Tensor =>
  maximum(minimum(neg(grad), sub(upper, x)), sub(lower, x));
