// Arguments beyond those a function has. JavaScript drops them in silence; here each is used or refused. One table
// over all exports: a new one without a row fails.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { exported } from "../harness/exports.ts";

// biome-ignore lint/suspicious/noExplicitAny: surplus arguments are what types are there to prevent.
const h = library as any;
const x = Float64Array.of(0.5, 0.25);
// biome-ignore lint/suspicious/noExplicitAny: any traced value
const f = (t: any) => h.sum(h.square(t));
// biome-ignore lint/suspicious/noExplicitAny: any traced value
const twice = (t: any) => h.mul(2, t);
const square = [
  [2, 1],
  [1, 3],
];

/** The most arguments of functions that have more than one, each valid; the others take one array. */
/** A diagonal of two. */
const lower = {
  shape: [2, 2],
  colptr: Int32Array.of(0, 1, 2),
  rowind: Int32Array.of(0, 1),
  colind: Int32Array.of(0, 1),
};
const most: Record<string, readonly unknown[]> = {
  checkpoint: [f],
  customJvp: [f, f, {}],
  customVjp: [f, f, f, {}],
  debugNans: [false],
  explain: [f],
  grad: [f, {}],
  valueAndGrad: [f, {}],
  hvp: [f, x, x],
  hessian: [f, {}],
  curvature: [f, x, x],
  sparseHessian: [f, x, {}],
  sparseJacobian: [f, x, {}],
  sparseFactor: [{ pattern: lower }, [1, 1], {}],
  linearOperator: [f, x],
  gaussNewton: [twice, f],
  fisher: [twice, "gaussian"],
  laplaceApproximation: [f, x],
  vector: [h.objective(f, x), x],
  hessianDiagonal: [f, {}],
  laplacian: [f, {}],
  jacfwd: [f, {}],
  jacrev: [f, {}],
  jit: [f, {}],
  jvp: [f, [x], [x], { hasAux: false }],
  linearize: [f, x],
  makeGraph: [f],
  objective: [f, x],
  linearTranspose: [h.neg, x],
  vjp: [f, x],
  vmap: [f, {}],
  // biome-ignore lint/suspicious/noExplicitAny: any traced value
  scan: [(c: any, t: any) => [twice(c), t], 1, x, {}],
  // biome-ignore lint/suspicious/noExplicitAny: any traced value
  foriLoop: [0, 3, (_: any, t: any) => twice(t), x],
  whileLoop: [() => false, twice, x, {}],
  odeint: [twice, x, [0, 0.1], {}],
  rootFind: [twice, x, {}],
  fixedPoint: [(t: unknown) => h.mul(t, 0.5), x, {}],
  cg: [square, x, {}],
  map: [twice, x, {}],
  associativeScan: [h.mul, x, {}],
  elu: [x, 1],
  leakyRelu: [x, 1],
  clip: [x, 0, 1],
  arraySplit: [x, 2, 0],
  split: [x, 2, 0],
  diag: [x, 0],
  diagonal: [square, 0],
  trace: [square, 0],
  diff: [x, {}],
  hstack: [[x, x]],
  vstack: [[x, x]],
  meshgrid: [[x, x], {}],
  moveaxis: [square, 0, 1],
  swapaxes: [square, 0, 1],
  repeat: [x, 2, 0],
  tile: [x, 2],
  tril: [square, 0],
  triu: [square, 0],
  matrixPower: [square, 2],
  tensordot: [square, square, 1],
  vecdot: [x, x, 0],
  conv1d: [[[[1, 2]]], [[[1]]], {}],
  conv2d: [[[[[1, 2]]]], [[[[1]]]], {}],
  arange: [0, 3, 1, {}],
  array: [x, {}],
  eye: [2, 2, {}],
  full: [2, 1, {}],
  linspace: [0, 1, 3, {}],
  ones: [2, {}],
  zeros: [2, {}],
  triangularSolve: [square, x, {}],
  at: [x, 0],
  slice: [x, 0],
  take: [x, [0], 0],
  where: [true, 1, 2],
  compress: [x, [true, false], 0],
  dynamicSlice: [x, [0], [1]],
  dynamicUpdateSlice: [x, [1], [0]],
  oneHot: [[0], 2, {}],
  scatterAdd: [x, [0], [1], 0],
  scatterSet: [x, [0], [1], 0],
  segmentSum: [x, [0, 0], 1],
  takeAlongAxis: [x, [0], 0],
  astype: [x, "float32"],
  broadcastTo: [x, [2]],
  concat: [[x, x], 0],
  stack: [[x, x], 0],
  expandDims: [x, 0],
  flip: [x, 0],
  pad: [x, 1, {}],
  reshape: [x, [2, 1]],
  roll: [x, 1, 0],
  squeeze: [[[1]], 0],
  transpose: [square, [0, 1]],
  quantile: [x, 0.5, 0],
  topK: [x, 1, 0],
  gelu: [x, {}],
  polygamma: [1, x],
  interp: [x, [0, 1], [0, 1], {}],
  searchsorted: [x, x, {}],
  cdist: [square, square, {}],
  cross: [[1, 2, 3], [3, 2, 1], -1],
  squaredDistances: [square, square],
  pinv: [square, {}],
  avgPool: [[[[1, 2]]], 1, {}],
  maxPool: [[[[1, 2]]], 1, {}],
  radial: [h.exp, x],
  funmh: [square, h.exp],
  spectralSum: [square, h.exp],
  powmh: [square, 0.5],
  huber: [x, 1],
  pseudoHuber: [x, 1],
};
for (const name of "argsort sort logSoftmax softmax cumlogsumexp cummax cummin cumprod cumsum argmax argmin".split(" "))
  most[name] = [x, 0];
