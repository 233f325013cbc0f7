// Compiled objectives: values, gradients, products, points, data, trees, `out`, and what is refused.
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  add,
  debugNans,
  exp,
  HvpError,
  hvp,
  log,
  matmul,
  mul,
  NdArray,
  objective,
  sin,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  vdot,
} from "../../src/index.ts";
import { memoryUse } from "../../src/run/runtime.ts";

const rosenbrock = (x: Tensor) => {
  const [a, b] = [x.slice([0, -1]), x.slice([1])];
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
};
/** Value, gradient and product of the chained Rosenbrock function, by hand. */
function byHand(x: ArrayLike<number>, v: ArrayLike<number>): { y: number; g: Float64Array; h: Float64Array } {
  const n = x.length;
  const [g, h] = [new Float64Array(n), new Float64Array(n)];
  let y = 0;
  for (let i = 0; i < n - 1; i++) {
    const [a, b, da, db] = [x[i] as number, x[i + 1] as number, v[i] as number, v[i + 1] as number];
    const t = b - a * a;
    const dt = db - 2 * a * da;
    y += 100 * t * t + (1 - a) ** 2;
    g[i]! += -400 * a * t - 2 * (1 - a);
    g[i + 1]! += 200 * t;
    h[i]! += -400 * (da * t + a * dt) + 2 * da;
    h[i + 1]! += 200 * dt;
  }
  return { y, g, h };
}
const wave = (n: number, k: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.cos(k * i + 0.3));
/** Rounding of a few operations on numbers of size `scale`. */
function expectNear(got: ArrayLike<number>, want: ArrayLike<number>, scale = 1e3): void {
  expect(got.length).toBe(want.length);
  let worst = 0;
  for (let i = 0; i < want.length; i++) worst = Math.max(worst, Math.abs((got[i] as number) - (want[i] as number)));
  expect(worst).toBeLessThan(1e-14 * scale); // NaN fails, too
}

describe.each([2, 3, 8, 9, 100, 1001, 65535, 65600, 70001, 100000])("Rosenbrock, n = %d", (n) => {
  const [x, v] = [wave(n, 1.7), wave(n, 2.3)];
  const { y, g, h } = byHand(x, v);
  const problem = objective(rosenbrock, x);
  test("value, gradient, product", () => {
    expect(Math.abs(problem.value(x) - y) / y).toBeLessThan(1e-13); // another association of n terms
    expectNear(problem.grad(x), g);
    expectNear(problem.hvp(x, v), h);
    const [y2, g2] = problem.valueAndGrad(x);
    expect(Math.abs(y2 - y) / y).toBeLessThan(1e-13);
    expectNear(g2, g);
  });
  test("at a point", () => {
    const at = problem.at(x);
    expect(Math.abs(at.value - y) / y).toBeLessThan(1e-13);
    expectNear(at.grad, g);
    expectNear(at.hvp(v), h);
    for (const p of at.hvps([v, v])) expectNear(p, h);
  });
  test("out is filled and returned, also when it is an argument", () => {
    const out = new Float64Array(n);
    expect(problem.hvp(x, v, out)).toBe(out);
    expectNear(out, h);
    expect(problem.grad(x, out)).toBe(out);
    expectNear(out, g);
    const inPlace = v.slice();
    problem.hvp(x, inPlace, inPlace);
    expectNear(inPlace, h);
    const point = x.slice();
    problem.hvp(point, v, point);
    expectNear(point, h);
    const direction = v.slice();
    problem.at(x).hvp(direction, direction);
    expectNear(direction, h);
    expectNear(problem.hvp(x, v), h); // a plain result is a new array again
    expectNear(out, g);
  });
});

