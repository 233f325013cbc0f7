// The instructions that programs are made of: code, type and name; the assembler checks every use.
// Codes and types as in the WebAssembly core specification (SIMD codes follow the prefix 0xfd, saturating truncations and
// bulk memory 0xfc).

/** Value types, by their first letters in the signatures below: i = i32, f = f32, d = f64, v = v128. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValType = typeof I32 | typeof F32 | typeof F64 | typeof V128;

/** Instructions whose codes follow one another: what they belong to, the first code, their type, their names (`-`: not used here). */
type Row = readonly [prefix: string, code: number, type: string, names: string];
const plain: readonly Row[] = [
  ["i32", 0x45, "i>i", "eqz"],
  ["i32", 0x46, "ii>i", "eq ne lt_s lt_u gt_s - le_s - ge_s"],
  ["f32", 0x5b, "ff>i", "eq ne lt gt le ge"],
  ["f64", 0x61, "dd>i", "eq ne lt gt le ge"],
  ["i32", 0x6a, "ii>i", "add sub mul"],
  ["i32", 0x71, "ii>i", "and or"],
  ["f32", 0x8b, "f>f", "abs neg ceil floor trunc nearest sqrt"],
  ["f32", 0x92, "ff>f", "add sub mul div min max"],
  ["f64", 0x99, "d>d", "abs neg ceil floor trunc nearest sqrt"],
  ["f64", 0xa0, "dd>d", "add sub mul div min max"],
  ["f32", 0xb2, "i>f", "convert_i32_s"],
  ["f32", 0xb6, "d>f", "demote_f64"],
  ["f64", 0xb7, "i>d", "convert_i32_s"],
  ["f64", 0xbb, "f>d", "promote_f32"],
  ["i32", 0xfc00, "f>i", "trunc_sat_f32_s"],
  ["i32", 0xfc02, "d>i", "trunc_sat_f64_s"],
  ["select", 0x1b, "iii>i", "i32"],
  ["select", 0x1b, "ffi>f", "f32"],
  ["select", 0x1b, "ddi>d", "f64"],
];

const simd: readonly Row[] = [
  ["i32x4", 0x11, "i>v", "splat"],
  ["f32x4", 0x13, "f>v", "splat"],
  ["f64x2", 0x14, "d>v", "splat"],
  ["i32x4", 0x37, "vv>v", "eq ne lt - gt - le - ge"],
  ["f32x4", 0x41, "vv>v", "eq ne lt gt le ge"],
  ["f64x2", 0x47, "vv>v", "eq ne lt gt le ge"],
  ["v128", 0x4d, "v>v", "not"],
  ["v128", 0x4e, "vv>v", "and - or"],
  ["v128", 0x52, "vvv>v", "bitselect"],
  ["f32x4", 0x5e, "v>v", "demote_f64x2_zero"],
  ["f64x2", 0x5f, "v>v", "promote_low_f32x4"],
  ["f32x4", 0x67, "v>v", "ceil floor trunc nearest"],
  ["f64x2", 0x74, "v>v", "ceil floor"],
  ["f64x2", 0x7a, "v>v", "trunc"],
  ["f64x2", 0x94, "v>v", "nearest"],
  ["i32x4", 0xa0, "v>v", "abs neg"],
  ["i32x4", 0xae, "vv>v", "add - - sub"],
  ["i32x4", 0xb5, "vv>v", "mul min - max"],
  ["i64x2", 0xc7, "v>v", "extend_low_i32x4_s"],
  ["f32x4", 0xe0, "v>v", "abs neg - sqrt"],
  ["f32x4", 0xe4, "vv>v", "add sub mul div min max"],
  ["f64x2", 0xec, "v>v", "abs neg - sqrt"],
  ["f64x2", 0xf0, "vv>v", "add sub mul div min max"],
  ["i32x4", 0xf8, "v>v", "trunc_sat_f32x4_s"],
  ["f32x4", 0xfa, "v>v", "convert_i32x4_s"],
  ["i32x4", 0xfc, "v>v", "trunc_sat_f64x2_s_zero"],
  ["f64x2", 0xfe, "v>v", "convert_low_i32x4_s"],
  // The relaxed-simd proposal: a·b + c and c - a·b, rounded once or twice as the machine likes.
  ["f32x4", 0x105, "vvv>v", "relaxed_madd relaxed_nmadd"],
  ["f64x2", 0x107, "vvv>v", "relaxed_madd relaxed_nmadd"],
];

/** Loads and stores: code, type of the value, alignment (log2 of the bytes accessed), and whether a lane number follows. */
export interface MemoryOp {
  readonly code: readonly number[];
  readonly value: ValType;
  readonly align: number;
  readonly store: boolean;
  readonly lane: boolean;
}
const mem = (code: number[], value: ValType, align: number, store = false, lane = false): MemoryOp => ({ code, value, align, store, lane });
export const MEMORY = {
  "i32.load": /* @__PURE__ */ mem([0x28], I32, 2),
  "f32.load": /* @__PURE__ */ mem([0x2a], F32, 2),
  "f64.load": /* @__PURE__ */ mem([0x2b], F64, 3),
  "i32.store": /* @__PURE__ */ mem([0x36], I32, 2, true),
  "f32.store": /* @__PURE__ */ mem([0x38], F32, 2, true),
  "f64.store": /* @__PURE__ */ mem([0x39], F64, 3, true),
  "v128.load": /* @__PURE__ */ mem([0xfd, 0x00], V128, 3),
  "v128.store": /* @__PURE__ */ mem([0xfd, 0x0b], V128, 3, true),
  "v128.load32_zero": /* @__PURE__ */ mem([0xfd, 0x5c], V128, 2),
  "v128.load64_zero": /* @__PURE__ */ mem([0xfd, 0x5d], V128, 3),
  "v128.load32_lane": /* @__PURE__ */ mem([0xfd, 0x56], V128, 2, false, true),
  "v128.load64_lane": /* @__PURE__ */ mem([0xfd, 0x57], V128, 3, false, true),
  "v128.store32_lane": /* @__PURE__ */ mem([0xfd, 0x5a], V128, 2, true, true),
  "v128.store64_lane": /* @__PURE__ */ mem([0xfd, 0x5b], V128, 3, true, true),
} as const;
export type MemoryName = keyof typeof MEMORY;

export interface Op {
  readonly code: readonly number[];
  readonly params: readonly ValType[];
  readonly result: ValType;
}
const TYPES: Record<string, ValType> = { i: I32, f: F32, d: F64, v: V128 };
const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, n >> 7]);

/** Every plain and SIMD instruction by name. */
export const OPS: ReadonlyMap<string, Op> = /* @__PURE__ */ (() => {
  const all = new Map<string, Op>();
  const add = (rows: readonly Row[], encode: (code: number) => number[]): void => {
    for (const [prefix, first, type, names] of rows) {
      const [params, result] = type.split(">") as [string, string];
      names.split(" ").forEach((name, i) => {
        const op = { code: encode(first + i), params: [...params].map((t) => TYPES[t] as ValType), result: TYPES[result] as ValType };
        if (name !== "-") all.set(`${prefix}.${name}`, op);
      });
    }
  };
  add(plain, (code) => (code > 0xff ? [code >> 8, code & 0xff] : [code]));
  add(simd, (code) => [0xfd, ...leb(code)]);
  return all;
})();
