// Bodies of a nest, built by pulling from its roots: what one iteration stores or folds is made of elements of inputs,
// which are made of others, down to what is in memory.
import { Box, cutting, type Ranges, Refusal } from "../../ir/box.ts";
import type { Node, ReduceOp } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { NodeMap, reachableUntil } from "../../ir/walk.ts";
import { isScalarConstant, isStored } from "../../primitives/leaf.ts";
import { Body, type Fold, type Sink } from "./body.ts";
import { identityMap } from "./domain.ts";
import { LaneBuilder, type Value } from "./lane-builder.ts";
import { type IndexMap, Maps } from "./maps.ts";
import { coordinates, gatherMaps, reducedMaps, resolve, viewSource } from "./pull.ts";
import type { Nest, Root } from "./root.ts";

/** Thrown when a node turns out not to be computable inside the loops of its users: plan again with it stored. */
export class MustStore {
  constructor(readonly node: Node) {}
}

/** The bodies of a nest, one per box, boxes cut where views begin and end. */
export function bodiesOf(nest: Nest, boxes: Ranges[] = [nest.sizes.map((s) => [0, s] as const)]): Body[] {
  const { roots, stored } = nest;
  // What other nests and calls store is loaded, whatever it was made of: a program may have very many scalar nests.
  const own = new Set(roots.map((r) => r.node));
  const nodes = nest.sizes.length === 0 ? reachableUntil([...own], (n) => stored.has(n) && !own.has(n)) : [];
  return cutting(boxes, (ranges) => bodyOf(nest, ranges, nodes));
}

/**
 * The body of `nest` in one box, which must need no cut. `nodes`: what large scalar programs are made of, sorted by
 * id.
 */
export function bodyOf(nest: Nest, ranges: Ranges, nodes: readonly Node[] = []): Body {
  const puller = new Puller(nest, new Box(ranges), nodes);
  return new Body(puller.box, puller.values, puller.sinks());
}

/** Values by node and map; scalars, of which there may be very many, by node alone. */
class Done {
  private readonly scalars: NodeMap<Value>;
  private readonly others = new Map<IndexMap, Map<Node, Value>>();
  /** `nodes`: sorted by id, those that values are asked of. */
  constructor(nodes: readonly Node[]) {
    this.scalars = new NodeMap(nodes);
  }
  get(n: Node, m: IndexMap): Value | undefined {
    return n.shape.length === 0 ? this.scalars.get(n) : this.others.get(m)?.get(n);
  }
  set(n: Node, m: IndexMap, v: Value): void {
    if (n.shape.length === 0) this.scalars.set(n, v);
    else {
      const of = this.others.get(m);
      if (of) of.set(n, v);
      else this.others.set(m, new Map([[n, v]]));
    }
  }
}

class Puller extends LaneBuilder {
  private readonly maps: Maps;
  private readonly here: ReadonlySet<Node>;
  private readonly done: Done;

  constructor(
    private readonly nest: Nest,
    readonly box: Box,
    private readonly nodes: readonly Node[],
  ) {
    super();
    this.maps = new Maps(nest.sizes.length);
    this.here = new Set(nest.roots.map((r) => r.node));
    this.done = new Done(nodes);
  }

  sinks(): Sink[] {
    // Scalars in the order of the program, which suits processors better than that from the outputs down: four fifths
    // of the time for a product with the Hessian of an unrolled integration (77,000 operations).
    const scalar = this.maps.axes([]);
    for (const n of this.nodes) if (n.shape.length === 0) this.pull(n, scalar);
    const fixed = this.box.ranges.map(([lo, hi]) => (hi - lo === 1 ? lo : undefined));
    return this.nest.roots.flatMap((root) => this.sinksOf(root, fixed));
  }

  private sinksOf(root: Root, fixed: readonly (number | undefined)[]): Sink[] {
    const { node, domain } = root;
    const folds: Fold[] = [];
    const stores: Sink[] = [];
    for (const copy of domain.copies) {
      const m = identityMap(domain, copy, this.maps, fixed);
      if (root.reduces)
        this.fold(
          folds,
          root,
          m,
          fixed.every((at) => at !== undefined),
        );
      else {
        const value = this.pull(node, m);
        stores.push({ kind: "store", root, position: this.maps.position(m, node.shape), value });
      }
    }
    return [...stores, ...folds];
  }
  /** Adds a term to the fold that it belongs to: copies along a reduced axis meet in one. */
  private fold(folds: Fold[], root: Root, m: IndexMap, single: boolean): void {
    const { node } = root;
    const position = this.keptPosition(root, m);
    const term = this.pull(node.inputs[0] as Node, m);
    const { op } = node.prim.lower as { op: ReduceOp };
    // Loops begin sums with +0; where there is none to begin, the term is the sum.
    const value = op === "add" && single ? this.fromZero(term) : term;
    const same = folds.findIndex((f) => f.position.every((c, l) => c === position[l]));
    if (same < 0) folds.push({ kind: "fold", root, op, position, value });
    else folds[same] = { ...(folds[same] as Fold), value: this.op(op, (folds[same] as Fold).value, value) };
  }

