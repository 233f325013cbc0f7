// The option `checkpoint` of loops: the same results and derivatives, from fewer states.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkpointed } from "../../src/api/repeat.ts";
import { blockSizes } from "../../src/api/slots.ts";
import * as library from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { reachable } from "../../src/ir/walk.ts";
import { expandCalls } from "../../src/opt/graph/expand.ts";
import { joined } from "../../src/opt/graph/loops.ts";
import { isLoop } from "../../src/primitives/control.ts";
import { memoryUse } from "../../src/run/runtime.ts";
import { BATCHES, COMPOSITIONS, composed, expectClose, type Form } from "../harness/compositions.ts";
import { both, type Case, cases } from "../harness/control-cases.ts";
import type { Any } from "../harness/misuse.ts";
import { plain } from "../harness/plain.ts";

const { add, astype, checkpoint, customJvp, customVjp, foriLoop, grad, hvp, jit, jvp, linearize, makeGraph, mul } =
  library as Any;
const { objective, scan, sin, square, stack, sub, sum, tanh, vjp, vmap } = library as Any;

// ---- a million iterations ----

/** Value, tangent along i, tangent along v, and the mixed second one. */
type Jet = readonly [value: number, i: number, v: number, mixed: number];
const plus = (a: Jet, b: Jet): Jet => [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]];
const times = (a: Jet, b: Jet): Jet => [
  a[0] * b[0],
  a[1] * b[0] + a[0] * b[1],
  a[2] * b[0] + a[0] * b[2],
  a[3] * b[0] + a[1] * b[2] + a[2] * b[1] + a[0] * b[3],
];
const constant = (x: number): Jet => [x, 0, 0, 0];

const N = 1e6;
/** The logistic map, a filter of it, and the mean of their product. */
function recurrence(r: Jet, x0: Jet): Jet {
  let [x, y, z] = [x0, constant(0.2), constant(0)];
  for (let k = 0; k < N; k++) {
    const next = times(r, times(x, plus(constant(1), times(constant(-1), x))));
    [x, y, z] = [
      next,
      plus(times(constant(0.5), y), times(constant(0.1), times(x, x))),
      plus(z, times(constant(1 / N), times(x, y))),
    ];
  }
  return z;
}
const logistic =
  (settings: Any) =>
  (p: Any): Any => {
    const [r, x0] = [p.slice(0), p.slice(1)];
    const body = ([x, y, z]: Any): Any => [
      [mul(r, mul(x, sub(1, x))), add(mul(0.5, y), mul(0.1, mul(x, x))), add(z, mul(1 / N, mul(x, y)))],
      null,
    ];
    return scan(body, [x0, 0.2, 0], null, { length: N, ...settings })[0][2];
  };

test("a million iterations in the memory of some thousands", () => {
  const [p, v] = [Float64Array.of(3.2, 0.3), Float64Array.of(1, 0.5)];
  const along = [0, 1].map((i) => recurrence([3.2, i === 0 ? 1 : 0, 1, 0], [0.3, i === 1 ? 1 : 0, 0.5, 0])) as [
    Jet,
    Jet,
  ];
  const close = (got: ArrayLike<number>, want: readonly number[]): void =>
    want.forEach((w, i) => void expect(Math.abs((got[i] as number) - w)).toBeLessThanOrEqual(1e-9 * Math.abs(w)));
  for (const settings of ["sqrt", { slots: 400 }]) {
    const f = logistic({ checkpoint: settings });
    close([jit(f)(p)], [along[0][0]]);
    close(
      grad(f)(p),
      along.map((a) => a[1]),
    );
    close(
      hvp(f, p, v),
      along.map((a) => a[3]),
    );
    const at = objective(f, p).at(p);
    close(
      at.hvp(v),
      along.map((a) => a[3]),
    );
    // In all since this file began: memory of WebAssembly never shrinks. One carry of all iterations has 8 MB.
    expect(memoryUse().total).toBeLessThan(2 ** 20);
  }
});

// ---- blocks of any sizes, in all compositions ----

