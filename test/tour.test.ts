// The whole pipeline on one page: a function, its graph, its derivatives, the plan, the body of the loop, and the
// program. Read it from top to bottom beside docs/architecture.md.
import { describe, expect, it } from "vitest";
import { pushforward } from "../src/ad/jvp.ts";
import { linearMap } from "../src/ad/linearize.ts";
import { pullback } from "../src/ad/transpose.ts";
import { compile } from "../src/emit/module.ts";
import { explain, grad, jvp, slice, square, sub, sum, vmap, zeros } from "../src/index.ts";
import { inSession } from "../src/ir/build.ts";
import type { Node } from "../src/ir/graph.ts";
import { printGraph } from "../src/ir/print.ts";
import { plan } from "../src/opt/plan/plan.ts";
import { bodiesOf } from "../src/opt/plan/puller.ts";
import type { Nest } from "../src/opt/plan/root.ts";
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
  it("prints all of it: explain shows what every pass that changed something made", () => {
    const product = (x: Tensor, v: Tensor): Tensor => jvp(grad(f), [x], [v])[1];
    expect(explain(product)(new Float64Array(n), new Float64Array(n))).toMatchInlineSnapshot(`
      "traced:
      { lambda a:float64[100] b:float64[100] .
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
        in (s) }

      after plan:
      nest [100] in boxes
        for i in 0..1 {
          v0 = -4
          v1 = b[1]
          v3 = b[0]
          v4 = a[0]
          v5 = mul v3 v4
          v6 = add v5 v5
          v7 = sub v1 v6
          v8 = mul v7 v4
          v9 = a[1]
          v10 = mul v4 v4
          v11 = sub v9 v10
          v12 = mul v3 v11
          v13 = add v8 v12
          v14 = mul v0 v13
          s[0] = v14
        }
        for i in 1..99 {
          v0 = -4
          v1 = b[i + 1]
          v3 = b[i]
          v4 = a[i]
          v5 = mul v3 v4
          v6 = add v5 v5
          v7 = sub v1 v6
          v8 = mul v7 v4
          v9 = a[i + 1]
          v10 = mul v4 v4
          v11 = sub v9 v10
          v12 = mul v3 v11
          v13 = add v8 v12
          v14 = mul v0 v13
          v15 = b[i - 1]
          v16 = a[i - 1]
          v17 = mul v15 v16
          v18 = add v17 v17
          v19 = sub v3 v18
          v20 = add v19 v19
          v21 = add v14 v20
          s[i] = v21
        }
        for i in 99..100 {
          v2 = b[99]
          v3 = b[98]
          v4 = a[98]
          v5 = mul v3 v4
          v6 = add v5 v5
          v7 = sub v2 v6
          v8 = add v7 v7
          s[99] = v8
        }"
    `);
  });
  it("takes a batch of directions through the same stages", () => {
    const product = (x: Tensor, v: Tensor): Tensor => jvp(grad(f), [x], [v])[1];
    const products = vmap(product, { inAxes: [null, 0] });
    expect(explain(products)(new Float64Array(n), zeros([4, n]))).toMatchInlineSnapshot(`
      "traced:
      { lambda a:float64[100] b:float64[4,100] .
        let c:float64[99] = slice[axis=0 start=1 stop=100 step=1] a
            d:float64[99] = slice[axis=0 start=0 stop=99 step=1] a
            e:float64[99] = square d
            f:float64[99] = sub c e
            g:float64[4,99] = slice[axis=1 start=1 stop=100 step=1] b
            h:float64[4,99] = slice[axis=1 start=0 stop=99 step=1] b
            i:float64[4,99] = broadcast[axes=[1]] d
            j:float64[4,99] = by h i
            k:float64[4,99] = by 2 j
            l:float64[4,99] = sub g k
            m:float64[4,99] = by 2 l
            n:float64[4,99] = by l i
            o:float64[4,99] = broadcast[axes=[1]] f
            p:float64[4,99] = by h o
            q:float64[4,99] = plus n p
            r:float64[4,99] = by -4 q
            s:float64[4,100] = concat[axis=1] r 0
            t:float64[4,100] = concat[axis=1] 0 m
            u:float64[4,100] = plus s t
        in (u) }

      after plan:
      nest [99] in boxes
        for i in 0..99 {
          v0 = a[i + 1]
          v1 = a[i]
          v2 = mul v1 v1
          v3 = sub v0 v2
          f[i] = v3
        }
      nest [4x100] in boxes
        for i in 0..4, j in 0..1 {
          v0 = -4
          v1 = b[100i + 1]
          v3 = b[100i]
          v4 = a[0]
          v5 = mul v3 v4
          v6 = add v5 v5
          v7 = sub v1 v6
          v8 = mul v7 v4
          v9 = f[0]
          v10 = mul v3 v9
          v11 = add v8 v10
          v12 = mul v0 v11
          u[100i] = v12
        }
        for i in 0..4, j in 1..99 {
          v0 = -4
          v1 = b[100i + j + 1]
          v3 = b[100i + j]
          v4 = a[j]
          v5 = mul v3 v4
          v6 = add v5 v5
          v7 = sub v1 v6
          v8 = mul v7 v4
          v9 = f[j]
          v10 = mul v3 v9
          v11 = add v8 v10
          v12 = mul v0 v11
          v13 = b[100i + j - 1]
          v14 = a[j - 1]
          v15 = mul v13 v14
          v16 = add v15 v15
          v17 = sub v3 v16
          v18 = add v17 v17
          v19 = add v12 v18
          u[100i + j] = v19
        }
        for i in 0..4, j in 99..100 {
          v2 = b[100i + 99]
          v3 = b[100i + 98]
          v4 = a[98]
          v5 = mul v3 v4
          v6 = add v5 v5
          v7 = sub v2 v6
          v8 = add v7 v7
          u[100i + 99] = v8
        }"
    `);
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