describe("points", () => {
  const x = [wave(50, 1.7), wave(50, 0.9)] as const;
  const v = wave(50, 2.3);
  test("several are alive at once, in any order", () => {
    const problem = objective(rosenbrock, x[0]);
    const [a, b] = [problem.at(x[0]), problem.at(x[1])];
    const [ha, hb] = [byHand(x[0], v), byHand(x[1], v)];
    for (let k = 0; k < 3; k++) {
      expectNear(a.hvp(v), ha.h);
      expectNear(b.hvp(v), hb.h);
      expectNear(b.grad, hb.g);
      expectNear(a.grad, ha.g);
      expect(Math.abs(a.value - ha.y) / ha.y).toBeLessThan(1e-13);
    }
  });
  test("a later change of the array does not move the point", () => {
    const problem = objective(rosenbrock, x[0]);
    const mine = x[0].slice();
    const at = problem.at(mine);
    const other = problem.at(x[1]);
    mine.fill(7);
    other.hvp(v);
    expectNear(at.hvp(v), byHand(x[0], v).h);
  });
});

describe("data", () => {
  const f = (w: Tensor, X: Tensor, y: Tensor) => sum(square(sub(matmul(X, w), y)));
  const X = { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] };
  test("bind swaps it for all programs; older points are of no use any more", () => {
    const problem = objective(f, [0, 0], X, [1, 2, 3]);
    expect(problem.value([0, 0])).toBe(14);
    expect(problem.grad([0, 0])).toEqual(Float64Array.of(-44, -56));
    const at = problem.at([0, 0]);
    expect(at.hvp([1, 0])).toEqual(Float64Array.of(70, 88));
    problem.bind({ data: Float64Array.of(1, 0, 0, 1, 0, 0), shape: [3, 2] }, [5, 0, 0]);
    expect(problem.value([0, 0])).toBe(25);
    expect(problem.grad([0, 0])).toEqual(Float64Array.of(-10, 0));
    for (const use of [() => at.value, () => at.grad, () => at.hvp([1, 0]), () => at.hvps([[1, 0]])])
      expect(use).toThrow("this linearization was made before bind(); call at(x) again");
    expect(problem.at([0, 0]).hvp([1, 0])).toEqual(Float64Array.of(2, 0));
    expect((problem.hessian([0, 0]) as NdArray).toArray()).toEqual([
      [2, 0],
      [0, 2],
    ]);
  });
  test("of other shapes, types or number is refused and changes nothing", () => {
    const problem = objective(f, [0, 0], X, [1, 2, 3]);
    expect(() => (problem.bind as (...data: unknown[]) => void)(X)).toThrow(
      "objective.bind: expected 2 data arguments as given to objective, got 1",
    );
    expect(() => problem.bind(X, [1, 2])).toThrow(/data argument 2.*\[2\].*\[3\]/);
    expect(problem.value([0, 0])).toBe(14);
  });
  test("captured arrays are copied when the objective is made", () => {
    const scale = Float64Array.of(1, 2);
    const problem = objective((x) => sum(mul(scale, square(x))), [1, 1]);
    scale.fill(100);
    expect(problem.value([1, 1])).toBe(3);
    // one-shot: as it is now
    expect(hvp((x) => sum(mul(scale, square(x))), [1, 1], [1, 0])).toEqual(Float64Array.of(200, 0));
  });
});