/** `form`, a loop, in blocks of `sizes`. */
const inBlocks =
  (form: Form, sizes: readonly number[]): Form =>
  (x) => {
    const node = reachable(form(x)).find(isLoop);
    if (!node) throw new Error("there is no loop");
    return checkpointed(node.inputs, node.params, sizes, 1);
  };

describe.each([
  [6, [3], true],
  [13, [6, 3], false],
] as const)("%s iterations in blocks of %s, reverse %s", (length, sizes, reverse) => {
  describe.each(cases(length, reverse).map((c) => [c.name, c] as const))("%s", (_, c) => {
    const [loop] = both(c);
    test.each([...COMPOSITIONS, ...BATCHES])("%s", (letters) => {
      const want = composed(loop, c.args, letters).values;
      expectClose(composed(inBlocks(loop, sizes), c.args, letters).values, want, letters, 1e-13);
    });
  });
});

// ---- counts ----

/** How often the bodies of innermost loops run. */
function iterations(outputs: readonly Node[]): number {
  let count = 0;
  for (const n of reachable(outputs)) {
    const { lower } = n.prim;
    if (isLoop(n)) count += n.params.length * Math.max(1, iterations(n.params.body.outputs));
    else if (lower.kind === "closed" && lower.step(n)) count += iterations(lower.body(n).outputs);
  }
  return count;
}
/** The gradient of the logistic map in blocks, as it is planned. */
function gradient(sizes: readonly number[], length: number): readonly Node[] {
  const [c] = cases(length, false) as [Case];
  return inSession(() => {
    const { outputs } = composed(inBlocks(both(c)[0], sizes), c.args, "R", () => []);
    return joined(expandCalls(outputs));
  });
}

test("a gradient computes an iteration once more for each level of blocks", () => {
  // One time forward and one back, and then each level of blocks again.
  expect(iterations(gradient([], 64))).toBe(2 * 64);
  expect(iterations(gradient([8], 64))).toBe(3 * 64);
  expect(iterations(gradient([16, 4], 64))).toBe(4 * 64);
  expect(iterations(gradient([32, 16, 8, 4, 2], 64))).toBe(7 * 64);
});

test("graphs grow with the levels, not with the iterations", () => {
  const size = (sizes: readonly number[], n: number): number => {
    const count = (outputs: readonly Node[]): number =>
      reachable(outputs).reduce((sum, n) => {
        const { lower } = n.prim;
        const body = isLoop(n) ? n.params.body : lower.kind === "closed" ? lower.body(n) : undefined;
        return sum + 1 + (body ? count(body.outputs) : 0);
      }, 0);
    return count(gradient(sizes, n));
  };
  expect(size([100], 10000)).toBe(size([8], 64));
  const [a, b, c] = [
    [16, 8],
    [32, 16, 8],
    [64, 32, 16, 8],
  ].map((sizes) => size(sizes, 128)) as [number, number, number];
  expect(c - b).toBe(b - a);
});

test("sizes of blocks", () => {
  expect(blockSizes("scan", "sqrt", 1e6)).toEqual([1000]);
  expect(blockSizes("scan", "sqrt", 3)).toEqual([]);
  expect(blockSizes("scan", "sqrt", 60)).toEqual([6]);
  // No divisor near the root: something is left over.
  expect(blockSizes("scan", "sqrt", 101)).toEqual([10]);
  expect(blockSizes("scan", { slots: 10 }, 10)).toEqual([]);
  expect(blockSizes("scan", { slots: 10 }, 25)).toEqual([5]);
  expect(blockSizes("scan", { slots: 10 }, 36)).toEqual([12, 4]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 5000 }), (k, n) => {
      let sizes: readonly number[];
      try {
        sizes = blockSizes("scan", { slots: k }, n);
      } catch {
        // With sizes of 2 and 3 the product is the largest that there is.
        const [twos, threes] = k % 3 === 1 ? [2, (k - 4) / 3] : k % 3 === 2 ? [1, (k - 2) / 3] : [0, k / 3];
        expect(k < 5 ? Math.max(k, 1) : 2 ** twos * 3 ** threes).toBeLessThan(n);
        return;
      }
      const levels = [n, ...sizes].map((size, i) => Math.ceil(size / (sizes[i] ?? 1)));
      expect(levels.reduce((sum, l) => sum + l, 0)).toBeLessThanOrEqual(k);
      for (const [i, size] of sizes.entries()) expect(size % (sizes[i + 1] ?? 1)).toBe(0);
      // Fewer levels do not suffice.
      const fewer = sizes.length;
      if (fewer > 0) expect((k / fewer) ** fewer).toBeLessThan(n * (1 + 1 / Math.floor(k / fewer)) ** fewer);
    }),
  );
});

