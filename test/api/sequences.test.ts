// Filters, recurrent networks and integrators, written with loops as users would, against JAX
// (fixtures/sequences.json, made by fixtures/sequences.py).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";

const { add, dot, exp, expandDims, foriLoop, grad, hvp, jit, log, logSoftmax, logsumexp, matmul } = library as Any;
const { diag, mul, neg, objective, outer, pow, scan, sigmoid, sin, split, square, stack, sub, sum, take, tanh } =
  library as Any;

interface Case {
  readonly name: string;
  readonly x: readonly number[];
  readonly f: number;
  readonly grad: readonly number[];
  readonly hvp: readonly number[];
}
const cases = JSON.parse(
  readFileSync(new URL("../fixtures/sequences.json", import.meta.url), "utf8"),
) as readonly Case[];

type Typed = Float64ArrayConstructor | Float32ArrayConstructor;
const wave = (Type: Typed, n: number, a: number, b: number): Any =>
  new Type(Array.from({ length: n }, (_, i) => Math.cos(a * i + b)));
const rows = (data: Any, width: number): Any => ({ data, shape: [data.length / width, width] });

/** The functions of fixtures/sequences.py, with data of one type. */
const functions: Readonly<Record<string, (Type: Typed) => (x: Any) => Any>> = {
  kalman: (Type) => (x) => {
    const h = Type.of(1, 0, 1);
    const slope = diag(stack([1, tanh(x.slice(0)), tanh(x.slice(1))]));
    const f = add(slope, { data: Type.of(0, 1, 0, 0, 0, 0, 0, 0, 0), shape: [3, 3] });
    const [q, r] = [diag(exp(x.slice([2, 5]))), exp(x.slice(5))];
    const step = ({ m, p }: Any, y: Any): Any => {
      const mean = matmul(f, m);
      const cov = add(matmul(matmul(f, p), f.T), q);
      const hp = matmul(h, cov);
      const s = add(dot(hp, h), r);
      const e = sub(y, dot(h, mean));
      const k = matmul(cov, h).div(s);
      const term = mul(-0.5, add(log(mul(2 * Math.PI, s)), square(e).div(s)));
      return [{ m: add(mean, mul(k, e)), p: sub(cov, outer(k, hp)) }, term];
    };
    const init = { m: new Type(3), p: { data: Type.of(1, 0, 0, 0, 1, 0, 0, 0, 1), shape: [3, 3] } };
    return sum(scan(step, init, wave(Type, 40, 0.3, 0.1))[1]);
  },
  rnn: (Type) => (x) => {
    const [w, u, b] = [x.slice([0, 16]).reshape([4, 4]), x.slice([16, 24]).reshape([4, 2]), x.slice([24, 28])];
    const step = (h: Any, row: Any): Any => {
      const next = tanh(add(add(matmul(w, h), matmul(u, row)), b));
      return [next, square(sub(dot(next, wave(Type, 4, 0.5, 1)), row.slice(0)))];
    };
    return sum(scan(step, new Type(4), rows(wave(Type, 24, 0.8, 0.2), 2))[1]);
  },
  lstm: (Type) => (x) => {
    const [wx, wh, b] = [x.slice([0, 24]).reshape([12, 2]), x.slice([24, 60]).reshape([12, 3]), x.slice([60, 72])];
    const step = ([h, c]: Any, row: Any): Any => {
      const [i, g, o, a] = split(add(add(matmul(wx, row), matmul(wh, h)), b), 4);
      const cell = add(mul(sigmoid(g), c), mul(sigmoid(i), tanh(a)));
      const hidden = mul(sigmoid(o), tanh(cell));
      return [[hidden, cell], sum(square(sub(hidden, row.slice(1))))];
    };
    return sum(scan(step, [new Type(3), new Type(3)], rows(wave(Type, 30, 1.1, 0.4), 2))[1]);
  },
  hmm: () => (x) => {
    const move = logSoftmax(x.slice([0, 9]).reshape([3, 3]), { axis: 1 });
    const show = logSoftmax(x.slice([9, 21]).reshape([3, 4]), { axis: 1 });
    const symbols = Int32Array.from({ length: 20 }, (_, t) => (7 * t + t * t) % 4);
    const first = add(logSoftmax(x.slice([21, 24])), take(show, symbols[0], { axis: 1 }));
    const step = (a: Any, o: Any): Any => [
      add(logsumexp(add(expandDims(a, 1), move), { axis: 0 }), take(show, o, { axis: 1 })),
      null,
    ];
    return logsumexp(scan(step, first, symbols.slice(1))[0]);
  },
  pendulum: (Type) => (x) => {
    const step = ({ angle, speed }: Any, y: Any): Any => {
      const faster = sub(speed, mul(0.02, add(mul(x.slice(2), sin(angle)), mul(x.slice(3), speed))));
      const on = add(angle, mul(0.02, faster));
      return [{ angle: on, speed: faster }, square(sub(on, y))];
    };
    return sum(scan(step, { angle: x.slice(0), speed: x.slice(1) }, wave(Type, 200, 0.04, 0))[1]);
  },
  leapfrog: () => (x) => {
    const force = (q: Any): Any => neg(mul(q, pow(sum(square(q)), -1.5)));
    const step = (_: Any, { q, p }: Any): Any => {
      const half = add(p, mul(0.025, force(q)));
      const on = add(q, mul(0.05, half));
      return { q: on, p: add(half, mul(0.025, force(on))) };
    };
    const { q, p } = foriLoop(0, 100, step, { q: x.slice([0, 2]), p: x.slice([2, 4]) });
    return add(dot(q, p), mul(0.5, dot(q, q)));
  },
  lotkaVolterra: () => (x) => {
    const rate = (z: Any): Any => {
      const [prey, hunters] = [z.slice(0), z.slice(1)];
      return stack([
        mul(prey, sub(x.slice(0), mul(x.slice(1), hunters))),
        mul(hunters, sub(mul(x.slice(2), prey), x.slice(3))),
      ]);
    };
    const step = (z: Any): Any => {
      const a = rate(z);
      const b = rate(add(z, mul(0.05, a)));
      const c = rate(add(z, mul(0.05, b)));
      const d = rate(add(z, mul(0.1, c)));
      const next = add(z, mul(0.1 / 6, add(add(a, mul(2, add(b, c))), d)));
      return [next, sum(square(log(next)))];
    };
    return sum(scan((z: Any, _: null) => step(z), x.slice([4, 6]), null, { length: 50 })[1]);
  },
};

