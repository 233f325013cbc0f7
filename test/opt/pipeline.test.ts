// The passes after the plan, each on a graph or on a body made by hand: what it makes, what it leaves alone, and that
// steps stay right. After every pass the checker looks at what it made.
import { describe, expect, test } from "vitest";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { basic, compiled, sharing, together } from "../../src/emit/passes.ts";
import { Box } from "../../src/ir/box.ts";
import { inSession } from "../../src/ir/build.ts";
import type { Node } from "../../src/ir/graph.ts";
import { checkBody, checkSteps } from "../../src/opt/check.ts";
import { CHUNK_VALUES } from "../../src/opt/cost.ts";
import { type Facts, NO_FACTS } from "../../src/opt/facts.ts";
import type { StepPass } from "../../src/opt/pass.ts";
import { runGraph, schedule } from "../../src/opt/pipeline.ts";
import { Body } from "../../src/opt/plan/body.ts";
import { LaneBuilder } from "../../src/opt/plan/lane-builder.ts";
import { printBody, printSteps } from "../../src/opt/print.ts";
import { chunking } from "../../src/opt/steps/chunks.ts";
import { joinedCalls } from "../../src/opt/steps/join.ts";
import { packing } from "../../src/opt/steps/pack.ts";
import { pairs } from "../../src/opt/steps/pairs.ts";
import { place } from "../../src/opt/steps/place.ts";
import type { LoopStep, Step } from "../../src/opt/steps/steps.ts";
import { streaming } from "../../src/opt/steps/stream.ts";
import { sweeps } from "../../src/opt/steps/sweep.ts";
import { mul, neg, sub } from "../../src/primitives/arithmetic.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import { isLiteral, parameter } from "../../src/primitives/leaf.ts";
import { reshape, transpose } from "../../src/primitives/shape.ts";
import { broadcast, full, reduceSum } from "../../src/primitives/spread.ts";
import { sin } from "../../src/primitives/transcendental.ts";

const vector = (n: number): Node => parameter([n], "float64");
/** The steps of `make()` before and after `passes`, checked after each. */
function steps(make: () => readonly Node[], passes: readonly StepPass[], facts: Partial<Facts> = {}): readonly Step[] {
  return inSession(() => {
    const seen: string[] = [];
    const watcher = {
      steps(name: string, made: readonly Step[]) {
        seen.push(name);
        checkSteps(made);
      },
    };
    const made = schedule(make(), passes, { ...NO_FACTS, ...facts }, watcher).steps;
    expect(seen).toEqual(["plan", ...passes.map((p) => p.name)]);
    return made;
  });
}
const kinds = (list: readonly Step[]): string[] => list.map((s) => (s.kind === "loop" ? s.form.kind : s.kind));

/** All differences of the elements of x and what is made of them. */
const gaps = (x: Node, n: number): Node => sub(broadcast(x, [n, n], [0]), broadcast(x, [n, n], [1]));

describe("pairs", () => {
  const n = 16;
  const energy = (x: Node): Node => reduceSum(mul(gaps(x, n), gaps(x, n)), [0, 1]);
  test("a sum over all pairs of what is the same at (i, j) and (j, i) visits each once", () => {
    const list = steps(() => [energy(vector(n))], [pairs], { isFixed: isLiteral });
    expect(kinds(list)).toContain("triangle");
  });
  test("one of what is not stays as it is", () => {
    const oneSided = (x: Node): Node => reduceSum(mul(gaps(x, n), broadcast(sin(x), [n, n], [0])), [0, 1]);
    expect(kinds(steps(() => [oneSided(vector(n))], [pairs]))).not.toContain("triangle");
  });
});

