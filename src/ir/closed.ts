// A graph as a value: what a node may have among its parameters, such as the body of a function or of a loop.
import { showAval } from "./aval.ts";
import { entriesOf, interned } from "./build.ts";
import { Closed, type Node } from "./graph.ts";
import { parameter } from "./parameter.ts";
import { reachableUntil, substitute } from "./walk.ts";

/**
 * The nodes behind `outputs`, inputs before users, in the order in which the outputs ask for them: so equal graphs
 * have them in the same order, whenever their nodes were made. Those in `placed` come before, and all get a place.
 */
function inOrder(outputs: readonly Node[], placed: Map<Node, number>): Node[] {
  const order: Node[] = [];
  const stack = [...outputs].reverse();
  for (let n = stack.at(-1); n; n = stack.at(-1)) {
    const missing = placed.has(n) ? [] : n.inputs.filter((x) => !placed.has(x));
    if (missing.length > 0) {
      stack.push(...missing.reverse());
      continue;
    }
    stack.pop();
    if (placed.has(n)) continue;
    placed.set(n, placed.size);
    order.push(n);
  }
  return order;
}

/** A graph as text: equal exactly for equal graphs. `other` says what stands for objects among parameters. */
export function textOf(
  parameters: readonly Node[],
  outputs: readonly Node[],
  other?: (object: object) => string,
): string {
  const placed = new Map(parameters.map((p, i) => [p, i]));
  const lines = parameters.map(showAval);
  for (const n of inOrder(outputs, placed)) {
    const inputs = n.inputs.map((x) => placed.get(x));
    // A constant says its value, but not what type a leaf of another kind would have.
    lines.push(`${n.prim.name}${entriesOf(n.params, other)},${inputs.join()}`);
  }
  return `${lines.join("|")}>${outputs.map((y) => placed.get(y)).join()}`;
}

/** Parameters of other graphs, and captured arrays: what a closed graph has no place for. */
const isOpen = (n: Node): boolean => n.prim.lower.kind === "leaf" && !("value" in n.params);

/**
 * What `outputs` take besides `parameters`: where what depends on these meets values that come from elsewhere, from
 * leaves that are `foreign`.
 */
export function capturedBy(
  outputs: readonly Node[],
  parameters: readonly Node[],
  isForeign: (leaf: Node) => boolean = isOpen,
): Node[] {
  const given = new Set(parameters);
  return capturedIn(
    reachableUntil(outputs, (n) => given.has(n)),
    outputs,
    given,
    isForeign,
  );
}

/** The same where the `nodes` behind `outputs` are known, in topological order. */
export function capturedIn(
  nodes: readonly Node[],
  outputs: readonly Node[],
  given: ReadonlySet<Node>,
  isForeign: (leaf: Node) => boolean = isOpen,
): Node[] {
  const own = new Set<Node>(given);
  const foreign = new Set<Node>();
  const edge = new Set<Node>();
  for (const n of nodes) {
    if (given.has(n)) continue;
    if (n.inputs.some((x) => own.has(x))) own.add(n);
    if (isForeign(n) || n.inputs.some((x) => foreign.has(x))) foreign.add(n);
  }
  const meet = (x: Node): void => {
    if (!own.has(x) && foreign.has(x)) edge.add(rearranged(x));
  };
  for (const y of outputs) meet(y);
  for (const n of nodes) if (own.has(n) && !given.has(n)) n.inputs.forEach(meet);
  return [...edge];
}

/**
 * The array of which `x` has all elements in another order or shape: taken in its place, it is one argument where a
 * matrix and its transpose are read.
 */
function rearranged(x: Node): Node {
  let n = x;
  while (n.prim.lower.kind === "view" && n.inputs.length === 1 && n.inputs[0]?.size === n.size) n = n.inputs[0] as Node;
  return n;
}

const results: WeakSet<Node> = /* @__PURE__ */ new WeakSet();
/** Whether a closed graph was made of `node` as a result. */
export const isResult = (node: Node): boolean => results.has(node);

/**
 * `outputs` as a closed graph of `parameters` and of `captured`: what does not depend on the parameters, and is no
 * constant, stays outside.
 */
export function close(
  parameters: readonly Node[],
  outputs: readonly Node[],
  captured: readonly Node[] = capturedBy(outputs, parameters),
): { readonly graph: Closed; readonly captured: readonly Node[] } {
  for (const y of outputs) results.add(y);
  const all = [...parameters, ...captured];
  return { graph: interned(textOf(all, outputs), () => withOwnParameters(all, outputs)), captured };
}

/** `outputs` as a graph of `all`: two with parameters in common could not be told apart, one inside the other. */
function withOwnParameters(all: readonly Node[], outputs: readonly Node[]): Closed {
  const own = all.map((x) => parameter(x.shape, x.dtype));
  const inside = substitute(outputs, all, own);
  for (const y of inside) results.add(y);
  return new Closed(own, inside, (other) => textOf(own, inside, other));
}

/** The results of `graph` for `args`. */
export const inline = (graph: Closed, args: readonly Node[]): Node[] =>
  substitute(graph.outputs, graph.parameters, args);
