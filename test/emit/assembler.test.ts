// The assembler: what it encodes runs, and what does not type-check is refused by the engine, with the place and the
// types.
import { describe, expect, test } from "vitest";
import { Bytes, type Fn, Module } from "../../src/emit/assembler.ts";
import { F32, F64, I32, OPS, V128, type ValType } from "../../src/emit/opcodes.ts";
import { hasRelaxedSimd } from "../../src/run/engine.ts";

/** Types of the instructions: i = i32, f = f32, d = f64, v = v128. */
const TYPES: Record<string, string> = {
  "i>i": "i32.eqz",
  "ii>i": "i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.le_s i32.ge_s i32.add i32.sub i32.mul i32.and i32.or",
  "ff>i": "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge",
  "dd>i": "f64.eq f64.ne f64.lt f64.gt f64.le f64.ge",
  "f>f": "f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt",
  "ff>f": "f32.add f32.sub f32.mul f32.div f32.min f32.max",
  "d>d": "f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt",
  "dd>d": "f64.add f64.sub f64.mul f64.div f64.min f64.max",
  "i>f": "f32.convert_i32_s",
  "d>f": "f32.demote_f64",
  "i>d": "f64.convert_i32_s",
  "f>d": "f64.promote_f32",
  "f>i": "i32.trunc_sat_f32_s",
  "d>i": "i32.trunc_sat_f64_s",
  "iii>i": "select.scalar",
  "ffi>f": "select.scalar",
  "ddi>d": "select.scalar",
  "i>v": "i32x4.splat",
  "f>v": "f32x4.splat",
  "d>v": "f64x2.splat",
  "v>i": "v128.any_true",
  "vv>v":
    "i32x4.eq i32x4.ne i32x4.lt i32x4.gt i32x4.le i32x4.ge f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge v128.and v128.andnot v128.or i32x4.add i32x4.sub i32x4.mul i32x4.min i32x4.max f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max",
  "v>v":
    "v128.not f32x4.demote_f64x2_zero f64x2.promote_low_f32x4 f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest f64x2.ceil f64x2.floor f64x2.trunc f64x2.nearest i32x4.abs i32x4.neg i64x2.extend_low_i32x4_s f32x4.abs f32x4.neg f32x4.sqrt f64x2.abs f64x2.neg f64x2.sqrt i32x4.trunc_sat_f32x4_s f32x4.convert_i32x4_s i32x4.trunc_sat_f64x2_s_zero f64x2.convert_low_i32x4_s",
  "vvv>v": "v128.bitselect f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd",
};
const LETTERS: Record<string, ValType> = { i: I32, f: F32, d: F64, v: V128 };

function run(fill: (fn: Fn) => void, memory = new WebAssembly.Memory({ initial: 1 })): DataView {
  const module = new Module();
  fill(module.addFunction([I32], "run"));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode() as Uint8Array<ArrayBuffer>), {
    env: { memory },
  });
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
    expect([view.getFloat64(72, true), view.getFloat32(164, true), view.getInt32(16448, true)]).toEqual([
      -0.1, 1.5, -7,
    ]);
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
    expect(Array.from({ length: 10 }, (_, k) => view.getInt32(256 + 4 * k, true))).toEqual([
      0, 4, 8, 12, 16, 20, 24, 28, 32, 36,
    ]);
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
  test("every instruction of the table validates with its type", () => {
    const module = new Module();
    const names: string[] = [];
    for (const [type, list] of Object.entries(TYPES)) {
      const [params, [result]] = type.split(">").map((letters) => [...letters].map((t) => LETTERS[t] as ValType)) as [
        ValType[],
        [ValType],
      ];
      for (const name of list.split(" ")) {
        names.push(name);
        // not in every engine: programs ask before they use it
        if (name.includes("relaxed") && !hasRelaxedSimd()) continue;
        const fn = module.addFunction(params);
        params.forEach((_, i) => {
          fn.get(i);
        });
        fn.op(name);
        fn.set(fn.local(result));
      }
    }
    new WebAssembly.Module(module.encode() as Uint8Array<ArrayBuffer>);
    const inUse = [...OPS.keys()].filter((name) => !name.endsWith("-"));
    expect([...new Set(names)].sort()).toEqual(inUse.sort());
  });
});

describe("refusals", () => {
  const compile = (emit: (fn: Fn) => void): void => {
    const module = new Module();
    emit(module.addFunction([I32, F64, V128]));
    new WebAssembly.Module(module.encode() as Uint8Array<ArrayBuffer>);
  };
  test.each([
    [
      "an operand of another type",
      (fn: Fn) => (fn.get(0), fn.get(1), fn.op("f64.add")),
      /function #0.*f64.add.* type f64, found local.get of type i32/,
    ],
    ["a missing operand", (fn: Fn) => (fn.get(1), fn.op("f64.add")), /not enough arguments on the stack for f64.add/],
    [
      "a local of another type",
      (fn: Fn) => (fn.get(1), fn.set(0)),
      /local.set\[0\] expected type i32, found local.get of type f64/,
    ],
    ["an address that is no i32", (fn: Fn) => (fn.get(1), fn.mem("f64.load", 0)), /f64.load\[0\] expected type i32/],
    ["values left over", (fn: Fn) => fn.get(1), /expected 0 elements on the stack/],
    [
      "a call with wrong arguments",
      (fn: Fn) => (fn.get(0), fn.get(1), fn.get(1), fn.call(0)),
      /call\[2\] expected type [sv]128/,
    ],
  ])("%s", (_name, emit, message) => {
    expect(() => compile(emit)).toThrow(WebAssembly.CompileError);
    expect(() => compile(emit)).toThrow(message);
  });
  test("an unknown instruction", () => {
    expect(() => compile((fn) => fn.op("f64.sin"))).toThrow(/no instruction f64.sin/);
  });
  test("imports after functions", () => {
    const module = new Module();
    module.addFunction([]);
    expect(() => module.importFunction("k", "exp", [V128], V128)).toThrow(/imports come before functions/);
  });
});
