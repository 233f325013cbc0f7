// Where a kernel with two results leaves the second one: Wasm without multi-value has one return value, and a store
// to a fixed address is forwarded to the caller's load.

const SECOND: usize = 16;

/** Keeps the second result at address 16. */
@inline export function storeSecond(value: v128): void { v128.store(SECOND, value); }

/** The second result of the dual kernel that ran last. */
@inline export function storedSecond(): v128 { return v128.load(SECOND); }
