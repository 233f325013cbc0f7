// Compiling a function once for arguments of given shapes and types.
import { checkCount, fail } from "../errors.ts";
import { tracing } from "../ir/build.ts";
import { elementsOf, operandOf } from "../trace/convert.ts";
import type { ResultData } from "../trace/ndarray.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { flatten, place, unflatten } from "../trace/tree.ts";
import type { Fn, Input, OutArray, Result, TensorLike, Tensors } from "../trace/types.ts";
import { type AnyFn, argumentOf, checkSettings, inline, named } from "./common.ts";
import { type CompiledFunction, compileFunction } from "./compiled-function.ts";
import { disposeKey } from "./dispose.ts";
import { type CompileSettings, wantsRelaxed } from "./settings.ts";

/** A compiled function. */
export interface Jitted<P extends readonly unknown[], R> {
  <const A extends Input<P>, O extends Result<R, A> = Result<R, A>>(...args: A & readonly unknown[]): O;
  /**
   * Runs it and writes the results into arrays of the caller's, which it returns: `jit(f).into(out, x)`. `outs` is a
   * tree like the result, of typed arrays, NdArrays and `{ data, shape }` of the types and sizes of the results, one
   * element for a number. They may be or overlap arguments, all of which are read before anything is written.
   * @throws HvpError if `outs` does not fit the result */
  into<const O extends Outs<R>, const A extends Input<P>>(outs: O, ...args: A & readonly unknown[]): O;
  /** Frees its programs and their memory early; garbage collection does it otherwise. Further calls are errors. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Arrays for the results of a function that returns `R`. */
export type Outs<R> = R extends TensorLike ? OutArray<ResultData> : { readonly [K in keyof R]: Outs<R[K]> };

/**
 * `f` compiled on its first call with arguments of new shapes and types, and run as one program from then on. Arrays
 * that `f` captures are copied when it is compiled: later changes to them are not seen, so pass what changes as an
 * argument. In a trace it is `f` itself.
 * @shape as f
 * @throws HvpError after `dispose()` */
export function jit<P extends readonly unknown[] = Tensors, R = unknown>(
  f: Fn<P, R>,
  settings?: CompileSettings,
): Jitted<P, R>;
export function jit(f: AnyFn, settings: CompileSettings = {}, ...extra: unknown[]): unknown {
  requireFunction("jit", f);
  checkSettings("jit", settings, ["relaxed"]);
  checkCount("jit", extra, "write jit(f)(x)");
  const relaxed = wantsRelaxed("jit", settings);
  const programs = new Map<string, CompiledFunction>();
  let last: CompiledFunction | undefined;
  let disposed = false;
  const call = (...values: unknown[]): unknown => {
    checkAlive();
    if (tracing()) return inlined(f, values);
    const [compiled, data] = prepared(values);
    return compiled.call(data);
  };
  const into = (outs: unknown, ...values: unknown[]): unknown => {
    checkAlive();
    if (tracing())
      fail(
        "trace",
        "jit: into writes to arrays, and results of a trace are not there yet; call the function without outs",
      );
    const [compiled, data] = prepared(values);
    return compiled.into(outs, data);
  };
  const checkAlive = (): void => {
    if (disposed)
      fail("disposed", "jit: this function was used after dispose(); compile it again, or dispose of it later");
  };
  /** The program for these arguments, and their data. */
  const prepared = (values: readonly unknown[]): [CompiledFunction, readonly ArrayLike<number>[]] => {
    if (last?.takes(values)) return [last, values];
    const flat = values.map((v, i) => flatten(`jit: argument ${i + 1}`, v));
    const operands = flat.flatMap(({ leaves, paths }, i) =>
      leaves.map((leaf, k) => operandOf(place(`jit: argument ${i + 1}`, paths[k] as string), leaf)),
    );
    const key = JSON.stringify([
      flat.map((x) => x.structure),
      operands.map((x) => [x.shape, x.weak ? x.integral : x.dtype]),
    ]);
    last = programs.get(key) ?? compileFunction(f, values, relaxed);
    programs.set(key, last);
    return [last, operands.map((x) => elementsOf(x, x.dtype))];
  };
  const dispose = (): void => {
    disposed = true;
    for (const compiled of programs.values()) compiled.dispose();
    programs.clear();
    last = undefined;
  };
  for (const [key, value] of [
    ["into", into],
    ["dispose", dispose],
    [disposeKey(), dispose],
  ] as const) // not printed with it
    Object.defineProperty(call, key, { value });
  return named("jit", f, call);
}

/** Calls `f` within an open trace. */
function inlined(f: AnyFn, values: readonly unknown[]): unknown {
  const args = values.map((v, i) => argumentOf(`jit: argument ${i + 1}`, v));
  const y = trace(
    "jit",
    f,
    args.map((a) => a.traced),
  );
  return unflatten(y.structure, inline(args, y.nodes, y.weak));
}