// ---- the public operations ----

const CHECKPOINTS = ["sqrt", { slots: 6 }, { slots: 20 }];

describe.each(CHECKPOINTS.map((c) => [JSON.stringify(c), c] as const))("checkpoint %s", (_, checkpointing) => {
  test.each([0, 1, 2, 3, 4, 7, 8])("trees, shared arrays, integers and what is collected: %s slices", (n) => {
    const w = Float64Array.of(0.3, -0.7);
    const xs = { u: { data: Float64Array.from({ length: 2 * n }, (_v, i) => Math.cos(i)), shape: [n, 2] } };
    const run = (settings: Any) => (init: Any) =>
      scan(
        ({ a, k }: Any, { u }: Any) => [
          { a: sin(add(mul(a, u), mul(w, add(k, 1)))), k: add(k, 1) },
          { y: mul(a, a), k },
        ],
        { a: init, k: Int32Array.of(0) },
        xs,
        { reverse: true, ...settings },
      );
    const total = (settings: Any) => (x: Any) => {
      const [{ a }, { y }] = run(settings)(x);
      return add(sum(mul(a, a)), sum(mul(y, y)));
    };
    const x = Float64Array.of(0.4, 1.2);
    const v = Float64Array.of(1, -2);
    const both = (f: (settings: Any) => Any): void => {
      const [got, want] = [f({ checkpoint: checkpointing }), f({})].map((y) => (plain(y) as Any).flat(9));
      got.forEach((g: number, i: number) => void expect(g).toBeCloseTo(want[i], 12));
    };
    expect(plain(jit(run({ checkpoint: checkpointing }))(x))).toEqual(plain(jit(run({}))(x)));
    both((s) => grad(total(s))(x));
    both((s) => hvp(total(s), x, v));
    both((s) => grad((y: Any) => sum(mul(v, grad(total(s))(y))))(x));
    both((s) => jvp((y: Any) => hvp(total(s), y, v), [x], [v])[1]);
    both((s) => linearize(grad(total(s)), x)[1](v));
    both((s) => vmap((y: Any) => hvp(total(s), y, v))({ data: [...x, ...v], shape: [2, 2] }));
    both((s) => objective(total(s), x).at(x).hvp(v));
  });

  test("foriLoop, with and without checkpoint, and loops in loops", () => {
    const f = (settings: Any) => (x: Any) =>
      foriLoop(2, 11, (i: Any, y: Any) => sin(mul(y, add(1, mul(0.1, astype(i, "float64"))))), x, settings);
    const g = (settings: Any) => (x: Any) => scan((y: Any) => [f(settings)(y), y], x, null, { length: 9, ...settings });
    const h = (settings: Any) => (x: Any) => {
      const [y, ys] = g(settings)(x);
      return add(y, sum(square(ys)));
    };
    const own = { checkpoint: checkpointing };
    expect(jit(h(own))(0.7)).toBe(jit(h({}))(0.7));
    expect(grad(h(own))(0.7)).toBeCloseTo(grad(h({}))(0.7), 13);
    expect(hvp(h(own), 0.7, 1)).toBeCloseTo(hvp(h({}), 0.7, 1), 12);
    expect(grad(grad(h(own)))(0.7)).toBeCloseTo(hvp(h({}), 0.7, 1), 12);
    expect(foriLoop(0, 0, (_i: Any, y: Any) => mul(y, 2), 3, own)).toBe(3);
  });
});

