// The exchange of two loops (opt/exchange.ts) on bodies built by hand and at random: whatever it calls equal is equal
// when the body is evaluated, element by element, with numbers among which there are ties and zeros of both signs.
import { describe, expect, test } from "vitest";
import { Box } from "../../src/ir/box.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Affine } from "../../src/ir/index-map.ts";
import { atan, cos } from "../../src/kernels/core.gen.ts";
import { atan2 } from "../../src/kernels/elementary.gen.ts";
import { type Emitted, LaneBuilder, type Value } from "../../src/opt/plan/lane-builder.ts";
import { exchange, type Signed } from "../../src/opt/steps/exchange.ts";
import { asType, literal, parameter } from "../../src/primitives/leaf.ts";
import { choice, integer, type Rng, rng } from "../harness/rng.ts";

const N = 4;
const ROW: Affine = [0, 1, 0];
const COLUMN: Affine = [0, 0, 1];

/** A body of two loops of `N` iterations: what exchange() reads of one. */
type Body = LaneBuilder & { readonly box: Box };
const emptyBody = (): Body =>
  Object.assign(new LaneBuilder(), {
    box: new Box([
      [0, N],
      [0, N],
    ]),
  });
const vectorNode = () => parameter([N], "float64");

const FORMULAS: Readonly<Partial<Record<string, (a: number, b: number, c: number) => number>>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  min: Math.min,
  max: Math.max,
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  not: (a) => 1 - a,
  select: (c, a, b) => (c ? a : b),
};
const CALLS: Readonly<Record<string, (a: number, b: number) => number>> = {
  atan2: Math.atan2,
  cos: Math.cos,
  atan: Math.atan,
};

/** The values of a body at (i, j). */
function evaluated(body: Body, data: ReadonlyMap<number, readonly number[]>, i: number, j: number): number[] {
  const results: number[] = [];
  for (const v of body.values) {
    const [a, b, c] = v.operands.map((x) => results[x.id] as number) as [number, number, number];
    const at = v.position && (v.position[0] as number) + (v.position[1] as number) * i + (v.position[2] as number) * j;
    const y =
      v.op === "const"
        ? (v.value as number)
        : v.op === "iota"
          ? (at as number)
          : v.op === "load"
            ? (data.get((v.source as { id: number }).id)?.[at as number] as number)
            : v.op === "convert"
              ? a
              : v.op === "call"
                ? (CALLS[v.kernel!.own.name] as (a: number, b: number) => number)(a, b)
                : (FORMULAS[v.op] as (a: number, b: number, c: number) => number)(a, b, c);
    // Integers are those of 32 bits: sums wrap around, conversions saturate.
    results.push(v.dtype === "int32" && v.op !== "convert" ? y | 0 : asType(y, v.dtype));
  }
  return results;
}

/** Whether `got` is `sign · base`: exactly, or but for the sign of a zero. */
const agrees = (got: number, sign: number, base: number, loose: boolean | undefined): boolean =>
  Object.is(got, sign < 0 ? -base : base) || (loose === true && got === 0 && base === 0);

/**
 * Checks all that exchange() says of a body; `data`: of arrays by their ids. How many values have an image, and how
 * many a loose one.
 */
function check(body: Body, data: ReadonlyMap<number, readonly number[]>): { images: number; loose: number } {
  const { norm, image } = exchange(body, 0, 1, (n) => n.prim.name === "literal");
  const faults: string[] = [];
  const claim = (
    v: Value,
    got: number,
    { base, sign, loose }: Signed,
    here: readonly number[],
    where: string,
  ): void => {
    const want = here[base.id] as number;
    if (v.dtype === "int32" || v.dtype === "bool" ? got === ((sign * want) | 0) : agrees(got, sign, want, loose))
      return;
    faults.push(`${v.op} ${v.dtype} of ${v.operands.map((a) => a.op)} ${where}: ${got} is not ${sign} · ${want}`);
  };
  for (let i = 0; i < N; i++)
    for (let j = 0; j < N; j++) {
      const [here, there] = [evaluated(body, data, i, j), evaluated(body, data, j, i)];
      for (const v of body.values) {
        claim(v, here[v.id] as number, norm(v), here, `at (${i}, ${j})`);
        const m = image(v);
        if (m) claim(v, there[v.id] as number, m, here, `at (${j}, ${i})`);
      }
    }
  expect(faults).toEqual([]);
  const images = body.values.flatMap((v) => image(v) ?? []);
  return { images: images.length, loose: images.filter((m) => m.loose).length };
}

