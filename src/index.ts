// The public names of hvp.
export { debugNans } from "./api/debug.ts";
export { type GradOptions, grad, valueAndGrad } from "./api/grad.ts";
export { hvp } from "./api/hvp.ts";
export { hessian, type JacobianOptions, jacfwd, jacrev } from "./api/jacobian.ts";
export { type Jitted, jit } from "./api/jit.ts";
export { jvp } from "./api/jvp.ts";
export type { LinearFunction } from "./api/linear-function.ts";
export { linearize } from "./api/linearize.ts";
export { makeGraph } from "./api/make-graph.ts";
export { type Like, type Linearization, type Objective, objective } from "./api/objective.ts";
export { linearTranspose, vjp } from "./api/vjp.ts";
export { type VmapOptions, vmap } from "./api/vmap.ts";
export { type ErrorCode, HvpError } from "./errors.ts";
export type { DType, Shape } from "./ir/aval.ts";
export { abs, add, clip, div, maximum, minimum, mul, neg, pow, reciprocal, sign, sqrt, square, sub } from "./ops/arithmetic.ts";
export { arange, array, type CreateOptions, eye, full, linspace, ones, onesLike, zeros, zerosLike } from "./ops/create.ts";
export { atan, cos, exp, expm1, log, log1p, sigmoid, sin, softplus, tan, tanh } from "./ops/elementary.ts";
export { at, type Range, slice, type TakeOptions, take } from "./ops/indexing.ts";
export { dot, matmul, outer, vdot } from "./ops/linalg.ts";
export { and, eq, ge, gt, le, lt, ne, not, or, stopGradient, where } from "./ops/logic.ts";
export { logsumexp, max, mean, min, prod, type ReduceOptions, sum } from "./ops/reduce.ts";
export {
  astype,
  broadcastTo,
  concat,
  expandDims,
  flip,
  type PadWidth,
  pad,
  ravel,
  reshape,
  roll,
  squeeze,
  stack,
  transpose,
} from "./ops/shape.ts";
export { digamma, erf, erfc, type GeluOptions, gelu, lgamma, polygamma } from "./ops/special.ts";
export { NdArray } from "./trace/ndarray.ts";
export type { Concrete, NdArrayLike, NestedArray, Tensor, TensorLike, Traced, TypedArray, Value } from "./trace/types.ts";
