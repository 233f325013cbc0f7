// A random program: a list of calls of public operations, as data. It is run on a build of the package, on the
// oracle, and printed as code.

import { type Rng, rng } from "../rng.ts";
import {
  type Arg,
  type Body,
  type Captured,
  isBody,
  isCaptured,
  isRef,
  type Operation,
  type RArray,
  type Step,
} from "./arrays.ts";
import { elementwiseOperations } from "./elementwise.ts";
import { foldOperations } from "./folds.ts";
import { joinOperations } from "./joins.ts";
import { loopOperations } from "./loops.ts";
import { matrixOperations } from "./matrices.ts";
import { productOperations } from "./products.ts";
import { spectralOperations } from "./spectra.ts";
import { Tape } from "./tape.ts";
import { viewOperations } from "./views.ts";
import { windowOperations } from "./windows.ts";
import { wrappedOperations } from "./wrapped.ts";

export type DType = "float64" | "float32";

export type { Step };

export interface Program {
  readonly seed: number;
  readonly theme: string;
  readonly dtype: DType;
  /** Numbers 0, 1, … are the inputs. */
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  readonly directions: readonly (readonly number[])[];
  readonly steps: readonly Step[];
  /** The scalar that is differentiated. */
  readonly loss: number;
}

export const operations: readonly Operation[] = [
  ...elementwiseOperations,
  ...viewOperations,
  ...joinOperations,
  ...foldOperations,
  ...matrixOperations,
  ...productOperations,
  ...windowOperations,
  ...spectralOperations,
  ...wrappedOperations,
  ...loopOperations,
];
export const byName: ReadonlyMap<string, Operation> = new Map(operations.map((o) => [o.name, o]));

// ---- on the oracle ----

export interface ReferenceRun {
  readonly tape: Tape;
  readonly inputs: readonly number[];
  readonly values: ReadonlyMap<number, RArray>;
}

export function seen(t: Tape, values: ReadonlyMap<number, RArray>, arg: Arg): unknown {
  if (isRef(arg)) return values.get(arg.$);
  if (isCaptured(arg))
    return {
      shape: arg.shape,
      kind: arg.kind,
      data: arg.kind === "float" ? arg.captured.map((v) => t.constant(v)) : arg.captured,
    };
  if (isBody(arg))
    return (...args: readonly RArray[]): RArray[] => {
      const own = new Map(args.map((a, i) => [i, a]));
      for (const step of arg.body) keep(own, step, runStep(t, own, step));
      return arg.returns.map((id) => own.get(id) as RArray);
    };
  if (Array.isArray(arg)) return (arg as readonly Arg[]).map((a) => seen(t, values, a));
  return arg;
}
const keep = <T>(values: Map<number, T>, { results }: Step, made: readonly T[]): void =>
  made.forEach((a, k) => values.set(results[k]!, a));
export function runStep(
  t: Tape,
  values: Map<number, RArray>,
  step: { op: string; args: readonly Arg[] },
): readonly RArray[] {
  const made = (byName.get(step.op) as Operation).reference(t, ...step.args.map((a) => seen(t, values, a)));
  return Array.isArray(made) ? (made as readonly RArray[]) : [made as RArray];
}
export function runReference(program: Program, noise?: Rng): ReferenceRun {
  const tape = new Tape(program.dtype === "float32", noise);
  const values = new Map<number, RArray>();
  const inputs: number[] = [];
  program.inputs.forEach(({ shape, data }, i) => {
    const ids = data.map((v) => tape.input(v));
    inputs.push(...ids);
    values.set(i, { shape, kind: "float", data: ids });
  });
  for (const step of program.steps) keep(values, step, runStep(tape, values, step));
  return { tape, inputs, values };
}
export const noisy = (program: Program, runs: number): ReferenceRun[] =>
  Array.from({ length: runs }, (_, k) => runReference(program, rng(7919 * (k + 1) + program.seed)));

// ---- on a build of the package ----

// biome-ignore lint/suspicious/noExplicitAny: a build is whatever module the command line names.
export type Library = any;

export const typedOf = (dtype: DType, data: readonly number[]): Float64Array | Float32Array =>
  dtype === "float32" ? Float32Array.from(data) : Float64Array.from(data);
