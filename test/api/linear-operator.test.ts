// Linear operators as a user meets them: where products come from, trees and types of vectors, messages.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { flat } from "../harness/flat.ts";
import { nearAll as expectNear } from "../harness/near.ts";
import { rng, vector } from "../harness/rng.ts";

// biome-ignore lint/suspicious/noExplicitAny: results are compared as numbers.
type Any = any;
const { add, fisher, grad, hessian, linearOperator, matmul, mul, objective } = library as Any;
const { reshape, sin, square, sum, tanh, NdArray } = library as Any;

const f = (x: Any): Any => add(sum(sin(x)), square(sum(mul(x, x))));
const x = Float64Array.of(0.3, -0.5, 0.8);
const H: Any = hessian(f)(x);
describe("where products come from", () => {
  const problem = objective(f, x);
  const matvec = (v: Float64Array): Any => matmul(H, v);
  test.each<[string, () => Any]>([
    ["a function", () => linearOperator(f, x)],
    ["an objective", () => linearOperator(problem, x)],
    ["a point", () => linearOperator(problem.at(x))],
    ["a point given as a resident vector", () => linearOperator(problem, problem.vector(x))],
    ["a matrix", () => linearOperator(H)],
    ["nested lists", () => linearOperator(H.toArray())],
    ["products", () => linearOperator({ shape: [3, 3], matvec })],
    ["products that come as lists", () => linearOperator({ shape: [3, 3], matvec: (v: Any) => Array.from(matvec(v)) })],
    [
      "products of several",
      () => linearOperator({ shape: [3, 3], matvec, matmat: (vs: Any) => vs.map((v: Any) => matvec(v)) }),
    ],
  ])("%s", (_, make) => {
    const operator = make();
    const v = Float64Array.of(1, 2, -1);
    expect(operator.shape).toEqual([3, 3]);
    expect(operator.dtype).toBe("float64");
    expectNear(operator.matvec(v), matmul(H, v));
    expectNear(operator.toDense(), H);
    expectNear(operator.matmat([v, x]), [matmul(H, v), matmul(H, x)]);
    const out = new Float64Array(3);
    expect(operator.matvec(v, out)).toBe(out);
    expectNear(out, matmul(H, v));
    expectNear(operator.trace().value, H.get(0, 0) + H.get(1, 1) + H.get(2, 2));
  });
  test("a batch of vectors is one array, or goes into one", () => {
    const operator = linearOperator(f, x);
    const vs = { data: Float64Array.of(1, 2, -1, 0.5, 0, 2), shape: [2, 3] };
    const wanted = matmul(vs, H);
    expectNear(operator.matmat(vs), wanted);
    const out = new NdArray(new Float64Array(6), [2, 3], "float64");
    expect(operator.matmat(vs, out)).toBe(out);
    expectNear(out, wanted);
    const outs = [new Float64Array(3), new Float64Array(3)];
    expect(operator.matmat([vs.data.slice(0, 3), vs.data.slice(3)], outs)).toBe(outs);
    expectNear(outs, wanted);
    expect(operator.matmat([])).toEqual([]);
  });
  test("a user's function may change and keep what it is given", () => {
    const kept: Float64Array[] = [];
    const operator = linearOperator({
      shape: [100, 100],
      matvec(v: Float64Array) {
        kept.push(v);
        return v.map((e, i) => (v[i] = e * (i + 1)));
      },
    });
    expectNear(operator.eigsh(2, { which: "largest" }).values, [100, 99], 1e-12);
    expect(new Set(kept.map((v) => v.buffer)).size).toBe(kept.length);
  });
  test("its function may use the library", () => {
    const weights = vector(rng(1), 100, 1, 2);
    const inner = objective((y: Any) => mul(0.5, sum(mul(weights, square(y)))), weights);
    const operator = linearOperator({ shape: [100, 100], matvec: (v: Float64Array) => inner.hvp(weights, v) });
    expectNear(operator.eigsh(3, { which: "smallest" }).values, [...weights].sort().slice(0, 3), 1e-12);
  });
  test("data of an objective: the operator is of its point, and of no use after bind", () => {
    const scaled = objective((y: Any, a: Any) => mul(a, sum(square(y))), x, 2);
    const operator = linearOperator(scaled.at(x));
    expectNear(operator.diagonal().value, [4, 4, 4]);
    scaled.bind(3);
    expect(() => operator.matvec(x)).toThrow(/before bind\(\)/);
    expectNear(linearOperator(scaled.at(x)).diagonal().value, [6, 6, 6]);
  });
  test("methods stand alone, and dispose ends them", () => {
    const operator = linearOperator(f, x);
    const { matvec: product, eigsh } = operator;
    expectNear(product(x), matmul(H, x));
    expect(eigsh(1).values.length).toBe(1);
    operator.dispose();
    operator.dispose();
    expect(() => product(x)).toThrow(/after dispose/);
  });
  test("prints what it is of", () => {
    expect(inspect(linearOperator(f, x))).toBe("LinearOperator 3 × 3, float64: Hessian at float64[3]");
    expect(inspect(linearOperator([[1]]))).toBe("LinearOperator 1 × 1, float64: matrix float64[1,1]");
  });
});

