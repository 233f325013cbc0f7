// The entry "hvp/functions": all public names. Traced values have no methods, so bundles hold what functions they
// import.
export { type AssociativeScanOptions, associativeScan } from "./api/associative-scan.ts";
export type { AuxOptions, WithAux, WithoutAux } from "./api/aux.ts";
export { type CgOptions, cg } from "./api/cg.ts";
export { checkpoint } from "./api/checkpoint.ts";
export { cond, switchCase } from "./api/cond.ts";
export { curvature } from "./api/curvature.ts";
export { type CustomFn, type CustomOptions, customJvp, customVjp } from "./api/custom.ts";
export { debugNans } from "./api/debug.ts";
export { explain } from "./api/explain.ts";
export { fisher, gaussNewton, type Likelihood, type OperatorAt } from "./api/gauss-newton.ts";
export { type Aux, type Gradient, type GradOptions, grad, valueAndGrad } from "./api/grad.ts";
export { hvp } from "./api/hvp.ts";
export {
  type Block,
  type Hessian,
  hessian,
  type Jacobian,
  type JacobianAuxFn,
  type JacobianFn,
  type JacobianOptions,
  type JacobianTransform,
  jacfwd,
  jacrev,
} from "./api/jacobian.ts";
export { type Jitted, jit, type Outs } from "./api/jit.ts";
export { jvp } from "./api/jvp.ts";
export { type LaplaceApproximation, laplaceApproximation } from "./api/laplace-approximation.ts";
export { hessianDiagonal, type LaplacianOptions, laplacian } from "./api/laplacian.ts";
export type { LinearFunction } from "./api/linear-function.ts";
export { linearOperator } from "./api/linear-operator.ts";
export type {
  Condition,
  ConditionOptions,
  DensityOptions,
  DiagonalEstimateOptions,
  Eigenpairs,
  EigshOptions,
  Estimated,
  ExplicitOperator,
  LinearOperator,
  LogdetOptions,
  QuadratureOptions,
  SeedOption,
  Solved,
  SolveOptions,
  SpectralDensity,
  TraceOptions,
  Which,
} from "./api/linear-operator-types.ts";
export { linearize } from "./api/linearize.ts";
export { makeGraph } from "./api/make-graph.ts";
export { type MapOptions, map } from "./api/map.ts";
export { objective } from "./api/objective.ts";
export type { Argument, Curvature, Linearization, Objective, Target, Vector } from "./api/objective-types.ts";
export { type OdeintOptions, odeint } from "./api/odeint.ts";
export { fixedPoint, rootFind, type SolverOptions } from "./api/root-find.ts";
export { type ScanOptions, scan } from "./api/scan.ts";
export type { CompileSettings } from "./api/settings.ts";
export type { LoopCheckpoint } from "./api/slots.ts";
export type { Inertia, SparseFactor, SparseFactorOptions } from "./api/sparse-factor.ts";
export { sparseFactor } from "./api/sparse-factor.ts";
export { sparseHessian } from "./api/sparse-hessian.ts";
export { sparseJacobian } from "./api/sparse-jacobian.ts";
export type {
  Coloring,
  Ordering,
  SparseDerivative,
  SparseHessianOptions,
  SparseOptions,
  Sparsity,
} from "./api/sparse-types.ts";
export { vector } from "./api/vector.ts";
export { linearTranspose, type TracedList, vjp } from "./api/vjp.ts";
export { type Axes, type VmapOptions, vmap } from "./api/vmap.ts";
export { type ForiOptions, foriLoop, type WhileOptions, whileLoop } from "./api/while.ts";
export { type ErrorCode, HvpError } from "./errors.ts";
export type { DType, Shape } from "./ir/aval.ts";
export { elu, hardTanh, leakyRelu, relu, relu6, selu, softsign } from "./ops/activations.ts";
export {
  abs,
  add,
  type Clip,
  clip,
  div,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  sign,
  sqrt,
  square,
  sub,
} from "./ops/arithmetic.ts";
export {
  arraySplit,
  atleast1d,
  atleast2d,
  type DiagonalOptions,
  type DiffOptions,
  diag,
  diagonal,
  diff,
  hstack,
  type ManyOfList,
  type MeshgridOptions,
  meshgrid,
  moveaxis,
  repeat,
  type Split,
  split,
  swapaxes,
  tile,
  trace,
  tril,
  triu,
  vstack,
} from "./ops/arrange.ts";
export { i0e, i1e, j0, j1 } from "./ops/bessel.ts";
export { betaln } from "./ops/beta.ts";
export {
  type Einsum,
  einsum,
  inner,
  kron,
  matrixPower,
  type Tensordot,
  type TensordotAxes,
  tensordot,
  type Vecdot,
  vecdot,
} from "./ops/contraction.ts";
export { type ConvOptions, type Convolution, conv1d, conv2d } from "./ops/conv.ts";
export { degrees, radians, rsqrt } from "./ops/conversions.ts";
export {
  type Arange,
  arange,
  array,
  type CreateOptions,
  eye,
  type Full,
  full,
  linspace,
  type MakeArray,
  ones,
  onesLike,
  zeros,
  zerosLike,
} from "./ops/create.ts";
export {
  type Cumulative,
  type CumulativeOptions,
  cumlogsumexp,
  cummax,
  cummin,
  cumprod,
  cumsum,
} from "./ops/cumulative.ts";
export {
  cholesky,
  choSolve,
  det,
  inv,
  lstsq,
  lu,
  qr,
  slogdet,
  solve,
  type TriangularSolve,
  type TriangularSolveOptions,
  triangularSolve,
} from "./ops/decompositions.ts";
export { type Cdist, type CdistOptions, type Cross, cdist, cross, squaredDistances } from "./ops/distances.ts";
export {
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  cbrt,
  ceil,
  cos,
  cosh,
  exp,
  exp2,
  expm1,
  floor,
  hypot,
  log,
  log1p,
  log2,
  log10,
  mod,
  remainder,
  round,
  sigmoid,
  sin,
  sinh,
  softplus,
  tan,
  tanh,
  trunc,
} from "./ops/elementary.ts";
export { gammainc, gammaincc, logGammainc, logGammaincc } from "./ops/gammainc.ts";
export { type At, at, type Range, type Slice, slice, type TakeOptions, take } from "./ops/indexing.ts";
export { dot, matmul, outer, vdot } from "./ops/linalg.ts";
export { and, eq, ge, gt, le, lt, ne, not, or, stopGradient, type Where, where } from "./ops/logic.ts";
export type { Decomposition } from "./ops/matrices.ts";
export {
  expmh,
  funmh,
  logmh,
  type MatrixPower,
  type OfSpectrum,
  powmh,
  spectralSum,
  sqrtmh,
} from "./ops/matrix-functions.ts";
export { type NormSettings, norm } from "./ops/norm.ts";
export { type PinvOptions, pinv } from "./ops/pinv.ts";
export { type AvgPoolOptions, avgPool, maxPool, type Pool, type PoolOptions } from "./ops/pool.ts";
export { type ArgOptions, all, any, argmax, argmin, countNonzero, isfinite, isinf, isnan } from "./ops/predicates.ts";
export {
  type LogSumExp,
  type LogSumExpSettings,
  logmeanexp,
  logsumexp,
  max,
  mean,
  min,
  prod,
  type ReduceOptions,
  type Reduction,
  type ReductionWith,
  sum,
} from "./ops/reduce.ts";
export { type RadialOp, radial, type ScalarFn } from "./ops/scalar-functions.ts";
export {
  compress,
  type DynamicUpdateSlice,
  dynamicSlice,
  dynamicUpdateSlice,
  type OneHotOptions,
  oneHot,
  type Scatter,
  scatterAdd,
  scatterSet,
  segmentSum,
  takeAlongAxis,
} from "./ops/scatter.ts";
export {
  type AxisOption,
  astype,
  broadcastTo,
  concat,
  expandDims,
  type FlipOptions,
  flip,
  type PadOptions,
  type PadWidth,
  pad,
  ravel,
  reshape,
  roll,
  squeeze,
  stack,
  transpose,
} from "./ops/shape.ts";
export { logSoftmax, type SoftmaxOptions, softmax } from "./ops/softmax.ts";
export {
  argsort,
  median,
  type Quantile,
  quantile,
  type SortOptions,
  sort,
  type TopK,
  type TopKOptions,
  topK,
} from "./ops/sort.ts";
export {
  digamma,
  entr,
  erf,
  erfc,
  erfcinv,
  erfcx,
  erfinv,
  type GeluOptions,
  gelu,
  lgamma,
  logaddexp,
  logit,
  logNdtr,
  logSigmoid,
  ndtr,
  ndtri,
  polygamma,
  silu,
  xlog1py,
  xlogy,
} from "./ops/special.ts";
export { eigh, eigvalsh, matrixExp, svd } from "./ops/spectral.ts";
export { exprel, huber, log1mexp, logCosh, logDiffExp, pseudoHuber, type RobustLoss, sinc } from "./ops/stable.ts";
export { std, type VarianceSettings, variance } from "./ops/statistics.ts";
export {
  type Interp,
  type InterpOptions,
  interp,
  type Searchsorted,
  type SearchsortedOptions,
  searchsorted,
} from "./ops/table.ts";
export type { ConvPadding } from "./ops/windows.ts";
export { loopHints } from "./trace/hint.ts";
export { NdArray } from "./trace/ndarray.ts";
export type {
  ArgumentAt,
  Binary,
  Compared,
  Comparison,
  Concrete,
  Elementwise,
  Fn,
  HasTensor,
  Input,
  Inputs,
  Leaves,
  Like,
  Mirror,
  Mirrors,
  NdArrayLike,
  NestedArray,
  OfList,
  Out,
  Parts,
  Predicate,
  Product,
  Result,
  ScalarOf,
  Tensor,
  TensorLike,
  Tensors,
  Traced,
  TypedArray,
  Unary,
  Value,
  With,
} from "./trace/types.ts";
