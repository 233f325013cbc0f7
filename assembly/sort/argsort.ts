// The order that sorts an axis, stable, NaN last: each element becomes an unsigned key in the order of the values,
// and keys are sorted with the indices beside them: by insertion where there are few, else by radix, least
// significant byte first (LSD radix sort; Knuth, TAOCP vol. 3, 5.2.5). A byte in which all keys agree costs no pass;
// keys already in order cost none.

import { bytes } from "../linalg/vector";

/** Up to here insertion is faster than counting bytes. */
const FEW: i32 = 96;
/** Bytes of the counters: 256 for every byte of the longest key. */
export const COUNTERS: i32 = 8 * 256 * 4;

/** The key of a value: increasing with it, -0 the same as +0; NaN has the largest in either direction. */
// @ts-ignore: decorator
@inline
function keyOf<T, K>(v: T, descending: bool): K {
  let k: K;
  if (isInteger<T>()) k = <K>v ^ <K>0x80000000;
  else {
    if (v != v) return <K>-1;
    const pattern: K = v == <T>0 ? <K>0 : reinterpret<K>(v);
    const sign: K = <K>1 << (sizeof<K>() * 8 - 1);
    k = pattern & sign ? ~pattern : pattern | sign;
  }
  return descending ? ~k : k;
}

function insertionSort<K>(n: i32, keys: usize, idx: usize): void {
  for (let i = 1; i < n; i++) {
    const k = load<K>(keys + bytes<K>(i));
    const at = load<i32>(idx + bytes<i32>(i));
    let j = i;
    while (j > 0) {
      const before = load<K>(keys + bytes<K>(j - 1));
      if (before <= k) break;
      store<K>(keys + bytes<K>(j), before);
      store<i32>(idx + bytes<i32>(j), load<i32>(idx + bytes<i32>(j - 1)));
      j--;
    }
    store<K>(keys + bytes<K>(j), k);
    store<i32>(idx + bytes<i32>(j), at);
  }
}

/** Sorts; the indices end up at the address that is returned, `idx` or `idx2`. */
function radixSort<K>(n: i32, keys: usize, idx: usize, keys2: usize, idx2: usize, counters: usize): usize {
  memory.fill(counters, 0, sizeof<K>() * 1024);
  for (let i = 0; i < n; i++) {
    let k = load<K>(keys + bytes<K>(i));
    for (let digit: usize = 0; digit < sizeof<K>(); digit++) {
      const at = counters + digit * 1024 + (<usize>(k & 255) << 2);
      store<i32>(at, load<i32>(at) + 1);
      k >>= 8;
    }
  }
  for (let digit: usize = 0; digit < sizeof<K>(); digit++) {
    const count = counters + digit * 1024;
    const shift = <K>(digit * 8);
    if (load<i32>(count + (<usize>((load<K>(keys) >> shift) & 255) << 2)) == n) continue;
    let place = 0;
    for (let c = count; c < count + 1024; c += 4) {
      const here = load<i32>(c);
      store<i32>(c, place);
      place += here;
    }
    for (let i = 0; i < n; i++) {
      const k = load<K>(keys + bytes<K>(i));
      const at = count + (<usize>((k >> shift) & 255) << 2);
      const to = load<i32>(at);
      store<i32>(at, to + 1);
      store<K>(keys2 + bytes<K>(to), k);
      store<i32>(idx2 + bytes<i32>(to), load<i32>(idx + bytes<i32>(i)));
    }
    const k = keys;
    keys = keys2;
    keys2 = k;
    const j = idx;
    idx = idx2;
    idx2 = j;
  }
  return idx;
}

/**
 * out[o, i, k] = the index along the axis of the i-th smallest (`descending`: largest) of x[o, :, k], equal elements
 * in their order in x. `ws`: scratch of COUNTERS + n·(2·sizeof(T) + 8) bytes, aligned to 8.
 */
export function argsort<T>(outer: i32, n: i32, inner: i32, x: usize, out: usize, descending: i32, ws: usize): void {
  if (sizeof<T>() == 8) order<T, u64>(outer, n, inner, x, out, descending, ws);
  else order<T, u32>(outer, n, inner, x, out, descending, ws);
}

/** K: unsigned keys as long as T. */
function order<T, K>(outer: i32, n: i32, inner: i32, x: usize, out: usize, descending: i32, ws: usize): void {
  const line = bytes<T>(inner);
  const outLine = bytes<i32>(inner);
  const keys = ws + <usize>COUNTERS;
  const keys2 = keys + bytes<K>(n);
  const idx = keys2 + bytes<K>(n);
  const idx2 = idx + bytes<i32>(n);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < inner; k++) {
      let from = x + bytes<T>(k);
      let last: K = 0;
      let sorted = true;
      for (let i = 0; i < n; i++) {
        const key = keyOf<T, K>(load<T>(from), descending != 0);
        if (key < last) sorted = false;
        last = key;
        store<K>(keys + bytes<K>(i), key);
        store<i32>(idx + bytes<i32>(i), i);
        from += line;
      }
      let ordered = idx;
      if (!sorted) {
        if (n <= FEW) insertionSort<K>(n, keys, idx);
        else ordered = radixSort<K>(n, keys, idx, keys2, idx2, ws);
      }
      let to = out + bytes<i32>(k);
      for (let i = 0; i < n; i++) {
        store<i32>(to, load<i32>(ordered + bytes<i32>(i)));
        to += outLine;
      }
    }
    x += <usize>n * line;
    out += <usize>n * outLine;
  }
}
