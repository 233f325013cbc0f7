// What compiled functions know before they run: the content of captured indices.
import { isFloat } from "../../ir/aval.ts";
import type { FixedIndex } from "../../ir/graph.ts";
import { rewrite } from "../../ir/walk.ts";
import { fixedIndex } from "../../primitives/fixed-index.ts";
import type { GraphPass } from "../pass.ts";
import { contentOf } from "./contents.ts";

/** Nodes that have a use for it are told their indices, where those are captured arrays that stay as they are. */
export const fixedIndices: GraphPass = {
  name: "fixed indices",
  list: "traced",
  run(outputs, { isFixed }) {
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
  },
};
