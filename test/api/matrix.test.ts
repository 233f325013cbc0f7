// Every transform with every way of passing things: many arguments and results, trees, argnums, hasAux, integers;
// what linearTranspose and bind refuse; what makeGraph prints.
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { type Any, checkMisuse } from "../harness/misuse.ts";

const {
  add,
  checkpoint,
  concat,
  customJvp,
  gt,
  mul,
  pad,
  sin,
  square,
  stack,
  sub,
  sum,
  take,
  where,
  cos,
  exp,
  neg,
  max,
  min,
} = library as Any;
const {
  grad,
  hessian,
  hvp,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  linearTranspose,
  makeGraph,
  objective,
  valueAndGrad,
  vjp,
  vmap,
} = library as Any;

const flat = (v: Any): number[] => (typeof v === "number" ? [v] : Array.from(v.data ?? v, Number));
/** Relative 1e-14: a handful of roundings. */
const close = (got: Any, want: readonly number[]): void => {
  const g = flat(got);
  expect(g).toHaveLength(want.length);
  want.forEach((w, i) => expect(Math.abs(g[i]! - w)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(w))));
};

// f(x, {a, b}, s) = { p: x·a, q: [Σ b², s·x] } for vectors x, a; b a vector; s a number.
const f = (x: Any, { a, b }: Any, s: Any): Any => ({ p: mul(x, a), q: [sum(square(b)), mul(s, x)] });
const X = [1, 2];
const T = { a: [3, 4], b: Float64Array.of(5, 6, 7) };
const S = 0.5;
const withAux = (x: Any, t: Any, s: Any): Any => [f(x, t, s), { twice: mul(2, x), n: [sum(t.b)] }];
const aux = (got: Any): void => {
  close(got.twice, [2, 4]);
  close(got.n[0], [18]);
};
const loss = (x: Any, t: Any, s: Any): Any => {
  const { p, q } = f(x, t, s);
  return add(sum(square(p)), add(q[0], sum(q[1]))); // Σ x²a² + Σ b² + s Σ x
};
const lossAux = (x: Any, t: Any, s: Any): Any => [loss(x, t, s), { twice: mul(2, x), n: [sum(t.b)] }];

