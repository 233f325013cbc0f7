// Kernels on small matrices as straight-line code: the bits of the kernels, for every record that has such a form, and
// no call in what is made of them: a step of a Kalman filter, systems, inverses and determinants, with derivatives.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../../src/ad/jvp.ts";
import { cotangents } from "../../../src/ad/linearize.ts";
import { loop } from "../../../src/api/loops.ts";
import { compile } from "../../../src/emit/module.ts";
import {
  add,
  cholesky,
  choSolve,
  det,
  diagonal,
  inv,
  log,
  lu,
  matmul,
  mul,
  slogdet,
  solve,
  sub,
  sum,
  transpose,
  triangularSolve,
  vdot,
} from "../../../src/index.ts";
import type { DType, Shape } from "../../../src/ir/aval.ts";
import { sizeOf } from "../../../src/ir/aval.ts";
import { inSession, make } from "../../../src/ir/build.ts";
import { close } from "../../../src/ir/closed.ts";
import type { Node } from "../../../src/ir/graph.ts";
import { reachable } from "../../../src/ir/walk.ts";
import { expandCalls } from "../../../src/opt/graph/expand.ts";
import { SMALL, smallMatrices } from "../../../src/opt/graph/small.ts";
import { mul as mulNode } from "../../../src/primitives/arithmetic.ts";
import * as C from "../../../src/primitives/cholesky.ts";
import { matmul as matmulNode } from "../../../src/primitives/contraction.ts";
import { flipMatrix } from "../../../src/primitives/factorization.ts";
import { registry } from "../../../src/primitives/index.ts";
import { gather, scatterAdd } from "../../../src/primitives/indexing.ts";
import { parameter } from "../../../src/primitives/leaf.ts";
import * as LU from "../../../src/primitives/lu.ts";
import { broadcast, full, reduceSum } from "../../../src/primitives/spread.ts";
import { sin } from "../../../src/primitives/transcendental.ts";
import { passesHere } from "../../../src/run/passes.ts";
import { programOf } from "../../../src/run/program.ts";
import { Tensor } from "../../../src/trace/tracer.ts";
import { evaluate } from "../../harness/backend.ts";
import { rng, vector } from "../../harness/rng.ts";
import { onlyBody, runStraight, tinyPlan } from "../../harness/straight.ts";

const calls = (outputs: readonly Node[]): string[] =>
  reachable(outputs).flatMap((n) => (n.prim.lower.kind === "call" ? [n.prim.name] : []));

// ---- record by record ----

interface Case {
  readonly record: string;
  build(x: readonly Node[]): Node;
  /** Shapes of the arguments, the first of which is n × n. */
  shapes(n: number, m: number): Shape[];
}
const square = (n: number): Shape[] => [[n, n]];
const squares = (n: number): Shape[] => [...square(n), ...square(n)];
const wide = (n: number, m: number): Shape[] => [
  [n, n],
  [n, m],
];
const row = (n: number, m: number): Shape[] => [
  [n, n],
  [m, n],
];
const CASES: Readonly<Record<string, Case>> = {
  A·B: { record: "matmul", build: ([a, b]) => matmulNode(a!, b!), shapes: wide },
  Aᵀ·B: { record: "matmul", build: ([a, b]) => matmulNode(flipMatrix(a!), b!), shapes: wide },
  B·A: { record: "matmul", build: ([a, b]) => matmulNode(b!, a!), shapes: row },
  B·Aᵀ: { record: "matmul", build: ([a, b]) => matmulNode(b!, flipMatrix(a!)), shapes: row },
  cholesky: { record: "cholesky", build: ([a]) => C.cholesky(a!), shapes: square },
  "its tangent": {
    record: "choleskyTangent",
    build: ([l, s]) => make(C.choleskyTangentPrim, [l!, s!]),
    shapes: squares,
  },
  "its adjoint": {
    record: "choleskyAdjoint",
    build: ([l, b]) => make(C.choleskyAdjointPrim, [l!, b!]),
    shapes: squares,
  },
  ...Object.fromEntries(
    [false, true].flatMap((lower) =>
      [false, true].flatMap((unit) =>
        [false, true].map((flip): [string, Case] => [
          `${lower ? "L" : "U"}${unit ? " of unit diagonal" : ""}${flip ? ", transposed" : ""}`,
          {
            record: "triangularSolve",
            build: ([a, b]) => C.triangularSolve(flip ? flipMatrix(a!) : a!, b!, lower, unit),
            shapes: wide,
          },
        ]),
      ),
    ),
  ),
  P·L·U: { record: "lu", build: ([a]) => LU.lu(a!), shapes: square },
  "A⁻¹·B": { record: "luSolve", build: ([a, b]) => LU.solve(a!, b!), shapes: wide },
  "A⁻ᵀ·B": {
    record: "luSolve",
    build: ([a, b]) => make(LU.luSolvePrim, [a!, LU.lu(a!), b!], { transposed: true }),
    shapes: wide,
  },
};

