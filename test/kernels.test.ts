// Elementary kernels (build/core.wasm, build/elementary.wasm) against a multiple-precision oracle: one table row a function, every exponent swept,
// hard points, special values bit for bit, and lanes that do not depend on their neighbours.

import { describe, expect, test } from "vitest";
import * as core from "./harness/contracts.ts";
import { MAX, MIN, pointsOf, powSpecials } from "./harness/contracts.ts";
import * as more from "./harness/elementary-contracts.ts";
import { binaries, formatOf, loadKernels } from "./harness/kernels.ts";
import * as oracle from "./harness/oracle.ts";
import { real } from "./harness/oracle.ts";
import { rng, uniform } from "./harness/rng.ts";
import { type Format, sweep, ulpError } from "./harness/ulp.ts";

const kernels = loadKernels();
const contracts = [...core.contracts, ...more.contracts];
const duals = [...core.duals, ...more.duals];
const specials = (format: Format): [string, [number, number][]][] => [...core.specials(format), ...more.specials(format)];
const POINTS = 2000;

const arrayOf = (format: Format, values: readonly number[]): Float64Array | Float32Array =>
  format === "f64" ? Float64Array.from(values) : Float32Array.from(values);
const widths = ["f64x2", "f32x4"] as const;
type Width = (typeof widths)[number];

/** Every bit of two arrays equal; NaNs match. */
function expectSameBits(actual: ArrayLike<number>, expected: ArrayLike<number>, inputs: ArrayLike<number>): void {
  const wrong = Array.from(actual).flatMap((a, i) => (Object.is(a, expected[i]) ? [] : [`at ${inputs[i]}: ${a}, expected ${expected[i]}`]));
  expect(wrong).toEqual([]);
}

describe.each(widths)("elementary kernels %s", (width) => {
  const format = formatOf(`_${width}`);

  test.each(contracts)("$name is within its error bound", (contract) => {
    const x = arrayOf(format, pointsOf(contract, format, POINTS));
    const y = kernels.map(`${contract.name}_${width}`, x);
    let worst = { error: 0, x: 0, y: 0 };
    for (let i = 0; i < x.length; i++) {
      const error = ulpError(y[i]!, contract.exact(real(x[i]!)), format);
      if (error > worst.error) worst = { error, x: x[i]!, y: y[i]! };
    }
    expect(worst.error, `${contract.name}(${worst.x}) gave ${worst.y}`).toBeLessThanOrEqual(contract.ulps[format === "f64" ? 0 : 1]);
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
    expectSameBits(kernels.map(`log2_${width}`, powers.filter((p) => p > 0 && p < Infinity) as Float64Array), within, within);
    const tens = Array.from({ length: format === "f64" ? 23 : 11 }, (_, k) => k);
    const decimal = arrayOf(
      format,
      tens.map((k) => Number(`1e${k}`)),
    );
    expectSameBits(kernels.map(`log10_${width}`, decimal), tens, decimal);
  });

  test("pow is within 1 ulp", () => {
    const random = rng(20);
    const limits = format === "f64" ? { low: -745, high: 709.7 } : { low: -104, high: 88.7 };
    const bases = [
      ...sweep(MIN[format], MAX[format], POINTS / 2, format, random),
      ...sweep(0.5, 2, POINTS / 4, format, random),
      ...Array.from({ length: POINTS / 4 }, () => 1 + uniform(random, -1, 1) * 2 ** uniform(random, -20, -3)),
    ].filter((x) => x !== 1);
    const x = arrayOf(format, bases);
    const y = arrayOf(
      format,
      bases.map((b) => uniform(random, limits.low, limits.high) / Math.log(b)),
    );
    const z = kernels.map(`pow_${width}`, x, y);
    let worst = { error: 0, i: 0 };
    for (let i = 0; i < x.length; i++) {
      if (x[i] === 1 || !Number.isFinite(y[i]!)) continue;
      const error = ulpError(z[i]!, oracle.pow(real(x[i]!), real(y[i]!)), format);
      if (error > worst.error) worst = { error, i };
    }
    expect(worst.error, `pow(${x[worst.i]}, ${y[worst.i]}) gave ${z[worst.i]}`).toBeLessThanOrEqual(1);
  });

  test("pow of small integers is exact", () => {
    const pairs = Array.from({ length: 41 }, (_, i) => i - 20).flatMap((b) => [1, 2, 3, 4, 5].map((e) => [b, e] as const));
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

  test.each([...contracts.map((c) => c.name), ...binaries])("%s: a lane does not depend on its neighbours", (name) => {
    const ordinary = [0.3, 0.9, 1.7, 5.5];
    const disturbing = [0, -0, 1e9, -1e9, 1e-310, -1e-310, 1e-40, 600, -600, 720, -720, 90, -90, 1e300, Infinity, -Infinity, NaN, -1, -3];
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
  });
});

test("the modules export the kernels tested here and no others", () => {
  const names = [...contracts.map((c) => c.name), ...binaries, ...duals.map(([name]) => name)];
  expect([...kernels.names].sort()).toEqual(names.flatMap((n) => widths.map((w: Width) => `${n}_${w}`)).sort());
});
