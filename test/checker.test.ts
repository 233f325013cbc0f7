// Tests of the tester: checkGrads must catch wrong rules of every kind, the typechecker wrong graphs, and expectSame
// wrong code. The faulty records carry the names of the primitives they imitate, so that the reference interpreter
// gives the right values.
import { describe, expect, test } from "vitest";
import { inSession, make } from "../src/ir/build.ts";
import { check } from "../src/ir/check.ts";
import { type MaybeNode, Node, type Primitive } from "../src/ir/graph.ts";
import { reachable } from "../src/ir/walk.ts";
import { addPrim, mul, mulPrim, neg, sub } from "../src/primitives/arithmetic.ts";
import { matmul, matmulPrim } from "../src/primitives/contraction.ts";
import { elementwise } from "../src/primitives/define.ts";
import { parameter } from "../src/primitives/leaf.ts";
import { flip, pad, slice, slicePrim, transpose, transposePrim } from "../src/primitives/shape.ts";
import { broadcast, full, reduceSum, reduceSumPrim } from "../src/primitives/spread.ts";
import { cos, exp, sin, sinPrim } from "../src/primitives/transcendental.ts";
import { checkGrads, romberg, type Subject } from "./harness/checkGrads.ts";
import { expectSame } from "./harness/compare.ts";
import { evaluateReference } from "./harness/reference.ts";
import { rng, vector } from "./harness/rng.ts";

const point = (...sizes: number[]): Float64Array[] => sizes.map((n) => vector(rng(7), n));
const run = (subject: Subject, dtype: "float64" | "float32" = "float64") =>
  checkGrads(subject, { evaluate: evaluateReference, dtype });
const subject = (name: string, build: Subject["build"], shapes: number[][], linear = false): Subject => ({
  name,
  build,
  shapes,
  point: point(...shapes.map((s) => s.reduce((n, d) => n * d, 1))),
  linear,
});

/** `prim` with some rules replaced. */
const faulty = <P extends object>(prim: Primitive<P>, rules: Partial<Primitive<P>>): Primitive<P> => ({
  ...prim,
  simplify: () => undefined,
  ...rules,
});
const emit = () => {
  throw new Error("not compiled here");
};
const sinWith = (derivative: (x: Node) => Node): Primitive =>
  elementwise("sin", { jvp: ([d], [x]) => d && mul(d, derivative(x as Node)), emit });

describe("right rules pass", () => {
  test.each(["float64", "float32"] as const)("%s", (dtype) => {
    run(
      subject("sin", ([x]) => [make(sinPrim, [x as Node])], [[3]]),
      dtype,
    );
    run(
      subject("matmul", ([a, b]) => [make(matmulPrim, [a as Node, b as Node])], [
        [2, 3],
        [3, 4],
      ]),
      dtype,
    );
    run(
      subject("slice", ([x]) => [slice(x as Node, 0, 1, 8, 3)], [[9]], true),
      dtype,
    );
  });
});

describe("wrong forward rules", () => {
  const cases: [string, Primitive, RegExp][] = [
    ["sign", sinWith((x) => neg(cos(x))), /jvp against differences/],
    ["factor", sinWith((x) => mul(1.001, cos(x))), /jvp against differences/],
    ["another function", sinWith((x) => exp(x)), /jvp against differences/],
    [
      "a derivative that does not depend on x any more",
      sinWith((x) => full(x.shape, 1, x.dtype)),
      /jvp against differences/,
    ],
    ["no derivative", elementwise("sin", { emit }), /jvp against differences/],
  ];
  test.each(cases)("sin: %s", (_what, prim, message) =>
    expect(() => run(subject("sin", ([x]) => [make(prim, [x as Node])], [[4]]))).toThrow(message),
  );

  test("a tangent of the wrong shape", () => {
    const prim = faulty(sinPrim, { jvp: (_node, [d]) => d && reduceSum(d, [0]) });
    expect(() => run(subject("sin", ([x]) => [make(prim, [x as Node])], [[4]]))).toThrow(/derivative is float64\[\]/);
  });

  test("mul: only one of the two terms", () => {
    const prim = faulty(mulPrim, { jvp: (node, [da]) => da && mul(da, node.inputs[1] as Node) });
    expect(() => run(subject("mul", ([a, b]) => [make(prim, [a as Node, b as Node])], [[4], [4]]))).toThrow(
      /jvp against differences/,
    );
  });

  test("a first derivative that is right but whose own derivative is wrong", () => {
    // cos with a zero derivative: only the second order can tell.
    const deadCos = elementwise("cos", { jvp: () => undefined, emit });
    expect(() =>
      run(
        subject(
          "sin",
          ([x]) => [
            make(
              sinWith((y) => make(deadCos, [y])),
              [x as Node],
            ),
          ],
          [[4]],
        ),
      ),
    ).toThrow(/Hv against differences/);
  });

  test("wrong by one part in 10^7", () => {
    expect(() =>
      run(
        subject(
          "sin",
          ([x]) => [
            make(
              sinWith((y) => mul(1 + 1e-7, cos(y))),
              [x as Node],
            ),
          ],
          [[4]],
        ),
      ),
    ).toThrow(/jvp against differences/);
  });
});