describe("many arguments, trees and results", () => {
  const dx = [1, 0];
  const dt = { a: [0, 1], b: [1, 1, 1] };
  const checkTangent = (d: Any): void => {
    close(d.p, [1 * 3 + 0, 0 + 2 * 1]);
    close(d.q[0], [2 * (5 + 6 + 7)]);
    close(d.q[1], [S * 1 + 2 * 1, 2 * 2]);
  };
  const ct = { p: [1, 10], q: [2, [100, 1000]] };
  const checkCotangents = ([gx, gt_, gs]: Any): void => {
    close(gx, [1 * 3 + 100 * S, 10 * 4 + 1000 * S]);
    close(gt_.a, [1 * 1, 10 * 2]);
    close(gt_.b, [20, 24, 28]);
    close(gs, [100 * 1 + 1000 * 2]);
  };
  test("jvp", () => {
    const [y, d] = jvp(f, [X, T, S], [dx, dt, 2]);
    close(y.q[1], [0.5, 1]);
    checkTangent(d);
    const out = jvp(withAux, [X, T, S], [dx, dt, 2], { hasAux: true });
    expect(out).toHaveLength(3);
    checkTangent(out[1]);
    aux(out[2]);
  });
  test("linearize", () => {
    const [y, d] = linearize(f, X, T, S);
    close(y.p, [3, 8]);
    for (let i = 0; i < 2; i++) checkTangent(d(dx, dt, 2));
    const [z, e, a] = linearize(withAux, X, T, S, { hasAux: true });
    close(z.p, [3, 8]);
    checkTangent(e(dx, dt, 2));
    aux(a);
    const nested = jit((x: Any) => {
      const [, g, b] = linearize(withAux, x, T, S, { hasAux: true });
      return [g(dx, dt, 2), b];
    })(X);
    checkTangent(nested[0]);
    aux(nested[1]);
  });
  test("vjp", () => {
    const [y, back] = vjp(f, X, T, S);
    close(y.q[0], [110]);
    for (let i = 0; i < 2; i++) checkCotangents(back(ct));
    const [z, pull, a] = vjp(withAux, X, T, S, { hasAux: true });
    close(z.q[0], [110]);
    checkCotangents(pull(ct));
    aux(a);
    expect(vjp(f, X, T, S, { hasAux: false })).toHaveLength(2);
    const nested = jit((x: Any) => {
      const [, p, b] = vjp(withAux, x, T, S, { hasAux: true });
      return [p(ct), b];
    })(X);
    checkCotangents(nested[0]);
    aux(nested[1]);
  });
  test("grad and valueAndGrad", () => {
    const gx = [2 * 9 * 1 + S, 2 * 16 * 2 + S];
    close(grad(loss)(X, T, S), gx);
    close(grad(loss, { argnums: 1 })(X, T, S).b, [10, 12, 14]);
    const [g0, g1, g2] = grad(loss, { argnums: [0, 1, -1] })(X, T, S);
    close(g0, gx);
    close(g1.a, [2 * 3, 2 * 4 * 4]);
    close(g2, [3]);
    const [[v, a], [h2, h0]] = valueAndGrad(lossAux, { argnums: [2, 0], hasAux: true })(X, T, S);
    close(v, [9 + 64 + 110 + 1.5]);
    aux(a);
    close(h2, [3]);
    close(h0, gx);
    const [g, b] = grad(lossAux, { argnums: [0], hasAux: true })(X, T, S);
    close(g[0], gx);
    aux(b);
  });
  test.each(["jacfwd", "jacrev"])("%s", (name) => {
    const jac = name === "jacfwd" ? jacfwd : jacrev;
    const check = (J: Any): void => {
      close(J.p, [3, 0, 0, 4]);
      close(J.q[0], [0, 0]);
      close(J.q[1], [S, 0, 0, S]);
    };
    check(jac(f)(X, T, S));
    const byTree = jac(f, { argnums: 1 })(X, T, S);
    close(byTree.p.a, [1, 0, 0, 2]);
    close(byTree.p.b, [0, 0, 0, 0, 0, 0]);
    close(byTree.q[0].b, [10, 12, 14]);
    const several = jac(f, { argnums: [0, 2] })(X, T, S);
    close(several.p[0], [3, 0, 0, 4]);
    close(several.q[1][0], [S, 0, 0, S]);
    close(several.q[1][1], [1, 2]);
    const [J, a] = jac(withAux, { hasAux: true })(X, T, S);
    check(J);
    aux(a);
    const [K, b] = jac(withAux, { argnums: [2, 0], hasAux: true })(X, T, S);
    close(K.q[1][0], [1, 2]);
    aux(b);
  });
  test("hessian", () => {
    close(hessian(loss)(X, T, S), [18, 0, 0, 32]);
    const H = hessian(loss, { argnums: [0, 1] })(X, T, S);
    close(H[0][0], [18, 0, 0, 32]);
    close(H[0][1].a, [4 * 1 * 3, 0, 0, 4 * 2 * 4]);
    close(H[1].a[0], [12, 0, 0, 32]);
    close(H[1].b[1].b, [2, 0, 0, 0, 2, 0, 0, 0, 2]);
    const [G, a] = hessian(lossAux, { hasAux: true })(X, T, S);
    close(G, [18, 0, 0, 32]);
    aux(a);
  });
  test("hvp of a tree, and transforms of transforms with aux", () => {
    const H = hvp(
      (z: Any) => loss(z.x, z.t, z.s),
      { x: X, t: T, s: S },
      { x: [1, 1], t: { a: [0, 0], b: [0, 0, 1] }, s: 1 },
    );
    close(H.x, [18 + 1, 32 + 1]);
    close(H.t.a, [12, 32]);
    close(H.t.b, [0, 0, 2]);
    close(H.s, [2]);
    const [tangent, a] = jvp((x: Any) => grad(lossAux, { hasAux: true })(x, T, S), [X], [[1, 0]])[1];
    close(tangent, [18, 0]);
    close(a.twice, [2, 0]);
    const [g, b] = vmap((x: Any) => grad(lossAux, { hasAux: true })(x, T, S))([X, X]);
    close(g, [18.5, 64.5, 18.5, 64.5]);
    close(b.twice, [2, 4, 2, 4]);
  });
  test("aux may hold integers and what does not depend on the arguments", () => {
    const [g, a] = grad((x: Any) => [sum(x), { i: Int32Array.of(1, 2), c: gt(x, 1), k: 3 }], { hasAux: true })(X);
    close(g, [1, 1]);
    expect(a.i).toEqual(Int32Array.of(1, 2));
    expect(a.c).toEqual(Uint8Array.of(0, 1));
    expect(a.k).toBe(3);
  });
});

