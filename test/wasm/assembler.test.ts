// The assembler: what it encodes runs, and what does not type-check is refused where it is emitted.
import { describe, expect, test } from "vitest";
import { Bytes, type Fn, Module } from "../../src/wasm/assembler.ts";
import { F64, I32, OPS, V128 } from "../../src/wasm/opcodes.ts";
import { hasRelaxedSimd } from "../../src/wasm/relaxed.ts";

function run(fill: (fn: Fn) => void, memory = new WebAssembly.Memory({ initial: 1 })): DataView {
  const module = new Module();
  fill(module.addFunction([I32], "test", "run"));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode() as Uint8Array<ArrayBuffer>), { env: { memory } });
  (instance.exports.run as (at: number) => void)(64);
  return new DataView(memory.buffer);
}

describe("LEB128", () => {
  const decode = (bytes: Uint8Array, signed: boolean): number => {
    let value = 0n;
    let shift = 0n;
    for (const b of bytes) {
      value |= BigInt(b & 127) << shift;
      shift += 7n;
      if (b < 128 && signed && b & 64) value -= 1n << shift;
    }
    return Number(value);
  };
  test.each([0, 1, 63, 64, 127, 128, 300, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])("unsigned %d", (n) => {
    const b = new Bytes();
    b.u32(n);
    expect(decode(b.view(), false)).toBe(n);
  });
  test.each([0, 1, -1, 63, 64, -64, -65, 8191, -8192, 2 ** 31 - 1, -(2 ** 31)])("signed %d", (n) => {
    const b = new Bytes();
    b.s32(n);
    expect(decode(b.view(), true)).toBe(n);
  });
  test("addresses above 2 GiB are the same 32 bits", () => {
    const [a, b] = [new Bytes(), new Bytes()];
    a.s32(0xfffffff0);
    b.s32(-16);
    expect(a.view()).toEqual(b.view());
  });
});

describe("functions", () => {
  test("constants, loads and stores, offsets", () => {
    const view = run((fn) => {
      fn.get(0);
      fn.f64(-0.1);
      fn.mem("f64.store", 8);
      fn.get(0);
      fn.f32(1.5);
      fn.mem("f32.store", 100);
      fn.get(0);
      fn.i32(-7);
      fn.mem("i32.store", 16384);
    });
    expect([view.getFloat64(72, true), view.getFloat32(164, true), view.getInt32(16448, true)]).toEqual([-0.1, 1.5, -7]);
  });
  test("loops, conditions, copies", () => {
    const view = run((fn) => {
      const i = fn.local(I32);
      fn.doWhile(() => {
        fn.get(0);
        fn.get(i);
        fn.op("i32.add");
        fn.get(i);
        fn.mem("i32.store", 0);
        fn.get(i);
        fn.i32(4);
        fn.op("i32.add");
        fn.tee(i);
        fn.i32(40);
        fn.op("i32.lt_s");
      });
      fn.i32(256);
      fn.get(0);
      fn.i32(40);
      fn.copy();
      fn.i32(1);
      fn.when(() => {
        fn.i32(512);
        fn.i32(255);
        fn.i32(4);
        fn.fill();
      });
    });
    expect(Array.from({ length: 10 }, (_, k) => view.getInt32(256 + 4 * k, true))).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32, 36]);
    expect(view.getInt32(512, true)).toBe(-1);
  });
  test("vectors: lanes, shuffles, masks", () => {
    const view = run((fn) => {
      fn.get(0);
      fn.f64(2);
      fn.op("f64x2.splat");
      fn.v128(new Uint8Array(Float64Array.of(3, 5).buffer));
      fn.op("f64x2.mul");
      fn.mem("v128.store", 0);
      fn.get(0);
      fn.get(0);
      fn.mem("v128.load", 0);
      fn.get(0);
      fn.mem("v128.load", 0);
      fn.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
      fn.mem("v128.store", 16);
      fn.get(0);
      fn.get(0);
      fn.mem("v128.load", 16);
      fn.extract("f64x2", 0);
      fn.mem("f64.store", 32);
    });
    expect([0, 8, 16, 24, 32].map((k) => view.getFloat64(64 + k, true))).toEqual([6, 10, 10, 6, 10]);
  });
  test("every instruction of the table validates with the type it states", () => {
    const module = new Module();
    for (const [name, op] of OPS) {
      if (name.includes("relaxed") && !hasRelaxedSimd()) continue; // not in every engine: programs ask before they use it
      const fn = module.addFunction(op.params, name);
      op.params.forEach((_, i) => {
        fn.get(i);
      });
      fn.op(name);
      fn.set(fn.local(op.result));
    }
    expect(WebAssembly.validate(module.encode() as Uint8Array<ArrayBuffer>)).toBe(true);
    expect(OPS.size).toBeGreaterThan(100);
  });
});

describe("refusals", () => {
  const fresh = (): Fn => new Module().addFunction([I32, F64, V128], "f");
  test.each([
    ["an operand of another type", (fn: Fn) => (fn.get(0), fn.get(1), fn.op("f64.add")), /f64.add in f wants f64, the stack has i32/],
    ["a missing operand", (fn: Fn) => (fn.get(1), fn.op("f64.add")), /the stack has nothing/],
    ["a local of another type", (fn: Fn) => (fn.get(1), fn.set(0)), /local.set in f wants i32, the stack has f64/],
    ["an unknown instruction", (fn: Fn) => fn.op("f64.sin"), /no instruction f64.sin/],
    ["an address that is no i32", (fn: Fn) => (fn.get(1), fn.mem("f64.load", 0)), /f64.load in f wants i32/],
    ["values left over", (fn: Fn) => (fn.get(1), fn.encode()), /leaves f64 on the stack/],
    ["a call with wrong arguments", (fn: Fn) => (fn.get(0), fn.call(0, [V128], V128)), /call in f wants v128/],
  ])("%s", (_name, emit, message) => {
    expect(() => emit(fresh())).toThrow(message);
  });
  test("imports after functions", () => {
    const module = new Module();
    module.addFunction([], "f");
    expect(() => module.importFunction("k", "exp", [V128], V128)).toThrow(/imports come before functions/);
  });
});
