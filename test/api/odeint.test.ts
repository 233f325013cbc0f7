// odeint: values and derivatives of the discretization against multiple precision on the recorded grid
// (fixtures/odeint.json; odeint.py beside it says how each number was made), solutions in closed form, and the ends.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import type { Any } from "../harness/misuse.ts";
import { plain } from "../harness/plain.ts";

const { add, at, cos, exp, grad, hessian, hvp, jacfwd, jacrev, jit, jvp, log, mul, neg, objective } = library as Any;
const { odeint, scan, sin, slice, square, sub, sum, vdot, vmap } = library as Any;

interface Case {
  readonly field: keyof typeof FIELDS;
  readonly y0: number[];
  readonly args: number[];
  readonly ts: number[];
  readonly options: { readonly method?: string };
  /** How many steps are tried. */
  readonly tried: number | null;
  readonly rows: number[][];
  readonly exact: number[][];
  readonly value: number;
  readonly grad: number[];
  readonly hess: number[][];
}
const cases = JSON.parse(readFileSync(new URL("../fixtures/odeint.json", import.meta.url), "utf8")) as Case[];

const FIELDS = {
  lotkaVolterra: ({ p, q }: Any, _t: Any, a: Any) => ({
    q: mul(q, sub(mul(at(a, 2), p), at(a, 3))),
    p: mul(p, sub(at(a, 0), mul(at(a, 1), q))),
  }),
  pendulum: ({ p, q }: Any, t: Any, a: Any) => ({
    p: q,
    q: add(sub(mul(neg(at(a, 0)), sin(p)), mul(at(a, 1), q)), mul(at(a, 2), cos(mul(at(a, 3), t)))),
  }),
  vanDerPol: ({ p, q }: Any, _t: Any, a: Any) => ({
    p: q,
    q: sub(mul(mul(at(a, 0), sub(1, square(p))), q), p),
  }),
};

/** Σ (k + 1) · (pₖ² + qₖ), as in odeint.py. */
const weighted = ({ p, q }: Any): Any => sum(mul(library.arange(1, p.length + 1), add(square(p), q)));

/** Initial values, arguments and times in one vector. */
const lossOf =
  ({ field, args, ts, options }: Case) =>
  (x: Any): Any =>
    weighted(
      odeint(FIELDS[field], { p: at(x, 0), q: at(x, 1) }, slice(x, [2 + args.length, 2 + args.length + ts.length]), {
        ...options,
        args: slice(x, [2, 2 + args.length]),
      }),
    );

const largest = (x: Any): number => Math.max(...[x].flat(2).map(Math.abs));
function expectNear(got: unknown, want: Any, tolerance: number): void {
  const [a, b] = [[plain(got) as Any].flat(2), [want].flat(2)];
  expect(a.length).toBe(b.length);
  expect(largest(a.map((v: number, i: number) => v - b[i]))).toBeLessThanOrEqual(tolerance * largest(b));
}

describe.each(cases.map((c) => [`${c.field} by ${c.options.method ?? "dopri5"} to ${c.ts.at(-1)}`, c] as const))(
  "%s",
  (_, c) => {
    const x = [...c.y0, ...c.args, ...c.ts];
    const loss = lossOf(c);
    // The solution is as near as steps of the tolerance, or of that length, are.
    test("values are those of the method, and near the solution", () => {
      const { p, q } = odeint(FIELDS[c.field], { p: c.y0[0], q: c.y0[1] }, c.ts, { ...c.options, args: c.args });
      const rows = Array.from(p as Float64Array, (v, i) => [v, q[i]]);
      expectNear(rows, c.rows, 1e-12);
      expectNear(rows, c.exact, c.field === "vanDerPol" ? 1e-2 : c.options.method ? 1e-3 : 1e-5);
    });
    test("gradients in both modes are right to 1e-10", () => {
      expectNear(grad(loss)(x), c.grad, 1e-10);
      expectNear(jacfwd(loss)(x), c.grad, 1e-10);
    });
    test("the Hessian is right to 1e-10", () => expectNear(hessian(loss)(x), c.hess, 1e-10));
    if (c.tried !== null)
      test("so many steps are tried", () => {
        const last = (maxSteps: number): number =>
          odeint(FIELDS[c.field], { p: c.y0[0], q: c.y0[1] }, c.ts, { ...c.options, args: c.args, maxSteps }).p.at(-1);
        expect(last(c.tried as number)).not.toBeNaN();
        expect(last((c.tried as number) - 1)).toBeNaN();
      });
  },
);