describe("results that are not of floating point", () => {
  const g = (x: Any): Any => [square(x), library.astype(x, "int32"), gt(x, 1)];
  test("have zero tangents in forward mode", () => {
    for (const [a, i, b] of [jvp(g, [X], [[1, 1]])[1], linearize(g, X)[1]([1, 1])]) {
      close(a, [2, 4]);
      close(i, [0, 0]);
      close(b, [0, 0]);
    }
  });
  test("add nothing in reverse mode", () => {
    close(vjp(g, X)[1]([[1, 1], Int32Array.of(7, 7), [true, true]])[0], [2, 4]);
    close(vjp((x: Any) => library.astype(x, "int32"), X)[1](Int32Array.of(1, 1))[0], [0, 0]);
  });
});

describe("extrema with NaN", () => {
  // The NaN is the maximum: it, or all of them, get the derivative.
  test.each([
    ["max", max],
    ["min", min],
  ])("%s", (_name, f_) => {
    expect(grad(f_)([1, NaN, 3])).toEqual(Float64Array.of(0, 1, 0));
    expect(grad(f_)([NaN, NaN, 3])).toEqual(Float64Array.of(0.5, 0.5, 0));
    expect(jvp(f_, [[1, NaN, 3]], [[1, 10, 100]])).toEqual([NaN, 10]);
  });
});

describe("linearTranspose", () => {
  test("of linear functions, however they are written", () => {
    close(linearTranspose((x: Any) => sub(mul(3, x), x.slice([0, 1])), X)([1, 10])[0], [3 - 11, 30]);
    close(linearTranspose((x: Any) => concat([x, mul(0, x)]), X)([1, 2, 3, 4])[0], [1, 2]);
    close(linearTranspose((x: Any) => where([true, false], x, 0), X)([5, 6])[0], [5, 0]);
    close(linearTranspose((x: Any) => pad(take(x, [1, 1]), 1), X)([1, 2, 3, 4])[0], [0, 5]);
    close(linearTranspose((x: Any) => checkpoint((y: Any) => neg(y))(x), X)([1, 2])[0], [-1, -2]);
    close(
      linearTranspose(
        (x: Any) =>
          customJvp(
            (y: Any) => mul(2, y),
            (_p: Any, [d]: Any) => [d, d],
          )(x),
        X,
      )([1, 2])[0],
      [2, 4],
    );
    close(
      linearTranspose(
        (x: Any) => [stack([x, x]), 0],
        X,
      )([
        [
          [1, 2],
          [3, 4],
        ],
        7,
      ])[0],
      [4, 6],
    );
  });
  const affine = (what: string): string =>
    `linearTranspose: the function is not linear in its arguments: ${what} with a part that does not depend on them, so that f(0) is not 0; leave that part out, or use vjp`;
  const nonlinear =
    "linearTranspose: the function is not linear in its arguments: its derivative depends on them; use vjp";
  checkMisuse("of others", [
    ["a constant term", () => linearTranspose((x: Any) => add(x, 1), X), "rule", affine("add makes float64[2]")],
    [
      "subtracted from one",
      () => linearTranspose((x: Any) => sub([3, 4], x), X),
      "rule",
      affine("sub makes float64[2]"),
    ],
    ["beside one", () => linearTranspose((x: Any) => concat([x, [1]]), X), "rule", affine("concat makes float64[3]")],
    [
      "selected",
      () => linearTranspose((x: Any) => where([true, false], x, 1), X),
      "rule",
      affine("select makes float64[2]"),
    ],
    [
      "deep inside",
      () => linearTranspose((x: Any) => mul(2, sum(add(mul(3, x), [1, 2]))), X),
      "rule",
      affine("add makes float64[2]"),
    ],
    ["a constant result", () => linearTranspose((x: Any) => [x, 5], X), "rule", affine("constant makes float64[]")],
    ["a sine", () => linearTranspose((x: Any) => sin(x), X), "rule", nonlinear],
    ["a square", () => linearTranspose((x: Any) => mul(x, x), X), "rule", nonlinear],
    ["a product of arguments", () => linearTranspose((x: Any, y: Any) => mul(x, y), X, X), "rule", nonlinear],
  ]);
});