for (const name of "logsumexp logmeanexp max mean min prod sum any all countNonzero norm median std variance".split(
  " ",
))
  most[name] = [x, 0];
for (const name of "gammainc gammaincc logGammainc logGammaincc logDiffExp".split(" ")) most[name] = [x, x];
for (const name of "add sub mul div maximum minimum pow mod remainder atan2 hypot logaddexp xlogy xlog1py betaln".split(
  " ",
))
  most[name] = [x, x];
for (const name of "and or lt le gt ge eq ne dot inner kron matmul outer vdot".split(" ")) most[name] = [x, x];
for (const name of "solve lstsq choSolve".split(" ")) most[name] = [square, x];
for (const name of "cholesky det inv lu qr slogdet eigh eigvalsh svd matrixExp logmh sqrtmh expmh".split(" "))
  most[name] = [square];

/** Functions of any number of arguments. */
const variadic = new Set(["einsum", "cond", "switchCase"]);

describe("one argument too many", () => {
  test.each(exported().map(({ name }) => name))("%s", (name) => {
    if (variadic.has(name)) return;
    const full = most[name] ?? [x];
    expect(() => h[name](...full, 0), name).toThrow(library.HvpError);
    expect(() => h[name](...full, [1, 2, 3]), name).toThrow(library.HvpError);
    // With one less it is a call that works: the row says the most there are.
    expect(() => h[name](...full), name).not.toThrow();
  });
});

