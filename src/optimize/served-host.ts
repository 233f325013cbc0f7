// Answers a solver by functions of JavaScript, which may return promises: a user's own value, gradient and product, or
// data on workers. The solver is traced piece by piece; what a request asks about is computed when it is made.
import { fail } from "../errors.ts";
import { type Data, storage } from "../ir/aval.ts";
import { inSession, newSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { reachableUntil, substitute } from "../ir/walk.ts";
import { isParameter, parameter } from "../primitives/leaf.ts";
import { evaluate } from "../run/evaluate.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Calling } from "./calling.ts";
import type { Asked, Point, Request, Residuals, State } from "./requests.ts";

/** A function as its values: vectors in, numbers and vectors out. It has what its solver asks for. */
export interface Oracle<R = unknown> {
  value(x: Data): R;
  valueAndGrad(x: Data): R;
  hvp(x: Data, v: Data): R;
  residual(x: Data): R;
  /** Its rows, one after the other. */
  jacobian(x: Data): R;
}

/** One computation of a solver, its values known piece by piece. */
export class Served {
  private readonly session = newSession();
  private readonly known = new Map<Node, Data>();

  private readonly oracle: Oracle;

  constructor(oracle: Partial<Oracle>) {
    this.oracle = oracle as Oracle;
  }

  /** `data` as a traced value. */
  given(data: ArrayLike<number>, like: { readonly shape: readonly number[]; readonly dtype: Node["dtype"] }): Tensor {
    const node = parameter(like.shape, like.dtype);
    this.known.set(node, storage(like.dtype).from(data));
    return new Tensor(node);
  }
  /** The values of `tensors`. */
  force(tensors: readonly Tensor[]): Data[] {
    const nodes = tensors.map((t) => t.node);
    const open = nodes.filter((n) => !this.known.has(n));
    if (open.length > 0)
      inSession(() => {
        // Computed nodes are not computed again.
        const met = reachableUntil(open, (n) => this.known.has(n)).filter((n) => this.known.has(n));
        const stand = met.map((n) => (isParameter(n) ? n : parameter(n.shape, n.dtype)));
        const outputs = substitute(open, met, stand);
        const data = evaluate(
          outputs,
          stand,
          met.map((n) => this.known.get(n) as Data),
        );
        open.forEach((n, i) => {
          this.known.set(n, data[i] as Data);
        });
      }, this.session);
    return nodes.map((n) => this.known.get(n) as Data);
  }

  *run<T>(make: () => Asked<T>): Calling<T> {
    const asked = this.inside(make);
    let step = this.inside(() => asked.next());
    while (!step.done) {
      const answer = yield* this.answer(step.value);
      step = this.inside(() => asked.next(answer));
    }
    return step.value;
  }
  private inside<T>(make: () => T): T {
    return inSession(make, this.session);
  }

  private *answer(request: Request): Calling<unknown> {
    switch (request.kind) {
      case "value": {
        const [x] = this.force([request.x]) as [Data];
        return this.number(yield () => this.oracle.value(x), "value");
      }
      case "gradient":
      case "point": {
        const [x] = this.force([request.x]) as [Data];
        const both = yield () => this.oracle.valueAndGrad(x);
        if (!Array.isArray(both)) return this.number(both, "value");
        const [value, grad] = both as [unknown, Data];
        const { shape, dtype } = request.x.node;
        return {
          x: request.x,
          value: this.number(value, "value"),
          grad: this.inside(() => this.given(grad, { shape, dtype })),
          key: x,
        };
      }
      case "product":
        return yield* this.product(request.at, request.v);
      case "matrix":
        return yield* this.matrix(request.at);
      case "residual": {
        const { x } = request;
        const [key] = this.force([x]) as [Data];
        const residual = vectorOf(yield () => this.oracle.residual(key), "residual");
        const type = { shape: [residual.length], dtype: "float64" } as const;
        return { x, residual: this.inside(() => this.given(residual, type)), key };
      }
      case "jacobian":
        return yield* this.jacobian(request.at, request.when);
      case "loop":
        return yield* this.loop(request.init, request.condition, request.body);
    }
  }
  private *product(at: Point, v: Tensor): Calling<Tensor> {
    const [direction] = this.force([v]) as [Data];
    const result = (yield () => this.oracle.hvp(at.key as Data, direction)) as Data;
    return this.inside(() => this.given(result, v.node));
  }
  private *matrix(at: Point): Calling<Tensor> {
    const { size, dtype } = at.x.node;
    const all = new (storage(dtype))(size * size);
    for (let i = 0; i < size; i++) {
      const seed = new (storage(dtype))(size);
      seed[i] = 1;
      all.set((yield () => this.oracle.hvp(at.key as Data, seed)) as Float64Array, i * size);
    }
    return this.inside(() => this.given(all, { shape: [size, size], dtype }));
  }
  private *jacobian({ x, residual, key }: Residuals, when: Tensor): Calling<Tensor> {
    const [isNeeded] = this.force([when]) as [Data];
    const shape = [residual.size, x.size];
    const rows = isNeeded[0]
      ? vectorOf(yield () => this.oracle.jacobian(key as Data), "jacobian")
      : new Float64Array(residual.size * x.size);
    return this.inside(() => this.given(rows, { shape, dtype: "float64" }));
  }
  private *loop(init: State, condition: (s: State) => Tensor, body: (s: State) => Asked<State>): Calling<State> {
    let state = this.computed(init);
    for (;;) {
      const [goesOn] = this.force([this.inside(() => condition(state))]) as [Data];
      if (!goesOn[0]) return state;
      state = this.computed(yield* this.run(() => body(state)));
    }
  }
  /** The same state, its values known and apart from what they were computed of. */
  private computed(state: State): State {
    const names = Object.keys(state);
    const data = this.force(names.map((k) => state[k] as Tensor));
    return this.inside(() =>
      Object.fromEntries(names.map((k, i) => [k, this.given(data[i] as Data, (state[k] as Tensor).node)])),
    );
  }
  private number(value: unknown, what: string): Tensor {
    if (typeof value !== "number")
      fail("value", `minimize: ${what} returned ${String(value)}; expected a number${isPromise(value)}`);
    return this.inside(() => this.given([value as number], { shape: [], dtype: "float64" }));
  }
}
/** What a function returned, which is no promise any more. */
export function vectorOf(value: unknown, what: string): Data {
  if (!ArrayBuffer.isView(value))
    fail("value", `leastSquares: ${what} returned ${String(value)}${isPromise(value, "leastSquares")}`);
  return value as Data;
}
const isPromise = (value: unknown, name = "minimize"): string =>
  typeof (value as { then?: unknown })?.then === "function" ? `; for promises use ${name}Async` : "";
