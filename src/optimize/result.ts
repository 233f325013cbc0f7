// What `minimize` returns.
import type { Data } from "../ir/aval.ts";
import type { Mirror } from "../trace/types.ts";
import { activeAt } from "./bounds.ts";
import type { CurvatureAtEnd } from "./curvature-at-end.ts";
import { reasonOf, type Status } from "./status.ts";
import type { Unknowns } from "./unknowns.ts";

/** What a state is outside of programs: by the names of its leaves. */
export type Values = Readonly<Record<string, Data>>;
/** What programs are told: the numbers of `SETTINGS`, and the bounds if the method takes them. */
export type Told = readonly [numbers: Data, ...bounds: readonly Data[]];

/** How often a function and its derivatives were evaluated. */
export interface Evaluations {
  readonly value: number;
  readonly grad: number;
  readonly hvp: number;
}

/** Where a minimization stands after an iteration. */
export interface Iterate<X> {
  readonly x: Mirror<X>;
  readonly value: number;
  readonly grad: Mirror<X>;
  /** Steps taken. */
  readonly iterations: number;
  readonly evaluations: Evaluations;
}

/** What a minimization found. */
export interface MinimizeResult<X> extends Iterate<X> {
  /** Whether one of the tolerances was reached. */
  readonly converged: boolean;
  /** Why it ended. */
  readonly status: Status;
  /** The same in words. */
  readonly message: string;
  /**
   * What the Hessian at `x` is like, by the method of Lanczos when it is first read. It is not printed, nor copied by
   * `{ ...result }`. Undefined where products are not at hand, without `hvp` or where it returns promises, or not
   * finite. An HvpError where captured or bound data has changed in between, or the objective was disposed of.
   */
  readonly curvature?: CurvatureAtEnd | undefined;
  /** Of methods with bounds: -1 where x stands at the lower one, 1 at the upper one, 0 elsewhere. */
  readonly active?: Mirror<X>;
}

const scalarOf = (values: Values, name: string): number => (values[name] as Data)[0] as number;
export const statusOf = (values: Values): number => scalarOf(values, "status");

/** Where a state is, as a user sees it. */
export function iterateOf<X>(values: Values, unknowns: Unknowns): Iterate<X> {
  return {
    x: unknowns.unpack(values.x as Data) as Mirror<X>,
    value: scalarOf(values, "value"),
    grad: unknowns.unpack(values.grad as Data) as Mirror<X>,
    iterations: scalarOf(values, "iterations"),
    evaluations: {
      value: scalarOf(values, "values"),
      grad: scalarOf(values, "grads"),
      hvp: scalarOf(values, "products"),
    },
  };
}

export function resultOf<X>(
  values: Values,
  unknowns: Unknowns,
  code: number,
  bounds?: readonly [Data, Data],
): MinimizeResult<X> {
  const { status, converged, message } = reasonOf(code);
  const result = { ...iterateOf<X>(values, unknowns), converged, status, message };
  if (!bounds) return result;
  return { ...result, active: unknowns.unpack(activeAt(values.x as Data, bounds)) as Mirror<X> };
}
