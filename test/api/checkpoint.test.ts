// checkpoint: the same derivatives, with less kept for them.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { compile } from "../../src/emit/module.ts";
import type { Tensor } from "../../src/index.ts";
import * as library from "../../src/index.ts";
import { inSession } from "../../src/ir/build.ts";
import { expandCalls } from "../../src/opt/graph/expand.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full } from "../../src/primitives/spread.ts";
import { Linearized } from "../../src/run/linearized.ts";
import { Tensor as Traced } from "../../src/trace/tracer.ts";
import type { Any } from "../harness/misuse.ts";
import { plain as arraysOf } from "../harness/plain.ts";
import { rng, uniform } from "../harness/rng.ts";

// The types of nested transforms are the matter of types.test.ts.
const {
  add,
  checkpoint,
  cos,
  cumprod,
  customVjp,
  exp,
  grad,
  hardTanh,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jvp,
  linearTranspose,
  linearize,
  makeGraph,
  matmul,
  mul,
  neg,
  objective,
  reciprocal,
  reshape,
  sin,
  sort,
  square,
  sum,
  tanh,
  vdot,
  vjp,
  vmap,
} = library as Any;
const { HvpError } = library;

const N = 40;
const BLOCKS = 6;
const random = rng(5);
const W = Array.from({ length: BLOCKS }, () => ({
  data: Float64Array.from({ length: N * N }, () => uniform(random, -1, 1) / Math.sqrt(N)),
  shape: [N, N],
}));
/** Three layers, whose inner values are what a checkpoint need not keep. */
const block = (w: Any, x: Any): Any => {
  const h = tanh(matmul(w, x));
  return add(x, sin(matmul(w, exp(mul(0.1, matmul(w, h))))));
};
const chain =
  (wrap: (f: Any) => Any) =>
  (x: Any): Any => {
    let y = reshape(x, [N, 1]) as Any;
    for (const w of W) y = wrap((z: Any) => block(w, z))(y);
    return sum(square(y));
  };
const plain = chain((f) => f);
const checkpointed = chain(checkpoint);
const X = Float64Array.from({ length: N }, () => uniform(random, -1, 1));
const V = Float64Array.from({ length: N }, () => uniform(random, -1, 1));

/**
 * Sums of kernels and loops associate alike in both programs or not; some hundred operations in between: relative
 * 1e-12.
 */
const same = (a: Any, b: Any): void => {
  const [x, y] = [a, b].map((v) => Array.from((v?.data ?? (typeof v === "number" ? [v] : v)) as ArrayLike<number>)) as [
    number[],
    number[],
  ];
  expect(x).toHaveLength(y.length);
  const scale = Math.max(...y.map(Math.abs), 1e-300);
  x.forEach((u, i) => expect(Math.abs(u - (y[i] as number))).toBeLessThanOrEqual(1e-12 * scale));
};