/** Matrices that eliminations meet; what is not changed is random. */
const KINDS: Readonly<Record<string, (n: number, x: Float64Array, y?: Float64Array) => void>> = {
  random: () => {},
  definite: (n, x) => {
    for (let i = 0; i < n; i++) x[i * (n + 1)] = n + 1;
  },
  "negative definite": (n, x) => {
    for (let i = 0; i < n; i++) x[i * (n + 1)] = -n - 1;
  },
  "with a column of zeros": (n, x) => {
    for (let i = 0; i < n; i++) x[i * n + (n >> 1)] = i % 2 === 0 ? 0 : -0;
  },
  "with equal rows": (n, x) => x.set(x.slice(0, n), n * (n - 1)),
  "of zeros": (_n, x) => x.fill(-0),
  "of zeros, and one of numbers above": (_n, x, y) => {
    x.fill(-0);
    y?.forEach((v, i) => {
      y[i] = Math.abs(v);
    });
  },
  "of zeros, and one of zeros and ones": (_n, x, y) => {
    x.fill(-0);
    y?.forEach((_, i) => {
      y[i] = i === 0 ? 1 : -0;
    });
  },
  "with a NaN": (n, x) => {
    x[(n * n) >> 1] = Number.NaN;
  },
  "with infinities": (n, x) => {
    x[0] = Infinity;
    x[(n * n) >> 1] = -Infinity;
  },
  "of equal magnitudes": (_n, x) => {
    x.forEach((v, i) => {
      x[i] = Math.sign(v);
    });
  },
};

const DTYPES: DType[] = ["float64", "float32"];

/** Both ways of computing `outputs`, for each of several points. */
function expectEqual(
  outputs: readonly Node[],
  parameters: readonly Node[],
  points: Readonly<Record<string, Float64Array[]>>,
): void {
  const small = smallMatrices(expandCalls(outputs));
  expect(calls(small)).toEqual([]);
  expect(calls(outputs).length).toBeGreaterThan(0);
  for (const [name, point] of Object.entries(points)) {
    const expected = evaluate(outputs, parameters, point);
    expect(evaluate(small, parameters, point), name).toEqual(expected); // signs of zeros, too
  }
}
const pointsFor = (n: number, shapes: readonly Shape[], seed: number): Record<string, Float64Array[]> =>
  Object.fromEntries(
    Object.entries(KINDS).map(([kind, change], k) => {
      const random = rng(100 * seed + k);
      const point = shapes.map((s) => vector(random, sizeOf(s)));
      change(n, (point[0] as Float64Array).subarray(0, n * n), point[1]);
      return [kind, point];
    }),
  );