describe("methods", () => {
  const methods: Record<string, readonly unknown[]> = {
    pow: [2],
    clip: [0, 1],
    astype: ["float32"],
    take: [[0], 0],
    transpose: [[0]],
  };
  for (const name of "add sub mul div lt le gt ge eq ne dot matmul".split(" ")) methods[name] = [x];
  for (const name of "sum mean max min prod expandDims flip at slice".split(" ")) methods[name] = [0];
  const names =
    "add sub mul div pow neg abs square sqrt sign reciprocal clip exp expm1 log log1p sin cos tan atan tanh sigmoid softplus lt";
  const others = "le gt ge eq ne sum mean max min prod dot matmul ravel transpose expandDims flip astype slice at take";
  test.each(`${names} ${others}`.split(" "))("x.%s", (name) => {
    // biome-ignore lint/suspicious/noExplicitAny: any traced value
    const use = (more: readonly unknown[]) => h.jit((t: any) => t[name](...(methods[name] ?? []), ...more))(x);
    expect(() => use([0])).toThrow(library.HvpError);
    expect(() => use([])).not.toThrow();
  });
  test("of results and of compiled functions", () => {
    const problem = h.objective(f, x);
    const point = problem.at(x);
    for (const call of [
      () => problem.value(x, 1),
      () => problem.grad(x, x.slice(), 1),
      () => problem.valueAndGrad(x, x.slice(), 1),
      () => problem.hvp(x, x, x.slice(), 1),
      () => problem.hessian(x, undefined, {}, 1),
      () => problem.at(x, 1),
      () => point.hvp(x, x.slice(), 1),
      () => point.hvps([x], [x.slice()], 1),
      () => h.eye(2).get(0, 0, 0),
      () => h.eye(2).toArray(1),
      () => h.linearize(f, x)[1](x, x),
    ])
      expect(call, String(call)).toThrow(library.HvpError);
  });
});

describe("arguments that a traced function does not take", () => {
  const message = "the function takes 1 argument, but was called with 2";
  test.each([
    ["grad", () => h.grad(f)(x, 3)],
    ["jit", () => h.jit(f)(x, x)],
    ["vmap", () => h.vmap(f)(x, x)],
    ["jvp", () => h.jvp(f, [x, x], [x, x])],
    ["vjp", () => h.vjp(f, x, { has_aux: true })],
    ["linearize", () => h.linearize(f, x, x)],
    ["objective", () => h.objective(f, x, x)],
    ["checkpoint", () => h.checkpoint(f)(x, x)],
    ["makeGraph", () => h.makeGraph(f)(x, x)],
    ["explain", () => h.explain(f)(x, x)],
  ])("%s", (name, call) => expect(call).toThrow(`${name}: ${message}`));
  test("misspelt settings are named", () => {
    expect(() => h.objective(f, x, { relax: true })).toThrow(
      `${message}; { relax } counts as data; the settings are { relaxed: true }`,
    );
    expect(() => h.jit(f)(x, x)).toThrow("to have the results in arrays of yours write jit(f).into(outs, …)");
  });
  test("default, rest and `arguments` are read", () => {
    // biome-ignore lint/suspicious/noExplicitAny: any traced value
    expect(h.grad((t: any, k: any = 2) => h.mul(t, k))(3, 5)).toBe(5);
    // biome-ignore lint/suspicious/noExplicitAny: any traced value
    expect(h.grad((t: any, ...[k]: any[]) => h.mul(t, k))(3, 5)).toBe(5);
    // biome-ignore lint/suspicious/noExplicitAny: any traced value
    expect(h.grad(new Function("mul", "return function (t) { return mul(t, arguments[1]) }")(h.mul) as any)(3, 5)).toBe(
      5,
    );
    expect(h.grad(() => 5)(3)).toBe(0);
  });
});

test("callbacks of map and reduce get an index and the array besides", () => {
  expect([1, 4].map(h.sqrt)).toEqual([1, 2]);
  expect([1, 2, 3].reduce(h.add)).toBe(6);
  expect(Float64Array.of(1, 4).map(h.sqrt)).toEqual(Float64Array.of(1, 2));
  expect(() => [[1], [2]].map(h.sum)).toThrow("sum: 1 argument too many");
  expect(() => [1, 2].map(h.leakyRelu)).toThrow("leakyRelu: 1 argument too many");
});

