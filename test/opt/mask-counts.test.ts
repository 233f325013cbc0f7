// What structural zeros cost: masks that places alone decide are known when a graph is made, so that derivatives of
// programs with pads and concatenated zeros stay a small multiple of the value. A mask that is searched at run time
// again fails here.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { reachable } from "../../src/ir/walk.ts";
import { add, div, sqrt, square } from "../../src/primitives/arithmetic.ts";
import { iota, parameter } from "../../src/primitives/leaf.ts";
import { ge, gt, or } from "../../src/primitives/logic.ts";
import { anyPlace } from "../../src/primitives/places.ts";
import { concat, flip, pad, reshape, slice, transpose } from "../../src/primitives/shape.ts";
import { anyOver, broadcast, full, keptAxes } from "../../src/primitives/spread.ts";
import { mayBlowUp } from "../../src/primitives/support.ts";
import { evaluate } from "../harness/backend.ts";
import type { Any } from "../harness/misuse.ts";

const A = library as Any;

/**
 * Filtering of `n` steps by parallel prefix: the elements and the operator of Särkkä and García-Fernández (2021),
 * "Temporal parallelization of Bayesian smoothers", lemmas 7 and 8. The first element has structural zeros, for it
 * has no predecessor.
 */
function prefixFilter(n: number, d: number): (x: Any) => Any {
  const t = (y: Any): Any => A.transpose(y, [0, 2, 1]);
  return (x) => {
    const [F, root, H, ends] = [0, 1, 2, 3].map((k) => A.slice(x, [k * n, (k + 1) * n]));
    const afterZeros = (y: Any): Any => A.concat([A.zeros([1, d, y.shape[2]]), A.slice(y, [1, null])], 0);
    const column = (k: number): Any => A.slice(ends, null, null, [k, k + 1]);
    let all = [
      afterZeros(F),
      column(0),
      A.add(A.matmul(root, t(root)), A.eye(d)),
      afterZeros(A.matmul(H, t(H))),
      afterZeros(column(1)),
    ];
    for (let s = 1; s < n; s *= 2) {
      const [A1, b1, C1, J1, e1] = all.map((y) => A.slice(y, [0, -s]));
      const [A2, b2, C2, J2, e2] = all.map((y) => A.slice(y, [s, null]));
      const M = A.add(A.matmul(C1, J2), A.eye(d));
      const N = A.add(A.matmul(J2, C1), A.eye(d));
      const next = [
        A.matmul(A2, A.solve(M, A1)),
        A.add(A.matmul(A2, A.solve(M, A.add(b1, A.matmul(C1, e2)))), b2),
        A.add(A.matmul(A.matmul(A2, A.solve(M, C1)), t(A2)), C2),
        A.add(A.matmul(A.matmul(t(A1), A.solve(N, J2)), A1), J1),
        A.add(A.matmul(t(A1), A.solve(N, A.sub(e2, A.matmul(J2, b1)))), e1),
      ];
      all = all.map((y, i) => A.concat([A.slice(y, [0, s]), next[i]], 0));
    }
    return A.add(A.sum(A.square(all[1])), A.sum(A.square(all[2])));
  };
}
const nodes = (f: Any, x: Any): number =>
  (A.makeGraph(f)(x) as string).split("\n").filter((line) => / = /.test(line)).length;
