// Which record calls which kernel, asked of the records: each on its random subjects, in every type it takes. A kernel
// that no record calls fails here, and so does a function of assembly/dual or assembly/adjoint that is no kernel.
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DType } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import type { CallArgs, Node, Primitive } from "../../src/ir/graph.ts";
import { type Kernel, twinOf } from "../../src/ir/kernel.ts";
import type { Lane, Lanes } from "../../src/ir/lanes.ts";
import { reachable } from "../../src/ir/walk.ts";
import core from "../../src/kernels/core.gen.ts";
import cumulative from "../../src/kernels/cumulative.gen.ts";
import elementary from "../../src/kernels/elementary.gen.ts";
import factor from "../../src/kernels/factor.gen.ts";
import products from "../../src/kernels/products.gen.ts";
import special from "../../src/kernels/special.gen.ts";
import spectral from "../../src/kernels/spectral.gen.ts";
import window from "../../src/kernels/window.gen.ts";
import { matmul } from "../../src/primitives/contraction.ts";
import { fixedIndex } from "../../src/primitives/fixed-index.ts";
import { registry } from "../../src/primitives/index.ts";
import { scatterAdd } from "../../src/primitives/indexing.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { transpose } from "../../src/primitives/shape.ts";
// First, since some subjects and the interpreter import each other.
import "../harness/reference.ts";
import { subjects } from "../harness/subjects.ts";

const families: Record<string, Readonly<Record<string, Kernel>>> = {
  core,
  elementary,
  special,
  products,
  cumulative,
  factor,
  spectral,
  window,
};
const { FAMILIES } = (await import("../../scripts/kernel-families.mjs" as string)) as {
  FAMILIES: Record<string, { kernels: Record<string, string[]>; integers?: string[] }>;
};
/** Records whose kernels have an int32 instance too. */
const integers = Object.values(FAMILIES).flatMap((f) => f.integers ?? []);

const SUBJECTS = { numRuns: 60, seed: 20261130 };

/** Nodes of `prim` in graphs of its subjects, of type `dtype`. */
function nodesOf(prim: Primitive, dtype: DType): Node[] {
  const found = new Set<Node>();
  for (const subject of fc.sample(subjects[prim.name]!(prim), SUBJECTS)) {
    const parameters = subject.shapes.map((s) => parameter(s, dtype));
    const outputs = subject.build(
      parameters,
      (subject.fixed ?? []).map((f) => parameter(f.shape, f.dtype)),
    );
    for (const n of reachable(outputs)) if (n.prim === prim) found.add(n);
  }
  // A matrix and its transpose, whose product is computed on one side of the diagonal.
  if (prim.name === "matmul") {
    const x = parameter([3, 4], dtype);
    found.add(matmul(x, transpose(x, [1, 0])));
  }
  // An index that never changes: many places a row, or few.
  if (prim.name === "scatterAdd")
    for (const places of [[1, 1, 2], new Array<number>(60).fill(2)]) {
      const [x, index, rows] = [
        parameter([5, 2], dtype),
        parameter([places.length], "int32"),
        parameter([places.length, 2], dtype),
      ];
      found.add(scatterAdd(x, index, rows, fixedIndex(index, Int32Array.from(places), 5, 2, dtype)));
    }
  return [...found];
}

/** The names of the records that call each kernel; and the other functions of dual kernels. */
function callers(): { calls: Map<Kernel, Set<string>>; partners: Set<string> } {
  const calls = new Map<Kernel, Set<string>>();
  const partners = new Set<string>();
  for (const prim of registry) {
    const use = (kernel: Kernel): unknown => calls.set(kernel, (calls.get(kernel) ?? new Set()).add(prim.name));
    const lanes = (type: "f64x2" | "f32x4"): Lanes => ({
      op: (_name, ...args) => args[0] as Lane,
      constant: (_value, dtype) => ({ dtype }),
      convert: (_x, dtype) => ({ dtype }),
      call(kernel, args, dual) {
        use(kernel[type]);
        if (dual) {
          use(dual[type]);
          partners.add(twinOf(dual, kernel.name));
        }
        return args[0] as Lane;
      },
    });
    const args = (node: Node): CallArgs => ({
      operand: (i) => {
        const { shape } = i < 0 ? node : (node.inputs[i] as Node);
        return { shape, strides: shape.map((_, k) => shape.slice(k + 1).reduce((n, d) => n * d, 1)) };
      },
      accumulate: false,
      call(kernel, _args, rows) {
        use(kernel);
        if (rows?.twice) use(rows.twice.kernel);
      },
      loop: (_count, body) => body(0),
    });
    const { lower } = prim;
    if (lower.kind !== "lane" && lower.kind !== "call") continue;
    inSession(() => {
      const floats = ["float64", "float32"] as const;
      for (const dtype of integers.includes(prim.name) ? ([...floats, "int32"] as const) : floats)
        for (const node of nodesOf(prim, dtype)) {
          if (lower.kind === "call") lower.call(node).emit(args(node));
          else
            lower.emit(
              lanes(dtype === "float64" ? "f64x2" : "f32x4"),
              node.inputs.map((x) => ({ dtype: x.dtype })),
              node as never,
            );
        }
    });
  }
  return { calls, partners };
}