describe("shapes and types", () => {
  test("a scalar", () => {
    const problem = objective((x) => mul(x, exp(x)), 0.7);
    const e = Math.exp(0.7);
    expect(problem.value(0.7)).toBeCloseTo(0.7 * e, 14);
    expect(problem.grad(0.7)).toBeCloseTo(1.7 * e, 14);
    expect(problem.hvp(0.7, 2)).toBeCloseTo(5.4 * e, 13);
  });
  test("a matrix comes back as an NdArray; out may be one", () => {
    const x = { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] as const };
    const problem = objective((m) => sum(sin(m)), x);
    const g = problem.grad(x);
    expect(g).toBeInstanceOf(NdArray);
    expect(g.shape).toEqual([2, 2]);
    expectNear(g.data, x.data.map(Math.cos), 1);
    const out = new NdArray(new Float64Array(4), [2, 2], "float64");
    expect(problem.hvp(x, x, out)).toBe(out);
    expectNear(
      out.data,
      x.data.map((a) => -Math.sin(a) * a),
      10,
    );
  });
  test("a tree", () => {
    const problem = objective((p) => add(vdot(p.a, p.a), mul(p.b, sum(p.a))), { a: [1, 2], b: 3 });
    expect(problem.grad({ a: [1, 2], b: 3 })).toEqual({ a: Float64Array.of(5, 7), b: 3 });
    expect(problem.hvp({ a: [1, 2], b: 3 }, { a: [1, 0], b: 1 })).toEqual({ a: Float64Array.of(3, 1), b: 1 });
    expect(problem.at({ b: 3, a: [1, 2] }).hvp({ b: 1, a: [1, 0] })).toEqual({ a: Float64Array.of(3, 1), b: 1 });
    const H = problem.hessian({ a: [1, 2], b: 3 }) as {
      a: { a: NdArray; b: Float64Array };
      b: { a: Float64Array; b: number };
    };
    expect([...H.a.a.data]).toEqual([2, 0, 0, 2]);
    expect([H.a.b, H.b.a, H.b.b]).toEqual([Float64Array.of(1, 1), Float64Array.of(1, 1), 0]);
  });
  test("float32 throughout, short and streamed", () => {
    for (const n of [10, 70000]) {
      const [x, v] = [Float32Array.from(wave(n, 1.7)), Float32Array.from(wave(n, 2.3))];
      const got = objective(rosenbrock, x).hvp(x, v);
      expect(got).toBeInstanceOf(Float32Array);
      expectNear(got, byHand(x, v).h, 1e12); // single precision
    }
  });
  test("the Hessian is exactly symmetric", () => {
    const x = wave(12, 1.7);
    const H = objective(rosenbrock, x).hessian(x) as NdArray;
    for (let i = 0; i < 12; i++) {
      const e = new Float64Array(12);
      e[i] = 1;
      expectNear(H.data.slice(12 * i, 12 * i + 12), byHand(x, e).h);
      for (let j = 0; j < 12; j++) expect(H.get(i, j)).toBe(H.get(j, i));
    }
  });
});

