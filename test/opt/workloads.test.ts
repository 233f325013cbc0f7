// The programs of the twelve benchmark workloads, counted: loops, kernel calls, stored arrays, bytes of code and of
// working memory. A lost fusion fails here, on any machine, without a clock. Fewer is better: then write the new
// numbers down, with the reason in the commit.
import { expect, test } from "vitest";
import { CompiledObjective } from "../../src/api/compiled-objective.ts";
import * as hvp from "../../src/index.ts";
import { attachMethods } from "../../src/ops/methods.ts";
import type { Program } from "../../src/run/program.ts";

attachMethods(); // these functions are not traced by the entry "hvp"

interface Workload {
  readonly id: string;
  make(Real: Float64ArrayConstructor): {
    readonly x: Float64Array;
    readonly v: Float64Array;
    objective(h: typeof hvp): (x: hvp.Tensor) => unknown;
  };
}
// @ts-expect-error: plain JavaScript, which users of the benchmark read
const { workloads } = (await import("../../bench/workloads.mjs")) as { workloads: readonly Workload[] };

type Row = readonly [nests: number, loops: number, calls: number, stored: number, codeBytes: number, workBytes: number];
type Programs = Readonly<Record<"value" | "gradient" | "product" | "prepare" | "apply", Row>>;

function programsOf({ make }: Workload): Programs {
  const w = make(Float64Array);
  const o = new CompiledObjective(w.objective(hvp) as never, w.x, [], false);
  o.value(w.x);
  o.grad(w.x);
  o.hvp(w.x, w.v);
  o.linearize(w.x);
  const row = (p: Program): Row => {
    const { nests, loops, calls, stored, bytes } = p.stats;
    return [nests, loops, calls, stored, bytes, (p as unknown as { workBytes: number }).workBytes];
  };
  const { programs, points } = o as unknown as {
    programs: Record<"value" | "grad" | "hvp", Program>;
    points: { products: Record<"prepare" | "apply", Program> };
  };
  const rows = {
    value: row(programs.value),
    gradient: row(programs.grad),
    product: row(programs.hvp),
    prepare: row(points.products.prepare),
    apply: row(points.products.apply),
  };
  o.dispose();
  return rows;
}

