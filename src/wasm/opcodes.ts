// The instructions that programs are made of: name, code and type. One line each; the assembler checks every use.
// Codes and types as in the WebAssembly core specification (SIMD codes follow the prefix 0xfd, saturating truncations and
// bulk memory 0xfc).

/** Value types, by their first letters in the signatures below: i = i32, f = f32, d = f64, v = v128. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValType = typeof I32 | typeof F32 | typeof F64 | typeof V128;

const plain: Record<string, [number, string]> = {
  "i32.eqz": [0x45, "i>i"],
  "i32.eq": [0x46, "ii>i"],
  "i32.ne": [0x47, "ii>i"],
  "i32.lt_s": [0x48, "ii>i"],
  "i32.lt_u": [0x49, "ii>i"],
  "i32.gt_s": [0x4a, "ii>i"],
  "i32.gt_u": [0x4b, "ii>i"],
  "i32.le_s": [0x4c, "ii>i"],
  "i32.le_u": [0x4d, "ii>i"],
  "i32.ge_s": [0x4e, "ii>i"],
  "i32.ge_u": [0x4f, "ii>i"],
  "f32.eq": [0x5b, "ff>i"],
  "f32.ne": [0x5c, "ff>i"],
  "f32.lt": [0x5d, "ff>i"],
  "f32.gt": [0x5e, "ff>i"],
  "f32.le": [0x5f, "ff>i"],
  "f32.ge": [0x60, "ff>i"],
  "f64.eq": [0x61, "dd>i"],
  "f64.ne": [0x62, "dd>i"],
  "f64.lt": [0x63, "dd>i"],
  "f64.gt": [0x64, "dd>i"],
  "f64.le": [0x65, "dd>i"],
  "f64.ge": [0x66, "dd>i"],
  "i32.add": [0x6a, "ii>i"],
  "i32.sub": [0x6b, "ii>i"],
  "i32.mul": [0x6c, "ii>i"],
  "i32.and": [0x71, "ii>i"],
  "i32.or": [0x72, "ii>i"],
  "i32.xor": [0x73, "ii>i"],
  "i32.shl": [0x74, "ii>i"],
  "f32.abs": [0x8b, "f>f"],
  "f32.neg": [0x8c, "f>f"],
  "f32.ceil": [0x8d, "f>f"],
  "f32.floor": [0x8e, "f>f"],
  "f32.trunc": [0x8f, "f>f"],
  "f32.nearest": [0x90, "f>f"],
  "f32.sqrt": [0x91, "f>f"],
  "f32.add": [0x92, "ff>f"],
  "f32.sub": [0x93, "ff>f"],
  "f32.mul": [0x94, "ff>f"],
  "f32.div": [0x95, "ff>f"],
  "f32.min": [0x96, "ff>f"],
  "f32.max": [0x97, "ff>f"],
  "f64.abs": [0x99, "d>d"],
  "f64.neg": [0x9a, "d>d"],
  "f64.ceil": [0x9b, "d>d"],
  "f64.floor": [0x9c, "d>d"],
  "f64.trunc": [0x9d, "d>d"],
  "f64.nearest": [0x9e, "d>d"],
  "f64.sqrt": [0x9f, "d>d"],
  "f64.add": [0xa0, "dd>d"],
  "f64.sub": [0xa1, "dd>d"],
  "f64.mul": [0xa2, "dd>d"],
  "f64.div": [0xa3, "dd>d"],
  "f64.min": [0xa4, "dd>d"],
  "f64.max": [0xa5, "dd>d"],
  "f32.convert_i32_s": [0xb2, "i>f"],
  "f32.demote_f64": [0xb6, "d>f"],
  "f64.convert_i32_s": [0xb7, "i>d"],
  "f64.promote_f32": [0xbb, "f>d"],
  "i32.trunc_sat_f32_s": [0xfc00, "f>i"],
  "i32.trunc_sat_f64_s": [0xfc02, "d>i"],
  "select.i32": [0x1b, "iii>i"],
  "select.f32": [0x1b, "ffi>f"],
  "select.f64": [0x1b, "ddi>d"],
};

const simd: Record<string, [number, string]> = {
  "i32x4.splat": [0x11, "i>v"],
  "f32x4.splat": [0x13, "f>v"],
  "f64x2.splat": [0x14, "d>v"],
  "i32x4.eq": [0x37, "vv>v"],
  "i32x4.ne": [0x38, "vv>v"],
  "i32x4.lt": [0x39, "vv>v"],
  "i32x4.gt": [0x3b, "vv>v"],
  "i32x4.le": [0x3d, "vv>v"],
  "i32x4.ge": [0x3f, "vv>v"],
  "f32x4.eq": [0x41, "vv>v"],
  "f32x4.ne": [0x42, "vv>v"],
  "f32x4.lt": [0x43, "vv>v"],
  "f32x4.gt": [0x44, "vv>v"],
  "f32x4.le": [0x45, "vv>v"],
  "f32x4.ge": [0x46, "vv>v"],
  "f64x2.eq": [0x47, "vv>v"],
  "f64x2.ne": [0x48, "vv>v"],
  "f64x2.lt": [0x49, "vv>v"],
  "f64x2.gt": [0x4a, "vv>v"],
  "f64x2.le": [0x4b, "vv>v"],
  "f64x2.ge": [0x4c, "vv>v"],
  "v128.not": [0x4d, "v>v"],
  "v128.and": [0x4e, "vv>v"],
  "v128.or": [0x50, "vv>v"],
  "v128.bitselect": [0x52, "vvv>v"],
  "f32x4.demote_f64x2_zero": [0x5e, "v>v"],
  "f64x2.promote_low_f32x4": [0x5f, "v>v"],
  "f32x4.ceil": [0x67, "v>v"],
  "f32x4.floor": [0x68, "v>v"],
  "f32x4.trunc": [0x69, "v>v"],
  "f32x4.nearest": [0x6a, "v>v"],
  "f64x2.ceil": [0x74, "v>v"],
  "f64x2.floor": [0x75, "v>v"],
  "f64x2.trunc": [0x7a, "v>v"],
  "f64x2.nearest": [0x94, "v>v"],
  "i32x4.abs": [0xa0, "v>v"],
  "i32x4.neg": [0xa1, "v>v"],
  "i32x4.add": [0xae, "vv>v"],
  "i32x4.sub": [0xb1, "vv>v"],
  "i32x4.mul": [0xb5, "vv>v"],
  "i32x4.min": [0xb6, "vv>v"],
  "i32x4.max": [0xb8, "vv>v"],
  "i64x2.extend_low_i32x4_s": [0xc7, "v>v"],
  "f32x4.abs": [0xe0, "v>v"],
  "f32x4.neg": [0xe1, "v>v"],
  "f32x4.sqrt": [0xe3, "v>v"],
  "f32x4.add": [0xe4, "vv>v"],
  "f32x4.sub": [0xe5, "vv>v"],
  "f32x4.mul": [0xe6, "vv>v"],
  "f32x4.div": [0xe7, "vv>v"],
  "f32x4.min": [0xe8, "vv>v"],
  "f32x4.max": [0xe9, "vv>v"],
  "f64x2.abs": [0xec, "v>v"],
  "f64x2.neg": [0xed, "v>v"],
  "f64x2.sqrt": [0xef, "v>v"],
  "f64x2.add": [0xf0, "vv>v"],
  "f64x2.sub": [0xf1, "vv>v"],
  "f64x2.mul": [0xf2, "vv>v"],
  "f64x2.div": [0xf3, "vv>v"],
  "f64x2.min": [0xf4, "vv>v"],
  "f64x2.max": [0xf5, "vv>v"],
  "i32x4.trunc_sat_f32x4_s": [0xf8, "v>v"],
  "f32x4.convert_i32x4_s": [0xfa, "v>v"],
  "i32x4.trunc_sat_f64x2_s_zero": [0xfc, "v>v"],
  "f64x2.convert_low_i32x4_s": [0xfe, "v>v"],
  // The relaxed-simd proposal: a·b + c and c - a·b, rounded once or twice as the machine likes.
  "f32x4.relaxed_madd": [0x105, "vvv>v"],
  "f32x4.relaxed_nmadd": [0x106, "vvv>v"],
  "f64x2.relaxed_madd": [0x107, "vvv>v"],
  "f64x2.relaxed_nmadd": [0x108, "vvv>v"],
};

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
  "v128.load32_splat": /* @__PURE__ */ mem([0xfd, 0x09], V128, 2),
  "v128.load64_splat": /* @__PURE__ */ mem([0xfd, 0x0a], V128, 3),
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
  const add = (name: string, code: number[], type: string): void => {
    const [params, result] = type.split(">") as [string, string];
    all.set(name, { code, params: [...params].map((t) => TYPES[t] as ValType), result: TYPES[result] as ValType });
  };
  for (const [name, [code, type]] of Object.entries(plain)) add(name, code > 0xff ? [code >> 8, code & 0xff] : [code], type);
  for (const [name, [code, type]] of Object.entries(simd)) add(name, [0xfd, ...leb(code)], type);
  return all;
})();
