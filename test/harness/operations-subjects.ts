// The sections of docs/operations.md: what a user looks for, and the functions found there.

const words = (names: string): string[] => names.trim().split(/\s+/);

export const SUBJECTS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    Transforms: `grad valueAndGrad hvp hessian curvature hessianDiagonal laplacian jvp vjp jacfwd jacrev linearize linearTranspose vmap jit objective vector
      sparseHessian sparseJacobian sparseFactor checkpoint customJvp customVjp stopGradient makeGraph explain debugNans loopHints`,
    "Loops and branches": `scan foriLoop whileLoop cond switchCase map associativeScan`,
    "Differential equations and solvers": `odeint rootFind fixedPoint cg`,
    Curvature: `linearOperator gaussNewton fisher laplaceApproximation`,
    Arithmetic: `add sub mul div neg abs sign square sqrt rsqrt cbrt reciprocal pow hypot mod remainder maximum minimum
      clip floor ceil round trunc`,
    "Exponentials and logarithms": `exp exp2 expm1 exprel log log2 log10 log1p logaddexp logDiffExp log1mexp xlogy xlog1py
      entr`,
    "Trigonometric and hyperbolic functions": `sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh sinc
      degrees radians`,
    "Special functions": `erf erfc erfcx erfinv erfcinv ndtr logNdtr ndtri lgamma digamma polygamma betaln gammainc
      gammaincc logGammainc logGammaincc i0e i1e j0 j1`,
    "Activations and losses": `relu relu6 leakyRelu elu selu gelu silu sigmoid logSigmoid logit softplus softsign hardTanh
      softmax logSoftmax huber pseudoHuber logCosh`,
    "Comparison, logic and selection": `eq ne lt le gt ge and or not where isfinite isinf isnan`,
    Reductions: `sum mean prod max min argmax argmin all any countNonzero variance std median quantile logsumexp
      logmeanexp norm`,
    "Cumulative operations": `cumsum cumprod cummax cummin cumlogsumexp diff`,
    "Sorting and searching": `sort argsort topK searchsorted interp`,
    "Making arrays": `array zeros ones full zerosLike onesLike eye arange linspace meshgrid oneHot astype`,
    Shape: `reshape ravel transpose swapaxes moveaxis expandDims squeeze atleast1d atleast2d broadcastTo`,
    "Joining, splitting and rearranging": `concat stack hstack vstack split arraySplit tile repeat pad flip roll`,
    Indexing: `at slice take takeAlongAxis compress dynamicSlice dynamicUpdateSlice scatterAdd scatterSet segmentSum
      diag diagonal tril triu`,
    Products: `matmul dot vdot inner outer vecdot cross einsum tensordot kron matrixPower cdist squaredDistances`,
    "Linear algebra": `solve triangularSolve choSolve lstsq inv pinv det slogdet trace cholesky lu qr eigh eigvalsh svd`,
    "Functions of matrices": `matrixExp expmh logmh sqrtmh powmh funmh spectralSum radial`,
    "Convolution and pooling": `conv1d conv2d maxPool avgPool`,
  }).map(([title, names]) => [title, words(names)]),
);