describe("objective.bind", () => {
  const problem = objective(
    (x: Any, i: Any, m: Any, w: Any) => sum(where(m, mul(w, take(x, i)), 0)),
    X,
    Int32Array.of(1, 0),
    [true, false],
    [2, 3],
  );
  test("takes integers for integers, booleans for booleans, numbers for numbers", () => {
    problem.bind([0, 1], [true, true], Int32Array.of(4, 5));
    expect(problem.value(X)).toBe(4 * 1 + 5 * 2);
    problem.bind(Uint8Array.of(1, 1), [false, true], [1, 1]);
    expect(problem.value(X)).toBe(2);
    problem.bind([1, 1], gt([1, 3], 2), [1, 5]); // a mask computed outside is bytes
    expect(problem.value(X)).toBe(5 * 2);
  });
  const like = (t: string) => `but the objective was compiled for one of type ${t};`;
  const rows: Any = [
    [
      "fractions for integers",
      () => problem.bind([0.5, 1], [true, true], [1, 1]),
      "dtype",
      `objective.bind: data argument 1 has numbers that are not integers, ${like("int32")} round them, or make another objective`,
    ],
    [
      "numbers for booleans",
      () => problem.bind([0, 1], [0, 2], [1, 1]),
      "dtype",
      `objective.bind: data argument 2 has numbers that are not booleans, ${like("bool")} pass true and false, or make another objective`,
    ],
    [
      "floats for integers",
      () => problem.bind(Float64Array.of(0, 1), [true, true], [1, 1]),
      "dtype",
      `objective.bind: data argument 1 has type float64, ${like("int32")} convert the array, or make another objective`,
    ],
    [
      "booleans for numbers",
      () => problem.bind([0, 1], [true, true], [true, false]),
      "dtype",
      `objective.bind: data argument 3 has type bool, ${like("float64")} convert the array, or make another objective`,
    ],
    [
      "integers for booleans",
      () => problem.bind([0, 1], Uint8Array.of(2, 0), [1, 1]),
      "dtype",
      `objective.bind: data argument 2 has type int32, ${like("bool")} pass true and false, or make another objective`,
    ],
  ];
  checkMisuse("refuses what it would have to round", rows);
});

