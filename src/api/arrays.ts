// Arrays that callers of compiled functions pass in: checked against the shapes and types that were compiled.
import { fail } from "../errors.ts";
import { bytesOf, type Data, isFloat, showShape, storage } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { describe, elementsOf, isNdArrayLike, isTypedArray, operandOf, standard } from "../trace/convert.ts";
import { Tensor } from "../trace/tracer.ts";
import { flattenLike, type Structure, unprefixed } from "../trace/tree.ts";

/** What an array must be like. */
export type Like = Pick<Node, "shape" | "dtype" | "size">;

/** What messages say of arrays that others must be like: their name, what is before and after it, and what to do. */
export interface Model {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly remedy: string;
  readonly orElse: string;
}
/** What an objective was made with. */
export const OF_OBJECTIVE: Model = {
  name: "x",
  before: "the objective was compiled for ",
  after: " of",
  remedy: "pass an array like the one it was made with, or make another objective",
  orElse: ", or make another objective",
};

/**
 * The elements of `value`, which must have the shape of `node` and a type that fits into its type. `where` names it
 * and `like` what it must be like: "objective.hvp: v", "x".
 */
export function checkedData(
  where: string,
  value: unknown,
  node: Like,
  like: string,
  { before, after, remedy, orElse } = OF_OBJECTIVE,
): Data {
  if (value instanceof Tensor)
    return fail(
      "trace",
      `${where} is a traced value; a compiled objective takes ordinary arrays. Inside traced functions use hvp ` +
        "and grad",
    );
  const x = operandOf(where, value);
  if (x.shape.length !== node.shape.length || x.shape.some((d, i) => d !== node.shape[i])) {
    fail(
      "shape",
      `${where} has shape ${showShape(x.shape)}, but ${before}${like}${after} shape ${showShape(node.shape)}; ` +
        remedy,
    );
  }
  // Numbers without a type must fit as they are. Results of comparisons come back as bytes: integers 0 and 1 are
  // booleans.
  const wanted = node.dtype;
  const fits = x.weak
    ? isFloat(wanted) || (wanted === "int32" && x.integral)
    : x.dtype === wanted ||
      (wanted === "bool"
        ? x.dtype === "int32" && x.data(x.dtype).every(isBit)
        : isFloat(wanted) && x.dtype !== "bool" && bytesOf(x.dtype) <= bytesOf(wanted));
  if (fits) return elementsOf(x, wanted) as Data; // which is copied into memory, and no more
  const wrong = x.weak ? `numbers that are not ${wanted === "bool" ? "booleans" : "integers"}` : `type ${x.dtype}`;
  const cure = wanted === "bool" ? "pass true and false" : x.weak ? "round them" : "convert the array";
  return fail("dtype", `${where} has ${wrong}, but ${before}${like}${after} type ${wanted}; ${cure}${orElse}`);
}

const isBit = (x: number): boolean => x === 0 || x === 1;

/** The leaves of `tree`; undefined if it has another structure. */
export const leavesLike = (where: string, tree: unknown, structure: Structure): readonly unknown[] | undefined =>
  structure === "leaf" ? [tree] : flattenLike(where, tree, structure);

/** The typed array behind an `out` argument. */
export function outData(where: string, out: unknown, node: Like): Data {
  const array = Object(out);
  const given = isNdArrayLike(array) && !array.stride && !array.offset ? array.data : out;
  const wanted = node.dtype === "bool" ? Uint8Array : storage(node.dtype); // what results come back in
  const data = isTypedArray(given) && standard(given);
  if (!(data instanceof wanted))
    return fail(
      "value",
      `${where} must be a ${wanted.name}${node.shape.length > 1 ? " or { data, shape } of one" : ""}, got ` +
        `${describe(out)}`,
    );
  if (data.length !== node.size)
    fail(
      "shape",
      `${where} has ${data.length} elements, but the result has ${node.size} (shape ${showShape(node.shape)}); ` +
        "make it that long",
    );
  return data as Data;
}

/**
 * Throws where two of `arrays`, to which results are written, share memory. (That two buffers shared between threads
 * are one cannot be seen.) `name(i)` says which one array i is: "objective.grad: out.a".
 */
export function requireApart(arrays: readonly Data[], name: (i: number) => string): void {
  const perBuffer = new Map<ArrayBufferLike, number[]>();
  for (const [i, { buffer, length }] of arrays.entries()) {
    const others = perBuffer.get(buffer);
    if (others) others.push(i);
    else if (length > 0) perBuffer.set(buffer, [i]);
  }
  const at = (i: number): Data => arrays[i] as Data;
  for (const list of perBuffer.values()) {
    const order = list.filter((i) => at(i).length > 0).sort((i, j) => at(i).byteOffset - at(j).byteOffset || i - j);
    for (const [k, j] of order.slice(1).entries()) {
      const i = order[k] as number;
      if (at(i).byteOffset + at(i).byteLength <= at(j).byteOffset) continue;
      const [one, other] = [name(Math.min(i, j)), name(Math.max(i, j))];
      fail("value", `${one} and ${unprefixed(other)} share memory; give every result an array of its own`);
    }
  }
}

/** `given` as it is now where a write to `written` may change it. */
export function unwritten(given: readonly Data[], written: readonly Data[]): readonly Data[] {
  const buffers = new Set(written.map((w) => w.buffer));
  const isShared = (a: Data): boolean => !(a.buffer instanceof ArrayBuffer);
  const anyShared = written.some(isShared);
  return given.map((a) => (buffers.has(a.buffer) || (anyShared && isShared(a)) ? a.slice() : a));
}
