// The family of kernels that walk along one axis, compiled to one module: cumulative sums, products and extrema, the
// linear recurrence that their derivatives are made of, and sorting. Arrays are contiguous, [outer, n, inner] around
// the axis of extent n; pointers are byte addresses aligned to the element, sizes count elements, outputs overlap no
// input. `reverse` walks from the last element to the first. Nothing allocates, throws, or keeps state.

import { MAX, MIN, PRODUCT, fold } from "./scan/fold";
import { recurrence } from "./scan/recurrence";
import { cumsum } from "./scan/sum";
import { argsort } from "./sort/argsort";

export function cumsum_f64(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32, ws: usize): void {
  cumsum<f64>(outer, n, inner, x, out, reverse, ws);
}
export function cumsum_f32(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32, ws: usize): void {
  cumsum<f32>(outer, n, inner, x, out, reverse, ws);
}
export function cumsum_i32(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32, ws: usize): void {
  cumsum<i32>(outer, n, inner, x, out, reverse, ws);
}

export function cumprod_f64(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<f64>(PRODUCT, outer, n, inner, x, out, reverse);
}
export function cumprod_f32(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<f32>(PRODUCT, outer, n, inner, x, out, reverse);
}
export function cumprod_i32(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<i32>(PRODUCT, outer, n, inner, x, out, reverse);
}
export function cummax_f64(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<f64>(MAX, outer, n, inner, x, out, reverse);
}
export function cummax_f32(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<f32>(MAX, outer, n, inner, x, out, reverse);
}
export function cummax_i32(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<i32>(MAX, outer, n, inner, x, out, reverse);
}
export function cummin_f64(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<f64>(MIN, outer, n, inner, x, out, reverse);
}
export function cummin_f32(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<f32>(MIN, outer, n, inner, x, out, reverse);
}
export function cummin_i32(outer: i32, n: i32, inner: i32, x: usize, out: usize, reverse: i32): void {
  fold<i32>(MIN, outer, n, inner, x, out, reverse);
}

export function recurrence_f64(outer: i32, n: i32, inner: i32, a: usize, b: usize, out: usize, reverse: i32, ws: usize): void {
  recurrence<f64>(outer, n, inner, a, b, out, reverse, ws);
}
export function recurrence_f32(outer: i32, n: i32, inner: i32, a: usize, b: usize, out: usize, reverse: i32, ws: usize): void {
  recurrence<f32>(outer, n, inner, a, b, out, reverse, ws);
}

export function argsort_f64(outer: i32, n: i32, inner: i32, x: usize, out: usize, descending: i32, ws: usize): void {
  argsort<f64, u64>(outer, n, inner, x, out, descending, ws);
}
export function argsort_f32(outer: i32, n: i32, inner: i32, x: usize, out: usize, descending: i32, ws: usize): void {
  argsort<f32, u32>(outer, n, inner, x, out, descending, ws);
}
export function argsort_i32(outer: i32, n: i32, inner: i32, x: usize, out: usize, descending: i32, ws: usize): void {
  argsort<i32, u32>(outer, n, inner, x, out, descending, ws);
}
