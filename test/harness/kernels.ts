// Runs the elementary kernels (build/core.wasm, …) over typed arrays, through a small loop module encoded here, so
// that a test sees them as emitted programs do: Wasm calling Wasm, v128 in and out.

import { existsSync, readFileSync } from "node:fs";
import type { Format } from "./ulp.ts";

export type Lanes = Float64Array | Float32Array;

type Loop = (x: number, y: number, z: number, out: number, second: number, bytes: number) => void;

export interface Kernels {
  readonly names: readonly string[];
  /** out[i] = kernel(x[i]), kernel(x[i], y[i]) or kernel(x[i], y[i], z[i]); the dtype is the kernel's, any length. */
  map<A extends Lanes>(name: string, x: A, y?: A, z?: A): A;
  /** Both results of a dual kernel: [returned, left in the global of its module]. */
  mapDual<A extends Lanes>(name: string, x: A): [A, A];
}

export const formatOf = (kernel: string): Format => (kernel.endsWith("_f64x2") ? "f64" : "f32");

/** Arrays start here: above the static data of the kernels, a multiple of 16. */
const BASE = 262144;

/** Kernels of two arguments. */
export const binaries: readonly string[] = [
  "pow",
  "atan2",
  "hypot",
  "mod",
  "polygamma",
  "gammaincc",
  "sincDerivative",
  "exprelDerivative",
  "besselJOverPower",
];
/** Those of them that take an order from the first lane: one order a call. */
export const ordered: readonly string[] = ["polygamma", "sincDerivative", "exprelDerivative", "besselJOverPower"];
/** Kernels of three arguments, the first of them an order. */
export const ternaries: readonly string[] = ["powSlope", "gammainc", "gammaDensity", "logGammainc", "logGammaincc"];

/** Loads the modules, which `npm run kernels` makes. */
export function loadKernels(): Kernels {
  const memory = new WebAssembly.Memory({ initial: 64 });
  const kernels: Record<string, WebAssembly.ExportValue> = {};
  const seconds: Record<string, WebAssembly.Global> = {};
  for (const family of ["core", "elementary", "special"]) {
    const path = new URL(`../../build/${family}.wasm`, import.meta.url);
    if (!existsSync(path)) throw new Error(`build/${family}.wasm is missing: run \`npm run kernels\``);
    const { SECOND, ...rest } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path)), {
      env: { memory },
    }).exports;
    Object.assign(kernels, rest);
    for (const name of Object.keys(rest)) seconds[name] = SECOND as WebAssembly.Global;
  }
  const loops = new Map<string, Loop>();

  function loopOver(name: string): Loop {
    const known = loops.get(name);
    if (known) return known;
    const kernel = kernels[name];
    if (typeof kernel !== "function") throw new Error(`no kernel ${name}: run \`npm run kernels\``);
    const takes = (list: readonly string[]): boolean => list.some((b) => name.startsWith(`${b}_`));
    const instance = new WebAssembly.Instance(loopModule(takes(ternaries) ? 3 : takes(binaries) ? 2 : 1), {
      env: { memory, kernel, second: seconds[name]! },
    });
    const loop = instance.exports.loop as Loop;
    loops.set(name, loop);
    return loop;
  }

  function run<A extends Lanes>(name: string, x: A, y: A, z: A): [A, A] {
    const format = formatOf(name);
    const Type = (format === "f64" ? Float64Array : Float32Array) as unknown as new (
      b: ArrayBuffer,
      at: number,
      n: number,
    ) => A;
    const bytes = Math.ceil((x.length * Type.prototype.BYTES_PER_ELEMENT) / 16) * 16;
    const missing = BASE + 5 * bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    const at = (slot: number, n: number): A => new Type(memory.buffer, BASE + slot * bytes, n);
    at(0, bytes / Type.prototype.BYTES_PER_ELEMENT).fill(1);
    at(1, bytes / Type.prototype.BYTES_PER_ELEMENT).fill(1);
    at(2, bytes / Type.prototype.BYTES_PER_ELEMENT).fill(1);
    at(0, x.length).set(x);
    at(1, y.length).set(y);
    at(2, z.length).set(z);
    if (bytes > 0) loopOver(name)(BASE, BASE + bytes, BASE + 2 * bytes, BASE + 3 * bytes, BASE + 4 * bytes, bytes);
    return [at(3, x.length).slice() as A, at(4, x.length).slice() as A];
  }

  return {
    names: Object.keys(kernels),
    map: (name, x, y = x, z = x) => run(name, x, y, z)[0],
    mapDual: (name, x) => run(name, x, x, x),
  };
}

/**
 * (loop $l (v128.store out (call kernel (v128.load x) [(v128.load y) [(v128.load z)]]))
 *          (v128.store second (global.get second))
 *          advance the five pointers; bytes -= 16; br_if $l)
 */
function loopModule(inputs: 1 | 2 | 3): WebAssembly.Module {
  const [X, Y, Z, OUT, SECOND, BYTES] = [0, 1, 2, 3, 4, 5] as const;
  const get = (local: number): number[] => [0x20, local];
  const load = (address: number[]): number[] => [...address, 0xfd, 0x00, 4, 0];
  const store = (address: number[], value: number[]): number[] => [...address, ...value, 0xfd, 0x0b, 4, 0];
  const advance = (local: number, by: 16 | -16): number[] => [...get(local), 0x41, by & 0x7f, 0x6a, 0x21, local];
  const arguments_ = [load(get(X)), load(get(Y)), load(get(Z))].slice(0, inputs).flat();
  const body = [
    ...[0x03, 0x40],
    ...store(get(OUT), [...arguments_, 0x10, 0]),
    ...store(get(SECOND), [0x23, 0]),
    ...[X, Y, Z, OUT, SECOND].flatMap((p) => advance(p, 16)),
    ...advance(BYTES, -16),
    ...[...get(BYTES), 0x0d, 0],
    ...[0x0b, 0x0b],
  ];
  const text = (s: string): number[] => [s.length, ...Buffer.from(s)];
  const section = (id: number, ...content: number[]): number[] => [id, ...leb(content.length), ...content];
  const kernelType = [0x60, inputs, ...Array<number>(inputs).fill(0x7b), 1, 0x7b];
  const loopType = [0x60, 6, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0];
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, 2, ...kernelType, ...loopType),
      ...section(
        2,
        ...[3, ...text("env"), ...text("memory"), 0x02, 0, 1],
        ...[...text("env"), ...text("kernel"), 0x00, 0],
        ...[...text("env"), ...text("second"), 0x03, 0x7b, 1],
      ),
      ...section(3, 1, 1),
      ...section(7, 1, ...text("loop"), 0, 1),
      ...section(10, 1, ...leb(body.length + 1), 0, ...body),
    ]),
  );
}

function leb(n: number): number[] {
  return n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)];
}
