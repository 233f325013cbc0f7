// The whole pipeline on one page: a function, its graph, its derivatives, the plan, the body of the loop, and the
// program. Read it from top to bottom beside docs/architecture.md.
import { describe, expect, it } from "vitest";
import { pushforward } from "../src/ad/jvp.ts";
import { linearMap } from "../src/ad/linearize.ts";
import { pullback } from "../src/ad/transpose.ts";
import { compile } from "../src/emit/module.ts";
import { slice, square, sub, sum } from "../src/index.ts";
import { inSession } from "../src/ir/build.ts";
import type { Node } from "../src/ir/graph.ts";
import { printGraph } from "../src/ir/print.ts";
import { type Nest, plan } from "../src/opt/plan/plan.ts";
import { bodiesOf } from "../src/opt/plan/puller.ts";
import { parameter } from "../src/primitives/leaf.ts";
import { full } from "../src/primitives/spread.ts";
import { programOf } from "../src/run/program.ts";
import { Tensor } from "../src/trace/tracer.ts";

// Half of the squared differences of neighbours, cubed a little: nonlinear, and with adjoints of slices.
const f = (x: Tensor): Tensor => {
  const d = sub(slice(x, [1]), square(slice(x, [0, -1])));
  return sum(square(d));
};
const n = 100;

/** f(x), ∇f(x) and H·v as nodes of one session. */
function derive(): { x: Node; v: Node; y: Node; dx: Node; dy: Node; g: Node; h: Node } {
  // 1. Trace: run f once on a stand-in.
  const x = parameter([n], "float64");
  const y = f(new Tensor(x)).node;
  // 2. Linearize: push a fresh tangent forward. What does not depend on dx is a residual.
  const { directions, tangents } = linearMap([y], [x]);
  // 3. Transpose the linear part: the gradient.
  const [g] = pullback(tangents, directions, [full([], 1, "float64")]);
  // 4. Push a direction through the gradient: the Hessian-vector product, forward over reverse.
  const v = parameter([n], "float64");
  const [h] = pushforward([g as Node], [x], [v]);
  return { x, v, y, dx: directions[0] as Node, dy: tangents[0] as Node, g: g as Node, h: h as Node };
}

