// Very large programs: several modules, none of which is more than the main thread of a page compiles at once.
import { describe, expect, it } from "vitest";
import { cotangents } from "../../src/ad/linearize.ts";
import { compile } from "../../src/emit/module.ts";
import { at, concat, objective, sin, slice, square, sum, type Tensor } from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full } from "../../src/primitives/spread.ts";
import { Tensor as Traced } from "../../src/trace/tracer.ts";

/** Modules of the gradient of `f`, a function of `n` numbers. */
const modulesOf = (f: (x: Tensor) => Tensor, n: number): readonly Uint8Array[] =>
  inSession(() => {
    const x = parameter([n], "float64");
    const [g] = cotangents([f(new Traced(x) as Tensor).node], [x], [full([], 1, "float64")]);
    return compile([g as Node], [x]).modules;
  });

describe("a program of very many operations", () => {
  const steps = 24_000;
  const chain = (x: Tensor): Tensor => {
    let y = at(x, 0);
    for (let k = 0; k < steps; k++) y = sin(y);
    return y;
  };

  it("is several modules, each far below 8 MB", () => {
    const sizes = modulesOf(chain, 1).map((m) => m.length);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(2e6);
    const small = modulesOf((x) => sin(at(x, 0)), 1);
    expect(small).toHaveLength(1);
  });

  it("has the value, gradient and product of the same by hand", () => {
    const [x, v] = [1.1, 0.7];
    let [y, d, e] = [x, 1, 0];
    for (let k = 0; k < steps; k++) [y, d, e] = [Math.sin(y), Math.cos(y) * d, Math.cos(y) * e - Math.sin(y) * d * d];
    const problem = objective(chain, [x]);
    // Products of 24,000 roundings of half a unit, 1e-16 each: 1e-11 with room for their sums.
    const close = (got: number, want: number): void => expect(Math.abs(got / want - 1)).toBeLessThan(1e-11);
    close(problem.value([x]), y);
    close(problem.grad([x])[0] as number, d);
    close(problem.hvp([x], [v])[0] as number, e * v);
  });
});

it("a loop cut into very many boxes, whose code is more than one function's, is right", () => {
  const n = 300;
  // Sums over all prefixes: each ends somewhere else.
  const f = (x: Tensor): Tensor => {
    const sums = Array.from({ length: n - 1 }, (_, k) => sum(square(sin(slice(x, [0, k + 1])))).reshape([1]));
    return sum(square(concat(sums)));
  };
  const x = Float64Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1)));
  const prefix = [...x].map((_, k) => x.subarray(0, k + 1).reduce((s, t) => s + Math.sin(t) ** 2, 0)).slice(0, n - 1);
  const slope = (i: number): number => 2 * prefix.slice(i).reduce((s, p) => s + p, 0) * Math.sin(2 * (x[i] as number));
  const got = objective(f, x).grad(x);
  for (let i = 0; i < n; i++)
    expect(Math.abs((got[i] as number) - slope(i))).toBeLessThan(1e-11 * (1 + Math.abs(slope(i))));
});
