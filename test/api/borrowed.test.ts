// What a caller lends and what it gets: arrays of subclasses, of other realms and behind proxies, getters that call
// the library, memory shared between threads, calls that fail, and shapes that somebody changes.
import vm from "node:vm";
import { describe, expect, test } from "vitest";
import {
  add,
  array,
  broadcastTo,
  grad,
  HvpError,
  hessian,
  hvp,
  jit,
  linearize,
  mul,
  objective,
  sin,
  square,
  sub,
  sum,
} from "../../src/index.ts";
import type { Tensor } from "../../src/trace/tracer.ts";

/** Σ x³: gradient 3x², Hessian diag(6x). */
const cubes = (x: Tensor) => sum(mul(x, square(x)));
const LONG = 70_000; // computed piece by piece

describe("subclasses of typed arrays", () => {
  test("constructors of other arguments are never called", () => {
    class Vector extends Float64Array {
      constructor(...elements: number[]) {
        super(elements);
      }
    }
    const v = new Vector(1, 2, 3);
    const p = objective(cubes, new Float64Array(3));
    expect([...p.grad(v)]).toEqual([3, 12, 27]);
    expect([...p.at(v).grad]).toEqual([3, 12, 27]);
    expect([...(p.hessian(v) as { data: Float64Array }).data]).toEqual([6, 0, 0, 0, 12, 0, 0, 0, 18]);
    expect(grad((x: Tensor) => sum(mul(x, v)))([1, 2, 3])).toEqual(new Float64Array([1, 2, 3]));
    expect(linearize(cubes, v)[0]).toBe(36);
    expect(hvp(cubes, v, v)).toEqual(new Float64Array([6, 24, 54]));
    expect(objective((x: Tensor, d: Tensor) => sum(mul(x, d)), new Float64Array(3), v).grad([1, 1, 1])).toEqual(
      new Float64Array([1, 2, 3]),
    );
    const out = new Vector(0, 0, 0);
    expect(p.grad(v, out)).toBe(out);
    expect([...out]).toEqual([3, 12, 27]);
  });
  test("a constructor that fills, or a species, changes neither data nor types", () => {
    class Filled extends Float64Array {
      constructor(n: number, value = 0) {
        super(n);
        this.fill(value);
      }
    }
    const x = new Filled(LONG, 2);
    expect(objective(cubes, new Float64Array(LONG)).grad(x, new Float64Array(LONG))[LONG - 1]).toBe(12);
    expect([x[0], x[LONG - 1]]).toEqual([2, 2]);
    class Rounded extends Float64Array {
      static get [Symbol.species](): never {
        return Float32Array as never;
      }
    }
    const p = objective((y: Tensor) => sum(sin(y)), new Float64Array(LONG));
    const y = new Rounded(LONG).fill(0.1);
    for (const g of [p.grad(y), p.at(y).grad])
      expect(Math.abs((g[LONG - 1] as number) - Math.cos(0.1))).toBeLessThan(2e-16);
  });
  test.each([3, 100])("one that lies about its length writes nowhere: %i", (n) => {
    class Liar extends Float64Array {
      override get length(): number {
        return n;
      }
    }
    const [p, q] = [objective(cubes, new Float64Array(n)), objective(cubes, new Float64Array(n))];
    const x = Float64Array.from({ length: n }, (_, i) => i);
    const [at, wanted] = [q.at(x), q.hvp(x, x)];
    try {
      p.grad(new Liar(100_000).fill(7));
    } catch {} // a RangeError, or the gradient at what it says it is
    expect(() => grad((t: { a: Tensor }) => cubes(t.a))({ a: new Liar(100_000) })).not.toThrow();
    expect(q.hvp(x, x)).toEqual(wanted);
    expect(at.hvp(x)).toEqual(wanted);
    expect(p.grad(x)).toEqual(x.map((y) => 3 * y * y));
  });
});