describe("wrong transposes", () => {
  const linear = (name: string, build: (x: Node) => Node, shape: number[]) =>
    subject(name, ([x]) => [build(x as Node)], [shape], true);

  test("slice: pads on the wrong side", () => {
    const prim = faulty(slicePrim, { transpose: (node, ct) => [pad(ct, 0, 4 - node.params.start, node.params.start)] });
    expect(() => run(linear("slice", (x) => make(prim, [x], { axis: 0, start: 1, stop: 3, step: 1 }), [6]))).toThrow(
      /⟨w, Jv⟩/,
    );
  });
  test("slice: forgets the step", () => {
    const prim = faulty(slicePrim, {
      transpose: (node, ct) => [pad(ct, 0, node.params.start, 6 - node.params.start - ct.size)],
    });
    expect(() => run(linear("slice", (x) => make(prim, [x], { axis: 0, start: 1, stop: 6, step: 2 }), [6]))).toThrow(
      /⟨w, Jv⟩/,
    );
  });
  test("transpose: the permutation instead of its inverse", () => {
    const prim = faulty(transposePrim, { transpose: (node, ct) => [transpose(ct, node.params.perm)] });
    // Equal extents, so that the types agree and only the values are wrong.
    expect(() => run(linear("transpose", (x) => make(prim, [x], { perm: [1, 2, 0] }), [2, 2, 2]))).toThrow(/⟨w, Jv⟩/);
  });
  test("sum: a missing factor", () => {
    const prim = faulty(reduceSumPrim, {
      transpose: (node, ct) => [mul(0.5, broadcast(ct, (node.inputs[0] as Node).shape, []))],
    });
    expect(() => run(linear("sum", (x) => make(prim, [x], { axes: [0] }), [5]))).toThrow(/⟨w, Jv⟩/);
  });
  test("add: the cotangent of one input only", () => {
    const prim = faulty(addPrim, {
      transpose: (_node, ct, marks): MaybeNode[] => [marks[0] ? ct : undefined, undefined],
    });
    const f: Subject["build"] = ([a, b]) => [make(prim, [a as Node, b as Node])];
    prim.jvp = (_node, [da, db]) => make(prim, [da ?? full([4], 0, "float64"), db ?? full([4], 0, "float64")]);
    expect(() => run(subject("add", f, [[4], [4]], true))).toThrow(/⟨w, Jv⟩/);
  });
  test("matmul: a factor that is not transposed", () => {
    const prim: Primitive = faulty(matmulPrim, {
      jvp: ({ inputs: [, b] }, [da]) => da && make(prim, [da, b as Node]),
      transpose: ({ inputs: [, b] }, ct) => [matmul(ct, b as Node), undefined],
    });
    const constant = vector(rng(3), 9);
    const f: Subject["build"] = ([a], [b]) => [make(prim, [a as Node, b as Node])];
    expect(() =>
      run({
        ...subject("matmul", f, [[3, 3]], true),
        fixed: [{ shape: [3, 3], dtype: "float64", data: Array.from(constant) }],
      }),
    ).toThrow(/⟨w, Jv⟩/);
  });
});