describe("tour", () => {
  it("traces a function into a graph", () => {
    expect(inSession(() => (({ x, y }) => printGraph([y], [x]))(derive()))).toMatchInlineSnapshot(`
      "{ lambda a:float64[100] .
        let b:float64[99] = slice[axis=0 start=1 stop=100 step=1] a
            c:float64[99] = slice[axis=0 start=0 stop=99 step=1] a
            d:float64[99] = square c
            e:float64[99] = sub b d
            f:float64[99] = square e
            g:float64[] = sum[axes=[0]] f
        in (g) }"
    `);
  });
  it("linearizes it: linear in the tangent b, with residuals of the point a", () => {
    expect(inSession(() => (({ x, dx, dy }) => printGraph([dy], [x, dx]))(derive()))).toMatchInlineSnapshot(`
      "{ lambda a:float64[100] b:float64[100] .
        let c:float64[99] = slice[axis=0 start=1 stop=100 step=1] a
            d:float64[99] = slice[axis=0 start=0 stop=99 step=1] a
            e:float64[99] = square d
            f:float64[99] = sub c e
            g:float64[99] = slice[axis=0 start=1 stop=100 step=1] b
            h:float64[99] = slice[axis=0 start=0 stop=99 step=1] b
            i:float64[99] = by h d
            j:float64[99] = by 2 i
            k:float64[99] = sub g j
            l:float64[99] = by k f
            m:float64[99] = by 2 l
            n:float64[] = sum[axes=[0]] m
        in (n) }"
    `);
  });
  it("transposes the linear part into the gradient: transposes of slices are pads, joined into concats", () => {
    expect(inSession(() => (({ x, g }) => printGraph([g], [x]))(derive()))).toMatchInlineSnapshot(`
      "{ lambda a:float64[100] .
        let b:float64[99] = slice[axis=0 start=1 stop=100 step=1] a
            c:float64[99] = slice[axis=0 start=0 stop=99 step=1] a
            d:float64[99] = square c
            e:float64[99] = sub b d
            f:float64[99] = by 2 e
            g:float64[99] = by e c
            h:float64[99] = by -4 g
            i:float64[100] = concat[axis=0] h 0
            j:float64[100] = concat[axis=0] 0 f
            k:float64[100] = plus i j
        in (k) }"
    `);
  });
  it("pushes a direction through the gradient", () => {
    expect(inSession(() => (({ x, v, h }) => printGraph([h], [x, v]))(derive()))).toMatchInlineSnapshot(`
      "{ lambda a:float64[100] b:float64[100] .
        let c:float64[99] = slice[axis=0 start=1 stop=100 step=1] a
            d:float64[99] = slice[axis=0 start=0 stop=99 step=1] a
            e:float64[99] = square d
            f:float64[99] = sub c e
            g:float64[99] = slice[axis=0 start=1 stop=100 step=1] b
            h:float64[99] = slice[axis=0 start=0 stop=99 step=1] b
            i:float64[99] = by h d
            j:float64[99] = by 2 i
            k:float64[99] = sub g j
            l:float64[99] = by 2 k
            m:float64[99] = by k d
            n:float64[99] = by h f
            o:float64[99] = plus m n
            p:float64[99] = by -4 o
            q:float64[100] = concat[axis=0] p 0
            r:float64[100] = concat[axis=0] 0 l
            s:float64[100] = plus q r
        in (s) }"
    `);
  });
  it("plans one nest, whose boxes are the first element, the inner ones and the last", () => {
    inSession(() => {
      const { h } = derive();
      const { steps } = plan([h]);
      expect(steps.map((s) => s.kind)).toEqual(["nest"]);
      const bodies = bodiesOf(steps[0] as Nest);
      expect(bodies.map((b) => b.box.ranges)).toEqual([[[0, 1]], [[1, 99]], [[99, 100]]]);
      // The inner body has no conditions: loads at shifted addresses and arithmetic.
      const inner = bodies[1]?.live.map((v) => (v.op === "load" ? `load[${v.position?.[0]}]` : v.op));
      expect(inner).toMatchInlineSnapshot(`
        [
          "const",
          "load[1]",
          "load[0]",
          "load[0]",
          "mul",
          "add",
          "sub",
          "mul",
          "load[1]",
          "mul",
          "sub",
          "mul",
          "add",
          "mul",
          "load[-1]",
          "load[-1]",
          "mul",
          "add",
          "sub",
          "add",
          "add",
        ]
      `);
    });
  });
  it("emits one module", () => {
    const { stats, kernels } = inSession(() => (({ x, v, h }) => compile([h], [x, v]))(derive()));
    expect({ ...stats, bytes: stats.bytes < 700, kernels: kernels.length }).toEqual({
      nests: 1,
      loops: 1,
      calls: 0,
      stored: 1,
      bytes: true,
      kernels: 0,
    });
  });
  it("runs it in one call", () => {
    const program = inSession(() => (({ x, v, h }) => programOf([h], [x, v]))(derive()));
    const x = Float64Array.from({ length: n }, (_, i) => Math.cos(i));
    const v = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
    const [h] = program.call([x, v]) as [Float64Array];
    // By hand: r_i = x_{i+1} - x_i², f = Σ r_i².
    const expected = new Float64Array(n);
    for (let i = 0; i < n - 1; i++) {
      const [a, da] = [x[i] as number, v[i] as number];
      const r = (x[i + 1] as number) - a * a;
      const dr = (v[i + 1] as number) - 2 * a * da;
      expected[i] = (expected[i] as number) - 4 * (da * r + a * dr);
      expected[i + 1] = (expected[i + 1] as number) + 2 * dr;
    }
    for (let i = 0; i < n; i++) expect(h[i]).toBeCloseTo(expected[i] as number, 12);
  });
});
