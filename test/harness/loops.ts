// What the emitted loops of a program do per element: operations in the innermost loop of the largest box of each
// nest, and accesses that are not contiguous there. For guards that need no clock.
import type { Node } from "../../src/ir/graph.ts";
import { type Body, bodiesOf, MustStore } from "../../src/opt/plan/body.ts";
import { plan } from "../../src/opt/plan/plan.ts";
import { packing } from "../../src/opt/steps/pack.ts";

export interface Loop {
  readonly sizes: readonly number[];
  /** Arrays that the nest writes. */
  readonly writes: number;
  /** Operations per innermost iteration, by name; `all` counts arithmetic of every kind, loads apart. */
  readonly ops: Readonly<Record<string, number>>;
  /** Loads, stores and folds of the innermost loop whose elements are not next to each other. */
  readonly strided: number;
  /** Arrays that are copied to structures of arrays for the nest, before and after it. */
  readonly packed: number;
}

const volume = (b: Body): number => b.box.ranges.reduce((v, [lo, hi]) => v * (hi - lo), 1);

export function loopsOf(outputs: readonly Node[]): Loop[] {
  const forced = new Set<Node>();
  for (;;) {
    try {
      return attempt(outputs, forced);
    } catch (e) {
      if (!(e instanceof MustStore)) throw e;
      forced.add(e.node);
    }
  }
}

function attempt(outputs: readonly Node[], forced: ReadonlySet<Node>): Loop[] {
  const p = plan(outputs, forced);
  return p.steps.flatMap((step): Loop[] => {
    if (step.kind === "call") return [];
    const bodies = bodiesOf(step, p.roots);
    const { reads, folds } = packing(bodies);
    const main = bodies.reduce((a, b) => (volume(b) > volume(a) ? b : a));
    const inner = main.active.at(-1) ?? -1;
    const ops: Record<string, number> = { all: 0 };
    let strided = 0;
    const access = (c: number | undefined): void => {
      if (inner >= 0 && c !== undefined && Math.abs(c) > 1) strided++;
    };
    for (const v of main.values) {
      if (v.uses === 0 || v.op === "const" || (inner >= 0 && !((v.depends >> inner) & 1))) continue;
      const name = v.op === "call" ? (v.kernel?.own.name as string) : v.op;
      ops[name] = (ops[name] ?? 0) + 1;
      if (v.op === "load") access(v.position?.[inner + 1]);
      else ops["all"] = (ops["all"] as number) + 1;
    }
    for (const s of main.sinks) access(s.position[inner + 1]);
    return [{ sizes: step.sizes, writes: step.roots.length, ops, strided, packed: reads.length + folds.length }];
  });
}
