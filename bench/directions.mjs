// node bench/directions.mjs [filter …]
//
// Many directions at once: dense Hessians and products with several directions beside the matrix products that they
// are made of or beside single products, and small problems by the thousand. Results are checked before anything is
// timed.
import * as hvp from "hvp";
import { uniform } from "./inputs.mjs";
import { least } from "./least.mjs";

const { add, exp, hessian, jit, matmul, mul, objective, softplus, square, sub, sum, tanh, transpose, vmap } = hvp;
const filters = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const wanted = (name) => filters.length === 0 || filters.some((f) => name.includes(f));
const array = (data, ...shape) => ({ data, shape });

function requireClose(what, got, want, tolerance = 1e-10) {
  const scale = Math.max(...want.map(Math.abs), 1);
  got.forEach((g, i) => {
    if (!(Math.abs(g - want[i]) <= tolerance * scale)) throw new Error(`${what}: ${g} at ${i}, not ${want[i]}`);
  });
}
/** The Hessian by products with unit vectors. */
function byProducts(problem, x) {
  const at = problem.at(x);
  return Float64Array.from(
    Array.from(x, (_, k) => [...at.hvp(Float64Array.from(x, (_, i) => Number(i === k)))]).flat(),
  );
}
function print(name, times, note) {
  const cells = Object.entries(times).map(([key, t]) => `${key} ${t.toPrecision(3)} µs`);
  console.log(`${name.padEnd(20)} ${cells.join(", ")}${note ? `; ${note}` : ""}`);
}

function logistic() {
  const [m, n, k] = [2000, 200, 32];
  const X = array(uniform(1, m * n, 0.5), m, n);
  const f = (w) => add(sum(softplus(matmul(X, w))), mul(5e-4, sum(square(w))));
  const [w, d] = [uniform(2, n, 0.5), array(uniform(3, m, 0.5), m, 1)];
  const problem = objective(f, w);
  const at = problem.at(w);
  const out = array(new Float64Array(n * n), n, n);
  const whole = jit(hessian(f));
  const want = byProducts(problem, w);
  requireClose("logistic Hessian", problem.hessian(w, out).data, want);
  requireClose("logistic Hessian, jit", whole(w).data, want);
  const vs = Array.from({ length: k }, (_, i) => uniform(10 + i, n, 0.5));
  const outs = vs.map((v) => v.slice());
  at.hvps(vs, outs).forEach((p, i) => requireClose(`direction ${i}`, p, [...at.hvp(vs[i])]));
  // The same products of matrices by themselves; the first one is of two that have nothing to do with one another.
  const [Y, V, U] = [
    array(
      X.data.map((x) => 0.3 * x),
      m,
      n,
    ),
    array(uniform(4, n * k, 1), n, k),
    array(uniform(5, m * k, 1), m, k),
  ];
  const product = jit((d, Y) => matmul(transpose(Y), mul(d, X)));
  const two = jit((V, U) => [matmul(X, V), matmul(transpose(X), U)]);
  const t = least(
    {
      "Hessian, given array": () => problem.hessian(w, out),
      "jit(hessian)": () => whole(w),
      YᵀDX: () => product(d, Y),
      "32 directions": () => at.hvps(vs, outs),
      "two products": () => two(V, U),
      "32 single ones": () => vs.forEach((v, i) => at.hvp(v, outs[i])),
    },
    12,
  );
  const ratio = (a, b) => (t[a] / t[b]).toFixed(2);
  print(
    "logistic 2000×200",
    t,
    `Hessian ${ratio("Hessian, given array", "YᵀDX")} of YᵀDX, directions ${ratio("32 directions", "two products")} of two products`,
  );
}

function dense(name, f, x) {
  const problem = objective(f, x);
  const [at, n] = [problem.at(x), x.length];
  const [out, v, one] = [array(new Float64Array(n * n), n, n), uniform(9, n, 1), new Float64Array(n)];
  const whole = jit(hessian(f));
  const want = byProducts(problem, x);
  requireClose(name, problem.hessian(x, out).data, want);
  requireClose(name, whole(x).data, want);
  const t = least({
    "given array": () => problem.hessian(x, out),
    "new one": () => problem.hessian(x),
    "jit(hessian)": () => whole(x),
    "a product": () => at.hvp(v, one),
  });
  print(name, t, `${(t["given array"] / t["a product"]).toFixed(1)} products for ${n} columns`);
}
const rosenbrock = (x) => {
  const [a, b] = [hvp.slice(x, [0, -1]), hvp.slice(x, [1])];
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
};
function network() {
  const [D, t] = [array(uniform(6, 1000, 1), 100, 10), array(uniform(7, 100, 1), 100, 1)];
  const f = (w) => {
    const [W1, b1] = [hvp.reshape(hvp.slice(w, [0, 200]), [10, 20]), hvp.slice(w, [200, 220])];
    const [W2, b2] = [hvp.reshape(hvp.slice(w, [220, 240]), [20, 1]), hvp.slice(w, [240, 241])];
    return sum(square(sub(add(matmul(tanh(add(matmul(D, W1), b1)), W2), b2), t)));
  };
  dense("network 10-20-1", f, uniform(8, 241, 0.5));
}