describe.each(Object.entries(CASES))("%s has the bits of the kernel", (_name, { build, shapes }) => {
  test.each(DTYPES)("in %s, n = 1 … 8", (dtype) => {
    for (let n = 1; n <= 8; n++)
      for (const m of shapes === square || shapes === squares ? [n] : [1, 1 + (n % 8)])
        inSession(() => {
          const sizes = shapes(n, m);
          const x = sizes.map((s) => parameter(s, dtype));
          expectEqual([build(x)], x, pointsFor(n, sizes, 10 * n + m));
        });
  });
  test("and so have batches, tangents and transposes", () => {
    const n = 3;
    inSession(() => {
      const sizes = shapes(n, 2).map((s) => [2, ...s]);
      const x = sizes.map((s) => parameter(s, "float64"));
      expectEqual([build(x)], x, pointsFor(n, sizes, 7));
    });
    inSession(() => {
      const sizes = [...shapes(n, 2), ...shapes(n, 2)];
      const args = sizes.map((s) => parameter(s, "float64"));
      const x = args.slice(0, sizes.length / 2);
      const y = build(x);
      const seed = parameter(y.shape, "float64");
      const tangents = pushforward([y], x, args.slice(x.length));
      const outputs = [...tangents, ...cotangents([y], x, [seed])].filter((z): z is Node => z !== undefined);
      const all = [...args, seed];
      const { random, definite } = pointsFor(n, [...sizes, y.shape], 8);
      expectEqual(outputs, all, { random: random!, definite: definite! });
    });
  });
});

test("rows that numbers name are picked and added to without an address", () => {
  inSession(() => {
    const [x, i, rows] = [parameter([4, 3], "float64"), parameter([5], "int32"), parameter([5, 3], "float64")];
    const [y, z] = [sin(x), scatterAdd(x, i, rows)];
    const outputs = [gather(y, i, 0), gather(y, i, 1), z];
    const small = smallMatrices(outputs);
    expect(reachable(small).map((n) => n.prim.name)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/gather|scatterAdd/)]),
    );
    const random = rng(5);
    const point = [vector(random, 12), Int32Array.of(3, -1, 0, -9, 9), vector(random, 15)];
    expect(evaluate(small, [x, i, rows], point)).toEqual(evaluate(outputs, [x, i, rows], point));
    const direct = gather(x, i, 0); // memory is read where it lies
    expect(smallMatrices([direct])).toEqual([direct]);
  });
});

test("larger matrices keep their kernels", () => {
  inSession(() => {
    const of = (...shape: number[]): Node => parameter(shape, "float64");
    const outputs = [matmulNode(of(8, 9), of(9, 9)), C.cholesky(of(9, 9)), LU.lu(of(9, 9)), LU.lu(of(2, 8, 8))];
    expect(smallMatrices(outputs)).toEqual(outputs);
  });
});

test("every record with a kernel on whole arrays has a form for small ones, or stands here", () => {
  const without = registry.filter((p) => p.lower.kind === "call" && !(p.name in SMALL)).map((p) => p.name);
  expect(without).toEqual([
    ...["cumsum", "recurrence", "cumprod", "cummax", "cummin", "argsort"], // walk along an axis
    ...["qr", "eigh", "svd", "expm", "expmFrechet"], // reflections and iterations
    ...["conv", "lastWriter"],
  ]);
});

// ---- what is made of them ----

type Matrices = readonly Tensor[];
interface Program {
  readonly shapes: readonly Shape[];
  readonly f: (x: Matrices) => Tensor;
}

/**
 * A step of a Kalman filter: the prediction of x and P, the innovation y and its covariance S, the gain K; what the
 * next step gets, log det S and yᵀ·S⁻¹·y.
 */
