// Settings that transforms share: `argnums`, which arguments to differentiate with respect to, and `hasAux`, for
// functions that return a value to differentiate and, beside it, something that is only passed on.
import { requireFloats } from "../ad/jvp.ts";
import { fail } from "../errors.ts";
import { describe } from "../trace/convert.ts";
import { callTraced, checkTaken, resultOf, type Traced } from "../trace/trace.ts";
import type { Inputs } from "../trace/types.ts";
import type { AnyFn, Argument } from "./common.ts";

/** Set where the function returns `[value, aux]`: `aux`, a tree of arrays, is returned beside the derivative. */
export interface AuxOptions {
  /** Whether the function returns `[value, aux]`: false unless given. */
  readonly hasAux: true;
}

/** The primals of a function with parameters `P`, with settings at the end. */
export type WithAux<P extends readonly unknown[]> = readonly [...primals: Inputs<P>, options: AuxOptions];
/** The primals before the settings. */
export type WithoutAux<A> = A extends readonly [...infer X, AuxOptions] ? X : never;

/** The value and the auxiliary result of `f`. */
export function tracedWithAux(
  transform: string,
  hasAux: unknown,
  f: AnyFn,
  args: readonly Argument[],
): { value: Traced; aux?: Traced } {
  if (hasAux !== undefined && typeof hasAux !== "boolean")
    fail("value", `${transform}: hasAux must be true or false, got ${describe(hasAux)}`);
  checkTaken(transform, f, args.length);
  const result = callTraced(
    transform,
    f,
    args.map((a) => a.traced),
  );
  if (!hasAux) return { value: resultOf(transform, result) };
  if (!Array.isArray(result) || result.length !== 2)
    return fail("value", `${transform}: with hasAux the function must return [value, aux]`);
  return { value: resultOf(transform, result[0]), aux: resultOf(`${transform}: aux`, result[1]) };
}

/**
 * Splits off settings given after primals: a tree whose one leaf is a boolean could not be differentiated with
 * respect to.
 */
export function auxLast(primals: readonly unknown[]): { hasAux: boolean; primals: readonly unknown[] } {
  const last = primals.at(-1);
  const isOptions =
    typeof last === "object" &&
    last !== null &&
    Object.keys(last).length === 1 &&
    typeof (last as { hasAux?: unknown }).hasAux === "boolean";
  return isOptions
    ? { hasAux: (last as { hasAux: boolean }).hasAux, primals: primals.slice(0, -1) }
    : { hasAux: false, primals };
}

/**
 * What is differentiated with respect to: the argument that `argnums` names, or the list of them. Negative numbers
 * count from the end.
 */
export function chosen(
  transform: string,
  args: readonly Argument[],
  argnums: unknown,
): Pick<Argument, "operands" | "parameters" | "structure"> {
  const at = (k: unknown): Argument => {
    if (typeof k !== "number")
      fail("value", `${transform}: argnums must be an integer, or a list of them, got ${describe(k)}`);
    return (
      args.at(Number.isInteger(k) && (k as number) >= -args.length ? (k as number) : args.length) ??
      fail(
        "axis",
        `${transform}: argnums ${k} is out of range: the function was called with ${args.length} ` +
          `${args.length === 1 ? "argument" : "arguments"}`,
      )
    );
  };
  const list = (Array.isArray(argnums) ? Array.from(argnums) : [argnums]).map(at);
  if (new Set(list).size < list.length || list.length === 0)
    fail(
      "value",
      `${transform}: argnums [${(argnums as unknown[]).join(", ")}] ` +
        `${list.length ? "names an argument twice" : "must name at least one argument"}`,
    );
  const [first] = list as [Argument];
  const x = Array.isArray(argnums)
    ? {
        operands: list.flatMap((a) => a.operands),
        parameters: list.flatMap((a) => a.parameters),
        structure: { children: list.map((a) => a.structure) },
      }
    : first;
  requireFloats(transform, x.parameters);
  return x;
}
