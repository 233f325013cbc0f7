// Loops and choices under all compositions of derivatives and batches, against iterations and branches in the graph.
import { describe, expect, test } from "vitest";
import { batchGraph } from "../../src/ad/batch.ts";
import type { Data } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { reachable } from "../../src/ir/walk.ts";
import { rowOf } from "../../src/opt/graph/unroll.ts";
import { abs, add, div, mul, sub } from "../../src/primitives/arithmetic.ts";
import { isChoice, isLoop } from "../../src/primitives/control.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { gt, lt, select } from "../../src/primitives/logic.ts";
import { concat, reshape } from "../../src/primitives/shape.ts";
import { broadcast, full } from "../../src/primitives/spread.ts";
import { cos, exp, sin } from "../../src/primitives/transcendental.ts";
import { type Argument, BATCHES, COMPOSITIONS, composed, expectClose, type Form } from "../harness/compositions.ts";
import { type Body, chosen, looped } from "../harness/control.ts";
import { both, type Case, cases, s, v } from "../harness/control-cases.ts";
import { evaluateReference } from "../harness/reference.ts";

/** Whether any loop is left in `outputs`: what is compared must not have become the same graph. */
const hasLoop = (outputs: readonly Node[]): boolean => reachable(outputs).some(isLoop);

function agree(loop: Form, plain: Form, args: readonly Argument[], letters: string): void {
  const got = composed(loop, args, letters);
  expectClose(got.values, composed(plain, args, letters).values, letters);
}

describe.each([
  [0, false],
  [1, false],
  [2, true],
  [5, false],
] as const)("loops of length %d, reverse %s", (length, reverse) => {
  describe.each(cases(length, reverse).map((c) => [c.name, c] as const))("%s", (_, c) => {
    const [loop, plain] = both(c);
    test.each([...COMPOSITIONS, ...BATCHES])("%s", (letters) => agree(loop, plain, c.args, letters));
  });
});

test("derivatives of loops are loops, whose size does not depend on their length", () => {
  for (const letters of [...COMPOSITIONS, ...BATCHES]) {
    const size = (length: number): number => {
      const [c] = cases(length, false) as [Case];
      const { outputs } = composed(both(c)[0], c.args, letters, () => []);
      expect(hasLoop(outputs)).toBe(true);
      return reachable(outputs).length;
    };
    expect(size(1000), letters).toBe(size(5));
  }
});

describe("loops that a condition ends", () => {
  // Newton's square root of a, until the square is near: 5 to 6 iterations for the numbers below.
  const body: Body = ([x], _, [a]) => {
    const next = mul(0.5, add(x as Node, div(a as Node, x as Node)));
    return { carries: [next], slices: [mul(next, next)] };
  };
  const condition = ([x]: readonly Node[], [a]: readonly Node[]): Node =>
    gt(abs(sub(mul(x as Node, x as Node), a as Node)), 1e-9);
  const loop: Form = ([x, a]) => looped(body, { carries: [x as Node], shared: [a as Node], length: 8, condition });
  /** Eight iterations, those past the end masked: the number of them is a result. */
  const plain: Form = ([x, a]) => {
    let [y, count] = [x as Node, full([], 0, "int32")];
    const stack: Node[] = [];
    for (let k = 0; k < 8; k++) {
      const live = condition([y], [a as Node]);
      const of = body([y], [], [a as Node]);
      y = select(live, of.carries[0] as Node, y);
      count = select(live, add(count, 1), count);
      stack.push(reshape(select(live, (of.slices as Node[])[0] as Node, 0), [1]));
    }
    return [y, count, concat(stack, 0)];
  };
  const args = [s(1.5), s(7)];
  test.each([...COMPOSITIONS, ...BATCHES])("%s", (letters) => agree(loop, plain, args, letters));

  test("lanes that are done wait for the others", () => {
    const apart: Form = ([a]) =>
      looped(body, { carries: [full([], 1, "float64")], shared: [a as Node], length: 60, condition });
    const [roots, counts] = inSession(() => {
      const [a, many] = [parameter([], "float64"), parameter([3], "float64")];
      const { outputs } = batchGraph(apart([a]).slice(0, 2), [a], [many], 3);
      return evaluateReference(outputs, [many], [Float64Array.of(1, 4, 1e6)]);
    });
    const steps = (a: number): number => {
      let [x, n] = [1, 0];
      for (; Math.abs(x * x - a) > 1e-9; n++) x = 0.5 * (x + a / x);
      return n;
    };
    expect(Array.from(counts as Data)).toEqual([1, 4, 1e6].map(steps));
    [1, 2, 1000].forEach((r, i) => {
      expect(roots?.[i]).toBeCloseTo(r, 9);
    });
  });
});

