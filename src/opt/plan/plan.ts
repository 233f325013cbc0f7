// The fusion plan: which arrays are stored (roots), which of them share a loop nest, and in what order nests and kernel
// calls run. Everything that is not stored is recomputed inside the loops that need it.
import type { Node } from "../../ir/graph.ts";
import { STRAIGHT_ELEMENTS } from "../cost.ts";
import { Planner } from "./planner.ts";
import { materializedBase } from "./pull.ts";
import { openRegions, type Region, stripFlat } from "./regions.ts";
import type { Nest, Plan, Planned, Root } from "./root.ts";

export { stripFlat } from "./regions.ts";

/**
 * Plans the computation of `outputs`. `forced` nodes are stored whatever they cost. Arrays of at most `tiny` elements
 * are straight-line code: more in bodies that run many times, which should have no loops.
 */
export function plan(outputs: readonly Node[], forced: ReadonlySet<Node> = new Set(), tiny = STRAIGHT_ELEMENTS): Plan {
  const held = openRegions(outputs).map(stripFlat);
  const roots = new Map<Node, Root>();
  return { steps: planned(held, new Set(held), forced, roots, new Map(), tiny), roots, outputs: held };
}

/** The steps that compute `held`; what they store is added to `roots`. `results`: the outputs of the program. */
function planned(
  held: readonly Node[],
  results: ReadonlySet<Node>,
  forced: ReadonlySet<Node>,
  roots: Map<Node, Root>,
  given: ReadonlyMap<Node, Root>,
  tiny: number,
  own?: Region,
): Planned[] {
  const store = new Set(forced);
  for (let round = 0; ; round++) {
    const p = new Planner(held, results, store, (n) => given.has(n), tiny, own);
    p.prepareGathers();
    p.analyse();
    p.levels();
    const more = round < 3 ? p.storeAcrossLevels() : [];
    for (const n of more) store.add(n);
    if (more.length > 0) continue;
    for (const [n, root] of p.roots) roots.set(n, root);
    // What others store may not be there yet.
    const stored = new Map([...given, ...p.roots]);
    return stepsOf(p, stored, (region, used) => {
      if (region.control) return [{ kind: "control", node: region.control, results: used, stored }];
      const bases = new Set(region.inputs.map((x) => materializedBase(x, true, stored)));
      const before = new Map([...stored].filter(([n]) => bases.has(n)));
      // Sums in a step of its own have the same order of additions wherever it stands.
      return planned(used, results, forced, roots, before, STRAIGHT_ELEMENTS, region);
    });
  }
}

/** The steps in order; `planOf` plans a region, the results that are used of it. */
function stepsOf(
  planner: Planner,
  stored: ReadonlyMap<Node, Root>,
  planOf: (region: Region, used: readonly Node[]) => readonly Planned[],
): Planned[] {
  const nests = new Map<string, Root[]>();
  const planned = new Set<Region>();
  const byLevel: { calls: Planned[]; nests: Nest[] }[] = [];
  for (const [node, root] of [...planner.roots].sort((a, b) => a[0].id - b[0].id)) {
    while (byLevel.length <= root.level) byLevel.push({ calls: [], nests: [] });
    const level = byLevel[root.level] as (typeof byLevel)[number];
    const region = planner.regionOf(node);
    if (region) {
      const used = region.outputs.filter((y) => planner.roots.has(y));
      if (!planned.has(region)) level.calls.push(...planOf(region, used));
      planned.add(region);
    } else if (node.prim.lower.kind === "call") level.calls.push({ kind: "call", node, stored });
    else {
      const key = `${root.level}|${root.domain.key}`;
      const mine = nests.get(key) ?? [];
      if (mine.push(root) > 1) continue;
      nests.set(key, mine);
      level.nests.push({ kind: "nest", sizes: root.domain.sizes, roots: mine, stored });
    }
  }
  return byLevel.flatMap(({ calls, nests: ns }) => [...calls, ...ns]);
}