describe("packing", () => {
  const n = 40;
  /** Sums over all pairs of points, three coordinates each, side by side. */
  const points = (x: Node): Node => {
    const p = reshape(x, [n, 3]);
    const d = sub(broadcast(p, [n, n, 3], [0, 2]), broadcast(p, [n, n, 3], [1, 2]));
    return reduceSum(mul(d, d), [1, 2]);
  };
  test("what the innermost loop reads at a stride is copied before, once for all columns", () => {
    const list = steps(() => [points(vector(3 * n))], [packing]);
    expect(kinds(list)).toEqual(["copy", "boxes"]);
    const inner = (list[1] as LoopStep).bodies[0] as Body;
    const strides = inner.live.flatMap((v) => (v.op === "load" ? [Math.abs(v.position?.[2] ?? 0)] : []));
    expect(Math.max(...strides)).toBe(1);
  });
  test("a single pass is not worth a copy", () => {
    const rows = (x: Node): Node => reduceSum(reshape(x, [n, 3]), [1]);
    expect(kinds(steps(() => [rows(vector(3 * n))], [packing]))).toEqual(["boxes"]);
  });
});

describe("calls on the rows of one matrix", () => {
  const [m, n] = [4000, 40];
  const matrix = (): Node => parameter([m, n], "float64");
  const column = (k: number): Node => parameter([k, 1], "float64");
  test("two products with it are one call", () => {
    const both = (): Node[] => {
      const X = matrix();
      return [matmul(X, column(n)), matmul(X, column(n))];
    };
    expect(kinds(steps(both, []))).toEqual(["call", "call"]);
    expect(kinds(steps(both, [joinedCalls]))).toEqual(["call"]);
  });
  test("products before and after a loop over rows are a sweep in blocks; small matrices stay", () => {
    const made = (rows: number): readonly Step[] =>
      steps(() => {
        const X = parameter([rows, n], "float64");
        return [matmul(transpose(X, [1, 0]), sin(matmul(X, column(n))))];
      }, [joinedCalls, sweeps]);
    expect(kinds(made(m))).toEqual(["blocks"]);
    expect(kinds(made(100))).toEqual(["call", "boxes", "call"]);
  });
});

describe("forms of single nests", () => {
  test("one loop over long vectors is streamed, a short one is not", () => {
    const made = (n: number): readonly Step[] => steps(() => [sin(vector(n))], [streaming]);
    expect(kinds(made(100_000))).toEqual(["windows"]);
    expect(kinds(made(1000))).toEqual(["boxes"]);
  });
  test("straight-line code of more values than a function should have is spread", () => {
    const chain = (k: number) => (): Node[] => {
      let y = parameter([], "float64");
      for (let i = 0; i < k; i++) y = sin(y);
      return [y];
    };
    expect(kinds(steps(chain(CHUNK_VALUES + 1), [chunking]))).toEqual(["chunks"]);
    expect(kinds(steps(chain(10), [chunking]))).toEqual(["boxes"]);
  });
});

test("passes run in the order of the pipeline, whatever the order of the list", () => {
  const seen: string[] = [];
  const { list } = together(sharing, basic, compiled);
  inSession(() => schedule([sin(vector(4))], list, NO_FACTS, { steps: (name) => seen.push(name) }));
  expect(seen).toEqual(["plan", "pairs", "packing", "joined calls", "sweeps", "chunks", "streaming"]);
});

test("two halves of a force are one sum", () => {
  inSession(() => {
    const n = 12;
    const x = vector(n);
    const y = reduceSum(mul(gaps(x, n), mul(gaps(x, n), gaps(x, n))), [0, 1]);
    const g = cotangents([y], [x], [full([], 1, "float64")]) as Node[];
    const folds = (outputs: readonly Node[]): number =>
      schedule(outputs, [], NO_FACTS).steps.reduce((k, s) => k + (s.kind === "loop" ? s.nest.roots.length : 0), 0);
    const folded = runGraph("derived", g, compiled.list, { ...NO_FACTS, isFixed: isLiteral });
    expect(folds(folded)).toBeLessThan(folds(g));
    const [h] = pushforward(folded, [x], [vector(n)]);
    checkSteps(schedule([h as Node], compiled.list, NO_FACTS).steps);
  });
});

