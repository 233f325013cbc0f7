// The entry "hvp/optimize": from derivatives to answers.

import { attachMethods } from "./ops/methods.ts";
import * as solvers from "./optimize/minimize.ts";

export type { Functions } from "./optimize/functions.ts";
export type { MethodName } from "./optimize/methods.ts";
export type { Minimizable, MinimizeOptions } from "./optimize/minimize.ts";
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