const captured = (dtype: DType, { captured: data, shape, kind }: Captured): unknown => {
  const array = kind === "float" ? typedOf(dtype, data) : kind === "int32" ? Int32Array.from(data) : data.map(Boolean);
  return shape.length === 1 ? array : { data: array, shape };
};
/** An input as users pass it: a typed array, or one with a shape. */
export const inputOf = (dtype: DType, shape: readonly number[], data: readonly number[]): unknown =>
  shape.length === 1 ? typedOf(dtype, data) : { data: typedOf(dtype, data), shape };
/** The point, or any numbers in its place: one array, or a list of arrays. */
export function pointOf(program: Program, data?: readonly (readonly number[])[]): unknown {
  const list = program.inputs.map((x, i) => inputOf(program.dtype, x.shape, data?.[i] ?? x.data));
  return list.length === 1 ? list[0] : list;
}

/** All values of the program on `x`: the point, traced or not. */
export function runOn(library: Library, program: Program, x: unknown): Map<number, unknown> {
  return runSteps(library, program.dtype, program.steps, program.inputs.length === 1 ? [x] : (x as unknown[]));
}
function runSteps(
  library: Library,
  dtype: DType,
  steps: readonly Step[],
  inputs: readonly unknown[],
): Map<number, unknown> {
  const values = new Map(inputs.map((a, i) => [i, a]));
  const given = (arg: Arg): unknown => {
    if (isRef(arg)) return values.get(arg.$);
    if (isCaptured(arg)) return captured(dtype, arg);
    if (isBody(arg)) return functionOf(library, dtype, arg);
    return Array.isArray(arg) ? (arg as readonly Arg[]).map(given) : arg;
  };
  for (const { op, args, results } of steps) {
    const { call } = byName.get(op) as Operation;
    const made = call ? call(library, args.map(given)) : library[op](...args.map(given));
    const keys = byName.get(op)?.results;
    const list = keys ? keys.map((k) => made[k]) : results.length === 1 && !Array.isArray(made) ? [made] : made;
    results.forEach((id, k) => values.set(id, list[k]));
  }
  return values;
}
const functionOf =
  (library: Library, dtype: DType, { body, returns }: Body) =>
  (...inputs: readonly unknown[]): unknown[] => {
    const values = runSteps(library, dtype, body, inputs);
    return returns.map((id) => values.get(id));
  };

// ---- as code ----

const literal = (x: number): string =>
  Object.is(x, -0)
    ? "-0"
    : Number.isNaN(x)
      ? "NaN"
      : x === Infinity
        ? "Infinity"
        : x === -Infinity
          ? "-Infinity"
          : String(x);