test("the remedy is the operation that was meant", () => {
  expect(() => h.hypot(2, 3, 6)).toThrow("hypot: 1 argument too many; write hypot(hypot(a, b), c)");
  expect(() => h.log(8, 2)).toThrow("to base b it is div(log(x), log(b)), log2(x) or log10(x)");
  expect(() => h.round(1.234, 2)).toThrow("to two decimals it is div(round(mul(x, 100)), 100)");
  expect(() => h.ones(3, 3)).toThrow("ones: 1 argument too many; the shape is one list, as in ones([2, 3])");
  expect(() => h.max(3, 4)).toThrow("max: reduces one array; of two it is maximum(a, b)");
  expect(() => h.hessian(f)(x)[0][1]).toThrow(
    "a[0] does not work on an NdArray; use a.get(0,0), a.toArray()[0] or slice(a, 0)",
  );
  // biome-ignore lint/suspicious/noExplicitAny: any traced value
  expect(() => h.grad((t: any) => h.sum(t.map(h.sin)))(x)).toThrow(
    "x.map() does not work on a traced value; operations take all of it",
  );
  // biome-ignore lint/suspicious/noExplicitAny: any traced value
  expect(() => h.grad((t: any) => h.sum(t.relu()))(x)).toThrow(
    "x.relu() does not work on a traced value; write relu(x)",
  );
});

test("what traced values lack and JAX's or results have says what to write", () => {
  // biome-ignore lint/suspicious/noExplicitAny: any traced value
  const told = (use: (t: any) => unknown): unknown => expect(() => h.grad((t: any) => h.sum(use(t)))(x));
  // biome-ignore lint/suspicious/noExplicitAny: an assertion
  const says = (use: (t: any) => unknown, remedy: string): void => (told(use) as any).toThrow(remedy);
  says((t) => t.at(0).set(3), "x.set() does not work on a traced value; write scatterSet(x, [i], v)");
  says((t) => t.toArray(), "x.toArray() does not work on a traced value; return it");
  says((t) => t.get(0), "x.get() does not work on a traced value; write at(x, i)");
  says((t) => t.subarray(1), "x.subarray() does not work on a traced value; write slice(x, [start, stop])");
  for (const name of ["data", "buffer", "byteLength", "byteOffset", "BYTES_PER_ELEMENT"])
    says(
      (t) => t[name],
      `x.${name}: a traced value has a shape and a type but no values; compute with operations on x`,
    );
  says((t) => t.logNdtr(), "write logNdtr(x)");
  says((t) => t.erfc(), "write erfc(x)");
});

test("the hint fits what was written", () => {
  const hint = (call: () => unknown): string => {
    try {
      return String(call());
    } catch (e) {
      return (e as Error).message;
    }
  };
  expect(hint(() => h.mean(1, 2, 3))).toBe("mean: 1 argument too many; pass several as one list, [2, 3]");
  expect(hint(() => [[1], [2]].map(h.sum))).toMatch(/; in a callback write \(x\) => sum\(x, …\)$/);
  expect(hint(() => h.cholesky(square, {}))).toBe("cholesky: 1 argument too many; it takes one array and no options");
  expect(hint(() => h.solve(square, x, {}))).toBe("solve: 1 argument too many; it takes 2 arrays and no options");
  expect(hint(() => h.diff(x, {}, {}))).toBe("diff: 1 argument too many; it takes 2");
  expect(hint(() => h.objective(f, x).at(x).hvps([1, 2]))).toMatch("for one write at.hvp(v) or at.hvps([v])");
  expect(h.objective(f, 3).at(3).hvps([1, 2])).toEqual([2, 4]);
  expect(hint(() => h.vjp(h.sin, x)[1]([[1, 1]]))).toBe(
    "vjp: the cotangent is in a list; pass it alone, an array of shape [2]",
  );
});

