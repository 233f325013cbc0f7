// The one memory that kernels and programs share: its allocator, the kernel modules, and the instances of programs.

import { Module } from "../emit/assembler.ts";
import { decode, KERNELS, Linker } from "../emit/link.ts";
import { fail } from "../errors.ts";
import type { Data, DType } from "../ir/aval.ts";
import type { Kernel, Static } from "../ir/kernel.ts";
import { newInstance, newMemory } from "./engine.ts";

/** Addresses below belong to the static data of the kernels (asconfig.json). */
const HEAP = 0x40000;
const PAGE = 65536;
const LIMIT = 0xffff0000;

let runtime: { readonly memory: WebAssembly.Memory } | undefined;

function start(): { readonly memory: WebAssembly.Memory } {
  if (!runtime) {
    const memory = newMemory(HEAP / PAGE + 1);
    runtime = { memory };
    free.push({ start: HEAP, end: memory.buffer.byteLength });
  }
  return runtime;
}

// ---- memory ----

/** Free blocks by address, never adjacent. */
const free: { start: number; end: number }[] = [];

const blockSize = (bytes: number): number => Math.max(16, Math.ceil(bytes / 16) * 16);

/** `bytes` of memory at a multiple of 16; throws an HvpError when the engine has no more. */
export function allocate(bytes: number): number {
  const { memory } = start();
  const size = blockSize(bytes);
  if (size > LIMIT)
    fail("memory", `a program needs ${Math.ceil(bytes / 2 ** 20)} MiB of memory; WebAssembly has at most 4096 MiB`);
  for (let i = 0; i < free.length; i++) {
    const block = free[i] as { start: number; end: number };
    if (block.end - block.start < size) continue;
    const at = block.start;
    block.start += size;
    if (block.start === block.end) free.splice(i, 1);
    return at;
  }
  const end = memory.buffer.byteLength;
  const last = free.at(-1);
  const have = last?.end === end ? last.end - last.start : 0;
  // Grow by an eighth at least, so that a sequence of larger and larger programs grows seldom.
  const wanted = Math.ceil((size - have) / PAGE);
  const generous = Math.max(wanted, Math.min(end >> 19, 65536 - end / PAGE));
  try {
    memory.grow(generous);
  } catch {
    try {
      memory.grow(wanted);
    } catch {
      fail(
        "memory",
        `out of memory: ${Math.ceil(bytes / 2 ** 20)} MiB more needed beside ${Math.ceil(end / 2 ** 20)} MiB; ` +
          "dispose of programs, or use smaller arrays",
      );
    }
  }
  release(end, memory.buffer.byteLength);
  return allocate(bytes);
}

/** Returns a block that `allocate(bytes)` gave. */
export function deallocate(at: number, bytes: number): void {
  release(at, at + blockSize(bytes));
}

function release(from: number, to: number): void {
  let i = 0;
  while (i < free.length && (free[i] as { start: number }).start < from) i++;
  const before = free[i - 1];
  const after = free[i];
  if (before?.end === from) {
    before.end = to;
    if (after?.start === to) {
      before.end = after.end;
      free.splice(i, 1);
    }
  } else if (after?.start === to) after.start = from;
  else free.splice(i, 0, { start: from, end: to });
}

/** Bytes of the WebAssembly memory, in all and in use: for tests and monitoring. */
export function memoryUse(): { total: number; used: number } {
  const { memory } = start();
  const total = memory.buffer.byteLength;
  return { total, used: total - HEAP - free.reduce((n, b) => n + b.end - b.start, 0) };
}

// Views of the whole memory, renewed when it has grown.
let f64 = /* @__PURE__ */ new Float64Array(0);
let f32 = /* @__PURE__ */ new Float32Array(0);
let i32 = /* @__PURE__ */ new Int32Array(0);
export const doubles = (): Float64Array => {
  if (f64.length === 0) f64 = new Float64Array(start().memory.buffer);
  return f64;
};
export const floats = (): Float32Array => {
  if (f32.length === 0) f32 = new Float32Array(start().memory.buffer);
  return f32;
};
export const ints = (): Int32Array => {
  if (i32.length === 0) i32 = new Int32Array(start().memory.buffer);
  return i32;
};

/** The memory as elements of `dtype`. */
export const memoryOf = (dtype: DType): Data =>
  dtype === "float64" ? doubles() : dtype === "float32" ? floats() : ints();

// ---- the work region, which all programs share: calls are synchronous and never nest ----

let work = { at: 0, bytes: 0 };
/** Address of the work region, which has at least `bytes`. Its content does not outlive a call. */
export function workRegion(bytes: number): number {
  if (work.bytes < bytes) {
    if (work.bytes > 0) deallocate(work.at, work.bytes);
    work = { at: 0, bytes: 0 };
    const at = allocate(bytes);
    work = { at, bytes };
  }
  return work.at;
}

// ---- modules ----

/** `more`: addresses of the resident vectors of a program that takes some. */
export type Run = (work: number, data: number, point: number, ...more: number[]) => void;
/** A program's exports: `run`, or the parts of a streamed program. */
export interface Exports {
  readonly run: Run;
  readonly head: Run;
  readonly piece: Run;
  readonly tail: Run;
}

/** Instances of kernels, and of the same in relaxed mode. */
const plain = /* @__PURE__ */ new Map<Kernel, WebAssembly.ExportValue>();
const fused = /* @__PURE__ */ new Map<Kernel, WebAssembly.ExportValue>();
const present = /* @__PURE__ */ new Set<Static>();

/** Lets programs that call `kernel` call `f`. */
export function provide(kernel: Kernel, f: WebAssembly.ExportValue): void {
  plain.set(kernel, f);
  fused.set(kernel, f);
}

/**
 * A module of its own for a kernel on whole arrays, shared by all programs: copies in each would be compiled again
 * and again.
 */
function shared(kernel: Kernel, relaxed: boolean): WebAssembly.ExportValue {
  const instances = relaxed ? fused : plain;
  let f = instances.get(kernel);
  if (!f) {
    const module = new Module();
    const linker = new Linker(module, relaxed);
    linker.index(kernel, "kernel");
    f = instance<{ kernel: WebAssembly.ExportValue }>(module.encode(), linker.statics).kernel;
    instances.set(kernel, f);
  }
  return f;
}

function instance<T>(bytes: Uint8Array, statics: Iterable<Static>, imports: WebAssembly.Imports = {}): T {
  const { memory } = start();
  for (const s of statics) {
    if (present.has(s)) continue;
    present.add(s);
    new Uint8Array(memory.buffer).set(decode(s.bytes), s.at);
  }
  return newInstance(bytes, { ...imports, env: { memory } }).exports as T;
}

/** Instantiates a program of `modules` that import `kernels`, in relaxed mode or not, and read `statics`. */
export function instantiate(
  modules: readonly Uint8Array[],
  kernels: readonly Kernel[],
  statics: Iterable<Static>,
  relaxed: boolean,
): Exports {
  const imports = { [KERNELS]: Object.fromEntries(kernels.map((k, i) => [i, shared(k, relaxed)])) };
  const parts = modules.map((bytes) => instance<Exports>(bytes, statics, imports));
  if (parts.length === 1) return parts[0] as Exports;
  const run: Run = (...regions) => {
    for (const part of parts) part.run(...regions);
  };
  return { ...(parts[0] as Exports), run };
}
