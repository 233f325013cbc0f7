// Plain matrices, rows of rows, for tests of the public operations.
import type { NdArray } from "../../src/index.ts";

export type M = number[][];
export const build = (m: number, n: number, f: (i: number, j: number) => number): M =>
  Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => f(i, j)));
export const wave = (m: number, n: number, a: number, b: number): M =>
  build(m, n, (i, j) => Math.cos(a * i + b * j + 1));
export const plus = (a: M, b: M, c = 1): M => build(a.length, a[0]?.length ?? 0, (i, j) => a[i]![j]! + c * b[i]![j]!);
export const product = (a: M, b: M): M =>
  build(a.length, b[0]?.length ?? 0, (i, j) => b.reduce((s, row, k) => s + a[i]![k]! * row[j]!, 0));
export const flip = (a: M): M => build(a[0]?.length ?? 0, a.length, (i, j) => a[j]![i]!);
export const identity = (n: number): M => build(n, n, (i, j) => Number(i === j));
export const diagonalMatrix = (d: ArrayLike<number>): M =>
  build(d.length, d.length, (i, j) => (i === j ? (d[i] as number) : 0));
export const largest = (a: M): number => a.flat().reduce((m, x) => Math.max(m, Math.abs(x)), 0);
export const rows = (a: unknown): M => (a as NdArray).toArray() as M;
export const vector = (a: unknown): number[] => Array.from(a as Float64Array);
export const distance = (a: M, b: M): number => largest(plus(a, b, -1));
export const U = 2 ** -53;