/** A body with the loads x_i, x_j and what `build` makes of them. */
const of = <T>(
  build: (b: Body, x: Value, y: Value) => T,
): { body: Body; made: T; data: Map<number, readonly number[]> } =>
  inSession(() => {
    const [body, x] = [emptyBody(), vectorNode()];
    const made = build(body, body.load(x, ROW), body.load(x, COLUMN));
    return { body, made, data: new Map([[x.id, [1, 0, 1, -0]]]) };
  });

describe("bodies built by hand", () => {
  test("a difference is its own negative, but for the sign of a zero; what tells that sign has no image", () => {
    const { body, made, data } = of((b, x, y) => {
      const q = b.op("sub", x, y);
      return {
        q,
        square: b.op("mul", q, q),
        magnitude: b.op("abs", q),
        positive: b.op("gt", q, b.constant(0, "float64")),
        quotient: b.op("div", q, b.op("add", x, y)),
        reciprocal: b.op("div", b.constant(1, "float64"), q),
        angle: b.call(atan2, [q, b.constant(-1, "float64")]),
        cosine: b.call(cos, [b.op("mul", q, q)]),
      };
    });
    const { image } = exchange(body, 0, 1, () => false);
    const { q, square, magnitude, positive, quotient, reciprocal, angle, cosine } = made;
    expect(image(q)).toMatchObject({ base: q, sign: -1, loose: true });
    expect(image(quotient)).toMatchObject({ base: quotient, sign: -1, loose: true });
    for (const v of [square, magnitude, cosine]) expect(image(v)).toEqual({ base: v, sign: 1, loose: false });
    for (const v of [positive, reciprocal, angle]) expect(image(v)).toBeUndefined();
    check(body, data);
  });

  test("the zero of a mask is +0 on both sides of the exchange", () => {
    const { body, made, data } = of((b, x, y) => {
      const q = b.op("sub", x, y);
      const far = b.op("gt", b.op("mul", q, q), b.constant(0.5, "float64"));
      const zero = b.constant(0, "float64");
      const masks = [b.op("select", far, q, zero), b.op("select", far, zero, q)];
      const [one, other] = [b.op("select", far, x, zero), b.op("select", far, b.op("neg", y), zero)];
      return { masks, one, other, told: [...masks, one].map((m) => b.op("div", b.constant(1, "float64"), m)) };
    });
    const { image } = exchange(body, 0, 1, () => false);
    for (const m of made.masks) expect(image(m)).toMatchObject({ base: m, sign: -1, loose: true });
    expect(image(made.one)).toMatchObject({ base: made.other, sign: -1, loose: true });
    for (const v of made.told) expect(image(v)).toBeUndefined();
    check(body, data);
  });

  test("a square is one value twice: (x - y)(y - x) has the zeros of neither sign", () => {
    const { body, made, data } = of((b, x, y) => {
      const [q, p] = [b.op("sub", x, y), b.op("sub", y, x)];
      return { product: b.op("mul", q, p), square: b.op("mul", q, q) };
    });
    const { norm } = exchange(body, 0, 1, () => false);
    expect(norm(made.square)).toMatchObject({ base: made.product, sign: -1, loose: true });
    check(body, data);
  });

  test("integers have no sign of zero, and no negative of their least one", () => {
    inSession(() => {
      const body = emptyBody();
      const x = parameter([N], "int32");
      const gap = body.op("sub", body.load(x, ROW), body.load(x, COLUMN));
      const converted = body.convert(gap, "float64");
      const { image } = exchange(body, 0, 1, () => false);
      expect(image(gap)).toEqual({ base: gap, sign: -1, loose: false });
      expect(image(converted)).toBeUndefined();
      check(body, new Map([[x.id, [0, -(2 ** 31), 0, 3]]]));
    });
    inSession(() => {
      const body = emptyBody();
      const x = vectorNode();
      const saturated = body.convert(body.op("sub", body.load(x, ROW), body.load(x, COLUMN)), "int32");
      expect(exchange(body, 0, 1, () => false).image(saturated)).toBeUndefined();
      check(body, new Map([[x.id, [0, 3e9, -3e9, 0.5]]]));
    });
  });

  test("captured arrays are compared bit for bit", () => {
    inSession(() => {
      const body = emptyBody();
      const zeros = new Float64Array(N * N);
      const negative = zeros.slice();
      negative[1] = -0;
      const at = (data: Float64Array): Value => body.load(literal(data, [N, N], "float64"), [0, N, 1]);
      const [same, other] = [at(zeros), at(negative)];
      const { image } = exchange(body, 0, 1, () => true);
      expect(image(same)).toEqual({ base: same, sign: 1 });
      expect(image(other)).toBeUndefined();
    });
  });
});

