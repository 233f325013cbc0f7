// What compiled functions know before they run: the content of captured indices.
import { isFloat } from "../../ir/aval.ts";
import type { FixedIndex, MaybeNode, Node } from "../../ir/graph.ts";
import { rewrite } from "../../ir/walk.ts";
import { fixedIndex } from "../../primitives/fixed-index.ts";
import { contentOf } from "./contents.ts";

/**
 * `outputs` with the nodes that have a use for it told what their indices are, where those are captured arrays that
 * `isFixed`.
 */
export function tellIndices<T extends MaybeNode>(outputs: readonly T[], isFixed: (n: Node) => boolean): T[] {
  const known = new Map<string, FixedIndex | undefined>();
  return rewrite(outputs, (n) =>
    n.prim.fixed?.(n, (index, rows, inner, dtype) => {
      const key = `${index.id} ${rows} ${inner} ${dtype}`;
      if (!known.has(key)) {
        const content = isFloat(dtype) ? contentOf(index, isFixed) : undefined;
        known.set(key, content && fixedIndex(index, content, rows, inner, dtype));
      }
      return known.get(key);
    }),
  );
}