/** Whether a mask is looked through at run time. */
const searched = (f: Any, x: Any): boolean => / = any\[/.test(A.makeGraph(f)(x));

describe("a filter by parallel prefix", () => {
  const [n, d] = [16, 3];
  const f = prefixFilter(n, d);
  const array = (seed: number): Any => ({
    data: Float64Array.from({ length: 4 * n * d * d }, (_, i) => Math.sin(seed + 1.7 * i) / 2),
    shape: [4 * n, d, d],
  });
  const [x, v] = [array(0), array(1)];
  test("has derivatives of a small multiple of its nodes, and searches no masks", () => {
    const value = nodes(f, x);
    expect(nodes(A.grad(f), x)).toBeLessThan(4 * value);
    expect(nodes((y: Any) => A.hvp(f, y, v), x)).toBeLessThan(9 * value);
    expect(searched(A.grad(f), x)).toBe(false);
    expect(searched((y: Any) => A.hvp(f, y, v), x)).toBe(false);
  });
  test("has the derivatives that differences have", () => {
    const value = A.jit(f);
    const gradient = A.jit(A.grad(f));
    const moved = (h: number): Any => ({
      data: x.data.map((a: number, i: number) => a + h * v.data[i]),
      shape: x.shape,
    });
    const h = 1e-4;
    const slope = (of: (t: number) => number): number =>
      (4 * ((of(h / 2) - of(-h / 2)) / h) - (of(h) - of(-h)) / (2 * h)) / 3;
    const dot = (a: Any, b: Any): number => a.data.reduce((s: number, e: number, i: number) => s + e * b.data[i], 0);
    const g = gradient(x);
    expect(Math.abs(dot(g, v) / slope((t) => value(moved(t))) - 1)).toBeLessThan(1e-8);
    expect(Math.abs(dot(A.hvp(f, x, v), v) / slope((t) => dot(gradient(moved(t)), v)) - 1)).toBeLessThan(1e-8);
  });
});

test("a minimal surface with Dirichlet boundaries by pads has the loops of one without, and no masks", () => {
  const m = 20;
  const area = (u: Any): Any => {
    const c = u.slice([0, -1], [0, -1]);
    const [dx, dy] = [A.sub(u.slice([1], [0, -1]), c), A.sub(u.slice([0, -1], [1]), c)];
    return A.sum(A.sqrt(A.add(1, A.add(A.square(dx), A.square(dy)))));
  };
  const bare = (x: Any): Any => area(A.reshape(x, [m, m]));
  const padded = (x: Any): Any => area(A.pad(A.reshape(x, [m, m]), 1));
  const x = Float64Array.from({ length: m * m }, (_, i) => Math.sin(i));
  const product =
    (f: Any): Any =>
    (y: Any) =>
      A.hvp(f, y, x);
  expect(A.makeGraph(A.grad(padded))(x)).not.toMatch(/bool/);
  expect(A.makeGraph(product(padded))(x)).not.toMatch(/bool/);
  expect(nodes(A.grad(padded), x)).toBeLessThanOrEqual(nodes(A.grad(bare), x) + 4);
  expect(nodes(product(padded), x)).toBeLessThanOrEqual(3 * nodes(padded, x) + 4);
});
test("roots and quotients blow up where nothing bounds what they are of", () => {
  inSession(() => {
    const x = parameter([3], "float64");
    const [root, quotient] = [sqrt(add(1, square(x))), (y: Node) => div(x, y)];
    expect([root, quotient(root), quotient(add(2, sqrt(square(x))))].map((y) => mayBlowUp(y))).toEqual([
      false,
      false,
      false,
    ]);
    expect([sqrt(add(-1, square(x))), quotient(square(x)), quotient(add(1, x))].map((y) => mayBlowUp(y))).toEqual([
      true,
      true,
      true,
    ]);
    expect(mayBlowUp(quotient(sqrt(pad(slice(root, 0, 0, 2), 0, 0, 1))))).toBe(true);
  });
});

describe("masks that places decide", () => {
  const choice = fc.array(fc.nat({ max: 999 }), { minLength: 1, maxLength: 12 });
  /** A mask that `choices` mean: of pads, pieces, flips and triangles. */
  function someMask(choices: readonly number[], shape: readonly number[]): Node {
    let mask = full(shape, 1, "bool");
    for (const c of choices) {
      const axis = c % mask.shape.length;
      const n = mask.shape[axis] as number;
      const k = 1 + (c % 3);
      const kinds: (() => Node)[] = [
        () => slice(pad(mask, axis, k, 1), axis, 0, n),
        () => slice(pad(mask, axis, 0, k), axis, k, n + k),
        () =>
          concat(
            [
              slice(mask, axis, 0, n >> 1),
              full([...mask.shape.slice(0, axis), n - (n >> 1), ...mask.shape.slice(axis + 1)], c & 8 ? 1 : 0, "bool"),
            ],
            axis,
          ),
        () => flip(mask, axis),
        () => or(mask, slice(pad(mask, axis, k, 0), axis, 0, n)),
        () =>
          or(mask, (c & 16 ? gt : ge)(iota(mask.shape, 0, "int32"), iota(mask.shape, mask.shape.length - 1, "int32"))),
        () => transpose(mask, [...mask.shape.keys()].reverse()),
        () => broadcast(anyOver(mask, [axis]), mask.shape, keptAxes(mask.shape, [axis])),
        () => reshape(reshape(mask, [mask.size]), mask.shape),
      ];
      mask = (kinds[(c >> 2) % kinds.length] as () => Node)();
    }
    return mask;
  }
  test("are what counting finds", () => {
    let static_ = 0;
    fc.assert(
      fc.property(choice, fc.constantFrom([6], [5, 4], [4, 3, 3]), fc.nat({ max: 6 }), (choices, shape, along) =>
        inSession(() => {
          const mask = someMask(choices, shape);
          const axes = mask.shape.map((_, a) => a).filter((a) => (along >> a) & 1);
          const found = anyPlace(mask, axes);
          if (!reachable([found]).some((x) => x.prim.name === "any")) static_++;
          const [got, want] = evaluate([found, anyOver(mask, axes)], [], []);
          expect(Array.from(got as Int32Array, Boolean)).toEqual(Array.from(want as Int32Array, Boolean));
        }),
      ),
      { numRuns: 500, seed: 3 },
    );
    expect(static_).toBeGreaterThan(400);
  });
  test("equal masks are one node, whatever they were made of; all true is a constant", () => {
    inSession(() => {
      const rows = full([6, 3], 1, "bool");
      const above = pad(slice(rows, 0, 0, 4), 0, 2, 0);
      const below = concat([full([2, 3], 0, "bool"), full([4, 3], 1, "bool")], 0);
      expect(anyPlace(above, [1])).toBe(anyPlace(below, [1]));
      expect(anyPlace(or(above, flip(above, 0)), [1])).toBe(full([6], 1, "bool"));
    });
  });
  test("what numbers decide is looked for at run time", () => {
    inSession(() => {
      const x = parameter([6, 3], "float64");
      expect(reachable([anyPlace(gt(x, 0), [1])]).some((n) => n.prim.name === "any")).toBe(true);
    });
  });
});