describe("bodies", () => {
  /** `y[i] = (x[i] + x[i+1])·(x[i] + x[i+1])`, and a product that nothing uses. */
  const handmade = (): { body: Body; builder: LaneBuilder } =>
    inSession(() => {
      const [x, y] = [vector(10), vector(9)];
      const builder = new LaneBuilder();
      const s = builder.op("add", builder.load(x, [0, 1]), builder.load(x, [1, 1]));
      builder.op("mul", s, builder.constant(3, "float64"));
      const value = builder.op("mul", s, s);
      const domain = { key: "9", sizes: [9], shape: [9], flat: true, loopAxes: [], copies: [[0]] };
      const root = { node: y, domain, reduces: false, output: true, level: 0 };
      const sinks = [{ kind: "store", root, position: [0, 1], value } as const];
      return { body: new Body(new Box([[0, 9]]), builder.values, sinks), builder };
    });
  test("count uses from what is stored", () => {
    const { body } = handmade();
    expect(body.live.map((v) => [v.op, body.uses(v)])).toEqual([
      ["load", 1],
      ["load", 1],
      ["add", 2],
      ["mul", 1],
    ]);
    checkBody(body);
  });
  test("are continued by a builder that finds what there is", () => {
    const { body } = handmade();
    const more = new LaneBuilder(body.values);
    const [a, b] = body.live as [Body["live"][number], Body["live"][number]];
    expect(more.op("add", a, b)).toBe(body.live[2]);
    expect(more.load(a.source as Node, a.position as readonly number[])).toBe(a);
    expect(more.op("neg", a).id).toBe(body.values.length);
  });
  test("print", () => {
    const text = printBody(handmade().body).replaceAll(/#\d+/g, "");
    expect(text).toMatchInlineSnapshot(`
      "for i in 0..9 {
        v0 = parameter[i]
        v1 = parameter[i + 1]
        v2 = add v0 v1
        v5 = mul v2 v2
        parameter[i] = v5
      }"
    `);
  });
  test("the checker tells what is wrong", () => {
    const { body } = handmade();
    const [first, ...rest] = body.values;
    expect(() => checkBody(new Body(body.box, [...rest, first as never], []))).toThrow("value 0 has the id 1");
    const foreign = body.sinks.map((s) => ({ ...s, value: { ...s.value } }));
    expect(() => checkBody(new Body(body.box, body.values, foreign))).toThrow("stores a value of another body");
  });
});

test("steps print, and a step that reads what nobody writes is found", () => {
  inSession(() => {
    const X = parameter([30, 20], "float64");
    const y = matmul(X, sin(parameter([20, 1], "float64")));
    const { steps: list } = schedule([neg(y)], [], NO_FACTS);
    const text = printSteps(list).replaceAll(/#\d+/g, "");
    expect(text).toMatchInlineSnapshot(`
      "nest [20] in boxes
        for i in 0..20 {
          v0 = parameter[i]
          v1 = sin v0
          sin[i] = v1
        }
      matmul:float64[30,1] = call of matmul on parameter, sin, kernels 1
      nest [30] in boxes
        for i in 0..30 {
          v0 = matmul[i]
          v1 = neg v0
          neg[i] = v1
        }"
    `);
    expect(() => checkSteps(list.slice(1))).toThrow("which no earlier step writes");
  });
});

test("arrays that never live at once share memory; parameters and outputs keep theirs", () => {
  inSession(() => {
    const n = 64;
    const [x, w] = [parameter([n, 1], "float64"), parameter([n, n], "float64")];
    let y = x;
    for (let k = 0; k < 6; k++) y = matmul(w, y);
    const { steps: list, outputs } = schedule([y], [], NO_FACTS);
    const memory = place(list, [x, w], outputs, [y], NO_FACTS);
    const bytes = 8 * n;
    // Two of the six products live at a time; the result is one of them.
    expect(memory.workspace).toBe(64 + bytes + n * bytes + 2 * bytes);
    expect(memory.ref(x)).toEqual({ region: 0, offset: 64 });
    expect(() => memory.ref(parameter([1], "float64"))).toThrow("no memory");
  });
});