test("with unroll: iterations of a block stand side by side", () => {
  const f = (settings: Any) => (x: Any) =>
    scan((y: Any) => [sin(mul(1.5, y)), null], x, null, { length: 23, ...settings })[0];
  for (const unroll of [2, 3, true]) {
    const g = f({ unroll, checkpoint: "sqrt" });
    expect(g(0.4)).toBe(f({})(0.4));
    expect(hvp(g, 0.4, 1)).toBeCloseTo(hvp(f({}), 0.4, 1), 13);
  }
});

// ---- checkpoint, the transform, with loops ----

describe("loops and functions with derivatives of their own in each other", () => {
  const step = (y: Any): Any => sin(mul(1.5, tanh(y)));
  const steps = (f: Any, n: number) => (x: Any) => scan((y: Any) => [f(y), null], x, null, { length: n })[0];
  const custom = (f: Any): Any =>
    customVjp(
      f,
      (x: Any) => [f(x), x],
      (x: Any, ct: Any) => vjp(f, x)[1](ct),
    );
  const forward = (f: Any): Any => customJvp(f, ([x]: Any, [d]: Any) => jvp(f, [x], [d]));
  test.each<readonly [string, Any]>([
    ["a loop of a checkpoint", steps(checkpoint(step), 12)],
    ["a checkpoint of a loop", checkpoint(steps(step, 12))],
    ["a loop of a checkpoint of a loop", steps(checkpoint(steps(step, 3)), 4)],
    ["three levels", steps(checkpoint(steps(checkpoint(steps(checkpoint(step), 2)), 3)), 2)],
    ["three levels, checkpoints outside", checkpoint(steps(checkpoint(steps(checkpoint(steps(step, 2)), 3)), 2))],
    ["a rule with a loop in a loop", steps(custom(steps(step, 3)), 4)],
    ["a checkpoint of a rule with a loop", steps(checkpoint(custom(steps(step, 3))), 4)],
    ["a forward rule with a loop in a loop", steps(forward(steps(step, 3)), 4)],
    ["a checkpoint of a forward rule with a loop", checkpoint(steps(forward(steps(step, 3)), 4))],
    ["a rule of a checkpoint of a loop", custom(checkpoint(steps(step, 12)))],
  ])("%s", (_, f) => {
    const want = (x: Any): Any => {
      let y = x;
      for (let i = 0; i < 12; i++) y = step(y);
      return y;
    };
    const near = (derivative: (g: Any) => Any): void => {
      const [got, right] = [derivative(f), derivative(want)].map((y) => [plain(y)].flat(9) as number[]) as [Any, Any];
      right.forEach((r: number, i: number) => void expect(got[i]).toBeCloseTo(r, 12));
    };
    near((g) => jit(g)(0.4));
    near((g) => grad(g)(0.4));
    near((g) => jvp(g, [0.4], [1])[1]);
    near((g) => hvp(g, 0.4, 1));
    near((g) => grad(grad(g))(0.4));
    near((g) => vmap((x: Any) => hvp(g, x, 1))([0.4, 0.9]));
    near((g) =>
      objective((x: Any) => g(x), 0.4)
        .at(0.4)
        .hvp(1),
    );
    near((g) => hvp((x: Any) => sum(square(stack([g(x), g(mul(2, x))]))), 0.4, 1));
  });
});

test("checkpoints in checkpoints around a loop: graphs grow with their depth", () => {
  const nest = (depth: number): Any => {
    let f: Any = (x: Any) => scan((y: Any) => [sin(y), null], x, null, { length: 5 })[0];
    for (let i = 0; i < depth; i++) f = checkpoint(f);
    return f;
  };
  const bodies = (depth: number): number => makeGraph(grad(nest(depth)))(0.5).split("lambda").length;
  expect(bodies(20) - bodies(10)).toBe(bodies(10) - bodies(0));
  let [y, slope] = [0.5, 1];
  for (let i = 0; i < 5; i++) [y, slope] = [Math.sin(y), slope * Math.cos(y)];
  expect(grad(nest(30))(0.5)).toBeCloseTo(slope, 14);
});
