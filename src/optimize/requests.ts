// What a solver asks for. A solver is a generator: it yields requests and is given the answers, and what answers them
// is a host. One host traces, so that solver and function become one WebAssembly program (traced-host.ts); another
// asks functions of JavaScript, at once or as promises (served-host.ts). The solver is written once.
import type { Tensor } from "../trace/tracer.ts";
import { truth } from "./vectors.ts";

/** What carries from one iteration of a loop to the next, of one type throughout. */
export type State = Readonly<Record<string, Tensor>>;

/** Where a function has been evaluated with its derivatives. Products with its Hessian are asked for by `product`. */
export interface Point {
  readonly x: Tensor;
  readonly value: Tensor;
  readonly grad: Tensor;
  /** What the host needs for products here. */
  readonly key: unknown;
}

/** Where residuals have been evaluated. Their Jacobian is asked for by `jacobianAt`. */
export interface Residuals {
  readonly x: Tensor;
  readonly residual: Tensor;
  /** What the host needs for the Jacobian here. */
  readonly key: unknown;
}

export interface LoopRequest<S extends State = State> {
  readonly kind: "loop";
  readonly init: S;
  readonly condition: (state: S) => Tensor;
  readonly body: (state: S) => Asked<S>;
}

/** A request that few solvers make. */
interface Rare {
  /** How a host that traces answers it: it comes with the request, as other solvers have no need of the code. */
  readonly traced: (f: TracedFunction) => unknown;
}
/** A function of a vector, in the trace that is open. */
export type TracedFunction = (x: Tensor) => Tensor;

export type Request =
  | { readonly kind: "value"; readonly x: Tensor }
  | { readonly kind: "gradient"; readonly x: Tensor }
  | { readonly kind: "point"; readonly x: Tensor }
  | { readonly kind: "product"; readonly at: Point; readonly v: Tensor }
  | ({ readonly kind: "matrix"; readonly at: Point } & Rare)
  | ({ readonly kind: "residual"; readonly x: Tensor } & Rare)
  | { readonly kind: "jacobian"; readonly at: Residuals; readonly when: Tensor }
  | LoopRequest;

/** A computation of a `T` that asks on its way. */
export type Asked<T> = Generator<Request, T, unknown>;

/** What asks for nothing. */
// biome-ignore lint/correctness/useYield: that is the point of it
export function* nothingAsked<T>(make: () => T): Generator<never, T, unknown> {
  return make();
}
/** The value at `x`, a float64 scalar. */
export function* valueAt(x: Tensor): Asked<Tensor> {
  return (yield { kind: "value", x }) as Tensor;
}
/** Value and gradient at `x`. */
export function* gradientAt(x: Tensor): Asked<Point> {
  return (yield { kind: "gradient", x }) as Point;
}
/** Value and gradient at `x`, where products will be asked for. */
export function* pointAt(x: Tensor): Asked<Point> {
  return (yield { kind: "point", x }) as Point;
}
/** The Hessian at a point times `v`. */
export function* product(at: Point, v: Tensor): Asked<Tensor> {
  return (yield { kind: "product", at, v }) as Tensor;
}
/** `body` again and again, as long as `condition` holds. */
export function* repeat<S extends State>(
  init: S,
  condition: (state: S) => Tensor,
  body: (state: S) => Asked<S>,
): Asked<S> {
  return (yield { kind: "loop", init, condition, body } as unknown as LoopRequest) as S;
}
/** The same where an iteration asks for nothing. */
export const iterate = <S extends State>(init: S, condition: (state: S) => Tensor, next: (state: S) => S): Asked<S> =>
  repeat(init, condition, (state) => nothingAsked(() => next(state)));
/** What `make` makes of `otherwise` where `condition` holds. */
export function* when<S extends State>(condition: Tensor, otherwise: S, make: () => Asked<S>): Asked<S> {
  const { pending: _, ...made } = yield* repeat<S & { readonly pending: Tensor }>(
    { ...otherwise, pending: condition },
    (s) => s.pending,
    function* () {
      return { ...(yield* make()), pending: truth(false) };
    },
  );
  return made as unknown as S;
}
