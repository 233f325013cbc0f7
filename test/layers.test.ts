// The order of the source: every folder imports only from those below it, and no file imports itself by way of others.
import { describe, expect, test } from "vitest";
import { circles, filesOf, importedBy } from "./harness/imports.ts";

/** What each folder, or file of src itself, may import from beside itself, lowest first. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  ir: ["errors.ts"],
  kernels: ["ir"],
  primitives: ["errors.ts", "ir", "kernels"],
  trace: ["errors.ts", "ir", "primitives"],
  ad: ["errors.ts", "ir", "primitives"],
  opt: ["errors.ts", "ir", "primitives"],
  emit: ["errors.ts", "ir", "kernels", "primitives", "opt"],
  run: ["errors.ts", "ir", "kernels", "primitives", "opt", "emit"],
  sparse: ["errors.ts", "ir", "primitives"],
  ops: ["errors.ts", "ir", "primitives", "trace", "ad", "run"],
  curvature: ["errors.ts", "ir", "primitives", "trace", "opt", "run", "ops"],
  api: ["errors.ts", "ir", "primitives", "trace", "ad", "opt", "run", "sparse", "ops", "curvature"],
  optimize: ["errors.ts", "ir", "primitives", "trace", "ad", "run", "ops", "api"],
  "functions.ts": ["errors.ts", "ir", "trace", "ops", "api"],
  "index.ts": ["functions.ts", "ops", "api"],
  "optimize.ts": ["api", "ops", "optimize"],
};
const files = filesOf("src");
const layerOf = (file: string): string => file.split("/")[1] as string;

test("every file has a layer, and a layer imports only from earlier ones", () => {
  expect(files.filter((f) => !(layerOf(f) in LAYERS))).toEqual([]);
  const names = Object.keys(LAYERS);
  for (const [i, name] of names.entries())
    expect(
      LAYERS[name]?.filter((below) => !names.slice(0, i).includes(below)),
      name,
    ).toEqual([]);
});

test.each(files)("%s imports downwards", (file) => {
  const layer = layerOf(file);
  const allowed = [layer, ...(LAYERS[layer] as readonly string[])];
  expect(importedBy(file).filter((f) => !allowed.includes(layerOf(f)))).toEqual([]);
});

describe("circles", () => {
  test("there are none among the files, types included", () => {
    const graph = new Map(files.map((f) => [f, importedBy(f)]));
    expect([...graph.values()].flat().length).toBeGreaterThan(500);
    expect(circles(graph)).toEqual([]);
  });
  test("are found where there are some", () => {
    const graph = new Map(
      Object.entries({ a: ["b", "d"], b: ["c"], c: ["a", "e"], d: [], e: ["f"], f: ["e", "d"], g: ["g"] }),
    );
    expect(circles(graph)).toEqual([["e", "f"], ["a", "b", "c"], ["g"]]);
  });
});

test("nothing in src imports the registry", () => {
  expect(files.filter((f) => importedBy(f).includes("src/primitives/index.ts"))).toEqual([]);
});
