// Linked kernels: the text of the build, decoded and put into a module by src/emit/link.ts, called or copied into a
// loop, gives the bits of the module that AssemblyScript made.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Module } from "../../src/emit/assembler.ts";
import { constantsOf, decode, Linker } from "../../src/emit/link.ts";
import { I32, V128 } from "../../src/emit/opcodes.ts";
import type { Kernel } from "../../src/ir/kernel.ts";
import core from "../../src/kernels/core.gen.ts";
import elementary from "../../src/kernels/elementary.gen.ts";
import special from "../../src/kernels/special.gen.ts";
import { binaries, ternaries } from "../harness/kernels.ts";

/**
 * Bit patterns spread over all numbers, small multiples, and what functions treat specially; two of each side by
 * side.
 */
function arguments64(): Float64Array {
  const bits = new Float64Array(BigUint64Array.from({ length: 3000 }, (_, i) => BigInt(i) * 6148914691236517n).buffer);
  const small = Float64Array.from({ length: 1001 }, (_, i) => (i - 500) / 37);
  return Float64Array.of(...bits, ...small, 0, -0, 1, -1, 1e-310, 0.5, 700, -700, 1e5, Infinity, -Infinity, NaN, NaN);
}
function arguments32(): Float32Array {
  const bits = new Float32Array(Uint32Array.from({ length: 3000 }, (_, i) => i * 1431655).buffer);
  const small = Float32Array.from({ length: 1004 }, (_, i) => (i - 500) / 37);
  return Float32Array.of(...bits, ...small, 0, -0, 1, -1, 1e-40, 0.5, 80, -80, 1e5, Infinity, -Infinity, NaN);
}

const [X, Y, OUT] = [0x40000, 0x60000, 0x80000];

type Way = "called" | "inlined" | "inlined, constants in locals";
/** A loop over vectors of `kernel`, which stores its result and what it leaves at address 16. */
function loop(kernel: Kernel, arity: number, way: Way): (memory: WebAssembly.Memory, bytes: number) => void {
  const module = new Module();
  const linker = new Linker(module);
  const fn = module.addFunction([I32], "run");
  const at = fn.local(I32);
  const constants = new Map<string, number>();
  if (way === "inlined, constants in locals")
    for (const c of constantsOf(kernel)) {
      if (constants.has(c.join())) continue;
      const local = fn.local(V128);
      fn.v128(c);
      fn.set(local);
      constants.set(c.join(), local);
    }
  fn.doWhile(() => {
    fn.get(at);
    for (const base of [X, Y, X].slice(0, arity)) {
      fn.get(at);
      fn.mem("v128.load", base);
    }
    if (way === "called") linker.call(fn, kernel);
    else linker.inline(fn, kernel, (c) => constants.get(c.join()));
    fn.mem("v128.store", OUT);
    fn.get(at);
    fn.i32(0);
    fn.mem("v128.load", 16);
    fn.mem("v128.store", OUT + 0x20000);
    fn.get(at);
    fn.i32(16);
    fn.op("i32.add");
    fn.tee(at);
    fn.get(0);
    fn.op("i32.lt_u");
  });
  const bytes = module.encode() as Uint8Array<ArrayBuffer>;
  return (memory, size) => {
    for (const s of linker.statics) new Uint8Array(memory.buffer).set(decode(s.bytes), s.at);
    (new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports.run as (n: number) => void)(
      size,
    );
  };
}

/** The same loop over the kernel that the built module exports. */
function reference(family: string, name: string, arity: number): (memory: WebAssembly.Memory, bytes: number) => void {
  const built = new WebAssembly.Module(readFileSync(new URL(`../../build/${family}.wasm`, import.meta.url)));
  return (memory, size) => {
    const exports = new WebAssembly.Instance(built, { env: { memory } }).exports as WebAssembly.ModuleImports;
    const module = new Module();
    const index = module.importFunction("kernels", name, new Array<typeof V128>(arity).fill(V128), V128);
    const fn = module.addFunction([I32], "run");
    const at = fn.local(I32);
    fn.doWhile(() => {
      fn.get(at);
      for (const base of [X, Y, X].slice(0, arity)) {
        fn.get(at);
        fn.mem("v128.load", base);
      }
      fn.call(index);
      fn.mem("v128.store", OUT);
      fn.get(at);
      fn.i32(0);
      fn.mem("v128.load", 16);
      fn.mem("v128.store", OUT + 0x20000);
      fn.get(at);
      fn.i32(16);
      fn.op("i32.add");
      fn.tee(at);
      fn.get(0);
      fn.op("i32.lt_u");
    });
    const program = new WebAssembly.Module(module.encode() as Uint8Array<ArrayBuffer>);
    (new WebAssembly.Instance(program, { env: { memory }, kernels: exports }).exports.run as (n: number) => void)(size);
  };
}

/** The bits of both results, every NaN the same. */
function results(name: string, run: (memory: WebAssembly.Memory, bytes: number) => void): string {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const wide = name.endsWith("f64x2");
  const x = wide ? arguments64() : arguments32();
  const y = x.map((_, i) => x[(7919 * (i + 1)) % x.length] as number);
  (wide ? new Float64Array(memory.buffer, X) : new Float32Array(memory.buffer, X)).set(x);
  (wide ? new Float64Array(memory.buffer, Y) : new Float32Array(memory.buffer, Y)).set(y);
  const bytes = Math.floor(x.byteLength / 16) * 16;
  run(memory, bytes);
  const digits: string[] = [];
  for (const base of [OUT, OUT + 0x20000]) {
    const values = wide
      ? new Float64Array(memory.buffer, base, bytes / 8)
      : new Float32Array(memory.buffer, base, bytes / 4);
    const bits = wide
      ? new BigUint64Array(memory.buffer, base, bytes / 8)
      : new Uint32Array(memory.buffer, base, bytes / 4);
    values.forEach((v, i) => digits.push(Number.isNaN(v) ? "nan" : (bits[i] as number | bigint).toString(16)));
  }
  return digits.join();
}

const families: Record<string, Readonly<Record<string, Kernel>>> = { core, elementary, special };
describe.each(Object.keys(families))("%s", (family) => {
  const kernels = families[family]!;
  test.each(Object.keys(kernels))("%s", (name) => {
    const takes = (list: readonly string[]): boolean => list.some((b) => name.startsWith(`${b}_`));
    const arity = takes(ternaries) ? 3 : takes(binaries) ? 2 : 1;
    const expected = results(name, reference(family, name, arity));
    for (const way of ["called", "inlined", "inlined, constants in locals"] as const)
      expect(results(name, loop(kernels[name] as Kernel, arity, way)) === expected, way).toBe(true);
  });
});
