// Elementary kernels (build/core.wasm, build/elementary.wasm) against a multiple-precision oracle: one table row a
// function, every exponent swept, hard points, special values bit for bit, and lanes that do not depend on their
// neighbours.

import { describe, expect, test } from "vitest";
import { compare, powPoints } from "./harness/accuracy.ts";
import * as core from "./harness/contracts.ts";
import { pointsOf } from "./harness/contracts.ts";
import * as more from "./harness/elementary-contracts.ts";
import { binaries, formatOf, loadKernels, ordered, ternaries } from "./harness/kernels.ts";
import * as oracle from "./harness/oracle.ts";
import { real, sub, toNumber } from "./harness/oracle.ts";
import { powSpecials } from "./harness/pow-specials.ts";
import { rng } from "./harness/rng.ts";
import { gammaBounds, polygammas } from "./harness/special-contracts.ts";
import { type Format, sweep, ulpError } from "./harness/ulp.ts";

const kernels = loadKernels();
const contracts = [...core.contracts, ...more.contracts];
const duals = [...core.duals, ...more.duals];
const specials = (format: Format): [string, [number, number][]][] => [
  ...core.specials(format),
  ...more.specials(format),
];
const POINTS = 2000;

const arrayOf = (format: Format, values: readonly number[]): Float64Array | Float32Array =>
  format === "f64" ? Float64Array.from(values) : Float32Array.from(values);
const widths = ["f64x2", "f32x4"] as const;
type Width = (typeof widths)[number];

/** Every bit of two arrays equal; NaNs match. */
function expectSameBits(actual: ArrayLike<number>, expected: ArrayLike<number>, inputs: ArrayLike<number>): void {
  const wrong = Array.from(actual).flatMap((a, i) =>
    Object.is(a, expected[i]) ? [] : [`at ${inputs[i]}: ${a}, expected ${expected[i]}`],
  );
  expect(wrong).toEqual([]);
}

