// Each fact has one home: the registry, the reference interpreter, the kernels and the layers agree on what exists.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DType, Shape } from "../src/ir/aval.ts";
import { inSession, make } from "../src/ir/build.ts";
import type { CallArgs, Node } from "../src/ir/graph.ts";
import { type Kernel, type Kernels, kernelName, twinName } from "../src/ir/kernel.ts";
import type { Lane, Lanes } from "../src/ir/lanes.ts";
import core from "../src/kernels/core.gen.ts";
import elementary from "../src/kernels/elementary.gen.ts";
import factor from "../src/kernels/factor.gen.ts";
import products from "../src/kernels/products.gen.ts";
import scan from "../src/kernels/scan.gen.ts";
import special from "../src/kernels/special.gen.ts";
import spectral from "../src/kernels/spectral.gen.ts";
import window from "../src/kernels/window.gen.ts";
import {
  choleskyAdjointPrim,
  choleskyPrim,
  choleskyTangentPrim,
  triangularSolvePrim,
} from "../src/primitives/cholesky.ts";
import { matmulPrim } from "../src/primitives/contraction.ts";
import { convPrim } from "../src/primitives/convolution.ts";
import { fixedIndex } from "../src/primitives/fixed-index.ts";
import { registry } from "../src/primitives/index.ts";
import { scatterAdd } from "../src/primitives/indexing.ts";
import { lastWriter } from "../src/primitives/last-writer.ts";
import { parameter } from "../src/primitives/leaf.ts";
import { luPrim, luSolvePrim } from "../src/primitives/lu.ts";
import { qrPrim } from "../src/primitives/qr.ts";
import { cummax, cummin, cumprod, cumsum, recurrence } from "../src/primitives/scan.ts";
import { argsort } from "../src/primitives/sort.ts";
import { eighPrim, expmFrechetPrim, expmPrim, svdPrim } from "../src/primitives/spectral.ts";
import { full } from "../src/primitives/spread.ts";
import { referenceNames } from "./harness/reference.ts";
import { subjects } from "./harness/subjects.ts";

const names = registry.map((p) => p.name);
const source = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const filesOf = (folder: string): string[] =>
  (readdirSync(new URL(`../${folder}/`, import.meta.url), { recursive: true }) as string[])
    .filter((f) => f.endsWith(".ts"))
    .map((f) => `${folder}/${f}`);

describe("the registry", () => {
  test("has no two primitives of one name", () => expect([...names].sort()).toEqual([...new Set(names)].sort()));
  test("is what the reference interpreter interprets", () =>
    expect([...referenceNames].sort()).toEqual([...names].sort()));
  test("is what the random subjects cover", () => expect(Object.keys(subjects).sort()).toEqual([...names].sort()));
  test("is complete: every record of src/primitives and src/ir is in it", () => {
    const declared = [...filesOf("src/primitives"), ...filesOf("src/ir")].flatMap((f) =>
      [...source(f).matchAll(/^(?:export )?const (\w+Prim)\b/gm)].map((m) => m[1]),
    );
    // A sum inside a mask is the same primitive without its rewriting.
    expect(declared.filter((name) => !name?.startsWith("raw")).length).toBe(registry.length);
  });
  test("differentiates with a rule or an expansion, never both", () => {
    for (const p of registry) expect(p.jvp !== undefined && p.expand !== undefined, p.name).toBe(false);
  });
});

// ---- kernels ----

