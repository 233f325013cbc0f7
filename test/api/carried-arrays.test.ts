// Arrays that loops carry and change row by row: values and derivatives in closed form, and in place, so that an
// iteration takes the time of the rows that it changes, in reverse mode and in second order too.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import * as library from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full } from "../../src/primitives/spread.ts";
import { Tensor } from "../../src/trace/tracer.ts";
import { wholeArraysInLoops } from "../harness/in-loops.ts";
import type { Any } from "../harness/misuse.ts";

const { add, astype, div, dynamicSlice, dynamicUpdateSlice, foriLoop, mul, reshape, scan, scatterAdd } = library as Any;
const { scatterSet, sin, slice, square, sub, sum, whileLoop, lt, log, take, where, gt } = library as Any;

const one = (x: Any): Any => reshape(x, [1]);

/** A function of n numbers that goes through a loop over arrays of n, and its derivatives by hand. */
interface Case {
  readonly f: (x: Any, n: number) => Any;
  readonly value: (x: number[]) => number;
  readonly grad: (x: number[]) => number[];
  readonly hvp: (x: number[], v: number[]) => number[];
}

const permuted = (n: number): Int32Array => Int32Array.from({ length: n }, (_, k) => (k * 7 + 3) % n);
const squaredSine = {
  value: (x: number[]) => x.reduce((s, t) => s + Math.sin(t) ** 2, 0),
  grad: (x: number[]) => x.map((t) => Math.sin(2 * t)),
  hvp: (x: number[], v: number[]) => x.map((t, i) => 2 * Math.cos(2 * t) * v[i]!),
};
const squaredLog = {
  value: (x: number[]) => x.reduce((s, t) => s + Math.log(t + 2) ** 2, 0),
  grad: (x: number[]) => x.map((t) => (2 * Math.log(t + 2)) / (t + 2)),
  hvp: (x: number[], v: number[]) => x.map((t, i) => ((2 - 2 * Math.log(t + 2)) / (t + 2) ** 2) * v[i]!),
};
/** y = a · log(1 + a · log(1 + x)) with its derivatives, 0 for x and 1 for a. */
function iterated(x: number, a: number) {
  const [l, u] = [Math.log1p(x), 1 + a * Math.log1p(x)];
  const [p, r] = [1 / (1 + x), 1 / u];
  return {
    y: a * Math.log(u),
    d0: a * a * p * r,
    d1: Math.log(u) + a * l * r,
    d00: -a * a * p * p * r - a ** 3 * p * p * r * r,
    d01: 2 * a * p * r - a * a * l * p * r * r,
    d11: 2 * l * r - a * l * l * r * r,
  };
}
/** x₀ · Σ aⁱ with a = x₁ / 2. */
const geometric = {
  value: (x: number[]) => x.reduce((s, _, i) => s + x[0]! * (x[1]! / 2) ** i, 0),
  grad: (x: number[]) => {
    const a = x[1]! / 2;
    const slope = x.reduce((s, _, i) => s + i * a ** Math.max(0, i - 1), 0) / 2;
    return x.map((_, i) => (i === 0 ? x.reduce((s, _, k) => s + a ** k, 0) : i === 1 ? x[0]! * slope : 0));
  },
  hvp: (x: number[], v: number[]) => {
    const a = x[1]! / 2;
    const slope = x.reduce((s, _, i) => s + i * a ** Math.max(0, i - 1), 0) / 2;
    const bend = x.reduce((s, _, i) => s + i * (i - 1) * a ** Math.max(0, i - 2), 0) / 4;
    return x.map((_, i) => (i === 0 ? slope * v[1]! : i === 1 ? slope * v[0]! + x[0]! * bend * v[1]! : 0));
  },
};
/** x₀ in the first place, then each from the one before. */
const powers = (set: (c: Any, i: Any, v: Any) => Any) => (x: Any, n: number) => {
  const a = mul(x.at(1), 0.5);
  return sum(foriLoop(1, n, (i: Any, c: Any) => set(c, i, mul(a, c.at(sub(i, 1)))), x));
};