describe("random bodies", () => {
  const FLOATS: readonly Emitted[] = [
    "add",
    "sub",
    "sub",
    "mul",
    "mul",
    "div",
    "min",
    "max",
    "neg",
    "abs",
    "sqrt",
    "floor",
    "ceil",
    "trunc",
  ];
  const TESTS: readonly Emitted[] = ["lt", "le", "gt", "ge", "eq", "ne"];
  const NUMBERS = [-1, -0.5, -0, 0, 0, 0.5, 1, 1, 2];

  function grow(body: Body, random: Rng): Map<number, readonly number[]> {
    const arrays = [vectorNode(), vectorNode()];
    const integers = parameter([N], "int32");
    const m = Array.from({ length: N * N }, () => choice(random, NUMBERS));
    for (let i = 0; i < N; i++) for (let j = 0; j < i; j++) m[i * N + j] = m[j * N + i] as number;
    const symmetric = literal(Float64Array.from(m), [N, N], "float64");
    const floats: Value[] = arrays.flatMap((x) => [body.load(x, ROW), body.load(x, COLUMN)]);
    floats.push(body.load(symmetric, [0, N, 1]), ...[0, -0, 1, -1].map((c) => body.constant(c, "float64")));
    const ints: Value[] = [
      body.load(integers, ROW),
      body.load(integers, COLUMN),
      body.iota(ROW, "int32"),
      body.iota(COLUMN, "int32"),
    ];
    const bools: Value[] = [];
    const pick = (list: readonly Value[]): Value =>
      list[Math.max(0, list.length - 1 - Math.floor(random() ** 2 * list.length))] as Value;
    for (let k = 0; k < 40; k++) {
      const kind = random();
      if (kind < 0.55) {
        const op = choice(random, FLOATS);
        floats.push(body.plain(op, FORMULAS[op]?.length === 1 ? [pick(floats)] : [pick(floats), pick(floats)]));
      } else if (kind < 0.65) bools.push(body.plain(choice(random, TESTS), [pick(floats), pick(floats)]));
      else if (kind < 0.78 && bools.length > 0)
        floats.push(body.plain("select", [pick(bools), pick(floats), pick(floats)]));
      else if (kind < 0.82)
        ints.push(body.plain(choice(random, ["add", "sub", "mul", "neg"] as const), [pick(ints), pick(ints)]));
      else if (kind < 0.86) floats.push(body.convert(body.convert(pick(floats), "float32"), "float64"));
      else if (kind < 0.9) floats.push(body.convert(pick(ints), "float64"));
      else if (kind < 0.92) ints.push(body.convert(pick(floats), "int32"));
      else if (kind < 0.96) floats.push(body.call(atan2, [pick(floats), pick(floats)]));
      else floats.push(body.call(choice(random, [cos, atan]), [pick(floats)]));
      // What stands on one side is often wanted of the other too.
      const v = floats.at(-1) as Value;
      if (random() < 0.5 && v.operands.length === 2 && v.op !== "call")
        floats.push(body.plain(v.op as Emitted, v.operands.toReversed()));
    }
    const values = (): number[] => Array.from({ length: N }, () => choice(random, NUMBERS));
    const whole = Array.from({ length: N }, () =>
      choice(random, [0, 1, -3, 7, -(2 ** 31), 2 ** 31 - 1, integer(random, -9, 9)]),
    );
    return new Map([...arrays.map((x) => [x.id, values()] as const), [integers.id, whole], [symmetric.id, m]]);
  }

  test("what is called equal is equal, signs of zeros included where it is said so", () => {
    let [images, loose] = [0, 0];
    for (let seed = 1; seed <= 1500; seed++) {
      inSession(() => {
        const body = emptyBody();
        const found = check(body, grow(body, rng(seed)));
        images += found.images;
        loose += found.loose;
      });
    }
    // Else nothing was tested.
    expect(images).toBeGreaterThan(10_000);
    expect(loose).toBeGreaterThan(1000);
  });
});