/** The kernels that the records call. */
function used(): Set<Kernel | undefined> {
  const found = new Set<Kernel | undefined>();
  const use = (family: Kernels, kernel: string): void => {
    expect(family[kernel], `a kernel ${kernel}`).toBeDefined();
    found.add(family[kernel]);
  };
  const lane = (dtype: DType): Lane => ({ dtype });
  const lanes = (suffix: string): Lanes => ({
    op: (_name, ...args) => args[0] as Lane,
    constant: (_value, dtype) => lane(dtype),
    convert: (_x, dtype) => lane(dtype),
    call(kernel, args, dual) {
      use(kernel, `${kernelName(kernel)}_${suffix}`);
      if (dual) {
        use(dual, `${kernelName(dual)}_${suffix}`);
        partners.add(`${twinName(dual, kernelName(kernel))}_${suffix}`);
      }
      return args[0] as Lane;
    },
  });
  const calls = (node: Node): CallArgs => ({
    operand: (i) => {
      const x = i < 0 ? node : (node.inputs[i] as Node);
      return { shape: x.shape, strides: x.shape.map((_, k) => x.shape.slice(k + 1).reduce((n, d) => n * d, 1)) };
    },
    accumulate: false,
    call: (family, kernel, _args, rows) => {
      use(family, kernel);
      if (rows?.twice) use(rows.twice.family, rows.twice.kernel);
    },
    loop: (_count, body) => body(0),
  });
  const partners = new Set<string>();
  inSession(() => {
    for (const [dtype, suffix] of [
      ["float64", "f64x2"],
      ["float32", "f32x4"],
    ] as const) {
      for (const prim of registry) {
        const { lower } = prim;
        if (lower.kind !== "lane") continue;
        // What convert and powHalf read of their nodes: a type, a constant exponent.
        const like = { params: { dtype }, inputs: [parameter([], dtype), full([], 1.5, dtype)] } as unknown as Node;
        lower.emit(lanes(suffix), [lane(dtype), lane(dtype), lane(dtype)], like as never);
      }
      const shapes: [Shape, Shape][] = [
        [
          [3, 4],
          [4, 5],
        ],
        [
          [3, 4],
          [4, 1],
        ],
        [
          [1, 4],
          [4, 5],
        ],
        [
          [2, 3, 4],
          [2, 4, 5],
        ],
      ];
      for (const [a, b] of shapes) emit(make(matmulPrim, [parameter(a, dtype), parameter(b, dtype)]));
      // Factorizations: of a square matrix, of two, of a matrix with its factors.
      const [square, factors] = [parameter([3, 3], dtype), parameter([4, 3], dtype)];
      for (const prim of [choleskyPrim, luPrim, qrPrim, eighPrim, svdPrim, expmPrim]) emit(make(prim, [square]));
      for (const prim of [choleskyTangentPrim, choleskyAdjointPrim, expmFrechetPrim])
        emit(make(prim, [square, square]));
      emit(make(triangularSolvePrim, [square, square], { lower: true, unit: false }));
      emit(make(luSolvePrim, [square, factors, square], { transposed: false }));
      const taps = { stride: [1], padding: [[0, 0]], spread: [1], dilation: [1] } as const;
      emit(make(convPrim, [parameter([1, 2, 3, 9], dtype), parameter([1, 4, 3, 3], dtype)], taps));
      emit(lastWriter(parameter([3], "int32"), 5));
      const [rows, index, added] = [parameter([5, 2], dtype), parameter([3], "int32"), parameter([3, 2], dtype)];
      emit(scatterAdd(rows, index, added));
      for (const places of [[1, 1, 2], new Array<number>(60).fill(2)])
        emit(
          scatterAdd(
            rows,
            index,
            added,
            fixedIndex(parameter([places.length], "int32"), Int32Array.from(places), 5, 2, dtype),
          ),
        );
      for (const reverse of [false, true]) {
        for (const x of [parameter([5], dtype), parameter([5], "int32")])
          for (const along of [cumsum, cumprod, cummax, cummin, argsort]) emit(along(x, 0, reverse));
        emit(recurrence(parameter([5], dtype), parameter([5], dtype), { axis: 0, reverse }));
      }
    }
  });
  function emit(node: Node): void {
    if (node.prim.lower.kind === "call") node.prim.lower.call(node).emit(calls(node));
  }
  // The other function of a pair has a kernel of its own.
  const names = new Set(Object.keys({ ...core, ...elementary, ...special }));
  expect([...partners].filter((p) => !names.has(p))).toEqual([]);
  return found;
}

describe("kernels", () => {
  const called = used();
  const families: Record<string, Kernels> = { core, elementary, special, products, scan, factor, spectral, window };
  test.each(Object.keys(families))("every kernel of %s is called by a record", (name) => {
    const unused = Object.entries(families[name] as Kernels).filter(([, kernel]) => !called.has(kernel));
    expect(unused.map(([k]) => k)).toEqual([]);
  });
  test.each(Object.keys(families))("%s is the module in build/", (name) => {
    const built = new WebAssembly.Module(readFileSync(new URL(`../build/${name}.wasm`, import.meta.url)));
    const exported = WebAssembly.Module.exports(built).flatMap((e) => (e.kind === "function" ? [e.name] : []));
    expect(Object.keys(families[name] as Kernels).sort(), "run `npm run kernels`").toEqual(exported.sort());
  });
});