describe("the derivatives are those of the function", () => {
  test("values and first derivatives", () => {
    same(checkpoint((x: Tensor) => sin(x))([1, 2]), [Math.sin(1), Math.sin(2)]);
    same(checkpointed(X), plain(X));
    same(grad(checkpointed)(X), grad(plain)(X));
    same((vjp(checkpointed, X) as Any)[1](1)[0], grad(plain)(X));
    same((jvp(checkpointed, [X], [V]) as Any)[1], (jvp(plain, [X], [V]) as Any)[1]);
    same((linearize(checkpointed, X) as Any)[1](V), (jvp(plain, [X], [V]) as Any)[1]);
  });
  test("Hessian-vector products in every composition, and at a point", () => {
    const want = hvp(plain, X, V);
    same(hvp(checkpointed, X, V), want);
    same(grad((x: Any) => vdot(grad(checkpointed)(x) as Any, V))(X), want);
    same(grad((x: Any) => (jvp(checkpointed, [x], [V]) as Any)[1])(X), want);
    const apply = (linearize(grad(checkpointed) as Any, X) as Any)[1];
    for (let i = 0; i < 3; i++) same(apply(V), want);
    const problem = objective(checkpointed as Any, X);
    same(problem.grad(X), grad(plain)(X));
    same(problem.at(X).hvp(V), want);
    same(problem.at(X).grad, grad(plain)(X));
  });
  test("third order, Jacobians, Hessians and batches", () => {
    const f = (wrap: Any) => (x: Any) => sum(wrap((y: Any) => mul(sin(y), exp(cos(y))))(x) as Any);
    const [p, c] = [f((g: Any) => g), f(checkpoint)];
    const x = [0.3, 1, -2];
    same((jvp((z: Any) => hvp(c, z, x), [x], [x]) as Any)[1], (jvp((z: Any) => hvp(p, z, x), [x], [x]) as Any)[1]);
    same(hessian(c)(x), hessian(p)(x));
    const inner = checkpoint((y: Tensor) => mul(sin(y), y.slice([0, 1])));
    const bare = (y: Tensor) => mul(sin(y), y.slice([0, 1]));
    same(jacfwd(inner)(x), jacfwd(bare)(x));
    same(jacrev(inner)(x), jacrev(bare)(x));
    const batch = { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
    same(vmap(grad(c))(batch), vmap(grad(p))(batch));
    same(grad((b: Any) => sum(vmap(c)(b) as Any))(batch), grad((b: Any) => sum(vmap(p)(b) as Any))(batch));
    same(vmap((r: Any) => hvp(c, r, x))(batch), vmap((r: Any) => hvp(p, r, x))(batch));
    same(
      (jvp((b: Any) => vmap(c)(b), [batch], [batch]) as Any)[1],
      (jvp((b: Any) => vmap(p)(b), [batch], [batch]) as Any)[1],
    );
  });
  test("trees, several arguments and results, integers, values captured from outside", () => {
    const f = (wrap: Any) => (a: Any, t: Any) =>
      wrap((x: Any, { y, i }: Any) => ({ p: mul(sin(x), mul(y, a)), q: [sum(exp(y)), i] }))(a, {
        y: t,
        i: Int32Array.of(1),
      });
    const loss = (wrap: Any) => (a: Any, t: Any) => {
      const { p, q } = f(wrap)(a, t);
      return add(sum(square(p)), mul(3, q[0]));
    };
    const g = (wrap: Any) => grad(loss(wrap), { argnums: [0, 1] })(X, V) as Any;
    const [got, want] = [g(checkpoint), g((h: Any) => h)];
    same(got[0], want[0]);
    same(got[1], want[1]);
    const h = (wrap: Any) => hvp((u: Any) => loss(wrap)(u.a, u.t), { a: X, t: V }, { a: V, t: X }) as Any;
    same(h(checkpoint).a, h((k: Any) => k).a);
    same(h(checkpoint).t, h((k: Any) => k).t);
  });
  test("nested, and with functions that have rules of their own inside", () => {
    const nested = chain((f) =>
      checkpoint((x: Any) => checkpoint(f)(checkpoint(((y: Any) => mul(2, sin(y))) as Any)(x)) as Any),
    );
    const flat = chain((f) => (x: Any) => f(mul(2, sin(x))));
    same(grad(nested)(X), grad(flat)(X));
    same(hvp(nested, X, V), hvp(flat, X, V));
    same(
      objective(nested as Any, X)
        .at(X)
        .hvp(V),
      hvp(flat, X, V),
    );
  });
  test("of a function with a rule that takes arrays from outside", () => {
    const own = (library as Any).customJvp(
      (x: Any) => (library as Any).maxPool(x, [2], { padding: 1 }),
      (xs: Any, ds: Any) => (library as Any).jvp((x: Any) => (library as Any).maxPool(x, [2], { padding: 1 }), xs, ds),
    );
    const f = (x: Any) => sum(mul(checkpoint((y: Any) => own(y) as Any)(x), 2));
    // Windows of two that begin one before: they hold 1, then 5 and 3, then 4.
    expect([...(grad(f as Any)(Float64Array.of(1, 5, 3, 4)) as Any)]).toEqual([2, 2, 0, 2]);
  });
  test("of a linear function it can be transposed", () => {
    same(linearTranspose(checkpoint((x: Tensor) => mul(3, x.slice([1]))) as Any, X)(X.slice(1))[0], [
      0,
      ...Array.from(X.slice(1), (x) => 3 * x),
    ]);
  });
  test("misuse", () => {
    expect(() => checkpoint(3 as Any)).toThrow(new HvpError("value", "checkpoint: expected a function, got number 3"));
    expect(() => checkpoint(plain, X)).toThrow(
      new HvpError("value", "checkpoint: 1 argument too many; write checkpoint(f)(x)"),
    );
  });
});

/** Bytes that a linearization keeps at its point: of f, and of its gradient. */
function residuals(f: (x: Any) => Any): { jvp: number; hvp: number } {
  return inSession(() => {
    const x = parameter([N], "float64");
    const v = parameter([N], "float64");
    const y = (f(new Traced(x)) as Traced).node;
    const g = cotangents([y], [x], [full([], 1, "float64")])[0];
    const kept = (outputs: Any) => {
      const l = new Linearized([], outputs, [x], [v]);
      l.dispose();
      return l.residuals;
    };
    return { jvp: kept(pushforward([y], [x], [v])), hvp: kept(pushforward([g as Any], [x], [v])) };
  });
}

/** Bytes of working memory of the gradient's program: weights and arguments apart. */
function work(f: (x: Any) => Any): number {
  return inSession(() => {
    const x = parameter([N], "float64");
    const y = (f(new Traced(x)) as Traced).node;
    const g = cotangents([y], [x], [full([], 1, "float64")])[0];
    return compile(expandCalls([g as Any]), [x]).sizes[0];
  });
}

test("forward mode through customVjp, whose bwd goes through a checkpoint", () => {
  const inner = (x: Any): Any => mul(sin(x), exp(x));
  const custom = (f: Any): Any =>
    customVjp(
      f,
      (x: Any) => [f(x), x],
      (x: Any, ct: Any) => vjp(f, x)[1](ct),
    );
  const [x, v] = [Float64Array.of(0.3, 0.7), Float64Array.of(1, 2)];
  const recomputed = custom(checkpoint(inner as Any));
  // d/dx sin(x)·eˣ = (sin x + cos x)·eˣ, and then 2 cos(x)·eˣ
  const slope = [...x].map((t, i) => (Math.sin(t) + Math.cos(t)) * Math.exp(t) * (v[i] as number));
  const curvature = [...x].map((t, i) => 2 * Math.cos(t) * Math.exp(t) * (v[i] as number));
  const near = (got: Any, right: number[]): void => right.forEach((r, i) => void expect(got[i]).toBeCloseTo(r, 14));
  near(jvp(recomputed, [x], [v])[1], slope);
  near(linearize(recomputed, x)[1](v), slope);
  near(vmap((t: Any) => jvp(recomputed, [t], [1])[1])(x), [slope[0] as number, (slope[1] as number) / 2]);
  near(
    hvp((t: Any) => sum(recomputed(t)), x, v),
    curvature,
  );
  near(objective((t: Any) => sum(recomputed(t)), x).hvp(x, v), curvature);
});

test("what a where leaves out stays out, before the checkpoint and after it", () => {
  const x = [-1, 0, 4];
  const both = (f: (wrap: Any) => (y: Any) => Any): void => {
    for (const derivative of [(g: Any) => grad(g)(x), (g: Any) => hvp(g, x, [1, 1, 1])]) {
      const [got, want] = [derivative(f(checkpoint)), derivative(f((g: Any) => g))];
      expect([...want].every(Number.isFinite)).toBe(true);
      expect([...got]).toEqual([...want]);
    }
  };
  const root = (y: Any): Any => library.sqrt(y);
  // A cotangent that is zero where the slope inside is infinite or NaN, and the same the other way round.
  both((wrap) => (y) => sum(library.where(library.gt(y, 0), wrap(root)(y), 0)));
  both((wrap) => (y) => sum(wrap((r: Any) => library.where(library.gt(y, 0), mul(r, r), 0))(root(y))));
});

test("checkpoints in checkpoints: their graphs grow with their depth", () => {
  const nest = (depth: number): Any => {
    let f: Any = sin;
    for (let i = 0; i < depth; i++) f = checkpoint(f);
    return f;
  };
  // What is printed has each body once in every body around it, so a step of depth d has d bodies.
  const bodies = (depth: number): number => makeGraph(grad(nest(depth)))(0.5).split("lambda").length;
  expect(bodies(40) - bodies(20)).toBe(bodies(20) - bodies(0));
  expect(grad(nest(100))(0.5)).toBeCloseTo(Math.cos(0.5), 15);
  expect(hvp(nest(50), 0.5, 1)).toBeCloseTo(-Math.sin(0.5), 15);
});

test("masks of what goes in hold in derivatives of every composition", () => {
  const { logCosh, square, tanh, xlogy } = library;
  const of = (inner: Any) => (x: Any) => logCosh(logCosh(inner(tanh(xlogy(x, add(square(x), 0.5))))));
  const [plainly, again] = [of(square), of(checkpoint(square as Any))];
  const compositions: ((f: Any) => Any)[] = [
    (f) => grad((x: Any) => library.jvp(f, [x], [1.5])[1] as Any),
    (f) => grad((x: Any) => library.mul(1.5, grad(f)(x) as Any)),
    (f) => (x: Any) => hvp(f, x, 1.5),
    (f) => grad((x: Any) => hvp(f, x, 1.5) as Any),
    (f) => grad((x: Any) => grad((z: Any) => library.mul(1.5, grad(f)(z) as Any))(x) as Any),
  ];
  for (const derivative of compositions)
    for (const x of [0.7, -1.3, 1.9]) {
      const want = Number(derivative(plainly)(x));
      expect(Math.abs(Number(derivative(again)(x)) - want)).toBeLessThanOrEqual(1e-12 * Math.abs(want));
    }
});

describe("less is kept", () => {
  const vector = 8 * N;
  test("linearizations hold what goes in and out of the checkpoints, and nothing in between", () => {
    const [all, few] = [residuals(plain), residuals(checkpointed)];
    // Per block the plain chain keeps three inner vectors or more for jvp; the checkpointed one only the block's
    // argument.
    expect(all.jvp).toBeGreaterThanOrEqual(3 * BLOCKS * vector);
    expect(few.jvp).toBeLessThanOrEqual((BLOCKS + 1) * vector);
    // For products with the Hessian, the cotangent of each block's result comes on top.
    expect(all.hvp).toBeGreaterThanOrEqual(6 * BLOCKS * vector);
    expect(few.hvp).toBeLessThanOrEqual(2 * (BLOCKS + 1) * vector);
  });
  test("a gradient's working memory holds the inner values of one block at a time", () => {
    const [all, few] = [work(plain), work(checkpointed)];
    // 6 arguments and the inner values of one block, against the inner values of all.
    expect(all).toBeGreaterThanOrEqual(3 * BLOCKS * vector);
    expect(few).toBeLessThanOrEqual(0.6 * all);
  });
  test("printed graphs show where", () => {
    expect(makeGraph(grad((x: Any) => sum(checkpoint(exp as Any)(sin(x)))))([1, 2])).toContain(
      "closedCall[step=true body={ lambda a:float64[2] .",
    );
    expect(makeGraph((x: Any) => checkpoint(exp as Any)(x))([1, 2])).toContain(
      "closedCall[step=false body={ lambda a:float64[2] .",
    );
  });
});

test("what follows a checkpoint looks at its results alone, not at what makes them", () => {
  // The factor may be infinite, so that the mask of a derivative is asked for; that of a sort is made of its order.
  const f = (x: Any) => sum(reciprocal(sort(exp(x))));
  const g = (x: Any) => sum(checkpoint((y: Any) => reciprocal(sort(y)))(exp(x)));
  const x = { data: Float64Array.of(1, 3, 2, 4, 6, 5), shape: [2, 3] };
  expect(arraysOf(grad(g)(x))).toEqual(
    [
      [1, 3, 2],
      [4, 6, 5],
    ].map((r) => r.map((a) => expect.closeTo(-Math.exp(-a), 15))),
  );
  expect(arraysOf(hvp(g, x, x))).toEqual(
    (arraysOf(hvp(f, x, x)) as Any).map((r: Any) => r.map((a: number) => expect.closeTo(a, 14))),
  );
  // -(-y) is y, which is no result.
  const h = (x: Any) => sum(square(neg(checkpoint((y: Any) => neg(sort(square(y))))(x))));
  expect(arraysOf(grad(h)(x))).toEqual(
    [
      [1, 3, 2],
      [4, 6, 5],
    ].map((r) => r.map((a) => expect.closeTo(4 * a ** 3, 12))),
  );
});

test("a constant that is in memory for something later is none that a checkpoint finds there", () => {
  // A product of what follows, whose derivative begins with ones, and a comparison with one inside.
  const f = (clip: Any) => (x: Any) => sum(cumprod(clip((y: Any) => hardTanh(y))(x), { axis: 0, reverse: true }));
  for (const x of [Float64Array.of(0.5, 1.8), Float64Array.of(0.5, -0.25, 0.75)])
    expect(arraysOf(grad(f(checkpoint))(x))).toEqual(arraysOf(grad(f((g: Any) => g))(x)));
  expect(arraysOf(grad(f(checkpoint))(Float64Array.of(0.5, 0.25)))).toEqual([0.25, 1.5]);
});

test("around a loop that tests what is the same in all iterations: reverse mode twice", () => {
  const h = library as Any;
  // The test fails at once: f = Σ √exp(sin x), f' = f cos x / 2, f'' = f (cos² x / 4 - sin x / 2).
  const inner = checkpoint((x: Any) => {
    const [s, e] = [h.sin(x), h.exp(h.sin(x))];
    const far = (): Any => h.gt(h.mean(h.betaln(add(h.sigmoid(e), 0.1), add(h.sigmoid(s), 0.1))), 2.3);
    return h.whileLoop(far, () => h.sigmoid(h.logaddexp(s, 3)), e, { maxIterations: 4 });
  });
  const f = (x: Any): Any => sum(h.sqrt(h.stack([inner(x), h.ones([2, 3])], 1)));
  const x = [1, 0.5, 0, 2, -1, 3];
  const v = [1, -2, 3, 0, 0.5, 2];
  const matrix = (data: readonly number[]) => ({ data: Float64Array.from(data), shape: [2, 3] });
  const twice = grad((y: Any) => sum(h.mul(grad(f)(y), matrix(v))))(matrix(x));
  (arraysOf(twice) as number[][]).flat().forEach((d, i) => {
    const [s, c] = [Math.sin(x[i] as number), Math.cos(x[i] as number)];
    expect(d).toBeCloseTo(Math.exp(s / 2) * (c ** 2 / 4 - s / 2) * (v[i] as number), 14);
  });
});
