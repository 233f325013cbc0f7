// Compiling a function once for arguments of given shapes and types.
import { fail } from "../errors.ts";
import { isArrayOf } from "../ir/aval.ts";
import { inSession, tracing } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { checkCount } from "../ops/apply.ts";
import { foldOnce } from "../opt/pairs.ts";
import type { Data } from "../primitives/leaf.ts";
import { isLiteral } from "../primitives/leaf.ts";
import { operandOf, toValue } from "../trace/convert.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { flatten, place, type Structure, unflatten } from "../trace/tree.ts";
import type { Fn, Input, Result, Tensors } from "../trace/types.ts";
import { nanCheck } from "../wasm/nan-check.ts";
import { pairs } from "../wasm/pairs.ts";
import { Program } from "../wasm/program.ts";
import { type AnyFn, argumentOf, checkSettings, inline, parametersOf } from "./common.ts";
import { tellIndices } from "./fixed.ts";
import { type CompileSettings, wantsRelaxed } from "./settings.ts";

/** A compiled function. */
export interface Jitted<P extends readonly unknown[], R> {
  <const A extends Input<P>>(...args: A & readonly unknown[]): Result<R, A>;
  /** Frees its programs and their memory early; garbage collection does it otherwise. Further calls are errors. */
  dispose(): void;
  [Symbol.dispose](): void;
}

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

/** `f` compiled on its first call with arguments of new shapes and types, and run as one program from then on. Arrays that `f`
 * captures are copied when it is compiled: later changes to them are not seen, so pass what changes as an argument. In a
 * trace it is `f` itself.
 * @shape as f
 * @throws HvpError after `dispose()` */
export function jit<P extends readonly unknown[] = Tensors, R = unknown>(f: Fn<P, R>, settings?: CompileSettings): Jitted<P, R>;
export function jit(f: AnyFn, settings: CompileSettings = {}, ...extra: unknown[]): unknown {
  requireFunction("jit", f);
  checkSettings("jit", settings, ["relaxed"]);
  checkCount("jit", extra, "write jit(f)(x)");
  const relaxed = wantsRelaxed("jit", settings);
  const programs = new Map<string, Compiled>();
  let last: Compiled | undefined;
  let disposed = false;
  const call = (...values: unknown[]): unknown => {
    if (disposed) fail("disposed", "jit: this function was used after dispose(); compile it again, or dispose of it later");
    if (tracing()) return inlined(f, values);
    if (last?.quick && fits(last.quick, values)) return execute(last, values as Data[]);
    const flat = values.map((v, i) => flatten(`jit: argument ${i + 1}`, v));
    const operands = flat.flatMap(({ leaves, paths }, i) =>
      leaves.map((leaf, k) => operandOf(place(`jit: argument ${i + 1}`, paths[k] as string), leaf)),
    );
    const key = JSON.stringify([flat.map((x) => x.structure), operands.map((x) => [x.shape, x.dtype, x.weak])]);
    last = programs.get(key) ?? compile(f, values, relaxed);
    programs.set(key, last);
    return execute(
      last,
      operands.map((x) => x.data(x.dtype)),
    );
  };
  const dispose = (): void => {
    disposed = true;
    for (const { program } of programs.values()) program.dispose();
    programs.clear();
    last = undefined;
  };
  return Object.assign(call, { dispose, [Symbol.dispose]: dispose });
}

/** Calls `f` within an open trace. */
function inlined(f: AnyFn, values: readonly unknown[]): unknown {
  const args = values.map((v, i) => argumentOf(`jit: argument ${i + 1}`, v, true));
  const y = trace(
    "jit",
    f,
    args.map((a) => a.traced),
  );
  return unflatten(y.structure, inline(args, y.nodes, y.weak));
}

function compile(f: AnyFn, values: readonly unknown[], relaxed: boolean): Compiled {
  return inSession(() => {
    const args = values.map((v, i) => argumentOf(`jit: argument ${i + 1}`, v, true));
    const { nodes, structure } = trace(
      "jit",
      f,
      args.map((a) => a.traced),
    );
    const parameters = parametersOf(args);
    const program = new Program(foldOnce(tellIndices(nodes, isLiteral), isLiteral), parameters, { relaxed, pairs: pairs(isLiteral) });
    const quick = values.flatMap((v): Quick[] =>
      isArrayOf(v, Float64Array) ? [[Float64Array, v.length]] : isArrayOf(v, Float32Array) ? [[Float32Array, v.length]] : [],
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

function execute({ program, parameters, outputs, structure }: Compiled, data: readonly Data[]): unknown {
  program.begin();
  for (let i = 0; i < data.length; i++) program.load(i, data[i] as Data);
  program.run();
  const values = outputs.map((_, i) => program.read(i));
  nanCheck?.(values, () => ({ outputs, parameters, values: data }));
  const leaves = outputs.map((n, i) => toValue(values[i] as Data, n.shape, n.dtype));
  return structure === "leaf" ? leaves[0] : unflatten(structure, leaves);
}