describe("refused", () => {
  const problem = objective((x) => sum(sin(x)), new Float64Array(3));
  test.each([
    [
      "a function that returns a vector",
      () => objective((x) => sin(x), [1, 2]),
      "objective: the function must return a scalar, got shape [2]; reduce it with sum or mean, or use jacrev for the Jacobian",
    ],
    [
      "an argument of another length",
      () => problem.value([1, 2]),
      "objective.value: x has shape [2], but the objective was compiled for x of shape [3]; pass an array like the one it was made with, or make another objective",
    ],
    [
      "a direction of another length",
      () => problem.hvp([1, 2, 3], [1]),
      "objective.hvp: v has shape [1], but the objective was compiled for x of shape [3]; pass an array like the one it was made with, or make another objective",
    ],
    [
      "a direction at a point, of another length",
      () => problem.at([1, 2, 3]).hvp([1]),
      "at.hvp: v has shape [1], but the objective was compiled for x of shape [3]; pass an array like the one it was made with, or make another objective",
    ],
    [
      "a leaf of another shape",
      () => objective((p) => sum(p.a), { a: [1, 2] }).grad({ a: [1] }),
      "objective.grad: x.a has shape [1], but the objective was compiled for x.a of shape [2]; pass an array like the one it was made with, or make another objective",
    ],
    [
      "another tree",
      () => objective((p) => sum(p.a), { a: [1, 2] }).grad({ b: [1] } as never),
      "objective.grad: x has another structure than x0, {a: *}; pass the same tree",
    ],
    [
      "out of another length",
      () => problem.grad([1, 2, 3], new Float64Array(2)),
      "objective.grad: out has 2 elements, but the result has 3 (shape [3]); make it that long",
    ],
    [
      "out of another type",
      () => problem.grad([1, 2, 3], [0, 0, 0] as never),
      /objective.grad: out must be a Float64Array, got an array of 3/,
    ],
    [
      "narrowing",
      () => objective((x) => sum(x), new Float32Array(2)).value(new Float64Array(2)),
      "objective.value: x has type float64, but the objective was compiled for x of type float32; convert the array, or make another objective",
    ],
    ["nothing", () => problem.value(undefined as never), /^objective.value: x is undefined; expected/],
  ])("%s", (_name, call, message) => {
    let error: unknown;
    try {
      call();
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(HvpError);
    if (typeof message === "string") expect((error as Error).message).toBe(message);
    else expect((error as Error).message).toMatch(message);
    expectNear(problem.grad([0, 0, 0]), [1, 1, 1], 1); // nothing is left over
  });
  test("calls after dispose", () => {
    const p = objective((x) => sum(sin(x)), [1, 2]);
    p.value([1, 2]);
    const at = p.at([1, 2]);
    p.dispose();
    const message = "this objective was used after dispose(); create it again, or dispose of it later";
    for (const call of [() => p.value([1, 2]), () => p.grad([1, 2]), () => p.at([1, 2]), () => at.hvp([1, 2])])
      expect(call).toThrow(message);
    p.dispose();
  });
});

test("debugNans names the operation, and a value that where leaves out does not count", () => {
  const problem = objective((x) => sum(log(sub(x, 1))), [2, 3]);
  debugNans(true);
  try {
    expect(() => problem.value([2, 0])).toThrow(
      /debugNans: log produced NaN in 1 of 2 elements, from float64\[2\] without any/,
    );
    expect(() => problem.value([Number.NaN, 2])).toThrow(
      /argument 1 \(float64\[2\]\) already contains NaN in 1 of 2 elements/,
    );
    expect(problem.value([2, 2])).toBe(0);
  } finally {
    debugNans(false);
  }
  expect(problem.value([2, 0])).toBeNaN();
});

test("debugNans looks through Hessians, the value at a point, the value beside a gradient, and results that overwrite arguments", () => {
  const [problem, x] = [objective((y) => sum(sqrt(y)), [1, 4, 9]), Float64Array.of(1, -4, 9)];
  const apart = objective((y) => add(sum(square(y)), sum(log(stopGradient(y)))), [1, 4, 9]); // its gradient is finite
  debugNans(true);
  try {
    const root = "debugNans: sqrt produced NaN in 1 of 3 elements";
    expect(() => problem.at(x).value).toThrow(root);
    expect(() => problem.at(x).grad).toThrow(root);
    expect(() => problem.hessian(x)).toThrow(root);
    expect(() => apart.valueAndGrad(x)).toThrow("debugNans: log produced NaN in 1 of 3 elements");
    expect(() => apart.valueAndGrad(x, x)).toThrow("debugNans: log produced NaN in 1 of 3 elements");
    x.set([1, -4, 9]);
    expect(() => problem.grad(x, x)).toThrow(root);
    x.set([1, -4, 9]);
    expect(() => problem.hvp(x, [1, 1, 1], x)).toThrow(root);
    expect((problem.hessian([1, 4, 9]) as { data: Float64Array }).data[0]).toBe(-0.25);
    expect(apart.valueAndGrad([1, 1, 1])).toEqual([3, Float64Array.of(2, 2, 2)]);
  } finally {
    debugNans(false);
  }
});

test("dispose returns all memory", () => {
  const before = memoryUse().used;
  const x = wave(1000, 1);
  const p = objective(rosenbrock, x);
  p.value(x);
  p.at(x).hvp(x);
  const during = memoryUse().used;
  expect(during).toBeGreaterThan(before);
  p.dispose();
  const work = memoryUse().used - before; // the work region stays for the next program
  expect(work).toBeLessThan(during - before);
});

test("objectives and points show no internals, and print in one line", () => {
  const problem = objective((p) => sum(mul(p.a, p.b)), { a: [1, 2], b: 3 });
  const at = problem.at({ a: [1, 2], b: 3 });
  expect((problem as unknown as Record<string, unknown>).gradient).toBeUndefined();
  expect(Object.keys(problem).join()).toBe(
    "value,grad,valueAndGrad,hvp,valueGradAndHvp,hvps,hessian,at,vector,bind,dispose",
  );
  expect(Object.keys(at).join()).toBe("hvp,hvps,cg");
  expect(`${problem}`).toBe("Objective of {a:float64[2],b:float64[]}");
  expect(inspect(at)).toBe("Linearization at {a:float64[2],b:float64[]}");
  expect(inspect([objective((x) => sum(x), [1, 2])])).toBe("[ Objective of float64[2] ]");
});

test("bind after dispose is refused, and another objective keeps its data", () => {
  const d = wave(100, 1);
  const p = objective((x, d) => sum(mul(x, d)), wave(100, 2), d);
  p.dispose();
  const q = objective((x) => sum(mul(x, d)), wave(100, 2));
  const before = q.value(wave(100, 2));
  expect(() => p.bind(new Float64Array(100).fill(1e6))).toThrow(/after dispose/);
  expect(q.value(wave(100, 2))).toBe(before);
});

test("a getter in an argument that calls the library changes no number of the call it is in", () => {
  const [a, b] = [wave(30, 1), wave(30, 2)];
  const p = objective((t) => sum(mul(t.a, sin(t.b))), { a, b });
  const right = p.hvp({ a, b }, { a: b, b: a });
  const sneaky = {
    get a() {
      sum(sin(new Float64Array(500)));
      return b;
    },
    b: a,
  };
  expect(p.hvp({ a, b }, sneaky)).toEqual(right);
  expect(p.hvp({ a, b }, { a: b, b: a })).toEqual(right);
});

describe("calls on one vector, which go the short way, are as strict as all others", () => {
  const cube = (x: Tensor) => sum(mul(x, square(x)));
  for (const n of [1, 3, 23, 24, 100]) {
    const [x, v] = [wave(n, 1), wave(n, 2)];
    const expected = { grad: x.map((t) => 3 * t * t), hvp: x.map((t, i) => 6 * t * (v[i] as number)) };
    const close = (a: Float64Array, b: Float64Array): void =>
      a.forEach((t, i) => expect(t).toBeCloseTo(b[i] as number, 12));
    test(`${n} elements: into a new array, a given one, and an argument`, () => {
      const p = objective(cube, x);
      const at = p.at(x);
      for (let again = 0; again < 2; again++) {
        const out = new Float64Array(n);
        expect(p.hvp(x, v, out)).toBe(out);
        close(out, expected.hvp);
        close(p.hvp(x, v), expected.hvp);
        close(p.hvp(x, v.slice(), v.slice()), expected.hvp);
        close(p.grad(x), expected.grad);
        expect(p.grad(x, out)).toBe(out);
        close(out, expected.grad);
        close(at.hvp(v), expected.hvp);
        close(at.hvp(v, out), expected.hvp);
        close(at.grad, expected.grad);
        const [y, g] = p.valueAndGrad(x, out);
        expect(y).toBe(p.value(x));
        expect(at.value).toBe(y);
        expect(g).toBe(out);
        close(g, expected.grad);
      }
      const [a, b] = [x.slice(), v.slice()];
      p.hvp(a, b, a);
      close(a, expected.hvp);
      p.hvp(x, b, b);
      close(b, expected.hvp);
    });
    test(`${n} elements: wrong arguments are refused and change nothing`, () => {
      const p = objective(cube, x);
      const at = p.at(x);
      const longer = new Float64Array(n + 1);
      const out = new Float64Array(n);
      expect(() => p.value(longer)).toThrow(/objective\.value: x has shape/);
      expect(() => p.grad(longer)).toThrow(/objective\.grad: x has shape/);
      expect(() => p.hvp(x, longer)).toThrow(/objective\.hvp: v has shape/);
      expect(() => p.hvp(x, undefined as never)).toThrow(/objective\.hvp: v/);
      expect(() => at.hvp(longer)).toThrow(/at\.hvp: v has shape/);
      expect(() => p.hvp(x, v, longer)).toThrow(/objective\.hvp: out has/);
      expect(() => p.hvp(x, v, new Float32Array(n) as never)).toThrow(
        /objective\.hvp: out must be a Float64Array, got Float32Array of/,
      );
      expect(() => at.hvp(v, null as never)).toThrow(/at\.hvp: out must be/);
      expect(longer).toEqual(new Float64Array(n + 1));
      expect(p.hvp(Array.from(x), new Float32Array(v) as never, out)).toBe(out);
      close(p.hvp(x, v), expected.hvp);
      p.dispose();
      expect(() => p.hvp(x, v)).toThrow(/after dispose/);
      expect(() => at.hvp(v)).toThrow(/after dispose/);
    });
  }
  test("float32: the same, in float32 only", () => {
    const [x, v] = [Float32Array.of(0.5, -1.5, 2), Float32Array.of(1, 2, -1)];
    const p = objective(cube, x);
    const out = new Float32Array(3);
    expect(p.grad(x, out)).toBe(out);
    expect(out).toEqual(Float32Array.of(0.75, 6.75, 12));
    expect(p.hvp(x, v)).toEqual(Float32Array.of(3, -18, -12));
    expect(p.at(x).hvp(v, out)).toBe(out);
    expect(out).toEqual(Float32Array.of(3, -18, -12));
    expect(p.value(x)).toBe(0.125 - 3.375 + 8);
    expect(() => p.hvp(x, v, new Float64Array(3) as never)).toThrow(/objective\.hvp: out must be a Float32Array/);
    expect(() => p.hvp(x, new Float32Array(2))).toThrow(/objective\.hvp: v has shape/);
  });
  test("a tree of one vector is not that vector, a matrix not its elements", () => {
    const x = wave(4, 1);
    const tree = objective((t) => sum(square(t.a)), { a: x });
    expect(() => tree.hvp(x as never, x as never)).toThrow(/another structure than x0/);
    expect(() => tree.grad({ a: x }, x as never)).toThrow(/another structure than x0/);
    expect(tree.hvp({ a: x }, { a: x }).a).toEqual(x.map((t) => 2 * t));
    const matrix = objective((m) => sum(square(m)), new NdArray(x, [2, 2], "float64"));
    expect(() => matrix.hvp(x as never, x as never)).toThrow(/x has shape \[4\]/);
  });
  test("results are looked through for NaN on the short way too", () => {
    const p = objective((x) => sum(log(x)), [1, 2]);
    p.grad(new Float64Array([1, 2]));
    debugNans(true);
    try {
      expect(() => p.grad(new Float64Array([Number.NaN, 1]))).toThrow(/NaN/);
    } finally {
      debugNans(false);
    }
  });
});

test("functions taken out of an objective and of a point work by themselves", () => {
  const f = (x: Tensor, c: Tensor) => sum(mul(c, mul(x, mul(x, x))));
  const { value, grad, valueAndGrad, hvp, hessian, at, bind, dispose } = objective(f, [1, 2], [1, 10]);
  expect(value([1, 2])).toBe(81);
  expect(grad([1, 2])).toEqual(Float64Array.of(3, 120));
  expect(valueAndGrad([1, 2])).toEqual([81, Float64Array.of(3, 120)]);
  expect(hvp([1, 2], [1, 1])).toEqual(Float64Array.of(6, 120));
  expect((hessian([1, 2]) as NdArray).data).toEqual(Float64Array.of(6, 0, 0, 120));
  bind([2, 1]);
  const { value: here, grad: slope, hvp: product, hvps } = at([1, 2]);
  expect([here, slope]).toEqual([10, Float64Array.of(6, 12)]);
  expect(
    [
      [1, 0],
      [0, 1],
    ].map((v) => product(v)),
  ).toEqual(
    hvps([
      [1, 0],
      [0, 1],
    ]),
  );
  expect(product([1, 1])).toEqual(Float64Array.of(12, 12));
  dispose();
  expect(() => value([1, 2])).toThrow(/dispose/);
});
