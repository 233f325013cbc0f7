// The entry "hvp/optimize": from derivatives to answers.

import { provideCg } from "./api/linearized-point.ts";
import { attachMethods } from "./ops/methods.ts";
import * as adapters from "./optimize/adapters.ts";
import { cgAt } from "./optimize/cg-at.ts";
import * as fits from "./optimize/fit.ts";
import * as many from "./optimize/fit-many.ts";
import * as implicit from "./optimize/implicit-minimum.ts";
import * as squares from "./optimize/least-squares.ts";
import * as solvers from "./optimize/minimize.ts";
import * as manySolvers from "./optimize/minimize-many.ts";
import * as one from "./optimize/minimize-with.ts";

export type {
  FminOptions,
  FminResult,
  LevenbergMarquardtOptions,
  LevenbergMarquardtReturn,
  ParameterizedFunction,
} from "./optimize/adapters.ts";
export type { CurvatureAtEnd } from "./optimize/curvature-at-end.ts";
export type { ExactUncertainty, FitResult, Uncertainty } from "./optimize/fit.ts";
export type { FitData } from "./optimize/fit-data.ts";
export type { ManyData, ManyOptions, ManyResult } from "./optimize/fit-many.ts";
export type { Functions } from "./optimize/functions.ts";
export type { ImplicitMinimumOptions } from "./optimize/implicit-minimum.ts";
export type { LeastSquaresOptions, LeastSquaresResult, Residual } from "./optimize/least-squares.ts";
export type { Method, MethodName } from "./optimize/methods.ts";
export type { Minimizable, MinimizeOptions } from "./optimize/minimize.ts";
export type { MinimizeManyOptions, MinimizeManyResult } from "./optimize/minimize-many.ts";
export type { MinimizeWithOptions } from "./optimize/minimize-with.ts";
export type { ResidualFunctions } from "./optimize/residual-functions.ts";
export type { Evaluations, Iterate, MinimizeResult } from "./optimize/result.ts";
export type { Status } from "./optimize/status.ts";

/** `f`, which traces functions of its caller: their arguments have methods. */
const fluent = <F extends (...args: never[]) => unknown>(f: F): F =>
  ((...args) => {
    attachMethods();
    return f(...args);
  }) as F;

export const minimize: typeof solvers.minimize = /* @__PURE__ */ fluent(solvers.minimize);
export const minimizeAsync: typeof solvers.minimizeAsync = /* @__PURE__ */ fluent(solvers.minimizeAsync);
export const minimizeWith: typeof one.minimizeWith = /* @__PURE__ */ fluent(one.minimizeWith);
export { lBfgs, lBfgsB, newtonCg, tron, trustExact, trustKrylov, trustNcg } from "./optimize/methods.ts";
export const minimizeMany: typeof manySolvers.minimizeMany = /* @__PURE__ */ fluent(manySolvers.minimizeMany);
export const implicitMinimum: typeof implicit.implicitMinimum = /* @__PURE__ */ fluent(implicit.implicitMinimum);
export const leastSquares: typeof squares.leastSquares = /* @__PURE__ */ fluent(squares.leastSquares);
export const leastSquaresAsync: typeof squares.leastSquaresAsync = /* @__PURE__ */ fluent(squares.leastSquaresAsync);
export const fit: typeof fits.fit = /* @__PURE__ */ fluent(fits.fit);
export const fitMany: typeof many.fitMany = /* @__PURE__ */ fluent(many.fitMany);
export const levenbergMarquardt: typeof adapters.levenbergMarquardt = /* @__PURE__ */ fluent(
  adapters.levenbergMarquardt,
);
export const fmin: typeof adapters.fmin = /* @__PURE__ */ fluent(adapters.fmin);
export { statusName } from "./optimize/many.ts";

provideCg(cgAt as Parameters<typeof provideCg>[0]);