describe("second derivatives of adaptive steps in other orders", () => {
  const c = cases[1] as Case;
  const x = [...c.y0, ...c.args, ...c.ts];
  const v = x.map((_, i) => Math.cos(3 * i));
  const loss = lossOf(c);
  const want = c.hess.map((row) => row.reduce((s, h, i) => s + h * (v[i] as number), 0));
  test.each<[string, () => Any]>([
    ["hvp", () => hvp(loss, x, v)],
    ["reverse over reverse", () => grad((y: Any) => vdot(grad(loss)(y), v))(x)],
    ["reverse over forward", () => grad((y: Any) => jvp(loss, [y], [v])[1])(x)],
    ["forward over forward", () => jacfwd((y: Any) => jvp(loss, [y], [v])[1])(x)],
    ["jit", () => jit((y: Any) => hvp(loss, y, v))(x)],
    ["an objective at a point", () => objective(loss, x).at(x).hvp(v)],
    ["a batch", () => vmap((w: Any) => hvp(loss, x, w))([v]).toArray()[0]],
  ])("%s", (_, product) => expectNear(product(), want, 1e-10));
});

const decay = (y: Any) => neg(y);

describe("what it takes and gives", () => {
  test("trees of all shapes, with a leading axis", () => {
    const y0 = { a: 1, b: [Float64Array.of(1, 2), Float32Array.of(3)] };
    const { a, b } = odeint((y: Any) => ({ b: [neg(y.b[0]), mul(y.b[1], 2)], a: y.a }), y0, [0, 1]);
    // A float32 leaf sets the tolerances.
    expectNear(a, [1, Math.E], 1e-4);
    expectNear(b[0], [1, 2, 1 / Math.E, 2 / Math.E], 1e-4);
    expect([b[0].shape, b[1].dtype, b[1].shape]).toEqual([[2, 2], "float32", [2, 1]]);
  });
  test.each(["dopri5", "rk4"])("one time, none, equal ones, no elements (%s)", (method) => {
    const of = (y0: Any, ts: Any) => odeint(decay, y0, ts, { method, steps: 50 });
    expect(plain(of([1, 2], [5]))).toEqual([[1, 2]]);
    expect(of([1, 2], []).shape).toEqual([0, 2]);
    expect(of(new Float64Array(0), [0, 1]).shape).toEqual([2, 0]);
    expectNear(of(1, [0, 0, 1, 1]), [1, 1, Math.exp(-1), Math.exp(-1)], 1e-7);
    expectNear(of(1, [2, 1, 0]), [1, Math.E, Math.E ** 2], 1e-7);
  });
  test("numbers take the type of what becomes of them, and the time that of what it meets", () => {
    const w = Float32Array.of(2);
    const y = odeint((y: Any, t: Any) => mul(mul(w, t), y), [1], [0, 1]);
    expect(y.dtype).toBe("float32");
    expectNear(y, [1, Math.E], 1e-3);
    expect(odeint((y: Any) => y, 1, Float32Array.of(0, 1))).toBeInstanceOf(Float64Array);
  });
  test("derivatives by times: the slope at the end, and minus it in the past", () => {
    const end = (ts: Any) =>
      at(
        odeint((y: Any, t: Any) => mul(y, cos(t)), 1, ts, { rtol: 1e-12, atol: 1e-12 }),
        -1,
      );
    // y = exp(sin(b) - sin(a))
    const y = Math.exp(Math.sin(2) - Math.sin(0.5));
    expectNear(grad(end)([0.5, 2]), [-Math.cos(0.5) * y, Math.cos(2) * y], 1e-10);
  });
  test("lanes of a batch have steps of their own", () => {
    const of = (k: Any) => odeint((y: Any) => neg(mul(k, y)), 1, [0, 1, 2]);
    const rates = [0.1, 10, 1000, Number.NaN];
    const rows = plain(vmap(of)(rates)) as number[][];
    rates.forEach((k, i) => {
      expect(rows[i]).toEqual(Array.from(of(k)));
    });
    expect(plain(vmap(grad((k: Any) => sum(of(k))))(rates))).toEqual(rates.map((k) => grad((r: Any) => sum(of(r)))(k)));
  });
  test("inside a scan, and around one", () => {
    const next = (y: Any, k: Any) => [
      at(
        odeint((u: Any) => mul(k, u), y, [0, 1], { maxSteps: 100 }),
        -1,
      ),
      y,
    ];
    const last = (ks: Any) => scan(next, 1, ks)[0];
    expectNear(grad(last)([0.5, -0.25]), [Math.exp(0.25), Math.exp(0.25)], 1e-6);
    const inner = (y: Any) => scan((u: Any) => [mul(u, 0.5), null], y, null, { length: 2 })[0];
    expectNear(odeint(inner, 1, [0, 1]), [1, Math.exp(0.25)], 1e-7);
  });
});

