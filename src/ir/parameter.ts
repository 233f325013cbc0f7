// The inputs of a graph.
import type { DType, Shape } from "./aval.ts";
import { makeUnique } from "./build.ts";
import type { Node, Primitive } from "./graph.ts";

export const parameterPrim: Primitive<{ shape: Shape; dtype: DType }> = {
  name: "parameter",
  aval: (_inputs, p) => p,
  batch: (node): Node => node as unknown as Node,
  lower: { kind: "leaf" },
};

/** A fresh input of a traced function. */
export const parameter = (shape: Shape, dtype: DType): Node => makeUnique(parameterPrim, { shape, dtype });
export const isParameter = (n: Node): boolean => n.prim === (parameterPrim as unknown as Primitive);