describe("trees", () => {
  const X = { data: vector(rng(2), 8), shape: [4, 2] };
  const loss = ({ W, b }: Any): Any => sum(square(tanh(add(matmul(X, W), b))));
  const at = {
    W: [
      [0.1, -0.2, 0.3],
      [0.5, 0.4, -0.1],
    ],
    b: [0.1, 0, -0.3],
  };
  const vectorOf = (p: Any): Any => ({ W: reshape(library.slice(p, [0, 6]), [2, 3]), b: library.slice(p, [6]) });
  const all = Float64Array.of(...at.W.flat(), ...at.b);
  const dense: Any = hessian((p: Any) => loss(vectorOf(p)))(all);
  test("are vectors, leaf by leaf", () => {
    const operator = linearOperator(loss, at);
    expect(operator.shape).toEqual([9, 9]);
    expectNear(operator.toDense(), dense);
    const { values, vectors } = operator.eigsh(2, { which: "largest" });
    expect(vectors[0].W.shape).toEqual([2, 3]);
    expect(vectors[0].b).toBeInstanceOf(Float64Array);
    const image = operator.matvec(vectors[0]);
    expectNear([image.W, image.b], [mul(values[0], vectors[0].W), mul(values[0], vectors[0].b)]);
    const { value } = operator.diagonal();
    const wanted = Array.from({ length: 9 }, (_, i) => dense.get(i, i));
    expectNear([flat(value.W), flat(value.b)].flat(), wanted);
    const solved = operator.solve(at, { shift: 5 }).x;
    const back = operator.matvec(solved);
    expectNear(add(back.W, mul(5, solved.W)), at.W, 1e-12);
  });
  test("of both types, in float32 where one has it", () => {
    const mixed = { a: Float32Array.of(0.5, 1), b: Float64Array.of(2) };
    const operator = linearOperator(
      ({ a, b }: Any) => add(sum(mul(a, square(a))), mul(b.at(0), square(b.at(0)))),
      mixed,
    );
    expect(operator.dtype).toBe("float32");
    expectNear(
      operator.toDense(),
      [
        [3, 0, 0],
        [0, 6, 0],
        [0, 0, 12],
      ],
      1e-6,
    );
    expect(operator.eigsh(1).vectors[0].a).toBeInstanceOf(Float32Array);
    expect(operator.toDense().dtype).toBe("float32");
  });
  test("products of many rows go through batches", () => {
    const W = { W: { data: vector(rng(4), 200), shape: [2, 100] }, b: vector(rng(5), 100) };
    const operator = linearOperator(loss, W);
    const exact = operator.trace({ method: "exact" });
    const { value, standardError } = operator.trace({ seed: 2 });
    expect(Math.abs(value - exact.value)).toBeLessThan(3 * standardError);
    expect(exact.products).toBe(300);
  });
});

