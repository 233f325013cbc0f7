// The first pass: what has no code of its own becomes what it is made of, functions with rules of their own included.
import type { Node } from "../../ir/graph.ts";
import { reachable, rewrite } from "../../ir/walk.ts";
import type { GraphPass } from "../pass.ts";

const isMade = ({ prim: { lower } }: Node): boolean =>
  lower.kind === "composition" || lower.kind === "closed" || lower.kind === "control";

/** `outputs` without compositions and calls; steps stay, unless `all` is to be inlined, or all but loops. */
export function expandCalls(outputs: readonly Node[], all: boolean | "calls" = false): readonly Node[] {
  let current = outputs;
  while (reachable(current).some(isMade)) {
    const next = rewrite(current, (n) => {
      const { lower } = n.prim;
      if (lower.kind === "composition") return lower.of(n);
      if (lower.kind === "control") return lower.rules(n).expanded(n, all);
      return lower.kind === "closed" ? lower.calculus(n).expanded(n, all) : undefined;
    });
    if (next.every((y, i) => y === current[i])) break; // steps are left
    current = next;
  }
  return current;
}

export const expand: GraphPass = { name: "expand", list: "lowered", run: (outputs) => expandCalls(outputs) };
