// What the point of an objective is like. Directions, gradients and products are trees of the same arrays.
import { fail } from "../errors.ts";
import { type Data, isArrayOf, showAval } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { standard } from "../trace/convert.ts";
import { place, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import { checkedData, leavesLike, outData, requireApart } from "./arrays.ts";
import { valuesOf } from "./common.ts";

export class PointShape {
  /** One array with one axis, which may be given as a typed array. */
  readonly isVector: boolean;

  /** Trees of `structure` whose leaves are like `nodes` and have the names `paths`. */
  constructor(
    readonly nodes: readonly Node[],
    private readonly structure: Structure,
    private readonly paths: readonly string[],
  ) {
    this.isVector = structure === "leaf" && nodes[0]?.shape.length === 1;
  }

  /** The tree with these leaves. */
  tree(leaves: readonly unknown[]): unknown {
    return unflatten(this.structure, leaves);
  }
  /** The tree of the arrays with these elements. */
  values(data: readonly Data[]): unknown {
    if (this.isVector) return data[0];
    return this.tree(valuesOf(this.nodes, data));
  }
  /** The tree of rows of trees of these blocks, the arrays of a Hessian. */
  matrix(blocks: readonly (readonly Data[])[]): unknown {
    const rows = this.nodes.map((row, i) => {
      const avals = this.nodes.map(({ shape, dtype }) => ({ shape: [...row.shape, ...shape], dtype }));
      return this.tree(valuesOf(avals, blocks[i] as readonly Data[]));
    });
    return this.tree(rows);
  }
  /** The elements of `tree`, which `where` names. */
  leaves(tree: unknown, where: string): Data[] {
    return this.parts(tree, where).map((leaf, i) => {
      const node = this.nodes[i] as Node;
      // Before names are made for messages, what has the very type and size.
      if (node.shape.length === 1 && isArrayOf(leaf, node.dtype === "float64" ? Float64Array : Float32Array)) {
        const data = standard(leaf);
        if (data.length === node.size && data.length > 0) return data;
      }
      const path = this.paths[i] as string;
      return checkedData(place(where, path), leaf, node, `x${path}`);
    });
  }
  copies(tree: unknown, where: string): Data[] {
    return this.leaves(tree, where).map((a) => a.slice());
  }
  /** The arrays behind each of `outs`, which share no memory. `name(i)` names the i-th. */
  targets(outs: readonly unknown[], name: (i: number) => string): Data[][] {
    const all = Array.from(outs, (out, i) =>
      this.parts(out, name(i)).map((leaf, k) => outData(name(i), leaf, this.nodes[k] as Node)),
    );
    const { length } = this.nodes;
    requireApart(all.flat(), (i) => place(name(Math.floor(i / length)), this.paths[i % length] as string));
    return all;
  }
  /** For printing. */
  describe(): string {
    return JSON.stringify(this.tree(this.nodes.map(showAval))).replaceAll('"', "");
  }

  private parts(tree: unknown, where: string): readonly unknown[] {
    return (
      leavesLike(where, tree, this.structure) ??
      fail("shape", `${where} has another structure than x0, ${showStructure(this.structure)}; pass the same tree`)
    );
  }
}
