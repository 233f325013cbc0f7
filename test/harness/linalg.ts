// A place to try the kernels of build/products.wasm: arrays between guard zones, matrices in any layout, plain
// references.

import { existsSync, readFileSync } from "node:fs";
import { GEMM_WORKSPACE } from "../../src/kernels/products.gen.ts";

type Kernel = (...args: number[]) => number;
export type DType = "f64" | "f32";
export type Floats = Float64Array | Float32Array;

export const memory = new WebAssembly.Memory({ initial: 320 });
const path = new URL("../../build/products.wasm", import.meta.url);
if (!existsSync(path)) throw new Error("build/products.wasm is missing: run `npm run kernels`");
const module = new WebAssembly.Module(readFileSync(path));
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<string, Kernel>;

/** Calls `<name>_<dtype>`. */
export const call = (name: string, dtype: DType, ...args: number[]): number =>
  (kernels[`${name}_${dtype}`] as Kernel)(...args);

export const dtypes: DType[] = ["f64", "f32"];
const arrayOf = { f64: Float64Array, f32: Float32Array };
export const unit = { f64: 2 ** -53, f32: 2 ** -24 };

// --- memory: a bump allocator with a guard zone of a NaN pattern before and behind every array

const HEAP = 262144;
const GUARD = 64;
const PATTERN = 0xff;
let top = HEAP;

export function reset(): void {
  top = HEAP;
}

export interface Block {
  at: number;
  data: Floats;
}

/** An array at an address aligned to the element and to nothing more, filled with the guard pattern. */
export function alloc(dtype: DType, length: number): Block {
  const size = arrayOf[dtype].BYTES_PER_ELEMENT;
  const at = Math.ceil((top + GUARD) / 16) * 16 + size;
  top = at + length * size + GUARD;
  if (top > memory.buffer.byteLength) throw new Error("test memory is too small");
  new Uint8Array(memory.buffer, at - GUARD, top - at + GUARD).fill(PATTERN);
  return { at, data: new arrayOf[dtype](memory.buffer, at, length) };
}

export function put(dtype: DType, values: ArrayLike<number>): Block {
  const block = alloc(dtype, values.length);
  block.data.set(values);
  return block;
}

export function expectGuarded(block: Block): void {
  const end = block.at + block.data.byteLength;
  for (const from of [block.at - GUARD, end])
    for (const b of new Uint8Array(memory.buffer, from, GUARD))
      if (b !== PATTERN) throw new Error("a guard zone was written");
}

/** Scratch with a guard behind it. */
export function workspace(): Block {
  const size = GEMM_WORKSPACE;
  const at = Math.ceil((top + GUARD) / 16) * 16;
  top = at + size + GUARD;
  new Uint8Array(memory.buffer, at - GUARD, size + 2 * GUARD).fill(PATTERN);
  return { at, data: new Float64Array(memory.buffer, at, size / 8) };
}

// --- strided matrices

export type Layout = "rows" | "columns" | "padded" | "strided" | "reversed";
export const layouts: Layout[] = ["rows", "columns", "padded", "strided", "reversed"];

/** A matrix somewhere in memory: element (i, j) is data[origin + i·rs + j·cs]. */
export interface Matrix extends Block {
  rs: number;
  cs: number;
  origin: number;
  /** Address of element (0, 0). */
  ptr: number;
}

export function matrix(dtype: DType, rows: number, cols: number, layout: Layout, entry?: () => number): Matrix {
  const [rs, cs] = {
    rows: [cols, 1],
    columns: [1, rows],
    padded: [cols + 3, 1],
    strided: [3 * cols + 1, 3],
    reversed: [-cols, -1],
  }[layout] as [number, number];
  const span = rows && cols ? Math.abs(rs) * (rows - 1) + Math.abs(cs) * (cols - 1) + 1 : 0;
  const origin = rs < 0 && span > 0 ? span - 1 : 0;
  const block = alloc(dtype, span);
  if (entry)
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) block.data[origin + i * rs + j * cs] = entry();
  return { ...block, rs, cs, origin, ptr: block.at + origin * block.data.BYTES_PER_ELEMENT };
}

export const at = (x: Matrix, i: number, j: number): number => x.data[x.origin + i * x.rs + j * x.cs] as number;

/** The elements, row-major. */
export function dense(x: Matrix, rows: number, cols: number): Float64Array {
  return Float64Array.from({ length: rows * cols }, (_, e) => at(x, Math.floor(e / cols), e % cols));
}

/** Σ_p A[i,p]·B[p,j], row-major. */
export function product(m: number, n: number, k: number, a: Matrix, b: Matrix): Float64Array {
  const [x, y] = [dense(a, m, k), dense(b, k, n)];
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++)
      for (let j = 0; j < n; j++) c[i * n + j]! += (x[i * k + p] as number) * (y[p * n + j] as number);
  return c;
}

/** Compares the elements of C, and checks that whatever lies between them still holds the pattern. */
export function expectMatrix(x: Matrix, rows: number, cols: number, expected: ArrayLike<number>, label: string): void {
  const own = new Set<number>();
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) {
      const got = at(x, i, j);
      const want = expected[i * cols + j] as number;
      if (got !== want) throw new Error(`${label}: element (${i}, ${j}) is ${got}, expected ${want}`);
      own.add(x.origin + i * x.rs + j * x.cs);
    }
  if (own.size < x.data.length) {
    const raw = new Uint8Array(memory.buffer, x.at, x.data.byteLength);
    const size = x.data.BYTES_PER_ELEMENT;
    for (let e = 0; e < x.data.length; e++)
      if (!own.has(e))
        for (let q = 0; q < size; q++)
          if (raw[e * size + q] !== PATTERN) throw new Error(`${label}: a gap was written`);
  }
  expectGuarded(x);
}

/** A vector as a matrix of one column. */
export function vector(dtype: DType, n: number, stride: number, entry?: () => number): Matrix {
  const span = n ? Math.abs(stride) * (n - 1) + 1 : 0;
  const block = alloc(dtype, span);
  const origin = stride < 0 && n ? span - 1 : 0;
  if (entry) for (let i = 0; i < n; i++) block.data[origin + i * stride] = entry();
  return { ...block, rs: stride, cs: 1, origin, ptr: block.at + origin * block.data.BYTES_PER_ELEMENT };
}

/** Σ x by Shewchuk's exact expansion, rounded once (up to a double rounding in the last bit). */
export function exactSum(x: ArrayLike<number>): number {
  const parts: number[] = [];
  for (let e = 0; e < x.length; e++) {
    let v = x[e] as number;
    let kept = 0;
    for (const p of parts) {
      const hi = v + p;
      const bv = hi - v;
      const lo = v - (hi - bv) + (p - bv);
      if (lo !== 0) parts[kept++] = lo;
      v = hi;
    }
    parts.length = kept;
    parts.push(v);
  }
  return parts.reduce((s, p) => s + p, 0);
}
