// Nodes with several results, and `part`, which reads one of them. Such a node has the shape and the type of its first
// result, and no other use than by `part`.
import type { Aval } from "./aval.ts";
import { make } from "./build.ts";
import type { Lowering, Node, Params, Primitive, Several } from "./graph.ts";

/** A primitive with several results. */
export const ofSeveral = <P extends Params>(name: string, several: Several<P>, lower: Lowering<P>): Primitive<P> => ({
  name,
  aval: (inputs, params) => several.results(inputs, params)[0] as Aval,
  batch: (node) => node as unknown as Node, // never called: the rules of `several` are
  several,
  lower,
});

/** The shapes and types of the results of `node`. */
export const resultsOf = (node: Node): readonly Aval[] =>
  node.prim.several?.results(node.inputs, node.params) ?? [node];

export const partPrim: Primitive<{ i: number }> = {
  name: "part",
  aval: ([x], { i }) => resultsOf(x as Node)[i] as Aval,
  simplify: ([x], { i }) => x?.prim.several?.simplify?.(x, i),
  support: ({ inputs: [x], params: { i } }) => x?.prim.several?.support?.(x, i),
  batch: (node) => node as unknown as Node, // never called: batching keeps the results of a node as a list
  lower: { kind: "part" },
};
export const isPart = (n: Node): boolean => n.prim === (partPrim as unknown as Primitive);
/** Which result a part is. */
export const partIndex = (n: Node): number => (n.params as { i: number }).i;

/** Result `i` of `node`. */
export const part = (node: Node, i: number): Node => make(partPrim, [node], { i });
/** All results of `node`. */
export const partsOf = (node: Node): Node[] => resultsOf(node).map((_, i) => part(node, i));
