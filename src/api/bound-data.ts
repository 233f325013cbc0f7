// Data arguments of an objective: captured arrays whose content `bind` replaces.
import { fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { dataIn, literal } from "../primitives/leaf.ts";
import type { Captured } from "../run/captured.ts";
import { operandOf } from "../trace/convert.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, flattenLike, place, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import { checkedData } from "./arrays.ts";

interface Bound {
  readonly structure: Structure;
  readonly nodes: readonly Node[];
  /** Which are numbers or lists of numbers, without a type of their own. */
  readonly weak: readonly boolean[];
}

export class BoundData {
  readonly nodes: readonly Node[];
  private readonly list: readonly Bound[];

  /** The arrays in `data`, copied, as literals of the open session. */
  constructor(data: readonly unknown[]) {
    this.list = data.map((tree, k) => {
      const where = `objective: data argument ${k + 1}`;
      const { leaves, paths, structure } = flatten(where, tree);
      const operands = leaves.map((leaf, i) => operandOf(place(where, paths[i] as string), leaf));
      const nodes = operands.map((x) => literal(x.data(x.dtype).slice(), x.shape, x.dtype));
      return { structure, nodes, weak: operands.map((x) => x.weak) };
    });
    this.nodes = this.list.flatMap(({ nodes }) => nodes);
  }

  /** The arguments as the traced function takes them. */
  traced(): unknown[] {
    return this.list.map(({ structure, nodes, weak }) =>
      unflatten(
        structure,
        nodes.map((n, i) => new Tensor(n, weak[i])),
      ),
    );
  }

  /** Replaces the content, in the graph and in `captured`. All of `data` is read and checked before. */
  replace(data: readonly unknown[], captured: Captured): void {
    if (data.length !== this.list.length)
      fail(
        "value",
        `objective.bind: expected ${this.list.length} data arguments as given to objective, got ${data.length}`,
      );
    const fresh = this.list.flatMap((bound, k) =>
      elementsLike(bound, data[k], `objective.bind: data argument ${k + 1}`),
    );
    this.nodes.forEach((n, i) => {
      const elements = fresh[i] as Data;
      (dataIn(n) as Float64Array).set(elements);
      captured.write(n, elements);
    });
  }
}

function elementsLike({ structure, nodes }: Bound, tree: unknown, where: string): Data[] {
  const leaves =
    flattenLike(where, tree, structure) ??
    fail("shape", `${where} has another structure than the one given to objective (${showStructure(structure)})`);
  return leaves.map((leaf, i) => checkedData(where, leaf, nodes[i] as Node, "one"));
}
