// Gauss–Newton matrices and Fisher information against dense derivatives and closed forms, and Laplace's approximation.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { flat } from "../harness/flat.ts";
import { nearAll as expectNear } from "../harness/near.ts";
import { plain } from "../harness/plain.ts";
import { rng, vector } from "../harness/rng.ts";

// biome-ignore lint/suspicious/noExplicitAny: results are compared as numbers.
type Any = any;
const { add, exp, fisher, gaussNewton, hessian, jacfwd, laplaceApproximation, log, logsumexp, matmul } = library as Any;
const { mul, objective, reshape, sin, softplus, square, sub, sum, tanh, NdArray } = library as Any;

describe("Gauss–Newton and Fisher matrices", () => {
  const X = { data: vector(rng(6), 20), shape: [5, 4] };
  const y = [0, 2, 1, 1, 0];
  /** Three outputs for each of five rows, from weights and offsets. */
  const model = ({ W, b }: Any): Any => tanh(add(matmul(X, W), b));
  const at = { W: { data: vector(rng(7), 12), shape: [4, 3] }, b: vector(rng(8), 3) };
  const vectorOf = (p: Any): Any => ({ W: reshape(library.slice(p, [0, 12]), [4, 3]), b: library.slice(p, [12]) });
  const w = Float64Array.of(...at.W.data, ...at.b);
  const J: Any = reshape(jacfwd((p: Any) => model(vectorOf(p)))(w), [15, 15]);
  const sandwich = (L: Any): Any => matmul(matmul(library.transpose(J), L), J);
  const z: Any = library.ravel(model(at));
  const picks = new NdArray(
    Float64Array.from({ length: 15 }, (_, i) => Number(y[Math.floor(i / 3)] === i % 3)),
    [5, 3],
    "float64",
  );
  const nll = (o: Any): Any => sub(sum(logsumexp(o, { axis: 1 })), sum(mul(o, picks)));

  test("are Jᵀ·H·J of dense derivatives", () => {
    const L = hessian((o: Any) => nll(reshape(o, [5, 3])))(z);
    expectNear(gaussNewton(model, nll)(at).toDense(), sandwich(L));
  });
  test("are the Hessian where the model is linear, and not where it is not", () => {
    const linear = (v: Any): Any => matmul(X, v);
    const loss = (o: Any): Any => sum(exp(o));
    const v = vector(rng(9), 4);
    expectNear(gaussNewton(linear, loss)(v).toDense(), hessian((u: Any) => loss(linear(u)))(v));
    const full: Any = hessian((p: Any) => nll(model(vectorOf(p))))(w);
    const difference: Any = sub(full, gaussNewton(model, nll)(at).toDense());
    expect(Math.max(...flat(difference).map(Math.abs))).toBeGreaterThan(0.1);
  });
  test("take models with several outputs", () => {
    const two = (v: Any): Any => ({ a: sin(v), b: [exp(v), square(v)] });
    const loss = ({ a, b }: Any): Any => add(sum(mul(square(a), b[0])), sum(square(b[1])));
    const v = Float64Array.of(0.3, -0.7);
    const joined = (o: Any): Any =>
      loss({ a: library.slice(o, [0, 2]), b: [library.slice(o, [2, 4]), library.slice(o, [4])] });
    const outputs = (u: Any): Any => library.concat([sin(u), exp(u), square(u)]);
    const K = jacfwd(outputs)(v);
    const L = hessian(joined)(outputs(v));
    expectNear(gaussNewton(two, loss)(v).toDense(), matmul(matmul(library.transpose(K), L), K));
  });
  const p = flat(z).map((t) => 1 / (1 + Math.exp(-t)));
  const softmax = flat(z).map((t, i, all) => {
    const row = Math.floor(i / 3);
    return Math.exp(t) / all.slice(3 * row, 3 * row + 3).reduce((s, u) => s + Math.exp(u), 0);
  });
  const square15 = (entry: (i: number, j: number) => number): Any =>
    new NdArray(
      Float64Array.from({ length: 225 }, (_, k) => entry(Math.floor(k / 15), k % 15)),
      [15, 15],
      "float64",
    );
  const diagonal = (entry: (i: number) => number): Any => square15((i, j) => (i === j ? entry(i) : 0));
  test.each<[string, Any]>([
    ["gaussian", diagonal(() => 1)],
    ["bernoulli", diagonal((i) => (p[i] as number) * (1 - (p[i] as number)))],
    ["poisson", diagonal((i) => Math.exp(flat(z)[i] as number))],
    [
      "categorical",
      square15((i, j) =>
        Math.floor(i / 3) === Math.floor(j / 3)
          ? (softmax[i] as number) * (Number(i === j) - (softmax[j] as number))
          : 0,
      ),
    ],
  ])("the information of the %s distribution is the closed form", (name, L) => {
    const F = fisher(model, name)(at);
    expectNear(F.toDense(), sandwich(L));
    expect(F.eigsh(1, { which: "smallest" }).values[0]).toBeGreaterThan(-1e-14);
  });
  test("of another family by its log-partition function: the exponential distribution", () => {
    // Natural parameter η < 0, log-partition -log(-η), variance 1/η².
    const rate = (v: Any): Any => mul(-1, exp(matmul(X, v)));
    const v = vector(rng(10), 4);
    const K: Any = jacfwd(rate)(v);
    const eta = flat(rate(v));
    const L = eta.map((e, i) => eta.map((_, j) => (i === j ? 1 / (e * e) : 0)));
    const F = fisher(rate, (t: Any) => mul(-1, sum(log(mul(-1, t)))))(v);
    expectNear(F.toDense(), matmul(matmul(library.transpose(K), L), K));
  });
  test("share programs between points, and refuse after dispose", () => {
    const make = gaussNewton(
      (v: Any) => matmul(X, sin(v)),
      (o: Any) => sum(softplus(o)),
    );
    const [a, b] = [vector(rng(11), 4), vector(rng(12), 4)];
    const [A, B] = [make(a), make(b)];
    const first = plain(A.toDense());
    plain(B.toDense());
    expect(plain(A.toDense())).toEqual(first);
    expectNear(make(Float32Array.from(a)).toDense(), first, 1e-6);
    make.dispose();
    expect(() => A.matvec(a)).toThrow(/dispose/);
    expectNear(make(a).toDense(), first);
  });
  test("a model whose derivative is not finite is refused", () => {
    expect(() =>
      gaussNewton(
        (v: Any) => library.sqrt(v),
        (o: Any) => sum(square(o)),
      )([0, 1]).trace(),
    ).toThrow(/NaN/);
  });
});