describe("arrays and objects of another realm", () => {
  const foreign = (code: string) => vm.runInNewContext(code) as never;
  test("keep their types", () => {
    expect(grad(cubes)(foreign("new Float32Array([1, 2, 3])"))).toEqual(new Float32Array([3, 12, 27]));
    expect(objective(cubes, foreign("new Float32Array(3)") as Float32Array).grad(new Float32Array([1, 2, 3]))).toEqual(
      new Float32Array([3, 12, 27]),
    );
    expect(grad(cubes)(foreign("[1, 2, 3]"))).toEqual(new Float64Array([3, 12, 27]));
    expect(() => grad(cubes)(foreign("new Uint32Array([4000000000, 1])"))).toThrow(
      "a Uint32Array whose element 0 is 4000000000",
    );
  });
  test("are trees, and places for results", () => {
    const g = grad((t: { a: Tensor }) => cubes(t.a))(foreign("({ a: [1, 2, 3] })"));
    expect(g).toEqual({ a: new Float64Array([3, 12, 27]) });
    const out = foreign("new Float64Array(3)") as Float64Array;
    expect(objective(cubes, new Float64Array(3)).grad([1, 2, 3], out)).toBe(out);
    expect([...out]).toEqual([3, 12, 27]);
  });
});

describe("what only looks like an array is refused by name", () => {
  const p = objective(cubes, new Float64Array(2));
  test.each([
    ["a proxy", () => p.grad(new Proxy(new Float64Array(2), {}))],
    ["a proxy, value", () => p.value(new Proxy(new Float64Array(2), {}))],
    ["an heir of the prototype", () => p.value(Object.create(Float64Array.prototype))],
    ["a proxy for a result", () => p.grad([1, 2], new Proxy(new Float64Array(2), {}))],
    ["null for results", () => p.at([1, 2]).hvps([[1, 1]], null as never)],
    ["more elements than memory has", () => sum(broadcastTo(1, [2 ** 30, 4]))],
  ])("%s", (_what, call) => {
    expect(call).toThrow(HvpError);
  });
});

describe("getters that call the library", () => {
  const p = objective(cubes, new Float64Array(3));
  const lent = (meanwhile: () => unknown, data: number[]) =>
    ({
      shape: [3],
      get data() {
        meanwhile();
        return data;
      },
    }) as never;
  test("the same function", () => {
    expect(
      p.hvp(
        [1, 2, 3],
        lent(() => p.hvp([100, 100, 100], [1, 1, 1]), [1, 1, 1]),
      ),
    ).toEqual(new Float64Array([6, 12, 18]));
    expect(p.value(lent(() => p.value([9, 9, 9]), [1, 2, 3]))).toBe(36);
    expect(p.valueAndGrad(lent(() => p.valueAndGrad([9, 9, 9]), [1, 2, 3]))).toEqual([
      36,
      new Float64Array([3, 12, 27]),
    ]);
  });
  test("another point of it", () => {
    const [a, b] = [p.at([1, 2, 3]), p.at([100, 100, 100])];
    expect(a.hvp(lent(() => b.hvp([1, 1, 1]), [1, 1, 1]))).toEqual(new Float64Array([6, 12, 18]));
  });
  test("elements that compute while a list is copied in: an error, and the next call is right", () => {
    const list = (meanwhile: () => unknown): number[] =>
      new Proxy([1, 2, 3], { get: (t, k) => (k === "1" && meanwhile(), Reflect.get(t, k)) });
    const twice = jit((x: Tensor) => mul(x, 2));
    const larger = (): unknown => objective(cubes, new Float64Array(4 * LONG)).at(new Float64Array(4 * LONG)).grad;
    for (const call of [
      () => p.grad(list(() => p.grad([9, 9, 9]))),
      () =>
        p.hvp(
          [1, 2, 3],
          list(() => p.hvp([9, 9, 9], [9, 9, 9])),
        ),
      () => twice(list(() => twice([9, 9, 9]))),
      () => p.grad(list(larger)),
    ]) {
      expect(call).toThrow("an argument called hvp while it was read");
      expect(p.grad([1, 2, 3])).toEqual(Float64Array.of(3, 12, 27));
    }
    expect(
      mul(
        list(() => mul([9, 9, 9], 2)),
        2,
      ),
    ).toEqual(Float64Array.of(2, 4, 6));
  });
  test("a call that fails half-way leaves nothing behind", () => {
    const long = objective(cubes, new Float64Array(LONG));
    const [x, kept] = [new Float64Array(LONG).fill(1), new Float64Array(LONG)];
    const detach = {
      shape: [LONG],
      get data() {
        structuredClone(x.buffer, { transfer: [x.buffer] });
        return new Float64Array(LONG).fill(1);
      },
    };
    expect(() => long.hvp(x, detach as never, kept)).toThrow(HvpError);
    const h = long.hvp(new Float64Array(LONG).fill(2), new Float64Array(LONG).fill(1));
    expect(h).not.toBe(kept);
    expect([h[0], h[LONG - 1], kept[0], kept[LONG - 1]]).toEqual([12, 12, 0, 0]);
  });
});

