// What is solved for: a tree of arrays outside, one vector inside solvers.
import { requireFloats } from "../ad/jvp.ts";
import type { Model } from "../api/arrays.ts";
import { arraysOf } from "../api/flat.ts";
import { parameterLike } from "../api/objective-graph.ts";
import { PointShape } from "../api/point-shape.ts";
import { fail } from "../errors.ts";
import { type Data, type DType, type Shape, storage } from "../ir/aval.ts";
import { inSession, newSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { flatten, place, type Structure } from "../trace/tree.ts";

/** What gradients, bounds and products must be like. */
const AS_GIVEN: Omit<Model, "name"> = { before: "", after: " has", remedy: "pass an array like it", orElse: "" };

export class Unknowns {
  readonly size: number;
  /** Of the vector: float32 where all arrays are. */
  readonly dtype: DType;

  constructor(readonly shape: PointShape) {
    this.size = shape.nodes.reduce((n, x) => n + x.size, 0);
    this.dtype = shape.nodes.every((x) => x.dtype === "float32") ? "float32" : "float64";
  }
  /** Those like the tree `x0`, which the caller calls `what`, in the open session. */
  static like(name: string, x0: unknown, what = "x0"): Unknowns {
    const where = `${name}: ${what}`;
    const { leaves, paths, structure } = flatten(where, x0);
    const nodes = leaves.map((leaf, i) => parameterLike(place(where, paths[i] as string), leaf));
    return Unknowns.of(name, what, nodes, structure, paths);
  }
  /** Those like the arrays of a tree, which the caller calls `what`. */
  static of(
    name: string,
    what: string,
    nodes: readonly Node[],
    structure: Structure,
    paths: readonly string[],
  ): Unknowns {
    requireFloats(name, nodes, "");
    const unknowns = new Unknowns(new PointShape(nodes, structure, paths, { ...AS_GIVEN, name: what }));
    if (unknowns.size === 0) fail("value", `${name}: ${what} has no numbers in it; pass arrays or numbers`);
    return unknowns;
  }
  /** The same without a session: their nodes are for their types alone. */
  static apart(name: string, x0: unknown): Unknowns {
    return inSession(() => Unknowns.like(name, x0), newSession());
  }
  /** The arrays of a tree as one vector. */
  pack(tree: unknown, where: string): Data {
    const leaves = this.shape.leaves(tree, where);
    const all = new (storage(this.dtype))(this.size);
    let next = 0;
    for (const leaf of leaves) {
      all.set(leaf as Float64Array, next);
      next += leaf.length;
    }
    return all;
  }
  /** The tree whose arrays a vector has. */
  unpack(vector: Data): unknown {
    let next = 0;
    const leaves = this.shape.nodes.map(({ size, dtype }) => {
      const part = vector.subarray(next, (next += size));
      return storage(dtype).from(part);
    });
    return this.shape.values(leaves);
  }
  /** What each number is called: `a`, `b[1]`, `w[0, 2]`; `p[1]` where the tree is one array. */
  names(): string[] {
    const { nodes, paths } = this.shape;
    return nodes.flatMap(({ shape, size }, i) => {
      const path = (paths[i] as string).replace(/^\./, "") || "p";
      return Array.from({ length: size }, (_, k) => (shape.length === 0 ? path : `${path}[${placeOf(k, shape)}]`));
    });
  }
  /** The nodes of the arrays that the node of a vector has. */
  leavesOf(vector: Node): Node[] {
    return arraysOf(vector, this.shape.nodes);
  }
}

/** The indices of the element that is the k-th in row-major order. */
function placeOf(k: number, shape: Shape): string {
  const indices: number[] = [];
  let rest = k;
  for (const extent of [...shape].reverse()) {
    indices.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return indices.join(", ");
}
