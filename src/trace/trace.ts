// Running a function once on stand-ins, and reading off the nodes of its result.
import { fail, HvpError } from "../errors.ts";
import type { DType } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { describe, isPromise, operandOf } from "./convert.ts";
import { watched } from "./hint.ts";
import { Tensor } from "./tracer.ts";
import { flatten, place, type Structure } from "./tree.ts";

/** The result of a traced function: the nodes of its leaves, and how they are put together. */
export interface Traced {
  readonly nodes: readonly Node[];
  readonly weak: readonly boolean[];
  readonly structure: Structure;
}

/** Calls `f` on traced arguments. `transform` is named in messages. */
export function trace(
  transform: string,
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  remedy?: string,
): Traced {
  checkTaken(transform, f, args.length, remedy);
  return resultOf(transform, callTraced(transform, f, args));
}

/** Refuses arguments that `f` cannot read: JavaScript would drop them in silence. */
export function checkTaken(
  transform: string,
  f: (...args: never[]) => unknown,
  given: number,
  remedy = "pass those alone",
): void {
  if (f.length > 0 && f.length < given && isFixed(String(f)))
    fail("value", `${transform}: ${counts(f.length, given)}; ${remedy}`);
}

const counts = (takes: number, given: number): string =>
  `the function takes ${takes} ${takes === 1 ? "argument" : "arguments"}, but was called with ${given}`;

/**
 * Whether a function of this source text reads as many arguments as its `length` says: no default, no rest, no
 * `arguments`.
 */
const isFixed = (text: string): boolean =>
  !/=|\.\.\./.test(text.split(/=>|\)\s*\{/, 1)[0] as string) && !/\barguments\b|\[native/.test(text);

/** The bare result of `f`, checked to be one. */
export function callTraced(transform: string, f: (...args: never[]) => unknown, args: readonly unknown[]): unknown {
  let result: unknown;
  try {
    result = watched(f, args);
  } catch (e) {
    if (f.length <= args.length || !(e instanceof Error) || !e.message.includes("undefined")) throw e;
    const remedy =
      transform === "hvp" ? "write hvp((x) => f(x, y), x, v), or put all arguments in one tree" : "pass them all";
    throw new HvpError("value", `${transform}: ${counts(f.length, args.length)}; ${remedy} (${e.message})`);
  }
  if (result === undefined)
    return fail("value", `${transform}: the function returned undefined; did you forget \`return\`?`);
  if (isPromise(result))
    return fail(
      "trace",
      `${transform}: the function returned a Promise; traced functions are synchronous, so await data before and ` +
        "pass it in",
    );
  return result;
}

/** The leaves of a function's result as nodes; ordinary values become constants. */
export const resultOf = (transform: string, result: unknown): Traced =>
  treeOf(`${transform}: the result of the function`, result);

/** The leaves of `value`, which `where` names, as nodes. */
export function treeOf(where: string, value: unknown): Traced {
  const { leaves, paths, structure } = flatten(where, value);
  const operands = leaves.map((leaf, i) => operandOf(place(where, paths[i] as string), leaf));
  return { nodes: operands.map((x) => x.node(x.dtype)), weak: operands.map((x) => x.weak), structure };
}

export function requireFunction(transform: string, f: unknown): void {
  if (typeof f !== "function")
    fail(
      "value",
      `${transform}: expected a function, got ` +
        `${f instanceof Tensor || Array.isArray(f) || ArrayBuffer.isView(f) ? "an array" : describe(f)}`,
    );
}

/** A traced value of type `dtype`. */
export const tracerOf = (where: string, value: unknown, dtype?: DType): Tensor => {
  if (value instanceof Tensor && (dtype === undefined || dtype === value.dtype)) return value;
  const x = operandOf(where, value);
  return new Tensor(x.node(dtype ?? x.dtype), x.weak && dtype === undefined);
};