// ---- layers ----

/** Source without comments. */
const code = (path: string): string =>
  source(path)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "");

interface Import {
  readonly names: readonly string[];
  readonly from: string;
}
const importsOf = (path: string): Import[] =>
  [...code(path).matchAll(/^(?:import|export) (?:type )?(?:\* as \w+|\{([^}]*)\}) from "([^"]+)";/gm)].map((m) => ({
    names: (m[1] ?? "*")
      .split(",")
      .map(
        (n) =>
          n
            .trim()
            .replace(/^type /, "")
            .split(" as ")[0] as string,
      )
      .filter((n) => n !== ""),
    from: m[2] as string,
  }));

describe("layers", () => {
  // What differentiation and optimization may know of the primitives: leaves, sums of cotangents, and arithmetic on
  // them.
  const generic = [
    "asType",
    "parameter",
    "accumulate",
    "batched",
    "deriving",
    "add",
    "mul",
    "zeros",
    "full",
    "constValue",
    "isScalarConstant",
    "isStored",
    "isParameter",
    "isLiteral",
    "Data",
    "zerosLike",
    // Where a derivative can differ from zero, and where a step begins and ends.
    "supportOf",
    "within",
    "enter",
    "leave",
    // A difference as it is written: simplified, 0 - x would be -x, of another sign at 0.
    "subPrim",
  ];
  // Words of the lane and reduction vocabularies that are also names of primitives.
  const lanes = [
    "plus",
    "by",
    "per",
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "abs",
    "sqrt",
    "floor",
    "ceil",
    "trunc",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
    "and",
    "or",
    "not",
    "select",
    "convert",
    "max",
    "min",
    "iota",
    "gather",
  ];

  test.each([...filesOf("src/ad"), ...filesOf("src/opt/plan"), ...filesOf("src/opt/steps")])(
    "%s names no primitive",
    (path) => {
      for (const { names: imported, from } of importsOf(path)) {
        if (from.includes("/primitives/")) expect(imported.filter((n) => !generic.includes(n))).toEqual([]);
      }
      const quoted = [...code(path).matchAll(/"(\w+)"/g)].map((m) => m[1] as string);
      expect(quoted.filter((q) => names.includes(q) && !lanes.includes(q))).toEqual([]);
      // A primitive's name is for messages; nothing compares it.
      expect(code(path)).not.toMatch(/prim\.name\s*[=!]==/);
    },
  );

  // STYLE §11: what each folder may import from the others.
  const order: Record<string, readonly string[]> = {
    ir: [],
    primitives: ["ir", "kernels"],
    ad: ["ir", "primitives"],
    opt: ["ir", "primitives"],
    emit: ["ir", "kernels", "primitives", "opt"],
    run: ["ir", "kernels", "primitives", "opt", "emit"],
  };
  // Imports that still go up; each is to become plain data.
  const upward = new Set(["src/opt/steps/join.ts", "src/opt/steps/steps.ts", "src/emit/relaxed.ts"]);
  test.each(
    Object.keys(order).flatMap((folder) =>
      filesOf(`src/${folder}`)
        .filter((f) => !upward.has(f))
        .map((f) => [f, folder] as const),
    ),
  )("%s imports downwards", (path, folder) => {
    const outside = importsOf(path)
      .map((i) => new URL(i.from, `file:///${path}`).pathname.slice(1))
      .filter((f) => f !== "src/errors.ts" && !f.startsWith(`src/${folder}/`));
    expect(
      outside.filter((f) => !(order[folder] as readonly string[]).some((allowed) => f.startsWith(`src/${allowed}/`))),
    ).toEqual([]);
  });

  test("nothing in src imports the registry", () => {
    expect(filesOf("src").filter((f) => importsOf(f).some((i) => i.from.endsWith("primitives/index.ts")))).toEqual([]);
  });
});
