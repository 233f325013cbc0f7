// What the emitted loops of a program do per element: operations in the innermost loop of the largest box of each
// nest, and accesses that are not contiguous there. For guards that need no clock.
import type { Node } from "../../src/ir/graph.ts";
import { NO_FACTS } from "../../src/opt/facts.ts";
import { schedule } from "../../src/opt/pipeline.ts";
import { packing } from "../../src/opt/steps/pack.ts";
import type { LoopStep } from "../../src/opt/steps/steps.ts";

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

export function loopsOf(outputs: readonly Node[]): Loop[] {
  return schedule(outputs, [], NO_FACTS).steps.flatMap((step): Loop[] => {
    if (step.kind !== "loop") return [];
    const packed = packing.run([step], NO_FACTS, (outputs) => ({ steps: [], outputs }));
    const { bodies, nest } = packed.find((s) => s.kind === "loop") as LoopStep;
    const main = bodies.reduce((a, b) => (b.volume > a.volume ? b : a));
    const inner = main.active.at(-1) ?? -1;
    const ops: Record<string, number> = { all: 0 };
    let strided = 0;
    const access = (c: number | undefined): void => {
      if (inner >= 0 && c !== undefined && Math.abs(c) > 1) strided++;
    };
    for (const v of main.live) {
      if (v.op === "const" || (inner >= 0 && !((v.depends >> inner) & 1))) continue;
      const name = v.op === "call" ? (v.kernel?.own.name as string) : v.op;
      ops[name] = (ops[name] ?? 0) + 1;
      if (v.op === "load") access(v.position?.[inner + 1]);
      else ops["all"] = (ops["all"] as number) + 1;
    }
    for (const s of main.sinks) access(s.position[inner + 1]);
    return [{ sizes: nest.sizes, writes: nest.roots.length, ops, strided, packed: packed.length - 1 }];
  });
}
