// What `objective` gives: the methods of Objective and nothing else.
import { checkCount, fail } from "../errors.ts";
import { printAs } from "../trace/print.ts";
import type { Like } from "../trace/types.ts";
import type { CompiledObjective } from "./compiled-objective.ts";
import { setCompiled } from "./compiled-of.ts";
import { chunkOf } from "./directions.ts";
import { disposeKey } from "./dispose.ts";
import { LinearizedPoint } from "./linearized-point.ts";
import type { Argument, Linearization, Objective, Vector } from "./objective-types.ts";

const BIND = "data is replaced with bind(data), not passed with x";

let isPrinted = false;

type MakeVector = (of: CompiledObjective, values: unknown) => unknown;
let makeVector: MakeVector = () => fail("value", 'import vector of "hvp/functions", and write vector(problem)');
/** Called by what makes resident vectors, of which bundles without them have no part. */
export const provideVectors = (make: MakeVector): void => {
  makeVector = make;
};

export class ObjectiveFace<X> implements Objective<X> {
  readonly #of: CompiledObjective;
  declare readonly [Symbol.dispose]: () => void;
  constructor(of: CompiledObjective) {
    this.#of = of;
    setCompiled(this, of);
    Object.defineProperty(this, disposeKey(), { value: this.dispose });
    if (isPrinted) return;
    isPrinted = true;
    printAs(Object.getPrototypeOf(this) as ObjectiveFace<X>, (problem) => `Objective of ${problem.#of.describe()}`);
    printAs(LinearizedPoint.prototype, LinearizedPoint.describe);
  }
  // Functions of their own, not methods: `const { value, hvp } = objective(f, x0)` and `solve(problem.hvp)` work.
  readonly value = (x: Argument<X>, ...extra: unknown[]): number => {
    checkCount("objective.value", extra, BIND);
    return this.#of.calls.value(x);
  };
  readonly grad: Objective<X>["grad"] = (x: Argument<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.grad", [more], BIND);
    return this.#of.calls.grad(x, out) as never;
  };
  readonly valueAndGrad: Objective<X>["valueAndGrad"] = (x: Argument<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.valueAndGrad", [more], BIND);
    return this.#of.calls.valueAndGrad(x, out) as never;
  };
  readonly hvp: Objective<X>["hvp"] = (x: Argument<X>, v: Argument<X>, out?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.hvp", [more], BIND);
    return this.#of.calls.hvp(x, v, out) as never;
  };
  readonly valueGradAndHvp: Objective<X>["valueGradAndHvp"] = (
    x: Argument<X>,
    v: Argument<X>,
    outs?: readonly unknown[],
    more?: unknown,
  ) => {
    if (more !== undefined) checkCount("objective.valueGradAndHvp", [more], BIND);
    if (outs !== undefined && (!Array.isArray(outs) || outs.length !== 2 || outs.includes(undefined)))
      fail("value", "objective.valueGradAndHvp: outs must be a list of two: for the gradient, and for the product");
    return this.#of.calls.valueGradAndHvp(x, v, outs) as never;
  };
  readonly hvps: Objective<X>["hvps"] = (
    x: Argument<X>,
    vs: unknown,
    outs?: unknown,
    options?: unknown,
    more?: unknown,
  ) => {
    if (more !== undefined) checkCount("objective.hvps", [more], BIND);
    return this.#of.calls.hvps(undefined, x, vs, outs, chunkOf("objective.hvps", outs, options)) as never;
  };
  readonly hessian: Objective<X>["hessian"] = (x: Argument<X>, out?: unknown, options?: unknown, more?: unknown) => {
    if (more !== undefined) checkCount("objective.hessian", [more], BIND);
    return this.#of.calls.hessian(x, out, chunkOf("objective.hessian", out, options)) as never;
  };
  readonly at = (x: Argument<X>, ...extra: unknown[]): Linearization<X> => {
    checkCount("objective.at", extra, BIND);
    return new LinearizedPoint(this.#of, x);
  };
  readonly vector = (values?: Like<X>): Vector<X> => makeVector(this.#of, values) as Vector<X>;
  readonly bind = (...data: unknown[]): void => this.#of.bind(data);
  readonly dispose = (): void => this.#of.calls.dispose();
}