describe("Laplace's approximation", () => {
  test("of a normal density is that density", () => {
    const P = [
      [2, 0.5, 0],
      [0.5, 1, -0.3],
      [0, -0.3, 3],
    ];
    const mean = [1, -2, 0.5];
    const energy = (t: Any): Any => add(3, mul(0.5, library.dot(sub(t, mean), matmul(P, sub(t, mean)))));
    const found = laplaceApproximation(energy, mean);
    expectNear(found.mean, mean);
    expectNear(found.covariance, library.inv(P));
    const logdet = Math.log(library.det(P) as number);
    expectNear(found.logdet, logdet);
    expectNear(found.logEvidence, -3 + 1.5 * Math.log(2 * Math.PI) - 0.5 * logdet);
    expectNear(
      found.standardDeviations,
      [0, 1, 2].map((i) => Math.sqrt((library.inv(P) as Any).get(i, i))),
    );
    expect(found.newtonDecrement).toBe(0);
    // Beside the minimum the decrement is how much lower that is.
    const beside = laplaceApproximation(energy, [1.5, -2, 0]);
    expectNear(beside.newtonDecrement, (energy([1.5, -2, 0]) as number) - 3, 1e-12);
  });
  test("of a logistic regression has the numbers of SciPy", () => {
    // Newton's method, inv and slogdet in NumPy, logaddexp and expit: data and prior precision as here.
    const rows = [
      [1, 0.5, -1.2],
      [0.2, -1, 0.3],
      [3, 1, 0.7],
      [-0.4, 0.3, 2],
      [1.5, -2, 0.1],
      [-1, 0.8, -0.6],
      [0.3, 0.3, 1.1],
      [-2, -0.5, 0.4],
    ];
    const labels = [1, 0, 1, 0, 1, 0, 0, 1];
    const mode = [0.5184606110485419, -0.38182606806097813, -0.6837131678832553];
    const posterior = (w: Any): Any => {
      const z = matmul(rows, w);
      const prior = sub(mul(0.25, sum(square(w))), 1.5 * Math.log(0.5 / (2 * Math.PI)));
      return add(sub(sum(softplus(z)), sum(mul(labels, z))), prior);
    };
    const { covariance, logEvidence, newtonDecrement } = laplaceApproximation(objective(posterior, mode), mode);
    expectNear(covariance, [
      [0.2509307568913186, -0.035206648939772045, -0.03553027176828958],
      [-0.035206648939772045, 0.5456681099834821, 0.022483284890273833],
      [-0.03553027176828959, 0.022483284890273826, 0.5595591241377802],
    ]);
    expectNear(logEvidence, -6.762734370384933);
    expect(newtonDecrement).toBeLessThan(1e-28);
  });
  test("has the form of the Hessian for a tree", () => {
    const energy = ({ a, b }: Any): Any => add(square(a), sum(mul([1, 4], square(b))));
    const { mean, covariance, standardDeviations } = laplaceApproximation(energy, { a: 0, b: [0, 0] });
    expect(plain(mean)).toEqual({ a: 0, b: [0, 0] });
    expectNear(covariance.a.a, 0.5);
    expectNear(covariance.b.b, [
      [0.5, 0],
      [0, 0.125],
    ]);
    expectNear([standardDeviations.a, standardDeviations.b], [Math.sqrt(0.5), [Math.sqrt(0.5), Math.sqrt(0.125)]]);
  });
  test("is refused where the Hessian is not positive definite", () => {
    const saddle = (t: Any): Any => sum(mul([1, -1.5], square(t)));
    expect(() => laplaceApproximation(saddle, [0, 0])).toThrow(
      /not positive definite: an eigenvalue is -3; x is no minimum/,
    );
    expect(() => laplaceApproximation((t: Any) => sum(mul([1, 0], square(t))), [0, 0])).toThrow(/an eigenvalue is 0/);
    expect(() => laplaceApproximation((t: Any) => sum(library.sqrt(t)), [0, 1])).toThrow(/NaN or infinite/);
  });
  test("is refused where the Hessian is singular, whatever rounding makes of its last pivot", () => {
    // [[2, 2], [2, 2]]: by Cholesky's method the second pivot is 2 - (√2)² = 4.4e-16.
    expect(() => laplaceApproximation((t: Any) => square(sum(t)), [0, 0])).toThrow(/is rounding beside the largest; f/);
    const along = (t: Any): Any => square(library.dot(t, [0.1, 0.7, 1.3]));
    const both = (t: Any): Any => add(along(t), square(sum(t)));
    for (const f of [along, both]) expect(() => laplaceApproximation(f, [0, 0, 0])).toThrow(/not positive definite/);
    expect(() => laplaceApproximation(both, new Float32Array(3))).toThrow(/not positive definite/);
    // Units of x are no reason: variances of 1/2 and 5e39.
    const scaled = laplaceApproximation((t: Any) => sum(mul([1, 1e-40], square(t))), [0, 0]);
    expectNear(scaled.covariance.get(1, 1), 5e39, 1e27);
    // Nor is a correlation of 1 - 1e-9, of which seven digits are left.
    const near = laplaceApproximation(
      (t: Any) =>
        sum(
          mul(
            [1, 1e-9],
            square(
              matmul(
                [
                  [1, 1],
                  [1, -1],
                ],
                t,
              ),
            ),
          ),
        ),
      [0, 0],
    );
    expectNear(near.standardDeviations[0], Math.sqrt((1 + 1e9) / 8), 1e-3);
  });
  test("in float32", () => {
    const { covariance } = laplaceApproximation((t: Any) => sum(square(t)), new Float32Array(2));
    expect(covariance.dtype).toBe("float32");
    expectNear(
      covariance,
      [
        [0.5, 0],
        [0, 0.5],
      ],
      1e-6,
    );
  });
});