describe("rows that are not reached are NaN", () => {
  test("after maxSteps", () => {
    const rows = odeint(decay, 1, [0, 0.1, 50], { maxSteps: 5 });
    expectNear(rows.slice(0, 2), [1, Math.exp(-0.1)], 1e-7);
    expect(rows[2]).toBeNaN();
    expect(odeint(decay, 1, [0, 1], { maxSteps: 0 })).toEqual(Float64Array.of(1, Number.NaN));
  });
  test("beyond a pole, and where f is NaN", () => {
    const rows = odeint((y: Any) => square(y), 1, [0, 0.5, 2], { maxSteps: 2000 });
    expectNear(rows.slice(0, 2), [1, 2], 1e-6);
    expect(rows[2]).toBeNaN();
    expect(odeint((y: Any) => log(neg(exp(y))), 1, [0, 1])).toEqual(Float64Array.of(1, Number.NaN));
  });
  test("where times turn round", () => {
    const rows = odeint(decay, 1, [0, 2, 0.5, 3]);
    expect(rows[2]).toBeNaN();
    expectNear([rows[1], rows[3]], [Math.exp(-2), Math.exp(-3)], 1e-6);
  });
  test("and the others have derivatives", () => {
    const first = (y0: Any) => at(odeint(decay, y0, [0, 0.1, 50], { maxSteps: 5 }), 1);
    expectNear(grad(first)(1), Math.exp(-0.1), 1e-7);
    expectNear(
      jacrev((y0: Any) => odeint(decay, y0, [0, 0.1, 50], { maxSteps: 5 }))(1).slice(0, 2),
      [1, Math.exp(-0.1)],
      1e-7,
    );
  });
});

test("arguments in a tree, captured values and both together have derivatives", () => {
  const f = (y: Any, _t: Any, { k }: Any) => mul(y, k);
  const of = (k: Any, c: Any) =>
    at(
      odeint((y: Any, t: Any, a: Any) => mul(c, f(y, t, a)), 1, [0, 1], { args: { k } }),
      -1,
    );
  const e = Math.exp(6);
  expectNear(grad((x: Any) => of(at(x, 0), at(x, 1)))([2, 3]), [3 * e, 2 * e], 1e-6);
});