const MOST: Readonly<Record<string, Programs>> = {
  rosen2: {
    value: [1, 0, 0, 1, 127, 96],
    gradient: [1, 0, 0, 1, 147, 96],
    product: [1, 0, 0, 1, 169, 112],
    prepare: [1, 0, 0, 2, 177, 64],
    apply: [1, 0, 0, 1, 169, 96],
  },
  "rosen-10000": {
    value: [1, 1, 0, 1, 854, 80080],
    gradient: [1, 1, 0, 1, 554, 160064],
    product: [1, 1, 0, 1, 716, 240064],
    prepare: [2, 2, 0, 2, 1372, 64],
    apply: [1, 1, 0, 1, 733, 160064],
  },
  "sinsum-10000": {
    value: [1, 1, 0, 1, 2592, 80080],
    gradient: [1, 1, 0, 1, 2474, 160064],
    product: [1, 1, 0, 1, 2460, 240064],
    prepare: [1, 1, 0, 3, 3257, 64],
    apply: [1, 1, 0, 1, 164, 160064],
  },
  "logreg-200x20": {
    value: [3, 2, 1, 4, 2540, 1872],
    gradient: [2, 2, 2, 4, 1980, 3424],
    product: [2, 2, 2, 5, 2038, 5184],
    prepare: [4, 3, 2, 8, 3573, 3296],
    apply: [2, 2, 2, 4, 485, 3424],
  },
  "logreg-2000x200": {
    value: [3, 2, 1, 4, 2579, 17712],
    gradient: [2, 3, 2, 4, 2044, 35264],
    product: [2, 3, 2, 5, 2102, 52864],
    prepare: [4, 4, 2, 8, 3599, 33696],
    apply: [2, 3, 2, 4, 558, 35264],
  },
  "mlp-small": {
    value: [4, 4, 2, 8, 5349, 533632],
    gradient: [6, 11, 5, 16, 6124, 541824],
    product: [5, 10, 11, 24, 6999, 560032],
    prepare: [8, 12, 5, 21, 7694, 529520],
    apply: [4, 9, 8, 14, 2043, 543744],
  },
  gmm: {
    value: [7, 5, 0, 13, 8983, 64560],
    gradient: [9, 12, 0, 26, 12959, 224976],
    product: [9, 12, 0, 34, 16969, 393360],
    prepare: [13, 14, 0, 42, 16983, 64656],
    apply: [7, 10, 0, 18, 10279, 88880],
  },
  ba: {
    value: [2, 1, 0, 4, 4798, 14688],
    gradient: [2, 4, 2, 6, 6013, 136384],
    product: [2, 4, 2, 6, 9140, 150944],
    prepare: [5, 7, 2, 66, 7142, 121872],
    apply: [2, 4, 2, 6, 4803, 136384],
  },
  "lj-64": {
    value: [2, 2, 0, 2, 971, 3168],
    gradient: [2, 3, 0, 2, 1868, 6208],
    product: [2, 3, 0, 2, 2556, 9280],
    prepare: [3, 3, 0, 4, 2024, 4688],
    apply: [2, 3, 0, 2, 2552, 7744],
  },
  helical: {
    value: [1, 0, 0, 1, 1020, 112],
    gradient: [1, 0, 0, 1, 1144, 128],
    product: [1, 0, 0, 1, 1380, 160],
    prepare: [1, 0, 0, 12, 1313, 64],
    apply: [1, 0, 0, 1, 404, 128],
  },
  biggs: {
    value: [1, 1, 0, 1, 2829, 128],
    gradient: [2, 1, 0, 7, 3471, 256],
    product: [2, 1, 0, 7, 3843, 304],
    prepare: [2, 1, 0, 18, 3727, 160],
    apply: [2, 1, 0, 7, 1320, 256],
  },
  wood: {
    value: [1, 0, 0, 1, 249, 112],
    gradient: [1, 0, 0, 1, 293, 128],
    product: [1, 0, 0, 1, 331, 160],
    prepare: [1, 0, 0, 2, 389, 64],
    apply: [1, 0, 0, 1, 327, 128],
  },
  "gp-50": {
    value: [4, 3, 2, 9, 4046, 564480],
    gradient: [8, 8, 5, 19, 4370, 664512],
    product: [11, 12, 14, 38, 6155, 744592],
    prepare: [9, 8, 5, 25, 5848, 564480],
    apply: [8, 7, 9, 22, 2827, 624512],
  },
  "bratu-100": {
    value: [4, 5, 0, 4, 2473, 80128],
    gradient: [1, 6, 0, 1, 5548, 160064],
    product: [1, 6, 0, 1, 5630, 240064],
    prepare: [5, 11, 0, 6, 4685, 112],
    apply: [1, 6, 0, 1, 2410, 160064],
  },
  "minsurf-100": {
    value: [2, 2, 0, 2, 814, 80096],
    gradient: [2, 8, 0, 3, 1842, 316896],
    product: [2, 8, 0, 3, 1791, 396896],
    prepare: [4, 9, 0, 11, 2356, 156912],
    apply: [2, 8, 0, 3, 1607, 316896],
  },
  ode: {
    value: [1, 0, 0, 1, 87648, 1280],
    gradient: [1, 0, 0, 1, 342181, 98240],
    product: [1, 0, 0, 1, 757463, 180832],
    prepare: [1, 0, 0, 4795, 390233, 97520],
    apply: [1, 0, 0, 1, 545780, 94112],
  },
  "rosen-1000000": {
    value: [1, 1, 0, 1, 1426, 66144],
    gradient: [1, 1, 0, 1, 917, 132192],
    product: [1, 1, 0, 1, 1203, 198256],
    prepare: [2, 2, 0, 2, 1382, 64],
    apply: [1, 1, 0, 1, 1191, 132192],
  },
  "mlp-large": {
    value: [5, 7, 2, 9, 4873, 693936],
    gradient: [8, 16, 5, 17, 5605, 824976],
    product: [8, 16, 11, 29, 6579, 1125600],
    prepare: [10, 17, 5, 22, 7211, 628384],
    apply: [7, 14, 8, 17, 2695, 850576],
  },
  "lj-512": {
    value: [2, 2, 0, 2, 982, 24672],
    gradient: [2, 3, 0, 2, 1918, 49216],
    product: [2, 3, 0, 2, 2619, 73792],
    prepare: [3, 3, 0, 4, 2063, 36944],
    apply: [2, 3, 0, 2, 2612, 61504],
  },
};

test.each(Object.keys(MOST))("%s", { timeout: 60_000 }, (id) => {
  const got = programsOf(workloads.find((w) => w.id === id) as Workload);
  for (const [name, most] of Object.entries(MOST[id] as Programs)) {
    const row = got[name as keyof Programs];
    row.forEach((n, i) => {
      // Code and memory may grow by a twentieth before somebody has to look.
      expect(
        n,
        `${id}, ${name}: ${["nests", "loops", "calls", "stored arrays", "bytes of code", "bytes of memory"][i]}`,
      ).toBeLessThanOrEqual(i < 4 ? most[i]! : Math.ceil(most[i]! * 1.05));
    });
  }
});