/** Bilinear least squares, written with scalars: what other systems take many seconds to compile. */
function scalars() {
  const [m, k, n] = [20, 3, 8];
  const [D, x] = [uniform(1, m * n, 1), uniform(2, m * k + k * n, 1)];
  const f = (x) => {
    const at = Array.from({ length: m * k + k * n }, (_, i) => x.at(i));
    let total = 0;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let y = 0;
        for (let l = 0; l < k; l++) y = add(y, mul(at[i * k + l], at[m * k + l * n + j]));
        total = add(total, square(sub(y, D[i * n + j])));
      }
    return total;
  };
  const begin = process.cpuUsage().user;
  objective(f, x).hessian(x);
  console.log(
    `${"scalars, n = 84".padEnd(20)} first Hessian ${((process.cpuUsage().user - begin) / 1000).toFixed(0)} ms`,
  );
  dense("scalars, n = 84", f, x);
}

function thousands() {
  const [B, n] = [10_000, 4];
  const [X, V, out] = [uniform(1, B * n, 1), uniform(2, B * n, 1), new Float64Array(B * n)].map((d) => array(d, B, n));
  const problem = objective((X) => sum(vmap(rosenbrock)(X)), X);
  const single = objective(rosenbrock, X.data.slice(0, n));
  problem.hvp(X, V, out);
  for (const i of [0, 17, B - 1]) {
    const part = (a) => a.data.slice(i * n, (i + 1) * n);
    requireClose("small products", part(out), [...single.hvp(part(X), part(V))]);
  }
  print("10,000 products", least({ "given array": () => problem.hvp(X, V, out), "new one": () => problem.hvp(X, V) }));

  const [P, m] = [2000, 50];
  const [T, Y, W] = [uniform(3, m, 1), array(uniform(4, P * m, 1), P, m), array(uniform(5, P * 3, 1), P, 3)];
  const loss = (p, y) => sum(square(sub(add(mul(p.at(0), exp(mul(p.at(1), T))), p.at(2)), y)));
  const all = jit((W, Y) => vmap((p, y) => hessian((q) => loss(q, y))(p))(W, Y));
  const i = 1234;
  const y = Y.data.slice(i * m, (i + 1) * m);
  const one = hessian((p) => loss(p, y))(W.data.slice(3 * i, 3 * i + 3));
  requireClose("fits", all(W, Y).data.slice(9 * i, 9 * i + 9), [...one.data]);
  const exps = jit((Z) => sum(exp(Z)));
  const Z = uniform(6, P * m, 1);
  print("2,000 fits", least({ Hessians: () => all(W, Y), "as many exps": () => exps(Z) }));
}

/** Factors and solutions of many small matrices, 4 on their diagonals; as many calls of one program beside them. */
function matrices() {
  const B = 5000;
  for (const n of [3, 5, 8]) {
    const isDiagonal = (k) => (k % (n * n)) % (n + 1) === 0;
    const data = uniform(1, B * n * n, 0.2).map((v, k) => (isDiagonal(k) ? 4 : v));
    const [A, b, one] = [array(data, B, n, n), array(uniform(2, B * n, 1), B, n), array(data.slice(0, n * n), n, n)];
    const [factors, solutions] = [jit((A) => vmap(hvp.cholesky)(A)), jit((A, b) => vmap(hvp.solve)(A, b))];
    const factor = jit(hvp.cholesky);
    requireClose("factors", [...factors(A).data.slice(0, n * n)], [...factor(one).data]);
    const t = least({ cholesky: () => factors(A), solve: () => solutions(A, b), "a factor alone": () => factor(one) });
    print(`${B} of ${n} × ${n}`, t);
  }
}

const CASES = {
  logistic,
  rosenbrock: () => dense("Rosenbrock 100", rosenbrock, uniform(1, 100, 1)),
  network,
  scalars,
  thousands,
  matrices,
};
for (const [name, run] of Object.entries(CASES)) if (wanted(name)) run();
