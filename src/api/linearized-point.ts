// What `objective(…).at(x)` gives: the methods of Linearization and nothing else.
import { checkCount, fail } from "../errors.ts";
import type { Mirror } from "../trace/types.ts";
import type { CompiledObjective } from "./compiled-objective.ts";
import { chunkOf } from "./directions.ts";
import type { Argument, Linearization } from "./objective-types.ts";
import type { Point } from "./point-programs.ts";

type Solve = (of: CompiledObjective, point: Point, ...args: unknown[]) => unknown;
let solve: Solve = () =>
  fail("value", 'at.cg is part of "hvp/optimize"; write import "hvp/optimize" beside import "hvp"');
/** Called by the entry with solvers: bundles without it have no part of them. */
export const provideCg = (make: Solve): void => {
  solve = make;
};

export class LinearizedPoint<X> implements Linearization<X> {
  readonly #of: CompiledObjective;
  readonly #point: Point;
  constructor(of: CompiledObjective, x: Argument<X>) {
    this.#of = of;
    this.#point = of.calls.linearize(x);
  }
  get value(): number {
    return this.#of.valueAt(this.#point);
  }
  get grad(): Mirror<X> {
    return this.#of.gradAt(this.#point) as Mirror<X>;
  }
  readonly hvp: Linearization<X>["hvp"] = (v: Argument<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined)
      checkCount("at.hvp", [more], "write at.hvp(v, out), or at.hvps([v, w]) for several directions");
    return this.#of.calls.hvpAt(this.#point, v, out) as never;
  };
  readonly hvps: Linearization<X>["hvps"] = (vs: unknown, outs?: unknown, options?: unknown, ...extra: unknown[]) => {
    checkCount("at.hvps", extra, "write at.hvps([v, w], [out, out])");
    return this.#of.calls.hvps(this.#point, undefined, vs, outs, chunkOf("at.hvps", outs, options)) as never;
  };
  readonly cg: Linearization<X>["cg"] = (...args: unknown[]) => solve(this.#of, this.#point, ...args) as never;
  /** What stands behind it. */
  static parts(at: LinearizedPoint<unknown>): [CompiledObjective, Point] {
    return [at.#of, at.#point];
  }
  static describe(at: LinearizedPoint<unknown>): string {
    return `Linearization at ${at.#of.describe()}`;
  }
}
