// The calling convention: values in, one call, arrays out.
import { afterEach, describe, expect, test } from "vitest";
import { type Data, type DType, storage } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { NO_FACTS } from "../../src/opt/facts.ts";
import { POINT } from "../../src/opt/steps/layout.ts";
import { add, mul, sub } from "../../src/primitives/arithmetic.ts";
import { literal, parameter } from "../../src/primitives/leaf.ts";
import { Captured } from "../../src/run/captured.ts";
import { Block } from "../../src/run/memory.ts";
import { type Program, type ProgramOptions, programOf } from "../../src/run/program.ts";
import { memoryUse } from "../../src/run/runtime.ts";

const made: Program[] = [];
/** A program of `make` on vectors of `n` elements of type `dtype`. */
function program(
  n: number,
  count: number,
  make: (...xs: Node[]) => readonly Node[],
  dtype: DType = "float64",
  options: ProgramOptions = {},
): Program {
  const p = inSession(() => {
    const xs = Array.from({ length: count }, () => parameter([n], dtype));
    return programOf(make(...xs), xs, options);
  });
  made.push(p);
  return p;
}
afterEach(() => {
  for (const p of made.splice(0)) p.dispose();
});

const arrays = (dtype: DType): Float64ArrayConstructor => storage(dtype) as Float64ArrayConstructor;
/** `n` numbers that every type holds exactly. */
const numbers = (n: number, dtype: DType = "float64", seed = 1): Data =>
  arrays(dtype).from({ length: n }, (_, i) => (dtype === "bool" ? (i * seed) % 2 : ((i * seed * 37) % 201) - 100));
const doubled = (x: ArrayLike<number>): number[] => Array.from(x, (t) => 2 * t);

class Longer extends Float64Array {
  override get length(): number {
    return super.length;
  }
}

describe("what goes in comes out", () => {
  // 24 elements are copied at once, fewer one by one; from 65,536 on through windows, whose pieces have 8,192.
  const sizes = [0, 1, 2, 23, 24, 25, 1000, 65_535, 65_536, 81_921];
  test.each((["float64", "float32", "int32", "bool"] as const).flatMap((d) => sizes.map((n) => [d, n] as const)))(
    "%s, %i elements",
    (dtype, n) => {
      const p = program(n, 1, (x) => [x], dtype);
      const x = numbers(n, dtype);
      expect(p.call([x])[0]).toEqual(x);
      expect(p.call([Array.from(x)])[0]).toEqual(x);
      const out = arrays(dtype).from({ length: n + 2 }, () => 1);
      const inner = out.subarray(1, n + 1);
      expect(p.call([x], [inner])[0]).toBe(inner);
      expect(out).toEqual(storage(dtype).of(1, ...x, 1));
    },
  );
  test.each(sizes)("views and heirs of typed arrays, %i elements", (n) => {
    const p = program(n, 1, (x) => [add(x, x)]);
    const x = numbers(n);
    const view = Float64Array.of(7, ...x, 7).subarray(1, n + 1);
    expect(Array.from(p.call([view])[0] as Data)).toEqual(doubled(x));
    expect(Array.from(p.call([Longer.from(x)])[0] as Data)).toEqual(doubled(x));
    expect(Array.from(p.call([Int32Array.from(x)])[0] as Data)).toEqual(doubled(x));
  });
});

describe("results go where they are wanted", () => {
  for (const n of [3, 100, 70_000]) {
    const make = (x: Node, y: Node) => [add(x, y), sub(x, y)];
    const [x, y] = [numbers(n), numbers(n, "float64", 3)];
    const [sum, difference] = [x.map((t, i) => t + (y[i] as number)), x.map((t, i) => t - (y[i] as number))];
    test(`${n} elements, into the arguments, in either order`, () => {
      const p = program(n, 2, make);
      const [a, b] = [x.slice(), y.slice()];
      expect(p.call([a, b], [b, a])).toEqual([sum, difference]);
      expect([b, a]).toEqual([sum, difference]);
      expect(p.call([x, y], [undefined, a])).toEqual([sum, difference]);
    });
    test(`${n} elements, into a part of an argument that begins elsewhere`, () => {
      const p = program(n, 2, make);
      const whole = Float64Array.of(...x, 0, 0);
      expect(p.call([whole.subarray(0, n), y], [whole.subarray(2)])[0]).toEqual(sum);
    });
  }
  test("what stays in memory is read one by one", () => {
    const p = program(3, 2, (x, y) => [add(x, y), sub(x, y)]);
    p.run([
      [1, 2, 3],
      [10, 20, 30],
    ]);
    expect(p.read(1)).toEqual(Float64Array.of(-9, -18, -27));
    expect(p.scalar(0)).toBe(11);
  });
  test("results at a point outlive calls of other programs", () => {
    inSession(() => {
      const x = parameter([3], "float64");
      const y = add(x, x);
      const point = new Block(64);
      const p = programOf([y], [x], {
        point,
        facts: {
          ...NO_FACTS,
          placed: new Map([
            [x, { region: POINT, offset: 0 }],
            [y, { region: POINT, offset: 32 }],
          ]),
        },
      });
      p.run([[1, 2, 3]]);
      program(1000, 1, (z) => [add(z, z)]).call([numbers(1000)]);
      expect(p.read(0)).toEqual(Float64Array.of(2, 4, 6));
      point.dispose();
    });
  });
});