describe.each([false, true])("loops of a counted number of iterations, reverse %s", (reverse) => {
  const body: Body = ([x], [u], [a]) => {
    const next = sin(add(mul(a as Node, x as Node), u as Node));
    return { carries: [next], slices: [mul(next, x as Node)] };
  };
  const args: Argument[] = [s(0.4), { shape: [6], value: [0.1, -0.2, 0.3, 0.5, -0.7, 0.9] }, s(1.3)];
  const n: Argument = { shape: [], dtype: "int32", value: [3] };
  const loop: Form = ([x, u, a, count]) =>
    looped(body, {
      carries: [x as Node],
      walked: [u as Node],
      shared: [a as Node],
      length: 6,
      reverse,
      count: count as Node,
    });
  const plain: Form = ([x, u, a, count]) => {
    let y = x as Node;
    const stack: Node[] = [];
    for (let k = 0; k < 6; k++) {
      const i = reverse ? 5 - k : k;
      const live = lt(full([], i, "int32"), count as Node);
      const of = body([y], [rowOf(u as Node, i)], [a as Node]);
      y = select(live, of.carries[0] as Node, y);
      stack[i] = reshape(select(live, (of.slices as Node[])[0] as Node, 0), [1]);
    }
    return [y, concat(stack, 0)];
  };
  test.each([...COMPOSITIONS, ...BATCHES])("%s", (letters) => agree(loop, plain, [...args, n], letters));
  test.each([0, 1, 6, 9])("count %d", (count) => {
    for (const letters of ["", "F", "R", "RF", "RR"]) agree(loop, plain, [...args, { ...n, value: [count] }], letters);
  });
});

describe("choices", () => {
  const branches = [
    ([x, y]: readonly Node[]) => [mul(x as Node, sin(y as Node)), y as Node],
    ([x]: readonly Node[]) => [exp(x as Node), full([2], 3, "float64")],
    ([x, y]: readonly Node[]) => [cos(mul(x as Node, y as Node)), x as Node],
  ];
  const args = [v(0.3, -0.6), v(1.1, 0.4)];
  const at = (k: number): Argument => ({ shape: [], dtype: "int32", value: [k] });
  const form: Form = ([x, y, k]) => chosen(k as Node, [x as Node, y as Node], branches);
  /** The same by `where`: branch 0 up to 0, branch 2 from 2 on. */
  const plain: Form = ([x, y, k]) => {
    const [a, b, c] = branches.map((f) => f([x as Node, y as Node])) as [Node[], Node[], Node[]];
    const is = (n: number): Node => broadcast(lt(k as Node, n + 1), [2], []);
    return a.map((p, i) => select(is(0), p, select(is(1), b[i] as Node, c[i] as Node)));
  };
  describe.each([-1, 0, 1, 2, 7])("index %d", (k) => {
    test.each([...COMPOSITIONS, ...BATCHES])("%s", (letters) => agree(form, plain, [...args, at(k)], letters));
    test.each(BATCHES)("%s, the index stays", (letters) => {
      const some = (i: number): boolean => i < 2;
      const got = composed(form, [...args, at(k)], letters, evaluateReference, some);
      expectClose(got.values, composed(plain, [...args, at(k)], letters, evaluateReference, some).values, letters);
      expect(reachable(got.outputs).some(isChoice)).toBe(true);
    });
  });
});
