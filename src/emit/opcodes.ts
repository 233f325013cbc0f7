// The instructions that programs are made of: code and name (their types: test/emit/assembler.test.ts).
// Codes as in the WebAssembly core specification (SIMD codes follow the prefix 0xfd, saturating truncations and
// bulk memory 0xfc).

/** Value types. */
export const I32 = 0x7f;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValType = typeof I32 | typeof F32 | typeof F64 | typeof V128;

/**
 * Instructions whose codes follow one another: what they belong to, the first code, their names (`-`: not used here).
 */
type Row = readonly [prefix: string, code: number, names: string];
const plain: readonly Row[] = [
  ["i32", 0x45, "eqz"],
  ["i32", 0x46, "eq ne lt_s lt_u gt_s - le_s - ge_s"],
  ["f32", 0x5b, "eq ne lt gt le ge"],
  ["f64", 0x61, "eq ne lt gt le ge"],
  ["i32", 0x6a, "add sub mul"],
  ["i32", 0x71, "and or"],
  ["f32", 0x8b, "abs neg ceil floor trunc nearest sqrt"],
  ["f32", 0x92, "add sub mul div min max"],
  ["f64", 0x99, "abs neg ceil floor trunc nearest sqrt"],
  ["f64", 0xa0, "add sub mul div min max"],
  ["f32", 0xb2, "convert_i32_s"],
  ["f32", 0xb6, "demote_f64"],
  ["f64", 0xb7, "convert_i32_s"],
  ["f64", 0xbb, "promote_f32"],
  ["i32", 0xfc00, "trunc_sat_f32_s"],
  ["i32", 0xfc02, "trunc_sat_f64_s"],
  ["select", 0x1b, "scalar"],
];

const simd: readonly Row[] = [
  ["i32x4", 0x11, "splat"],
  ["f32x4", 0x13, "splat"],
  ["f64x2", 0x14, "splat"],
  ["i32x4", 0x37, "eq ne lt - gt - le - ge"],
  ["f32x4", 0x41, "eq ne lt gt le ge"],
  ["f64x2", 0x47, "eq ne lt gt le ge"],
  ["v128", 0x4d, "not"],
  ["v128", 0x4e, "and andnot or"],
  ["v128", 0x52, "bitselect any_true"],
  ["f32x4", 0x5e, "demote_f64x2_zero"],
  ["f64x2", 0x5f, "promote_low_f32x4"],
  ["f32x4", 0x67, "ceil floor trunc nearest"],
  ["f64x2", 0x74, "ceil floor"],
  ["f64x2", 0x7a, "trunc"],
  ["f64x2", 0x94, "nearest"],
  ["i32x4", 0xa0, "abs neg"],
  ["i32x4", 0xae, "add - - sub"],
  ["i32x4", 0xb5, "mul min - max"],
  ["i64x2", 0xc7, "extend_low_i32x4_s"],
  ["f32x4", 0xe0, "abs neg - sqrt"],
  ["f32x4", 0xe4, "add sub mul div min max"],
  ["f64x2", 0xec, "abs neg - sqrt"],
  ["f64x2", 0xf0, "add sub mul div min max"],
  ["i32x4", 0xf8, "trunc_sat_f32x4_s"],
  ["f32x4", 0xfa, "convert_i32x4_s"],
  ["i32x4", 0xfc, "trunc_sat_f64x2_s_zero"],
  ["f64x2", 0xfe, "convert_low_i32x4_s"],
  // The relaxed-simd proposal: a·b + c and c - a·b, rounded once or twice as the machine likes.
  ["f32x4", 0x105, "relaxed_madd relaxed_nmadd"],
  ["f64x2", 0x107, "relaxed_madd relaxed_nmadd"],
];

/**
 * Loads and stores: code, then alignment (log2 of the bytes accessed). The names that end in `_lane` take a lane
 * number too.
 */
export const MEMORY = {
  "i32.load": [0x28, 2],
  "f32.load": [0x2a, 2],
  "f64.load": [0x2b, 3],
  "i32.store": [0x36, 2],
  "f32.store": [0x38, 2],
  "f64.store": [0x39, 3],
  "v128.load": [0xfd, 0x00, 3],
  "v128.store": [0xfd, 0x0b, 3],
  "v128.load32_zero": [0xfd, 0x5c, 2],
  "v128.load64_zero": [0xfd, 0x5d, 3],
  "v128.load32_lane": [0xfd, 0x56, 2],
  "v128.load64_lane": [0xfd, 0x57, 3],
  "v128.store32_lane": [0xfd, 0x5a, 2],
  "v128.store64_lane": [0xfd, 0x5b, 3],
} as const;
export type MemoryName = keyof typeof MEMORY;

const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, n >> 7]);

/** The encodings of all plain and SIMD instructions by name. */
export const OPS: ReadonlyMap<string, readonly number[]> = /* @__PURE__ */ (() => {
  const all = new Map<string, number[]>();
  const add = (rows: readonly Row[], encode: (code: number) => number[]): void => {
    for (const [prefix, first, names] of rows)
      names.split(" ").forEach((name, i) => {
        all.set(`${prefix}.${name}`, encode(first + i));
      });
  };
  add(plain, (code) => (code > 0xff ? [code >> 8, code & 0xff] : [code]));
  add(simd, (code) => [0xfd, ...leb(code)]);
  return all;
})();