test("a result may overwrite an argument in memory shared between threads, whichever object stands for it", () => {
  const rosenbrock = (x: Tensor) => {
    const [a, b] = [x.slice([0, -1]), x.slice([1])];
    return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
  };
  const p = objective(rosenbrock, new Float64Array(LONG));
  const buffer = new SharedArrayBuffer(8 * LONG);
  const x = new Float64Array(buffer).map((_, i) => Math.sin(i));
  new Float64Array(buffer).set(x);
  const wanted = p.grad(x);
  expect(p.grad(new Float64Array(buffer), new Float64Array(structuredClone(buffer)))).toEqual(wanted);
});

describe("changing a shape changes nothing else", () => {
  const A = [
    [1, 2],
    [3, 4],
  ];
  test("of a result", () => {
    const p = objective(cubes, { data: new Float64Array(4), shape: [2, 2] });
    const g = p.grad(A) as unknown as { shape: number[] };
    g.shape.pop();
    expect((p.grad(A) as unknown as { shape: number[] }).shape).toEqual([2, 2]);
    const double = jit((x: Tensor) => mul(x, 2));
    (double(A) as unknown as { shape: number[] }).shape[0] = 7;
    expect((double(A) as unknown as { shape: number[] }).shape).toEqual([2, 2]);
    const [y, map] = linearize((x: Tensor) => mul(x, x), A) as unknown as [
      { shape: number[] },
      (v: unknown) => { shape: number[] },
    ];
    y.shape.pop();
    expect(map(A).shape).toEqual([2, 2]);
  });
  test("of an argument, and of a traced value", () => {
    const x0 = array(A) as unknown as { shape: number[] };
    const p = objective(cubes, x0 as never) as unknown as { grad(x: unknown): { toArray(): number[][] } };
    x0.shape[0] = 1;
    const wanted = [
      [3, 12],
      [27, 48],
    ];
    expect(p.grad(A).toArray()).toEqual(wanted);
    const g = grad((x: Tensor) => {
      (x.shape as number[]).pop();
      return cubes(x);
    })(A) as unknown as { toArray(): number[][] };
    expect(g.toArray()).toEqual(wanted);
  });
});

test("an array without elements is quick, however long its other axes", () => {
  const long = { data: new Float64Array(0), shape: [2 ** 31 - 1, 2 ** 31 - 1, 0] };
  expect((grad((x: Tensor) => sum(x))(long) as unknown as { shape: number[] }).shape).toEqual(long.shape);
  expect(hessian((x: Tensor) => sum(x))(new Float64Array(0))).toMatchObject({ shape: [0, 0] });
});

test("settings and options of another realm are settings and options", () => {
  const foreign = (code: string) => vm.runInNewContext(code) as never;
  expect(grad((x: Tensor, y: Tensor) => sum(mul(x, y)), foreign("({ argnums: 1 })"))([1, 2], [3, 4])).toEqual(
    new Float64Array([1, 2]),
  );
  expect(objective(cubes, [1, 2], foreign("({ relaxed: false })")).grad([1, 2])).toEqual(new Float64Array([3, 12]));
});

test("a Hessian that no memory is large enough for is an HvpError", () => {
  const x = new Float64Array(300_000);
  expect(() => objective((y: Tensor) => sum(square(y)), x).hessian(x)).toThrow(
    "no memory for a result of 90000000000 elements",
  );
});
