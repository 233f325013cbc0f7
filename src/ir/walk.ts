// Walks over graphs without recursion: topological order, dependence, substitution.
import { make } from "./build.ts";
import { type MaybeNode, Node } from "./graph.ts";
import { isPart, partIndex } from "./part.ts";

/** Number of the latest walk. */
let walks = 0;

/** Walks over graphs, by their first output: graphs never change, and several passes begin with the same walk. */
const memo = /* @__PURE__ */ new WeakMap<Node, { outputs: readonly MaybeNode[]; nodes: readonly Node[] }>();
const REMEMBERED_NODES = 32;

/** All nodes that `outputs` need, inputs before users. */
export function reachable(outputs: readonly MaybeNode[]): readonly Node[] {
  const first = outputs[0];
  const known = first && memo.get(first);
  if (known && known.outputs.length === outputs.length && known.outputs.every((o, i) => o === outputs[i]))
    return known.nodes;
  const nodes = collect(outputs);
  if (first && nodes.length >= REMEMBERED_NODES) memo.set(first, { outputs: [...outputs], nodes });
  return nodes;
}

/** The same, but not beyond the nodes that `ends`. */
export const reachableUntil = (outputs: readonly Node[], ends: (n: Node) => boolean): readonly Node[] =>
  collect(outputs, (n) => (ends(n) ? [] : n.inputs));

/** All nodes that `outputs` need, inputs before users; what a node needs is what `inputsOf` says. */
export function collect(
  outputs: readonly MaybeNode[],
  inputsOf: (n: Node) => readonly Node[] = (n) => n.inputs,
): Node[] {
  const walk = ++walks;
  const found: Node[] = [];
  const visit = (n: Node): void => {
    if (n.mark === walk) return;
    n.mark = walk;
    found.push(n);
  };
  for (const o of outputs) if (o) visit(o);
  for (let i = 0; i < found.length; i++) {
    for (const x of inputsOf(found[i] as Node)) visit(x);
  }
  return byId(found);
}

/** `nodes` in the order of their ids: into buckets where the ids lie close together, as those of one trace do. */
function byId(nodes: Node[]): Node[] {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const n of nodes) {
    if (n.id < least) least = n.id;
    if (n.id > most) most = n.id;
  }
  if (nodes.length < 64 || most - least > 8 * nodes.length) return nodes.sort((a, b) => a.id - b.id);
  const buckets = new Array<Node | undefined>(most - least + 1);
  for (const n of nodes) buckets[n.id - least] = n;
  let i = 0;
  for (const n of buckets) if (n) nodes[i++] = n;
  return nodes;
}

/**
 * A map from nodes, by id: an array where the ids of `nodes`, its keys, lie close together, as those of one trace do.
 */
export class NodeMap<T> {
  private readonly least: number;
  private readonly array: (T | undefined)[] | undefined;
  private readonly map: Map<Node, T> | undefined;

  /** `nodes`: all keys, sorted by id. */
  constructor(nodes: readonly Node[]) {
    this.least = nodes[0]?.id ?? 0;
    const range = (nodes.at(-1)?.id ?? 0) - this.least + 1;
    if (range <= 8 * nodes.length) this.array = new Array(range);
    else this.map = new Map();
  }
  get(n: Node): T | undefined {
    return this.array ? this.array[n.id - this.least] : this.map?.get(n);
  }
  set(n: Node, value: T): void {
    if (this.array) this.array[n.id - this.least] = value;
    else this.map?.set(n, value);
  }
}

/** The nodes among `nodes` (in topological order) whose value depends on a member of `roots`, roots included. */
export function dependents(nodes: readonly Node[], roots: readonly Node[]): Set<Node> {
  const active = new Set<Node>(roots);
  for (const n of nodes) if (n.inputs.some((x) => active.has(x))) active.add(n);
  return active;
}

/** `outputs` with every `from[i]` replaced by `to[i]`. */
export function substitute<T extends MaybeNode>(
  outputs: readonly T[],
  from: readonly Node[],
  to: readonly Node[],
): T[] {
  if (from.every((p, i) => p === to[i])) return [...outputs];
  const image = new Map<Node, Node>(from.map((p, i) => [p, to[i] as Node]));
  return replaced(outputs, image, (n) => n);
}

/** What becomes of a node: another node, or a list of what becomes of its results. */
export type Replacement = MaybeNode | readonly MaybeNode[];

/**
 * `outputs` with every node replaced by what `rule` makes of it, its inputs replaced already; where that is undefined
 * it stays.
 */
export const rewrite = <T extends MaybeNode>(outputs: readonly T[], rule: (n: Node) => Replacement): T[] =>
  replaced(outputs, new Map(), (n) => rule(n) ?? n);

function replaced<T extends MaybeNode>(
  outputs: readonly T[],
  image: Map<Node, Node>,
  rule: (n: Node) => Replacement,
): T[] {
  const results = new Map<Node, readonly MaybeNode[]>();
  for (const n of reachable(outputs)) {
    if (image.has(n)) continue;
    const list = isPart(n) ? results.get(n.inputs[0] as Node) : undefined;
    const y = list
      ? list[partIndex(n)]
      : rule(
          n.inputs.some((x) => image.has(x))
            ? make(
                n.prim,
                n.inputs.map((x) => image.get(x) ?? x),
                n.params,
              )
            : n,
        );
    if (y instanceof Node) {
      if (y !== n) image.set(n, y);
    } else if (y) results.set(n, y);
  }
  return outputs.map((o) => (o && image.get(o)) ?? o) as T[];
}