function kalmanStep(
  how: "solve" | "cholesky",
  [A, P, Q, H, R, x, z]: readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor],
): { x: Tensor; P: Tensor; S: Tensor; logdet: () => Tensor; distance: Tensor } {
  const ahead = matmul(A, x);
  const prior = add(matmul(matmul(A, P), transpose(A)), Q);
  const S = add(matmul(matmul(H, prior), transpose(H)), R);
  const y = sub(z, matmul(H, ahead));
  const L = how === "cholesky" ? cholesky(S) : S;
  const inverse = (b: Tensor): Tensor => (how === "cholesky" ? choSolve(L, b) : solve(S, b));
  const K = transpose(inverse(matmul(H, prior)));
  return {
    x: add(ahead, matmul(K, y)),
    P: sub(prior, matmul(matmul(K, H), prior)),
    S,
    logdet: () => (how === "cholesky" ? mul(2, sum(log(diagonal(L)))) : slogdet(S).logabsdet),
    distance: vdot(y, inverse(y)),
  };
}
/** A number that all of a step goes into. */
function kalman(n: number, m: number, how: "solve" | "cholesky", logarithm: boolean): Program {
  const square = (x: Tensor): Tensor => sum(mul(x, x));
  const f = (all: Matrices): Tensor => {
    const { x, P, S, logdet, distance } = kalmanStep(how, all as Parameters<typeof kalmanStep>[1]);
    return add(add(logarithm ? logdet() : square(S), distance), add(square(x), square(P)));
  };
  return { shapes: [[n, n], [n, n], [n, n], [m, n], [m, m], [n], [m]], f };
}
const programs = (n: number): Readonly<Record<string, Program>> => ({
  "a Kalman step by solve": kalman(n, 2, "solve", true),
  "a Kalman step by cholesky": kalman(n, 2, "cholesky", true),
  "a Kalman step with one observation": kalman(n, 1, "solve", true),
  inv: { shapes: [[n, n]], f: ([a]) => sum(mul(inv(a!), inv(a!))) },
  det: { shapes: [[n, n]], f: ([a]) => det(a!) },
  "det of n + 3": { shapes: [[n + 3, n + 3]], f: ([a]) => det(a!) },
  slogdet: { shapes: [[n, n]], f: ([a]) => slogdet(a!).logabsdet },
  lu: { shapes: [[n, n]], f: ([a]) => sum(mul(lu(a!).l, lu(a!).u)) },
  solve: { shapes: [[n, n], [n]], f: ([a, b]) => vdot(solve(a!, b!), solve(a!, b!)) },
  choSolve: {
    shapes: [
      [n, n],
      [n, 2],
    ],
    f: ([a, b]) => vdot(choSolve(cholesky(a!), b!), b!),
  },
  triangularSolve: { shapes: [[n, n], [n]], f: ([a, b]) => vdot(triangularSolve(a!, b!), b!) },
});

/** Value, gradient and Hessian-vector product. */
function derivatives({ shapes, f }: Program): { x: Node[]; v: Node[]; outputs: Node[] } {
  const [x, v] = [0, 1].map(() => shapes.map((s) => parameter(s, "float64"))) as [Node[], Node[]];
  const y = f(x.map((n) => new Tensor(n, false))).node;
  const g = cotangents([y], x, [full([], 1, "float64")]).filter((n): n is Node => n !== undefined);
  const h = pushforward(g, x, v).filter((n): n is Node => n !== undefined);
  return { x, v, outputs: [y, ...g, ...h] };
}

describe.each([2, 3, 4])("value, gradient and Hessian-vector product of n = %i", (n) => {
  test.each(Object.entries(programs(n)))("%s: no call is left, and all is one piece of straight-line code", (_, p) => {
    inSession(() => {
      const outputs = smallMatrices(expandCalls(derivatives(p).outputs));
      expect(calls(outputs)).toEqual([]);
      expect(onlyBody(tinyPlan(outputs)).live.length).toBeGreaterThan(0);
    });
  });
});

describe("straight-line code computes what the program with kernels computes", () => {
  const cases = {
    "a Kalman step by solve": kalman(3, 2, "solve", false),
    "a Kalman step by cholesky": kalman(3, 2, "cholesky", false),
    ...Object.fromEntries(Object.entries(programs(3)).filter(([name]) => /^(inv|det|lu|solve|choSolve)/.test(name))),
  };
  test.each(Object.entries(cases))("%s", (_, p) => {
    inSession(() => {
      const { x, v, outputs } = derivatives(p);
      const random = rng(11);
      const point = [...x, ...v].map(({ shape }) => {
        const values = vector(random, sizeOf(shape));
        const k = shape.at(-1) as number;
        if (shape[0] === k) for (let i = 0; i < k; i++) values[i * (k + 1)] = 3 + i;
        return values;
      });
      const parameters = [...x, ...v];
      const expected = evaluate(outputs, parameters, point);
      const actual = runStraight(smallMatrices(expandCalls(outputs)), parameters, point);
      expected.forEach((y, i) => {
        const scale = Math.max(...Array.from(y, Math.abs));
        y.forEach((e, k) => {
          expect(Math.abs((actual[i]?.[k] as number) - e)).toBeLessThanOrEqual(1e-12 * scale);
        });
      });
    });
  });
});