describe.each(widths)("elementary kernels %s", (width) => {
  const format = formatOf(`_${width}`);

  test.each(contracts)("$name is within its error bound", (contract) => {
    const x = arrayOf(format, pointsOf(contract, format, POINTS));
    const y = kernels.map(`${contract.name}_${width}`, x);
    const [worst] = compare([x], contract.exact, [y], format, contract.floor);
    expect(worst!.max, `at ${worst!.at}`).toBeLessThanOrEqual(contract.ulps[format === "f64" ? 0 : 1]);
  });

  test.each(more.pairContracts)("$name is within its error bound", (contract) => {
    const pairs = contract.points(format, POINTS);
    const x = arrayOf(
      format,
      pairs.map(([x]) => x),
    );
    const y = arrayOf(
      format,
      pairs.map(([, y]) => y),
    );
    const z = kernels.map(`${contract.name}_${width}`, x, y);
    let worst = { error: 0, i: 0 };
    for (let i = 0; i < x.length; i++) {
      if (!(Number.isFinite(x[i]) && Number.isFinite(y[i])) || x[i] === 0 || y[i] === 0) continue;
      const error = ulpError(z[i]!, contract.exact(real(x[i]!), real(y[i]!)), format);
      if (error > worst.error) worst = { error, i };
    }
    const bound = contract.ulps[format === "f64" ? 0 : 1];
    expect(worst.error, `${contract.name}(${x[worst.i]}, ${y[worst.i]}) gave ${z[worst.i]}`).toBeLessThanOrEqual(bound);
  });

  test.each(more.pairContracts)("special values of $name", (contract) => {
    const rows = contract.specials(format);
    const x = arrayOf(
      format,
      rows.map(([x]) => x),
    );
    const y = arrayOf(
      format,
      rows.map(([, y]) => y),
    );
    expectSameBits(
      kernels.map(`${contract.name}_${width}`, x, y),
      rows.map(([, , z]) => (format === "f64" ? z : Math.fround(z))),
      rows.map(([x, y]) => `(${x}, ${y})`) as unknown as number[],
    );
  });

  test("logarithms are exact at powers of their base, 2^n exactly", () => {
    const n = Array.from({ length: format === "f64" ? 2000 : 260 }, (_, i) => i - (format === "f64" ? 1000 : 130));
    const powers = arrayOf(
      format,
      n.map((k) => 2 ** k),
    );
    expectSameBits(kernels.map(`exp2_${width}`, arrayOf(format, n)), powers, n);
    const within = n.filter((_, i) => powers[i]! > 0 && powers[i]! < Infinity);
    expectSameBits(
      kernels.map(`log2_${width}`, powers.filter((p) => p > 0 && p < Infinity) as Float64Array),
      within,
      within,
    );
    const tens = Array.from({ length: format === "f64" ? 23 : 11 }, (_, k) => k);
    const decimal = arrayOf(
      format,
      tens.map((k) => Number(`1e${k}`)),
    );
    expectSameBits(kernels.map(`log10_${width}`, decimal), tens, decimal);
  });

  test("pow is within 1 ulp", () => {
    const [bases, exponents] = powPoints(format, POINTS);
    const [x, y] = [arrayOf(format, bases), arrayOf(format, exponents)];
    const z = kernels.map(`pow_${width}`, x, y);
    const [worst] = compare([x, y], oracle.pow, [z], format);
    expect(worst!.max, `at base ${worst!.at}`).toBeLessThanOrEqual(1);
  });

  test.each(polygammas)(
    "polygamma of order $order is within its error bound",
    ({ order, exact, ulps, floor, ranges }) => {
      const x = arrayOf(
        format,
        ranges[format].flatMap(([low, high]) => sweep(low, high, POINTS / 2, format, rng(order))),
      );
      const y = kernels.map(`polygamma_${width}`, x.map(() => order) as typeof x, x);
      const [worst] = compare([x], exact, [y], format, floor);
      expect(worst!.max, `at ${worst!.at}`).toBeLessThanOrEqual(ulps[format === "f64" ? 0 : 1]);
    },
  );

  test.each(more.orderContracts)(
    "$name of order $order is within its error bound",
    ({ name, order, exact, ulps, floor, ranges }) => {
      const x = arrayOf(
        format,
        ranges[format].flatMap(([low, high]) => sweep(low, high, POINTS / 4, format, rng(order))),
      );
      const y = kernels.map(`${name}_${width}`, x.map(() => order) as typeof x, x);
      const [worst] = compare([x], exact, [y], format, floor);
      expect(worst!.max, `at ${worst!.at}`).toBeLessThanOrEqual(ulps[format === "f64" ? 0 : 1]);
    },
  );

  test("pow of small integers is exact", () => {
    const pairs = Array.from({ length: 41 }, (_, i) => i - 20).flatMap((b) =>
      [1, 2, 3, 4, 5].map((e) => [b, e] as const),
    );
    const exact = pairs.filter(([b, e]) => Math.abs(b) ** e < 2 ** (format === "f64" ? 53 : 24));
    const x = arrayOf(
      format,
      exact.map(([b]) => b),
    );
    const y = arrayOf(
      format,
      exact.map(([, e]) => e),
    );
    expectSameBits(
      kernels.map(`pow_${width}`, x, y),
      exact.map(([b, e]) =>
        Array<number>(e)
          .fill(b)
          .reduce((p, q) => p * q, 1),
      ),
      x,
    );
  });

  test.each(duals)("%s gives the bits of %s and %s", (dual, first, second) => {
    const x = arrayOf(
      format,
      [first, second].flatMap((name) => pointsOf(contracts.find((c) => c.name === name)!, format, POINTS)),
    );
    const [a, b] = kernels.mapDual(`${dual}_${width}`, x);
    expectSameBits(a, kernels.map(`${first}_${width}`, x), x);
    expectSameBits(b, kernels.map(`${second}_${width}`, x), x);
  });

  test.each(specials(format))("special values of %s", (name, rows) => {
    const x = arrayOf(
      format,
      rows.map(([x]) => x),
    );
    expectSameBits(
      kernels.map(`${name}_${width}`, x),
      rows.map(([, y]) => (Math.fround(y) === y || format === "f64" ? y : Math.fround(y))),
      x,
    );
  });

  test("special values of pow (C99 F.9.4.4)", () => {
    const rows = powSpecials(format);
    const x = arrayOf(
      format,
      rows.map(([x]) => x),
    );
    const y = arrayOf(
      format,
      rows.map(([, y]) => y),
    );
    const labels = rows.map(([x, y]) => `(${Object.is(x, -0) ? "-0" : x}, ${Object.is(y, -0) ? "-0" : y})`);
    expectSameBits(
      kernels.map(`pow_${width}`, x, y),
      rows.map(([, , z]) => z),
      labels as unknown as number[],
    );
  });

  test.each([...contracts.map((c) => c.name), ...binaries.filter((b) => !ordered.includes(b))])(
    "%s: a lane does not depend on its neighbours",
    (name) => {
      const ordinary = [0.3, 0.9, 1.7, 5.5];
      const disturbing = [
        0,
        -0,
        1e9,
        -1e9,
        1e-310,
        -1e-310,
        1e-40,
        600,
        -600,
        720,
        -720,
        90,
        -90,
        1e300,
        Infinity,
        -Infinity,
        NaN,
        -1,
        -3,
      ];
      const lanes = width === "f64x2" ? 2 : 4;
      const kernel = `${name}_${width}`;
      const alone = kernels.map(
        kernel,
        arrayOf(
          format,
          ordinary.flatMap((x) => Array<number>(lanes).fill(x)),
        ),
      );
      ordinary.forEach((x, i) => {
        const mixed = arrayOf(
          format,
          disturbing.flatMap((d) => [x, ...Array<number>(lanes - 1).fill(d)]),
        );
        const y = kernels.map(
          kernel,
          mixed,
          arrayOf(
            format,
            Array.from(mixed, (v, j) => (binaries.includes(name) && j % lanes === 0 ? x : v)),
          ) as never,
        );
        const expected = disturbing.map(() => alone[i * lanes]!);
        expectSameBits(
          disturbing.map((_, j) => y[j * lanes]!),
          expected,
          disturbing,
        );
      });
    },
  );
});

test.each(gammaBounds)("%s on [%d, %d]: absolute error", (name, low, high, bound) => {
  const x = Float64Array.from(sweep(low, high, POINTS, "f64", rng(7)));
  const y = kernels.map(`${name}_f64x2`, x);
  const exact = contracts.find((c) => c.name === name)!.exact;
  const errors = Array.from(x, (v, i) => Math.abs(toNumber(sub(exact(real(v)), real(y[i]!)))));
  // Beside a pole it is relative to the size there.
  const worst = Math.max(...errors.map((e, i) => e / Math.max(1, Math.abs(y[i]!))));
  expect(worst).toBeLessThanOrEqual(bound);
});

test("the modules export the kernels tested here and no others", () => {
  const names = [...contracts.map((c) => c.name), ...binaries, ...ternaries, ...duals.map(([name]) => name)];
  expect([...kernels.names].sort()).toEqual(names.flatMap((n) => widths.map((w: Width) => `${n}_${w}`)).sort());
});