const { calls, partners } = callers();
const everyKernel = Object.assign({}, ...Object.values(families)) as Record<string, Kernel>;

describe("kernels", () => {
  test.each(Object.keys(families))("every kernel of %s is called by a record", (name) =>
    expect(Object.entries(families[name]!).flatMap(([k, kernel]) => (calls.has(kernel) ? [] : [k]))).toEqual([]),
  );
  test.each(Object.keys(families))("%s is the module in build/", (name) => {
    const built = new WebAssembly.Module(readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url)));
    const exported = WebAssembly.Module.exports(built).flatMap((e) => (e.kind === "function" ? [e.name] : []));
    expect(Object.keys(families[name]!).sort(), "run `npm run kernels`").toEqual(exported.sort());
  });
  test("the other function of a dual kernel has a kernel of its own", () =>
    expect([...partners].filter((p) => !everyKernel[`${p}_f64x2`] || !everyKernel[`${p}_f32x4`])).toEqual([]));
});

describe("assembly/dual and assembly/adjoint", () => {
  const folders = ["dual", "adjoint"];
  const tables = Object.values(FAMILIES).flatMap(({ kernels }) => Object.entries(kernels));
  const files = folders.flatMap((folder) =>
    readdirSync(new URL(`../../assembly/${folder}/`, import.meta.url)).map((f) => `${folder}/${f.slice(0, -3)}`),
  );
  const source = (file: string): string => readFileSync(new URL(`../../assembly/${file}.ts`, import.meta.url), "utf8");

  test("hold what these records call, in a value's forward and reverse mode", () => {
    const lines = tables
      .filter(([file]) => folders.includes(file.split("/")[0]!) && file !== "dual/second")
      .flatMap(([file, names]) =>
        names.map((name) => {
          const instances = Object.keys(everyKernel).filter((k) => k.replace(/_[fi]\d\d(x\d)?$/, "") === name);
          const users = new Set(instances.flatMap((k) => [...(calls.get(everyKernel[k]!) ?? [])]));
          return `${file}: ${name} ← ${[...users].sort().join(", ")}`;
        }),
      );
    expect(lines.sort().join("\n")).toMatchInlineSnapshot(`
      "adjoint/cholesky: cholesky_adjoint ← choleskyAdjoint
      adjoint/fixed-index: gather_add ← scatterAdd
      adjoint/fixed-index: scatter_add_at ← scatterAdd
      adjoint/scatter: scatter_add ← scatterAdd
      dual/cholesky: cholesky_tangent ← choleskyTangent
      dual/erf: erf_gauss ← erf, gauss
      dual/erf: erfc_gauss ← erfc
      dual/erf: ndtr_normalDensity ← ndtr, normalDensity
      dual/erfinv: erfcinv_erfcinvSlope ← erfcinv, erfcinvSlope
      dual/erfinv: erfinv_erfinvSlope ← erfinv, erfinvSlope
      dual/exp: exp_expm1 ← exp, expm1, gapOdds, logDiffExp
      dual/gamma: lgamma_digamma ← digamma, lgamma
      dual/sigmoid: sigmoid_dsigmoid ← dsigmoid, sigmoid
      dual/sincos: sin_cos ← cos, sin
      dual/sinhcosh: sinh_cosh ← cosh, sinh
      dual/softplus: softplus_sigmoid ← softplus
      dual/tanh: tanh_sech2 ← sech2, tanh"
    `);
  });

  test("export nothing else", () => {
    const kernels = tables
      .flatMap(([, names]) => names)
      .map((n) => n.replace(/_(.)/g, (_, c: string) => c.toUpperCase()));
    const shared = files.flatMap((file) =>
      [...source(file).matchAll(/import \{([^}]*)\} from "\.\/\w+"/g)].flatMap((m) =>
        m[1]!.split(",").map((n) => n.trim()),
      ),
    );
    const exported = files.flatMap((file) => [...source(file).matchAll(/export function (\w+)/g)].map((m) => m[1]!));
    const used = (name: string): boolean => kernels.includes(name.replace(/(64|32)$/, "")) || shared.includes(name);
    expect(exported.filter((name) => !used(name) && name !== "storedSecond")).toEqual([]);
  });
});
