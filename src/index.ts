// The entry "hvp": the names of "hvp/functions", with methods of traced values. Whoever traces a function by this
// entry attaches them: importing has no effect, and a bundle that traces nothing has no methods.
import { attachVectors } from "./api/vector.ts";
import * as functions from "./functions.ts";
import { attachMethods } from "./ops/methods.ts";

export * from "./functions.ts";
export type { Methods } from "./ops/methods.ts";

/** `f`, which traces functions of its caller: their arguments have methods. */
const fluent = <F extends (...args: never[]) => unknown>(f: F): F =>
  ((...args) => {
    attachMethods();
    return f(...args);
  }) as F;

export const associativeScan: typeof functions.associativeScan = /* @__PURE__ */ fluent(functions.associativeScan);
export const cg: typeof functions.cg = /* @__PURE__ */ fluent(functions.cg);
export const checkpoint: typeof functions.checkpoint = /* @__PURE__ */ fluent(functions.checkpoint);
export const cond: typeof functions.cond = /* @__PURE__ */ fluent(functions.cond);
export const curvature: typeof functions.curvature = /* @__PURE__ */ fluent(functions.curvature);
export const customJvp: typeof functions.customJvp = /* @__PURE__ */ fluent(functions.customJvp);
export const customVjp: typeof functions.customVjp = /* @__PURE__ */ fluent(functions.customVjp);
export const explain: typeof functions.explain = /* @__PURE__ */ fluent(functions.explain);
export const fisher: typeof functions.fisher = /* @__PURE__ */ fluent(functions.fisher);
export const fixedPoint: typeof functions.fixedPoint = /* @__PURE__ */ fluent(functions.fixedPoint);
export const foriLoop: typeof functions.foriLoop = /* @__PURE__ */ fluent(functions.foriLoop);
export const funmh: typeof functions.funmh = /* @__PURE__ */ fluent(functions.funmh);
export const gaussNewton: typeof functions.gaussNewton = /* @__PURE__ */ fluent(functions.gaussNewton);
export const grad: typeof functions.grad = /* @__PURE__ */ fluent(functions.grad);
export const hessian: typeof functions.hessian = /* @__PURE__ */ fluent(functions.hessian);
export const hessianDiagonal: typeof functions.hessianDiagonal = /* @__PURE__ */ fluent(functions.hessianDiagonal);
export const hvp: typeof functions.hvp = /* @__PURE__ */ fluent(functions.hvp);
export const jacfwd: typeof functions.jacfwd = /* @__PURE__ */ fluent(functions.jacfwd);
export const jacrev: typeof functions.jacrev = /* @__PURE__ */ fluent(functions.jacrev);
export const jit: typeof functions.jit = /* @__PURE__ */ fluent(functions.jit);
export const jvp: typeof functions.jvp = /* @__PURE__ */ fluent(functions.jvp);
export const laplaceApproximation: typeof functions.laplaceApproximation = /* @__PURE__ */ fluent(
  functions.laplaceApproximation,
);
export const laplacian: typeof functions.laplacian = /* @__PURE__ */ fluent(functions.laplacian);
export const linearize: typeof functions.linearize = /* @__PURE__ */ fluent(functions.linearize);
export const linearOperator: typeof functions.linearOperator = /* @__PURE__ */ fluent(functions.linearOperator);
export const linearTranspose: typeof functions.linearTranspose = /* @__PURE__ */ fluent(functions.linearTranspose);
export const makeGraph: typeof functions.makeGraph = /* @__PURE__ */ fluent(functions.makeGraph);
export const map: typeof functions.map = /* @__PURE__ */ fluent(functions.map);
export const objective: typeof functions.objective = /* @__PURE__ */ fluent(((
  ...args: Parameters<typeof functions.objective>
) => {
  attachVectors();
  return functions.objective(...args);
}) as typeof functions.objective);
export const odeint: typeof functions.odeint = /* @__PURE__ */ fluent(functions.odeint);
export const radial: typeof functions.radial = /* @__PURE__ */ fluent(functions.radial);
export const rootFind: typeof functions.rootFind = /* @__PURE__ */ fluent(functions.rootFind);
export const scan: typeof functions.scan = /* @__PURE__ */ fluent(functions.scan);
export const sparseHessian: typeof functions.sparseHessian = /* @__PURE__ */ fluent(functions.sparseHessian);
export const sparseJacobian: typeof functions.sparseJacobian = /* @__PURE__ */ fluent(functions.sparseJacobian);
export const spectralSum: typeof functions.spectralSum = /* @__PURE__ */ fluent(functions.spectralSum);
export const switchCase: typeof functions.switchCase = /* @__PURE__ */ fluent(functions.switchCase);
export const valueAndGrad: typeof functions.valueAndGrad = /* @__PURE__ */ fluent(functions.valueAndGrad);
export const vjp: typeof functions.vjp = /* @__PURE__ */ fluent(functions.vjp);
export const vmap: typeof functions.vmap = /* @__PURE__ */ fluent(functions.vmap);
export const whileLoop: typeof functions.whileLoop = /* @__PURE__ */ fluent(functions.whileLoop);
