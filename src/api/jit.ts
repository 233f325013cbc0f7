// Compiling a function once for arguments of given shapes and types.

import { pairs } from "../emit/pairs.ts";
import { checkCount, fail } from "../errors.ts";
import { type Data, isArrayOf } from "../ir/aval.ts";
import { inSession, tracing } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { tellIndices } from "../opt/graph/fixed.ts";
import { foldOnce } from "../opt/steps/pairs.ts";
import { isLiteral } from "../primitives/leaf.ts";
import { nanCheck } from "../run/nan-check.ts";
import { Program } from "../run/program.ts";
import { elementsOf, operandOf, toValue } from "../trace/convert.ts";
import type { ResultData } from "../trace/ndarray.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { flatten, flattenLike, place, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import type { Fn, Input, OutArray, Result, TensorLike, Tensors } from "../trace/types.ts";
import { outData } from "./arrays.ts";
import { type AnyFn, argumentOf, checkSettings, inline, named, parametersOf } from "./common.ts";
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

type Quick = readonly [type: typeof Float64Array | typeof Float32Array, length: number];

/** One compiled program, and what its arguments and results look like. */
interface Compiled {
  readonly program: Program;
  readonly parameters: readonly Node[];
  readonly outputs: readonly Node[];
  readonly structure: Structure;
  /** Types and lengths of the arguments if all are arrays of floats: the quick test whether a call fits. */
  readonly quick?: readonly Quick[];
}

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
  const programs = new Map<string, Compiled>();
  let last: Compiled | undefined;
  let disposed = false;
  const call = (...values: unknown[]): unknown => {
    checkAlive();
    return tracing() ? inlined(f, values) : execute(...prepared(values));
  };
  const into = (outs: unknown, ...values: unknown[]): unknown => {
    checkAlive();
    if (tracing())
      fail(
        "trace",
        "jit: into writes to arrays, and results of a trace are not there yet; call the function without outs",
      );
    return execute(...prepared(values), { outs });
  };
  const checkAlive = (): void => {
    if (disposed)
      fail("disposed", "jit: this function was used after dispose(); compile it again, or dispose of it later");
  };
  /** The program for these arguments, and their data. */
  const prepared = (values: readonly unknown[]): [Compiled, readonly Data[]] => {
    if (last?.quick && fits(last.quick, values)) return [last, values as Data[]];
    const flat = values.map((v, i) => flatten(`jit: argument ${i + 1}`, v));
    const operands = flat.flatMap(({ leaves, paths }, i) =>
      leaves.map((leaf, k) => operandOf(place(`jit: argument ${i + 1}`, paths[k] as string), leaf)),
    );
    const key = JSON.stringify([
      flat.map((x) => x.structure),
      operands.map((x) => [x.shape, x.weak ? x.integral : x.dtype]),
    ]);
    last = programs.get(key) ?? compile(f, values, relaxed);
    programs.set(key, last);
    return [last, operands.map((x) => elementsOf(x, x.dtype) as Data)];
  };
  const dispose = (): void => {
    disposed = true;
    for (const { program } of programs.values()) program.dispose();
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

function compile(f: AnyFn, values: readonly unknown[], relaxed: boolean): Compiled {
  return inSession(() => {
    const args = values.map((v, i) => argumentOf(`jit: argument ${i + 1}`, v));
    const { nodes, structure } = trace(
      "jit",
      f,
      args.map((a) => a.traced),
      "pass those alone; to have the results in arrays of yours write jit(f).into(outs, …)",
    );
    const parameters = parametersOf(args);
    const program = new Program(foldOnce(tellIndices(nodes, isLiteral), isLiteral), parameters, {
      relaxed,
      pairs: pairs(isLiteral),
    });
    const quick = values.flatMap((v): Quick[] =>
      isArrayOf(v, Float64Array)
        ? [[Float64Array, v.length]]
        : isArrayOf(v, Float32Array)
          ? [[Float32Array, v.length]]
          : [],
    );
    return { program, parameters, outputs: nodes, structure, ...(quick.length === values.length && { quick }) };
  });
}

function fits(quick: readonly Quick[], values: readonly unknown[]): boolean {
  if (values.length !== quick.length) return false;
  for (let i = 0; i < values.length; i++) {
    const [type, length] = quick[i] as Quick;
    const v = values[i];
    if (!isArrayOf(v, type) || v.length !== length) return false;
  }
  return true;
}

/** Runs the program. `into`: has the arrays for its results. */
function execute(
  { program, parameters, outputs, structure }: Compiled,
  data: readonly Data[],
  into?: { outs: unknown },
): unknown {
  const targets = into && targetsOf(into.outs, outputs, structure);
  const before = targets && nanCheck ? data.map((x) => x.slice()) : data; // an out may be an argument
  program.begin();
  for (let i = 0; i < data.length; i++) program.load(i, data[i] as Data);
  targets?.forEach((out, i) => {
    program.target(i, out);
  });
  program.run();
  const values = outputs.map((_, i) => program.read(i, targets?.[i]));
  nanCheck?.(values, () => ({ outputs, parameters, values: before }));
  if (into) return into.outs;
  const leaves = outputs.map((n, i) => toValue(values[i] as Data, n.shape, n.dtype));
  return structure === "leaf" ? leaves[0] : unflatten(structure, leaves);
}

/** The typed arrays behind `outs`, one for each output. */
function targetsOf(outs: unknown, outputs: readonly Node[], structure: Structure): Data[] {
  const where = "jit: outs";
  const leaves =
    (structure === "leaf" ? [outs] : flattenLike(where, outs, structure)) ??
    fail(
      "shape",
      `${where} must have the structure of the result, ${showStructure(structure)}; pass an array for each leaf`,
    );
  return leaves.map((out, i) => outData(where, out, outputs[i] as Node));
}
