// Leaves: parameters, constants, captured arrays, index ranges.
import { fail } from "../errors.ts";
import type { Data, DType, Shape } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { Node, Primitive } from "../ir/graph.ts";
import { isParameter } from "../ir/parameter.ts";
import { reachable } from "../ir/walk.ts";

export { isParameter, parameter, parameterPrim } from "../ir/parameter.ts";

const neverBatched = (node: Node): Node => node;

export const constantPrim: Primitive<{ value: number; dtype: DType }> = {
  name: "constant",
  aval: (_inputs, p) => ({ shape: [], dtype: p.dtype }),
  batch: neverBatched,
  lower: { kind: "leaf" },
};

/** As conversion at run time: towards zero, saturating; NaN is 0. */
const toInt32 = (x: number): number => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x))) || 0;

/** `value` as a number of type `dtype`. */
export const asType = (value: number, dtype: DType): number =>
  dtype === "float32"
    ? Math.fround(value)
    : dtype === "int32"
      ? toInt32(value)
      : dtype === "bool"
        ? Number(value !== 0)
        : value;

/** A scalar constant, rounded to its type. */
export const scalar = (value: number, dtype: DType): Node =>
  make(constantPrim, [], { value: asType(value, dtype), dtype });

export const literalPrim: Primitive<{ data: Data; shape: Shape; dtype: DType }> = {
  name: "literal",
  aval: (_inputs, p) => p,
  batch: neverBatched,
  lower: { kind: "leaf" },
};

/** A captured array; `data` is read when the program is compiled or called, never changed. */
export const literal = (data: Data, shape: Shape, dtype: DType): Node => make(literalPrim, [], { data, shape, dtype });

export const iotaPrim: Primitive<{ shape: Shape; axis: number; dtype: DType }> = {
  name: "iota",
  aval: (_inputs, p) => p,
  batch: neverBatched,
  lower: { kind: "iota", axis: (node) => node.params.axis },
};

/** The index along `axis`, at every position of `shape`. */
export const iota = (shape: Shape, axis: number, dtype: DType): Node => make(iotaPrim, [], { shape, axis, dtype });

/** Whether the node's data lies in memory before a program runs: a parameter or a captured array. */
export const isStored = (n: Node): boolean => isParameter(n) || isLiteral(n);
export const isScalarConstant = (n: Node): boolean => n.prim === (constantPrim as unknown as Primitive);

/** Throws if `outputs` depend on other parameters than these. */
export function checkParameters(outputs: readonly Node[], parameters: readonly Node[]): void {
  const known = new Set(parameters);
  if (reachable(outputs).some((n) => isParameter(n) && !known.has(n)))
    fail(
      "trace",
      "a traced value of another trace was used; return it from the traced function instead of keeping it in an " +
        "outer variable",
    );
}
export const isLiteral = (n: Node): boolean => n.prim === (literalPrim as unknown as Primitive);
/** The content of a captured array. */
export const dataIn = (n: Node): Data => (n.params as { data: Data }).data;