  /** Position in the output of a reduction, from coordinates in its operand. */
  private keptPosition(root: Root, m: IndexMap): Affine {
    const { axes } = root.node.params as { axes: readonly number[] };
    if (root.node.size === 1) return new Array<number>(this.maps.loops + 1).fill(0);
    const kept = (m.axes as readonly Affine[]).filter((_, i) => !axes.includes(i));
    return this.maps.position(this.maps.axes(kept), root.node.shape);
  }

  /** The value of element `m` of `node`, without recursion: inputs are put on the stack until all are known. */
  private pull(node: Node, m: IndexMap): Value {
    const { here, done } = this;
    const stack: [Node, IndexMap][] = [[node, m]];
    for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
      const [n, map] = frame;
      const depth = stack.length;
      if (done.get(n, map) === undefined) {
        const { lower } = n.prim;
        if (lower.kind === "lane" && (here.has(n) || !this.nest.stored.has(n))) {
          for (let i = n.inputs.length - 1; i >= 0; i--) {
            const x = n.inputs[i] as Node;
            if (done.get(x, map) === undefined) stack.push([x, map]);
          }
          if (stack.length === depth) {
            const values = n.inputs.map((x) => done.get(x, map) as Value);
            done.set(n, map, lower.emit(this, values, n) as Value);
          }
        } else {
          const needs: [Node, IndexMap][] = [];
          const finish = this.tryStep(n, map, needs);
          for (let i = needs.length - 1; i >= 0; i--) {
            const [x, xm] = needs[i] as [Node, IndexMap];
            if (done.get(x, xm) === undefined) stack.push([x, xm]);
          }
          if (stack.length === depth) done.set(n, map, finish(needs.map(([x, xm]) => done.get(x, xm) as Value)));
        }
      }
      if (stack.length === depth) stack.pop();
    }
    return done.get(node, m) as Value;
  }

  private tryStep(n: Node, m: IndexMap, needs: [Node, IndexMap][]): (values: Value[]) => Value {
    try {
      return this.step(n, m, needs);
    } catch (e) {
      if (e instanceof Refusal) throw new MustStore(n);
      throw e;
    }
  }

  /** What element `m` of `n` needs, and how it is made of that. */
  private step(n: Node, m: IndexMap, needs: [Node, IndexMap][]): (values: Value[]) => Value {
    const { maps, box } = this;
    if (isScalarConstant(n)) return () => this.constant((n.params as { value: number }).value, n.dtype);
    if (isStored(n) || (this.nest.stored.has(n) && !this.here.has(n)))
      return () => this.load(n, maps.position(m, n.shape));
    const { lower } = n.prim;
    switch (lower.kind) {
      case "view": {
        const s = viewSource(n, m, maps, box);
        if (s === "zero") return () => this.constant(0, n.dtype);
        needs.push([s.x, s.map]);
        return ([v]) => v as Value;
      }
      case "iota": {
        const a = coordinates(m, n.shape, box)[lower.axis(n)] as Affine;
        return () => this.iota(a, n.dtype);
      }
      case "reduce": {
        for (const map of reducedMaps(n, m, maps, box)) needs.push([n.inputs[0] as Node, map]);
        const op = lower.op;
        return (values) => {
          const all = values.reduce((a, b) => this.op(op, a, b));
          return op === "add" ? this.fromZero(all) : all;
        };
      }
      case "gather": {
        const { index, source, axis } = gatherMaps(n, m, maps, box);
        needs.push([n.inputs[1] as Node, index]);
        const x = n.inputs[0] as Node;
        const at = resolve(x, true, this.nest.stored);
        const position = maps.dot(source, at.strides) as number[];
        position[0] = (position[0] as number) + at.offset;
        return ([i]) => this.gather(at.base, position, i as Value, at.strides[axis] as number, x.shape[axis] as number);
      }
      default:
        throw new TypeError(`${n.prim.name} cannot be computed element by element`);
    }
  }
}
