// What `objective` gives: the methods of Objective and nothing else.
import { checkCount } from "../errors.ts";
import { printAs } from "../trace/print.ts";
import type { Like } from "../trace/types.ts";
import type { CompiledObjective } from "./compiled-objective.ts";
import { disposeKey } from "./dispose.ts";
import { LinearizedPoint } from "./linearized-point.ts";
import type { Curvature, Linearization, Objective } from "./objective-types.ts";

const BIND = "data is replaced with bind(data), not passed with x";

let isPrinted = false;

export class ObjectiveFace<X> implements Objective<X> {
  readonly #of: CompiledObjective;
  declare readonly [Symbol.dispose]: () => void;
  constructor(of: CompiledObjective) {
    this.#of = of;
    Object.defineProperty(this, disposeKey(), { value: this.dispose });
    if (isPrinted) return;
    isPrinted = true;
    printAs(ObjectiveFace.prototype, (problem) => `Objective of ${problem.#of.describe()}`);
    printAs(LinearizedPoint.prototype, LinearizedPoint.describe);
  }
  /** What stands behind it. */
  static compiled<X>(face: ObjectiveFace<X>): CompiledObjective {
    return face.#of;
  }
  // Functions of their own, not methods: `const { value, hvp } = objective(f, x0)` and `solve(problem.hvp)` work.
  readonly value = (x: Like<X>, ...extra: unknown[]): number => {
    checkCount("objective.value", extra, BIND);
    return this.#of.value(x);
  };
  readonly grad: Objective<X>["grad"] = (x: Like<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.grad", [more], BIND);
    return this.#of.grad(x, out) as never;
  };
  readonly valueAndGrad: Objective<X>["valueAndGrad"] = (x: Like<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.valueAndGrad", [more], BIND);
    return this.#of.valueAndGrad(x, out) as never;
  };
  readonly hvp: Objective<X>["hvp"] = (x: Like<X>, v: Like<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.hvp", [more], BIND);
    return this.#of.hvp(x, v, out) as never;
  };
  readonly hessian = (x: Like<X>, ...extra: unknown[]): Curvature<X> => {
    checkCount("objective.hessian", extra, BIND);
    return this.#of.hessian(x) as Curvature<X>;
  };
  readonly at = (x: Like<X>, ...extra: unknown[]): Linearization<X> => {
    checkCount("objective.at", extra, BIND);
    return new LinearizedPoint(this.#of, x);
  };
  readonly bind = (...data: unknown[]): void => this.#of.bind(data);
  readonly dispose = (): void => this.#of.dispose();
}
