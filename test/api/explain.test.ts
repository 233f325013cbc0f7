// explain(f)(x): every stage of a compilation as text.
import { describe, expect, test } from "vitest";
import { loop } from "../../src/api/loops.ts";
import {
  customJvp,
  expandDims,
  explain,
  grad,
  jit,
  makeGraph,
  matmul,
  mul,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from "../../src/index.ts";
import { close } from "../../src/ir/closed.ts";
import type { Node } from "../../src/ir/graph.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { sin as sine } from "../../src/primitives/transcendental.ts";
import { Tensor as Traced } from "../../src/trace/tracer.ts";

// biome-ignore lint/suspicious/noExplicitAny: rules take whatever trees their function has.
type Any = any;
const titles = (text: string): string[] => [...text.matchAll(/^(\w.*):$/gm)].map((m) => m[1] as string);
/** The text of the stage `title`. */
const stage = (text: string, title: string): string =>
  text.split(/^(?=\w.*:$)/m).find((part) => part.startsWith(`${title}:\n`)) as string;

const gaps = (x: Tensor): Tensor => sub(expandDims(x, 0), expandDims(x, 1));
const energy = (x: Tensor): Tensor => sum(square(gaps(x)));
const x = new Float64Array(40);

/** Sines of x, one of the other: a loop that carries one array. */
const power = (t: Tensor, length: number): Tensor => {
  const carry = parameter([400], "float64");
  const body = close([carry], [sine(carry)]).graph;
  return new Traced(loop([t.node], { body, carries: 1, walked: 0, trip: "length", length, reverse: false })[0] as Node);
};

describe("explain", () => {
  test("begins with the graph that makeGraph shows", () => {
    const f = (t: Tensor): Tensor => sin(mul(t, t));
    expect(stage(explain(f)(x), "traced").trim()).toBe(`traced:\n${makeGraph(f)(x)}`);
  });
  test("shows the passes that changed something, in the order in which they run, and no others", () => {
    expect(titles(explain(sin)(x))).toEqual(["traced", "after plan"]);
    expect(titles(explain(sin)(new Float64Array(1e5)))).toEqual(["traced", "after plan", "after streaming"]);
    expect(titles(explain(grad(energy))(x))).toEqual(["traced", "after fold once", "after plan", "after pairs"]);
    const ruled = customJvp(sin, ([t]: Any, [d]: Any) => [sin(t), d]);
    expect(titles(explain((t: Tensor) => ruled(t))(x))).toEqual(["traced", "after expand", "after plan"]);
  });
  test("operations bring passes of their own", () => {
    const normal = (X: Tensor, w: Tensor): Tensor => matmul(transpose(X), sin(matmul(X, w)));
    const text = explain(normal)({ data: new Float64Array(4000 * 40), shape: [4000, 40] }, new Float64Array(40));
    expect(titles(text)).toEqual(["traced", "after plan", "after sweeps"]);
    expect(stage(text, "after plan")).toContain("call of matmul on a, b, kernels 1");
    expect(stage(text, "after sweeps")).toContain("of 4000 rows");
  });
  test("what runs in a loop is shown by itself, and in the loop", () => {
    const text = explain((t: Tensor) => power(t, 5))(new Float64Array(400));
    expect(titles(text)).toEqual(["traced", "after plan", "inside, after plan", "after blocks"]);
    expect(stage(text, "inside, after plan")).toContain("for i in 0..400");
    expect(stage(text, "after blocks")).toMatch(/ = loop of a.*\n\{\n {2}nest \[400\]/);
  });
  test("steps call arrays as the graph above them does", () => {
    const text = explain((a: Tensor, b: Tensor) => sum(mul(sin(a), b)))(x, x);
    expect(text).toContain("{ lambda a:float64[40] b:float64[40] .");
    const plan = stage(text, "after plan");
    expect(plan).toContain(" = a[i]");
    expect(plan).toContain(" = b[i]");
    const result = /in \((\w+)\)/.exec(text)?.[1];
    expect(plan).toContain(`${result}[0] add=`);
  });
  test("two calls give the same text, and a compiled function the text of what it compiles", () => {
    expect(explain(grad(energy))(x)).toBe(explain(grad(energy))(x));
    expect(explain(jit(energy))(x)).toBe(explain(energy)(x));
  });
  test("inside a trace, what comes from outside is an array by itself", () => {
    let text = "";
    grad((t: Tensor) => {
      text = explain((y: Tensor) => mul(y, t))(x);
      return sum(t);
    })(x);
    expect(titles(text)).toEqual(["traced", "after plan"]);
  });
});
