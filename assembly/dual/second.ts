// Where a kernel with two results leaves the second one: Wasm without multi-value has one return value. A global
// belongs to an instance, so that several may share one memory; programs link it beside the kernels (src/emit/link.ts).

export let SECOND: v128 = i64x2(0, 0);

/** Keeps the second result. */
@inline export function storeSecond(value: v128): void { SECOND = value; }

/** The second result of the dual kernel that ran last. */
@inline export function storedSecond(): v128 { return SECOND; }