const CASES: Readonly<Record<string, Case>> = {
  "scatterSet of what is there": {
    f: (x, n) =>
      sum(square(scan((c: Any, i: Any) => [scatterSet(c, one(i), one(sin(c.at(i)))), null], x, permuted(n))[0])),
    ...squaredSine,
  },
  "scatterSet of three rows, two of them one": {
    f: (x, n) => {
      const body = (c: Any, i: Any) => {
        const at = add(i, Int32Array.of(0, 0, 0));
        return [scatterSet(c, at, mul(Float64Array.of(5, 7, 1), take(sin(take(c, at)), Int32Array.of(0, 0, 0)))), null];
      };
      return sum(square(scan(body, x, permuted(n))[0]));
    },
    ...squaredSine,
  },
  "scatterSet of columns": {
    f: (x, n) => {
      const body = (c: Any, i: Any) => {
        const column = dynamicSlice(c, [0, i], [2, 1]);
        return [scatterSet(c, one(i), sin(column), 1), null];
      };
      return sum(square(scan(body, reshape(x, [2, n / 2]), permuted(n / 2))[0]));
    },
    ...squaredSine,
  },
  "dynamicUpdateSlice of a window": {
    f: (x, n) => {
      const body = (i: Any, c: Any) => dynamicUpdateSlice(c, sin(dynamicSlice(c, [i, 1], [1, 2])), [i, 1]);
      const m = reshape(x, [n / 4, 4]);
      const ends = [0, 3].map((k) => sum(square(sin(slice(m, [0, n / 4], [k, k + 1])))));
      const inner = slice(foriLoop(0, n / 4, body, m), [0, n / 4], [1, 3]);
      return ends.reduce((a: Any, b: Any) => add(a, b), sum(square(inner)));
    },
    ...squaredSine,
  },
  "each from the one before, by scatterSet": { f: powers((c, i, v) => scatterSet(c, one(i), one(v))), ...geometric },
  "each from the one before, by dynamicUpdateSlice": {
    f: powers((c, i, v) => dynamicUpdateSlice(c, one(v), [i])),
    ...geometric,
  },
  "of which one element is asked for": {
    f: (x, n) => {
      const a = mul(x.at(1), 0.5);
      const body = (i: Any, c: Any) => scatterSet(c, one(i), one(mul(a, log(add(c.at(sub(i, 1)), 1)))));
      const c = foriLoop(1, 3, body, x);
      return add(mul(0, foriLoop(1, n, body, x).at(n - 1)), square(c.at(2)));
    },
    // (a · log(1 + a · log(1 + x₀)))²
    value: ([x0, x1]) => iterated(x0!, x1! / 2).y ** 2,
    grad: (x) => {
      const { y, d0, d1 } = iterated(x[0]!, x[1]! / 2);
      return x.map((_, i) => (i === 0 ? 2 * y * d0 : i === 1 ? y * d1 : 0));
    },
    hvp: (x, v) => {
      const { y, d0, d1, d00, d01, d11 } = iterated(x[0]!, x[1]! / 2);
      const [h00, h01, h11] = [2 * (d0 * d0 + y * d00), d0 * d1 + y * d01, (d1 * d1 + y * d11) / 2];
      return x.map((_, i) => (i === 0 ? h00 * v[0]! + h01 * v[1]! : i === 1 ? h01 * v[0]! + h11 * v[1]! : 0));
    },
  },
  "while a counter says so": {
    f: (x, n) => {
      const a = mul(x.at(1), 0.5);
      const [, c] = whileLoop(
        ([i]: Any) => lt(i, n),
        ([i, c]: Any) => [add(i, 1), dynamicUpdateSlice(c, one(mul(a, c.at(sub(i, 1)))), [i])],
        [astype(1, "int32"), x],
      );
      return sum(c);
    },
    ...geometric,
  },
  "rows set and added to, and read before and after": {
    f: (x, n) => {
      const body = (c: Any, i: Any) => {
        const old = c.at(i);
        const zeroed = scatterSet(c, one(i), Float64Array.of(0));
        const next = scatterAdd(zeroed, one(i), one(sin(old)));
        return [next, add(next.at(i), mul(old, 0))];
      };
      const [c, ys] = scan(body, x, permuted(n));
      return mul(add(sum(square(c)), sum(square(ys))), 0.5);
    },
    ...squaredSine,
  },
  "behind a mask, with a factor that may be infinite": {
    f: (x, n) => {
      const body = (c: Any, i: Any) => {
        const old = c.at(i);
        const safe = where(gt(old, -1), log(add(old, 2)), div(1, sub(old, old)));
        return [scatterSet(c, one(i), one(safe)), null];
      };
      return sum(square(scan(body, x, permuted(n))[0]));
    },
    ...squaredLog,
  },
};

const point = (n: number): number[] => Array.from({ length: n }, (_, i) => 0.3 + 0.5 * Math.cos(3 * i));
const direction = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(5 * i));
const near = (got: Any, wanted: number[]): void => {
  const scale = Math.max(1, ...wanted.map(Math.abs));
  [...got].forEach((y: number, i) => expect(Math.abs(y - wanted[i]!) / scale, `element ${i}`).toBeLessThan(1e-13));
};

describe.each(Object.entries(CASES))("%s", (_, { f, value, grad, hvp }) => {
  test("value, gradient and product are those of the formula", () => {
    for (const n of [12, 300]) {
      const [x, v] = [point(n), direction(n)];
      const problem = (library as Any).objective((t: Any) => f(t, n), x);
      near([problem.value(x)], [value(x)]);
      near(problem.grad(x), grad(x));
      near(problem.hvp(x, v), hvp(x, v));
      near(problem.at(x).hvp(v), hvp(x, v));
    }
  });

  test("no iteration goes over a whole array, in any of these", () => {
    inSession(() => {
      const n = 1000;
      const [x, v] = [parameter([n], "float64"), parameter([n], "float64")];
      const y = f(new Tensor(x, false), n).node as Node;
      const [g] = cotangents([y], [x], [full([], 1, "float64")]) as [Node];
      const [d] = pushforward([y], [x], [v]) as [Node];
      const [h] = pushforward([g], [x], [v]) as [Node];
      for (const [name, outputs] of Object.entries({ value: [y], jvp: [y, d], grad: [y, g], hvp: [g, h] })) {
        const { loops, whole } = wholeArraysInLoops(outputs, n / 4);
        expect(loops, name).toBeGreaterThan(0);
        expect(whole, name).toEqual([]);
      }
    });
  });
});
