// What `objective(…).at(x)` gives: the methods of Linearization and nothing else.
import { checkCount, fail } from "../errors.ts";
import type { Like, Mirror } from "../trace/types.ts";
import type { CompiledObjective } from "./compiled-objective.ts";
import type { Linearization } from "./objective-types.ts";
import type { Point } from "./point-programs.ts";

export class LinearizedPoint<X> implements Linearization<X> {
  readonly #of: CompiledObjective;
  readonly #point: Point;
  constructor(of: CompiledObjective, x: Like<X>) {
    this.#of = of;
    this.#point = of.linearize(x);
  }
  get value(): number {
    return this.#of.valueAt(this.#point);
  }
  get grad(): Mirror<X> {
    return this.#of.gradAt(this.#point) as Mirror<X>;
  }
  readonly hvp: Linearization<X>["hvp"] = (v: Like<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined)
      checkCount("at.hvp", [more], "write at.hvp(v, out), or at.hvps([v, w]) for several directions");
    return this.#of.hvpAt(this.#point, v, out) as never;
  };
  readonly hvps: Linearization<X>["hvps"] = (
    vs: readonly Like<X>[],
    outs?: readonly unknown[],
    ...extra: unknown[]
  ) => {
    checkCount("at.hvps", extra, "write at.hvps([v, w], [out, out])");
    // A number where the point is none: the elements of one direction.
    const flat = Array.isArray(vs) && typeof vs[0] === "number" && this.#point.x[0]?.length !== 1;
    if (!Array.isArray(vs) || flat || (outs !== undefined && (!Array.isArray(outs) || outs.length !== vs.length)))
      fail(
        "value",
        "at.hvps: expected a list of directions, and as many outs if any; for one write at.hvp(v) or at.hvps([v])",
      );
    return this.#of.hvpsAt(this.#point, vs, outs) as never;
  };
  static describe(at: LinearizedPoint<unknown>): string {
    return `Linearization at ${at.#of.describe()}`;
  }
}