describe("messages", () => {
  const operator = linearOperator(f, x);
  const large = linearOperator({ shape: [99, 99], matvec: (v: Float64Array) => v.map((e) => -e) });
  test.each<[string, () => unknown, RegExp]>([
    ["k of more than n", () => operator.eigsh(4), /eigsh: k is 4; .* from 1 to the 3/],
    ["k of 0", () => operator.eigsh(0), /k is 0/],
    ["a name of SciPy", () => operator.eigsh(1, { which: "LA" }), /"LA"; write "largest"/],
    [
      "an unknown end",
      () => operator.eigsh(1, { which: "SM" }),
      /expected "largest", "smallest", "magnitude" or "both"/,
    ],
    ["an unknown option", () => operator.eigsh(1, { ncv: 20 }), /ncv/],
    ["a number as options", () => operator.trace(3), /trace: expected options/],
    [
      "an unknown method",
      () => operator.trace({ method: "xnys" }),
      /expected "xtrace", "hutch\+\+", "hutchinson", "exact"/,
    ],
    [
      "too few products",
      () => operator.trace({ method: "hutch++", maxProducts: 5 }),
      /maxProducts is 5; .* at least 6/,
    ],
    ["a seed that is no integer", () => operator.trace({ seed: 0.5 }), /seed is 0.5; expected an integer/],
    [
      "a logarithm of a negative eigenvalue",
      () => large.logdet(),
      /not positive definite: an eigenvalue is -1; pass \{ shift \}/,
    ],
    ["a range of one point", () => operator.spectralDensity({ range: [1, 1] }), /range is \[1, 1\]/],
    ["a vector of another length", () => operator.matvec([1, 2]), /matvec: v has shape \[2\]/],
    ["a matrix that is not square", () => linearOperator([[1, 2]]), /shape \[1, 2\]; expected a square matrix/],
    [
      "a matrix that is not symmetric",
      () =>
        linearOperator([
          [1, 2],
          [0, 1],
        ]),
      /element \[1, 0\] is 0, \[0, 1\] is 2/,
    ],
    ["no elements", () => linearOperator(f, new Float64Array(0)), /no elements/],
    ["no point", () => linearOperator(f), /write linearOperator\(f, x\)/],
    [
      "a shape that is not square",
      () => linearOperator({ shape: [2, 3], matvec: () => [] }),
      /shape is \[2, 3\]; expected \[n, n\]/,
    ],
    [
      "a product of another length",
      () => linearOperator({ shape: [2, 2], matvec: () => [1] }).trace(),
      /matvec returned .*; expected an array of 2 numbers/,
    ],
    ["no function", () => linearOperator({ shape: [2, 2], matvec: 3 }), /matvec is number 3; expected a function/],
    [
      "a point outside of the domain, where products are finite",
      () => linearOperator((y: Any) => library.log(sum(y)), [-2, 1]),
      /the value at the point is NaN/,
    ],
    ["a trace", () => grad((y: Any) => linearOperator(f, y).trace().value)(x), /outside of traced functions/],
    ["an unknown likelihood", () => fisher(f, "gamma"), /"gamma"; expected "gaussian", "bernoulli"/],
  ])("%s", (_, call, message) => expect(call).toThrow(message));
  test.each(["eigsh", "trace", "diagonal", "logdet", "spectralDensity", "condition", "toDense"])(
    "%s of products that are not finite",
    (method) => {
      const bad = linearOperator({ shape: [99, 99], matvec: (v: Float64Array) => v.fill(Number.NaN, 7, 8) });
      expect(() => bad[method](...(method === "eigsh" ? [1] : []))).toThrow(/has NaN or infinite elements/);
      // What comes after is not disturbed.
      expectNear(operator.toDense(), H);
    },
  );
  test("an exception of a user's function passes, and leaves the operator usable", () => {
    let count = 0;
    const once = linearOperator({
      shape: [99, 99],
      matvec(v: Float64Array) {
        if (count++ === 20) throw new Error("mine");
        return v.map((e, i) => e * i);
      },
    });
    expect(() => once.eigsh(2)).toThrow("mine");
    expectNear(once.eigsh(2).values, [98, 97], 1e-12);
  });
});