describe("makeGraph", () => {
  test("loops of the host are unrolled, equal parts appear once, one operation a line", () => {
    const graph: string = makeGraph((x: Any) => {
      let y = x;
      for (let i = 0; i < 3; i++) y = sin(add(y, x));
      return add(sum(sin(add(x, x))), sum(y));
    })([1, 2]);
    expect(graph.split("\n").filter((l) => / = sin /.test(l))).toHaveLength(3);
    expect(graph).toMatch(
      /^\{ lambda a:float64\[2\] \.\n {2}let b:float64\[2\] = mul 2 a\n {6}c:float64\[2\] = sin b\n/,
    );
  });
  test("nested transforms and trees", () => {
    const graph: string = makeGraph((t: Any) => ({
      g: grad((y: Any) => sum(exp(mul(y, t.b))))(t.a),
      h: vmap(cos)(t.a),
    }))({
      a: [1, 2],
      b: 3,
    });
    expect(graph).toMatch(/^\{ lambda a:float64\[2\] b:float64\[\] \./);
    expect(graph).toMatch(/ in \(\w+, \w+\) \}$/);
  });
  test("functions with rules show where they are, without what their rules hold", () => {
    const g: Any = customJvp(
      (x: Any) => ({ s: sin(x), c: cos(x) }),
      ([x]: Any, [d]: Any) => [
        { s: sin(x), c: cos(x) },
        { s: d, c: d },
      ],
    );
    expect(makeGraph((x: Any) => g(x).c)([1])).toBe(
      [
        "{ lambda a:float64[1] .",
        "  let b:float64[1],float64[1] = closedCall[rule=customJvp step=false body={ lambda a:float64[1] .",
        "          let b:float64[1] = sin a",
        "              c:float64[1] = cos a",
        "          in (b, c) }] a",
        "      c:float64[1] = part[i=1] b",
        "  in (c) }",
      ].join("\n"),
    );
    for (const graph of [
      makeGraph(jacrev((x: Any) => checkpoint(g)(x).s))([1]),
      makeGraph(grad((x: Any) => checkpoint((y: Any) => sum(exp(sin(y))))(x)))([1]),
    ])
      expect(graph).not.toMatch(/object|undefined|=>/);
  });
});

checkMisuse("messages name the transform that was called", [
  [
    "hessian of a vector",
    () => hessian((x: Any) => x)(X),
    "shape",
    "hessian: the function must return a scalar, got shape [2]; reduce it with sum or mean, or use jacrev for the Jacobian",
  ],
  [
    "hessian at integers",
    () => hessian(sum)(Int32Array.of(1)),
    "dtype",
    "hessian: can only differentiate with respect to float64 or float32 arrays, got int32; convert the argument, or leave it out of argnums",
  ],
  [
    "hessian by an argument that is not there",
    () => hessian(sum, { argnums: 1 })(X),
    "axis",
    "hessian: argnums 1 is out of range: the function was called with 1 argument",
  ],
  [
    "jacrev by one twice",
    () => jacrev(add, { argnums: [0, -2] })(X, X),
    "value",
    "jacrev: argnums [0, -2] names an argument twice",
  ],
  [
    "jacfwd by none",
    () => jacfwd(add, { argnums: [] })(X, X),
    "value",
    "jacfwd: argnums [] must name at least one argument",
  ],
  [
    "hessian with aux that is not there",
    () => hessian(sum, { hasAux: true })(X),
    "value",
    "hessian: with hasAux the function must return [value, aux]",
  ],
  [
    "jacrev with aux that is not there",
    () => jacrev((x: Any) => x, { hasAux: true })(X),
    "value",
    "jacrev: with hasAux the function must return [value, aux]",
  ],
  [
    "vjp with aux that is not there",
    () => vjp((x: Any) => x, X, { hasAux: true }),
    "value",
    "vjp: with hasAux the function must return [value, aux]",
  ],
  [
    "linearize with aux that is not there",
    () => linearize((x: Any) => x, X, { hasAux: true }),
    "value",
    "linearize: with hasAux the function must return [value, aux]",
  ],
  [
    "jvp with aux that is not there",
    () => jvp((x: Any) => x, [X], [X], { hasAux: true }),
    "value",
    "jvp: with hasAux the function must return [value, aux]",
  ],
  [
    "jvp with another option",
    () => jvp((x: Any) => x, [X], [X], { aux: true }),
    "value",
    "jvp: unknown option aux; the options are hasAux",
  ],
  [
    "jacfwd of integers",
    () => jacfwd((x: Any) => library.astype(x, "int32"))(X),
    "dtype",
    "jacfwd: the function must return floating-point arrays, got int32[2]",
  ],
]);