describe("wrong batching rules", () => {
  test("flips the wrong axis", () => {
    const prim = faulty({ ...sinPrim }, { batch: (_node, inputs) => flip(sin(inputs[0] as Node), 1) });
    expect(() => run(subject("sin", ([x]) => [make(prim, [x as Node])], [[4]]))).toThrow(/batch/);
  });
  test("forgets which input is batched", () => {
    const prim = faulty(mulPrim, {
      batch: (_node, [a, b], has) =>
        has[0] && has[1] ? mul(a as Node, b as Node) : mul(has[0] ? (a as Node) : (b as Node), 1),
    });
    expect(() => run(subject("mul", ([a, b]) => [make(prim, [a as Node, b as Node])], [[4], [4]]))).toThrow(/batch/);
  });
});

test("romberg reaches the accuracy that the tolerances assume", () => {
  const [slope] = romberg((t) => [Float64Array.of(Math.exp(1 + t), Math.sin(3 * t), 1 / (0.4 + t))]);
  // The last is the steepest function of the tables: log near its singularity at distance 0.4.
  expect(slope?.[0]).toBeCloseTo(Math.E, 11);
  expect(slope?.[1]).toBeCloseTo(3, 11);
  expect(Math.abs((slope?.[2] as number) + 6.25)).toBeLessThan(1e-8);
});

describe("the typechecker", () => {
  const graph = (body: (x: Node) => Node[]) => inSession(() => body(parameter([3], "float64")));
  test("accepts what the builder makes", () => graph((x) => (check(reachable([sub(sin(x), mul(2, x))])), [])));
  test("rejects a user before its input", () =>
    expect(() => graph((x) => (check([sin(x), x]), []))).toThrow(/before it is listed/));
  test("rejects a wrong shape", () =>
    expect(() => graph((x) => (check([x, new Node(1e9, sinPrim, [x], {}, [4], "float64")]), []))).toThrow(
      /its rule says float64\[3\]/,
    ));
  test("rejects a wrong type", () =>
    expect(() => graph((x) => (check([x, new Node(1e9, sinPrim, [x], {}, [3], "float32")]), []))).toThrow(
      /its rule says/,
    ));
  test("rejects ids out of order", () =>
    expect(() => graph((x) => (check([x, new Node(0, sinPrim, [x], {}, [3], "float64")]), []))).toThrow(/later id/));
  test("rejects a node listed twice", () => expect(() => graph((x) => (check([x, x]), []))).toThrow(/twice/));
});

describe("expectSame", () => {
  const compare = (body: (x: Node) => Node, spoil: (y: number, i: number) => number) =>
    inSession(() => {
      const x = parameter([5], "float64");
      const y = body(x);
      expectSame(
        (...args) => evaluateReference(...args).map((d) => d.map(spoil) as typeof d),
        [y],
        [x],
        [Float64Array.of(0.1, 0.2, 0.3, -0.4, 5)],
      );
    });
  const up = (y: number, ulps: number) => y + ulps * 2 ** (Math.floor(Math.log2(Math.abs(y))) - 52);
  test("takes equal results", () =>
    compare(
      (x) => mul(x, x),
      (y) => y,
    ));
  test("takes an ulp of an elementary function", () =>
    compare(
      (x) => sin(x),
      (y) => up(y, 1),
    ));
  test("takes no ulp of a product", () =>
    expect(() =>
      compare(
        (x) => mul(x, x),
        (y) => up(y, 1),
      ),
    ).toThrow(/wanted/));
  test("takes no wrong sign of zero", () =>
    expect(() =>
      compare(
        (x) => sub(x, x),
        (y) => -y,
      ),
    ).toThrow(/wanted/));
  test("takes a reassociated sum", () =>
    compare(
      (x) => reduceSum(x, [0]),
      (y) => up(y, 2),
    ));
  test("takes no hundred ulps of an elementary function", () =>
    expect(() =>
      compare(
        (x) => sin(x),
        (y) => up(y, 100),
      ),
    ).toThrow(/wanted/));
  test("takes no NaN", () =>
    expect(() =>
      compare(
        (x) => sin(x),
        (y, i) => (i === 3 ? NaN : y),
      ),
    ).toThrow(/\[3\] is NaN/));
});