/** The largest difference, in parts of the largest number wanted. */
const off = (got: Iterable<number>, want: readonly number[]): number => {
  const list = [...got];
  expect(list.length).toBe(want.length);
  return Math.max(...list.map((g, i) => Math.abs(g - (want[i] as number)))) / Math.max(...want.map(Math.abs));
};

test("every case is written here", () => {
  expect(cases.map((c) => c.name)).toEqual(Object.keys(functions));
});

describe.each([
  ["float64", Float64Array, 1e-12],
  ["float32", Float32Array, 2e-4],
] as const)("%s", (_, Type, bound) => {
  test.each(cases.map((c) => [c.name, c] as const))("%s", (name, c) => {
    const f = (functions[name] as (typeof functions)[string])(Type);
    const x = Type.from(c.x);
    const v = wave(Type, x.length, 0.7, 0.3);
    const of = objective(f, x);
    const at = of.at(x);
    for (const [form, value] of Object.entries({ run: jit(f)(x), value: of.value(x), at: at.value }))
      expect(off([value as number], [c.f]), form).toBeLessThan(bound);
    for (const [form, got] of Object.entries({ grad: grad(f)(x), objective: of.grad(x), at: at.grad }))
      expect(off(got as Any, c.grad), form).toBeLessThan(bound);
    const turned = grad((y: Any) => dot(grad(f)(y), v))(x);
    const products = { hvp: hvp(f, x, v), objective: of.hvp(x, v), at: at.hvp(v), turned };
    for (const [form, got] of Object.entries(products)) expect(off(got as Any, c.hvp), form).toBeLessThan(bound);
  });
});