const numbers = (data: readonly number[]): string => `[${data.map(literal).join(", ")}]`;
const arrayCode = (dtype: DType, shape: readonly number[], data: readonly number[]): string => {
  const array = `${dtype === "float32" ? "Float32Array" : "Float64Array"}.of(${data.map(literal).join(", ")})`;
  return shape.length === 1 ? array : `{ data: ${array}, shape: [${shape.join(", ")}] }`;
};
/** `steps` as lines, in which the first numbers are those of `inputs`. */
function codeOf(dtype: DType, steps: readonly Step[], inputs: number, indent: string, prefix: string): string[] {
  const name = (id: number): string => `${prefix}${id < inputs ? "x" : "t"}${id}`;
  const code = (arg: Arg): string => {
    if (isRef(arg)) return name(arg.$);
    if (isCaptured(arg)) {
      if (arg.kind === "float") return arrayCode(dtype, arg.shape, arg.captured);
      const data =
        arg.kind === "int32"
          ? `Int32Array.of(${arg.captured.join(", ")})`
          : `[${arg.captured.map(Boolean).join(", ")}]`;
      return arg.shape.length === 1 ? data : `{ data: ${data}, shape: [${arg.shape.join(", ")}] }`;
    }
    if (isBody(arg)) return bodyCode(dtype, arg, indent, prefix);
    if (Array.isArray(arg)) return `[${(arg as readonly Arg[]).map(code).join(", ")}]`;
    if (typeof arg === "number") return literal(arg);
    if (typeof arg === "object" && arg !== null)
      return `{ ${Object.entries(arg)
        .map(([k, v]) => `${k}: ${code(v as Arg)}`)
        .join(", ")} }`;
    return JSON.stringify(arg);
  };
  return steps.map(({ op, args, results }) => {
    const { results: keys, list } = byName.get(op) as Operation;
    const to = keys
      ? `{ ${results.map((id, k) => `${keys[k]}: ${name(id)}`).join(", ")} }`
      : results.length === 1 && !list && !["split", "arraySplit", "meshgrid", "topK"].includes(op)
        ? name(results[0]!)
        : `[${results.map(name).join(", ")}]`;
    const written = byName.get(op)?.code?.(args.map(code)) ?? `hvp.${op}(${args.map(code).join(", ")})`;
    return `${indent}const ${to} = ${written};`;
  });
}
function bodyCode(dtype: DType, { body, parameters, returns }: Body, indent: string, prefix: string): string {
  const inner = prefix === "" ? "a" : String.fromCharCode(prefix.charCodeAt(0) + 1);
  const name = (id: number): string => `${inner}${id < parameters ? "x" : "t"}${id}`;
  return [
    `((${Array.from({ length: parameters }, (_, i) => name(i)).join(", ")}) => {`,
    ...codeOf(dtype, body, parameters, `${indent}  `, inner),
    `${indent}  return [${returns.map(name).join(", ")}];`,
    `${indent}})`,
  ].join("\n");
}
/** The program as a module that can be run: `from` is what it imports the package from, `tail` what it ends with. */
export function toCode(program: Program, from: string, tail: string): string {
  const { dtype } = program;
  const name = (id: number): string => (id < program.inputs.length ? `x${id}` : `t${id}`);
  const lines = codeOf(dtype, program.steps, program.inputs.length, "  ", "");
  const list = program.inputs.map(({ shape, data }) => arrayCode(dtype, shape, data));
  const directions = program.inputs.map(({ shape }, i) => arrayCode(dtype, shape, program.directions[i]!));
  const [x, v] = list.length === 1 ? [list[0], directions[0]] : [`[${list.join(", ")}]`, `[${directions.join(", ")}]`];
  return [
    `import * as hvp from ${JSON.stringify(from)};`,
    `const f = (${list.length === 1 ? "x0" : `[${list.map((_, i) => `x${i}`).join(", ")}]`}) => {`,
    ...lines,
    `  return ${name(program.loss)};`,
    "};",
    `const x = ${x};`,
    `const v = ${v};`,
    tail,
  ].join("\n");
}
export { numbers };

// ---- as JSON ----

/** NaN, infinities and -0 are strings in JSON. */
export const toJson = (program: Program): string =>
  JSON.stringify(program, (_, v) =>
    typeof v === "number" && (!Number.isFinite(v) || Object.is(v, -0)) ? `#${literal(v)}` : v,
  );
export const fromJson = (text: string): Program =>
  JSON.parse(text, (_, v) =>
    typeof v === "string" && v.startsWith("#") ? (v === "#-0" ? -0 : Number(v.slice(1))) : v,
  ) as Program;

// ---- parts ----

/** The numbers of values that an argument refers to. */
export function refsOf(args: readonly Arg[]): number[] {
  return args.flatMap((a) =>
    isRef(a)
      ? [a.$]
      : isCaptured(a) || isBody(a) || a === null || typeof a !== "object"
        ? []
        : refsOf(Object.values(a)),
  );
}
/** The steps that numbers `kept` need. */
export function withoutDead(steps: readonly Step[], kept: readonly number[]): Step[] {
  const needed = new Set(kept);
  const left: Step[] = [];
  for (const step of [...steps].reverse()) {
    if (!step.results.some((id) => needed.has(id))) continue;
    for (const id of refsOf(step.args)) needed.add(id);
    left.unshift(step);
  }
  return left;
}
/** The program without steps that its loss does not need. */
export const withoutDeadSteps = (program: Program): Program => ({
  ...program,
  steps: withoutDead(program.steps, [program.loss]),
});