describe("the direct way takes arrays of the very type and length, and nothing else", () => {
  test.each(["float64", "float32"] as const)("%s", (dtype) => {
    const p = program(3, 2, (x, y) => [add(x, y)], dtype);
    const [x, y] = [numbers(3, dtype), numbers(3, dtype, 3)];
    const other = dtype === "float64" ? Float32Array : Float64Array;
    expect(p.runDirect([x, y])).toBe(true);
    expect(p.read(0)).toEqual(x.map((t, i) => t + (y[i] as number)));
    for (const odd of [[1, 2, 3], other.from(x), numbers(4, dtype), 1, undefined, { length: 3 }])
      for (const values of [
        [odd, y],
        [x, odd],
      ])
        expect(p.runDirect(values)).toBe(false);
  });
  test("a streamed program has none", () => {
    expect(program(70_000, 1, (x) => [add(x, x)]).runDirect([numbers(70_000)])).toBe(false);
  });
});

describe("a call that fails leaves memory as it was", () => {
  for (const n of [3, 100, 70_000])
    test(`${n} elements`, () => {
      const p = program(n, 2, (x, y) => [add(x, y)]);
      const [x, y] = [numbers(n), numbers(n, "float64", 3)];
      const [right] = p.call([x, y]);
      const { used } = memoryUse();
      for (const wrong of [numbers(n + 1), numbers(n - 1), []]) {
        expect(() => p.call([x, wrong])).toThrow(`an array of shape for ${n} elements has ${wrong.length}`);
        expect(() => p.call([wrong, y])).toThrow("elements of data");
      }
      const throwing = new Proxy(Array.from(x), {
        get: (list, key) => {
          if (key === "2") throw new RangeError("no");
          return Reflect.get(list, key);
        },
      });
      expect(() => p.call([x, throwing])).toThrow("no");
      expect(p.call([x, y])).toEqual([right]);
      expect(memoryUse().used).toBe(used);
    });
  test("a list that calls another program while it is read is refused, or read before the call begins", () => {
    const other = program(500, 1, (x) => [mul(x, x)]);
    const sneaky = (x: Data): ArrayLike<number> =>
      new Proxy(Array.from(x), {
        get: (list, key) => {
          if (key === "1") other.call([numbers(500)]);
          return Reflect.get(list, key);
        },
      });
    const small = program(30, 2, (x, y) => [add(x, y)]);
    expect(() => small.call([numbers(30), sneaky(numbers(30))])).toThrow("an argument called hvp while it was read");
    const large = program(70_000, 2, (x, y) => [add(x, y)]);
    const x = numbers(70_000);
    expect(Array.from(large.call([x, sneaky(x)])[0] as Data)).toEqual(doubled(x));
  });
  test("after dispose there are no calls", () => {
    const p = program(3, 1, (x) => [add(x, x)]);
    p.dispose();
    for (const use of [() => p.call([[1, 2, 3]]), () => p.run([[1, 2, 3]]), () => p.runDirect([numbers(3)])])
      expect(use).toThrow("this compiled function was used after dispose()");
  });
});

describe("captured arrays", () => {
  const data = (...x: number[]) => literal(Float64Array.of(...x), [x.length], "float64");
  test("a program of its own has new content after rebind", () => {
    const p = program(3, 1, (x) => [mul(x, data(1, 2, 3))]);
    expect(p.call([[1, 1, 1]])).toEqual([Float64Array.of(1, 2, 3)]);
    p.rebind(() => Float64Array.of(4, 5, 6));
    expect(p.call([[1, 1, 1]])).toEqual([Float64Array.of(4, 5, 6)]);
    expect(() => p.rebind(() => Float64Array.of(4, 5))).toThrow("an array of shape for 3 elements has 2");
  });
  test("programs share them, also once more are captured, and none is copied twice", () => {
    inSession(() => {
      const before = memoryUse().used;
      const captured = new Captured();
      const [a, b] = [data(1, 2, 3), data(10, 20, 30)];
      const first = program(3, 1, (x) => [mul(x, a)], "float64", { captured });
      const { at } = captured;
      (a.params as { data: Float64Array }).data.fill(0); // too late: it has been captured
      const second = program(3, 1, (x) => [add(mul(x, a), b)], "float64", { captured });
      expect(captured.at).not.toBe(at);
      expect(first.call([[1, 1, 1]])).toEqual([Float64Array.of(1, 2, 3)]);
      expect(second.call([[1, 1, 1]])).toEqual([Float64Array.of(11, 22, 33)]);
      captured.write(b, [0, 0, 0]);
      expect(second.call([[1, 1, 1]])).toEqual([Float64Array.of(1, 2, 3)]);
      captured.dispose();
      captured.dispose();
      expect(memoryUse().used - before).toBeLessThanOrEqual(4096); // the work region, at most
    });
  });
});
