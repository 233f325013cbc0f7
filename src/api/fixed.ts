// What compiled functions know before they run: the content of captured indices.
import { isFloat } from "../ir/aval.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { rewrite } from "../ir/walk.ts";
import { contentOf } from "../opt/contents.ts";
import { fixedIndex } from "../primitives/fixed-index.ts";

/** `outputs` with the nodes that have a use for it told what their indices are, where those are captured arrays that `isFixed`. */
export const tellIndices = <T extends MaybeNode>(outputs: readonly T[], isFixed: (n: Node) => boolean): T[] =>
  rewrite(outputs, (n) =>
    n.prim.fixed?.(n, (index, rows, inner, dtype) => {
      const content = isFloat(dtype) ? contentOf(index, isFixed) : undefined;
      return content && fixedIndex(index, content, rows, inner, dtype);
    }),
  );