describe("a loop over Kalman steps", () => {
  const [n, m, length] = [3, 2, 7];
  /** The likelihood, its gradient and a Hessian-vector product in A, Q, H and R. */
  function filter(how: "solve" | "cholesky"): { parameters: Node[]; outputs: Node[] } {
    const of = (...shape: number[]): Node => parameter(shape, "float64");
    const given = (): Node[] => [of(n, n), of(n, n), of(m, n), of(m, m)];
    const [x, P, total, z, ...model] = [of(n), of(n, n), of(), of(m), ...given()] as Node[];
    const traced = [model[0], P, model[1], model[2], model[3], x, z].map((k) => new Tensor(k as Node, false));
    const step = kalmanStep(how, traced as unknown as Parameters<typeof kalmanStep>[1]);
    const next = [step.x, step.P, add(new Tensor(total!, false), add(step.logdet(), step.distance))];
    const { graph } = close(
      [x!, P!, total!, z!, ...model],
      next.map((t) => t.node),
    );
    const inputs = [of(n), of(n, n), of(), of(length, m), ...given()];
    const params = { body: graph, carries: 3, walked: 1, length, reverse: false, trip: "length" as const };
    const likelihood = loop(inputs, params)[2] as Node;
    const [at, v] = [inputs.slice(4), given()];
    const g = cotangents([likelihood], at, [full([], 1, "float64")]) as Node[];
    const h = pushforward(g, at, v) as Node[];
    return { parameters: [...inputs, ...v], outputs: [likelihood, ...g, ...h] };
  }
  test.each(["solve", "cholesky"] as const)("by %s has no kernel call, and what the steps give one by one", (how) => {
    inSession(() => {
      const { parameters, outputs } = filter(how);
      const random = rng(3);
      const point = parameters.map(({ shape }) => {
        const values = vector(random, sizeOf(shape), -0.3, 0.3);
        for (let i = 0; shape.length === 2 && i < n; i++) values[i * ((shape[1] as number) + 1)] = 1;
        return values;
      });
      const compiled = programOf(expandCalls(outputs), parameters, { passes: passesHere() });
      expect(compile(expandCalls(outputs), parameters).kernels).toEqual([]);
      const actual = compiled.call(point);
      const expected = evaluate(expandCalls(outputs, true), parameters, point);
      expected.forEach((e, i) => {
        const scale = Math.max(...Array.from(e, Math.abs));
        e.forEach((value, k) => {
          expect(Math.abs((actual[i]?.[k] as number) - value)).toBeLessThanOrEqual(1e-11 * scale);
        });
      });
      compiled.dispose();
    });
  });
});

test("results of a body that are one node in straight-line code, or an argument, have memory of their own", () => {
  inSession(() => {
    const [a, b] = [parameter([2, 2], "float64"), parameter([1, 1], "float64")];
    const terms = mulNode(broadcast(a, [2, 2, 2], [0, 1]), broadcast(a, [2, 2, 2], [1, 2]));
    const next = [matmulNode(a, a), reduceSum(terms, [1]), C.triangularSolve(b, b, true, true)];
    const { graph } = close([a, b], [a, b, ...next]);
    const parameters = [parameter([2, 2], "float64"), parameter([1, 1], "float64")];
    const outputs = loop(parameters, { body: graph, carries: 2, walked: 0, length: 3, reverse: false, trip: "length" });
    const point = [Float64Array.of(1, 2, 3, 4), Float64Array.of(5)];
    const squared = Array.from({ length: 3 }, () => [7, 10, 15, 22]).flat();
    expect(evaluate(outputs.slice(2), parameters, point).map((y) => [...y])).toEqual([squared, squared, [5, 5, 5]]);
  });
});
