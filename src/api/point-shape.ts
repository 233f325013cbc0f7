// What the point of an objective is like. Directions, gradients and products are trees of the same arrays.
import { fail } from "../errors.ts";
import { type Data, isArrayOf, showAval, showShape, storage } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { operandOf, standard } from "../trace/convert.ts";
import { place, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import { checkedData, type Like, leavesLike, type Model, OF_OBJECTIVE, outData, requireApart } from "./arrays.ts";
import { valuesOf } from "./common.ts";

export class PointShape {
  /** One array with one axis, which may be given as a typed array. */
  readonly isVector: boolean;
  /** One number. */
  readonly isScalar: boolean;

  /** Trees of `structure` whose leaves are like `nodes` and have the names `paths`. */
  constructor(
    readonly nodes: readonly Node[],
    private readonly structure: Structure,
    readonly paths: readonly string[],
    /** What messages say that others must be like. */
    private readonly model: Model = OF_OBJECTIVE,
  ) {
    this.isVector = structure === "leaf" && nodes[0]?.shape.length === 1;
    this.isScalar = nodes.length === 1 && nodes[0]?.size === 1;
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
  /** The tree of the arrays with an axis of `count` more in front. */
  batch(data: readonly Data[], count: number): unknown {
    return this.tree(valuesOf(this.batched(count), data));
  }
  /** The elements of a tree of arrays with an axis more in front, and its extent. */
  batches(tree: unknown, where: string): { count: number; leaves: Data[] } {
    const parts = this.parts(tree, where);
    const first = place(where, this.paths[0] ?? "");
    const shape = parts.length > 0 ? operandOf(first, parts[0]).shape : [];
    const [count] = shape;
    const single = this.nodes[0]?.shape ?? [];
    if (count === undefined || shape.length !== single.length + 1)
      return fail(
        "shape",
        `${first} has shape ${showShape(shape)}; expected a list of directions, or an axis more in front of ` +
          `${showShape(single)}`,
      );
    const leaves = this.batched(count).map((like, i) => {
      const at = place(where, this.paths[i] as string);
      const given = operandOf(at, parts[i]).shape;
      if (String(given) !== String(like.shape))
        fail("shape", `${at} has shape ${showShape(given)}; expected directions as rows, ${showShape(like.shape)}`);
      const data = checkedData(at, parts[i], like, `${this.model.name}${this.paths[i]}`, this.model);
      return ArrayBuffer.isView(data) ? data : storage(like.dtype).from(data);
    });
    return { count, leaves };
  }
  private batched(count: number): Like[] {
    return this.nodes.map(({ shape, dtype, size }) => ({ shape: [count, ...shape], dtype, size: count * size }));
  }
  /** The tree of rows of trees of these blocks, the arrays of a Hessian. */
  matrix(blocks: readonly (readonly Data[])[]): unknown {
    const rows = this.nodes.map((row, i) => {
      const avals = this.nodes.map(({ shape, dtype }) => ({ shape: [...row.shape, ...shape], dtype }));
      return this.tree(valuesOf(avals, blocks[i] as readonly Data[]));
    });
    return this.tree(rows);
  }
  /** The arrays behind a tree of rows of trees, block by block, which share no memory. */
  matrixTargets(out: unknown, where: string): Data[][] {
    const blocks = this.parts(out, where).map((row, i) => {
      const path = place(where, this.paths[i] as string);
      return this.parts(row, path).map((leaf, k) => {
        const { nodes } = this;
        const [one, other] = [nodes[i] as Node, nodes[k] as Node];
        const like = { shape: [...one.shape, ...other.shape], dtype: one.dtype, size: one.size * other.size };
        return outData(place(path, this.paths[k] as string), leaf, like);
      });
    });
    const { length } = this.nodes;
    requireApart(blocks.flat(), (i) =>
      place(place(where, this.paths[Math.floor(i / length)] as string), this.paths[i % length] as string),
    );
    return blocks;
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
      return checkedData(place(where, path), leaf, node, `${this.model.name}${path}`, this.model);
    });
  }
  copies(tree: unknown, where: string): Data[] {
    return this.leaves(tree, where).map((a) => a.slice());
  }
  /**
   * The arrays behind each of `outs`, which share no memory; with `count`, arrays with an axis of so many more in
   * front. `name(i)` names the i-th.
   */
  targets(outs: readonly unknown[], name: (i: number) => string, count?: number): Data[][] {
    const like = count === undefined ? this.nodes : this.batched(count);
    const all = Array.from(outs, (out, i) =>
      this.parts(out, name(i)).map((leaf, k) => outData(name(i), leaf, like[k] as Like)),
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