describe("jit(f).into", () => {
  // biome-ignore lint/suspicious/noExplicitAny: any traced value
  const g = h.jit((a: any, b: any) => ({ total: h.sum(h.mul(a, b)), twice: h.mul(2, a), less: h.lt(a, b) }));
  test("writes into the caller's arrays and returns them, also those of arguments", () => {
    const a = Float64Array.of(1, 2);
    const b = Float64Array.of(3, 1);
    const outs = { total: new Float64Array(1), twice: a, less: new Uint8Array(2) };
    expect(g.into(outs, a, b)).toBe(outs);
    expect(outs).toEqual({ total: Float64Array.of(5), twice: Float64Array.of(2, 4), less: Uint8Array.of(1, 0) });
  });
  test("as if all arguments were read first: results that overlap arguments, in programs that run in pieces too", () => {
    const n = 200_000;
    // biome-ignore lint/suspicious/noExplicitAny: any traced value
    const both = h.jit((a: any, b: any) => [h.add(a, b), h.sub(a, b)]);
    const memory = Float64Array.from({ length: 2 * n }, (_, i) => i % 17);
    const [a, b] = [memory.subarray(0, n), memory.subarray(1, n + 1)];
    const [p, q] = [a.slice(), b.slice()];
    both.into([b, new Float64Array(n)], a, b);
    expect(b).toEqual(p.map((v, i) => v + (q[i] as number)));
  });
  test("refuses what does not fit, and traces", () => {
    expect(() => g.into(new Float64Array(2), x, x)).toThrow(
      "jit: outs must have the structure of the result, {total: *, twice: *, less: *}",
    );
    const outs = { total: new Float64Array(1), twice: new Float32Array(2), less: new Uint8Array(2) };
    expect(() => g.into(outs, x, x)).toThrow("jit: outs must be a Float64Array, got Float32Array of 2");
    // biome-ignore lint/suspicious/noExplicitAny: any traced value
    expect(() => h.grad((t: any) => h.jit(f).into(new Float64Array(1), t))(x)).toThrow(
      "results of a trace are not there yet",
    );
  });
});

describe("results with names and an order", () => {
  test("by name and by order", () => {
    const [w, V] = h.eigh(square);
    expect({ eigenvalues: w, eigenvectors: V }).toEqual({ ...h.eigh(square) });
    const [sign, logabsdet] = h.slogdet(square); // det = 5
    expect([sign, logabsdet]).toEqual([1, expect.closeTo(Math.log(5), 14)]);
  });
  test("through transforms and trees", () => {
    const [q, r] = h.jit(h.qr)(square);
    expect(h.matmul(q, r).toArray()).toEqual(square.map((row) => row.map((e) => expect.closeTo(e, 14))));
    const [, [, dr]] = h.jvp(h.qr, [square], [square]); // QR of (1 + t) A: R grows like A
    expect(dr.toArray()).toEqual(r.toArray().map((row: number[]) => row.map((e) => expect.closeTo(e, 13))));
    // biome-ignore lint/suspicious/noExplicitAny: any traced value
    const back = h.grad(([a, b]: any) => h.sum(h.mul(a, b)))(h.qr(square));
    expect(back.q.toArray()).toEqual(r.toArray());
    expect(Object.keys(back)).toEqual(["q", "r"]);
  });
});

test("makeGraph names comparisons that nothing uses", () => {
  // biome-ignore lint/suspicious/noExplicitAny: any traced value
  const branching = (t: any) => (h.gt(t, 0) ? h.sin(t) : h.cos(t)); // always the sine
  const text = h.makeGraph(branching)(1);
  expect(text).toContain("unused: gt:bool[]");
  expect(text).toContain("choose by value with where(condition, a, b)");
  // biome-ignore lint/suspicious/noExplicitAny: any traced value
  expect(h.makeGraph((t: any) => h.where(h.gt(t, 0), h.sin(t), h.cos(t)))(1)).not.toContain("unused");
});

test("functions and arrays print as what they are", () => {
  const g = h.grad(f);
  const named = [h.jit(f), g, h.jit(h.vmap(g)), h.hessian(f), h.vjp(f, x)[1], h.linearize(f, x)[1]].map((y) =>
    inspect(y),
  );
  const names = [
    "jit(f)",
    "grad(f)",
    "jit(vmap(grad(f)))",
    "hessian(f)",
    "linear function of vjp",
    "linear function of linearize",
  ];
  expect(named).toEqual(names.map((name) => `[Function: ${name}]`));
  expect(inspect(h.hessian(f)(x))).toBe("NdArray float64[2,2] [ [ 2, 0 ], [ 0, 2 ] ]");
  expect(inspect(h.zeros([100, 100])).length).toBeLessThan(2000);
});
