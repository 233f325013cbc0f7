// Kernels as the build writes them (scripts/kernel-objects.mjs): functions that name what they use, so that bundlers
// keep what is reachable and the compiler links what a program calls (emit/link.ts).
import { type DType, wasmType } from "./aval.ts";

/** A function: its type and body, encoded as text, and the functions, globals and static data that it uses. */
export interface Kernel {
  readonly text: string;
  readonly refs?: readonly (Kernel | Global | Static)[];
  /** Whether relaxed mode may fuse its products with the sums that they are part of. */
  readonly relaxes?: true;
}
/** A global variable, as in the global section, encoded. */
export interface Global {
  readonly global: string;
  readonly text?: undefined;
  readonly at?: undefined;
}
/** Static data and its address in the memory that all kernels share. */
export interface Static {
  readonly at: number;
  readonly bytes: string;
  readonly text?: undefined;
}
/** An elementary function on vectors, in both types. */
export interface LaneKernel {
  readonly name: string;
  readonly f64x2: Kernel;
  readonly f32x4: Kernel;
}
/** Two of them at once: it returns the first, and leaves the other one in a global. */
export interface DualKernel {
  readonly names: readonly [first: string, other: string];
  readonly f64x2: Kernel;
  readonly f32x4: Kernel;
  readonly second: Global;
}
/** A kernel on whole arrays, by the type of their elements. */
export interface ArrayKernel {
  readonly f64: Kernel;
  readonly f32: Kernel;
  readonly i32?: Kernel;
}

/** Makes room in a stack that grows: takes the address of its cell, bytes of a row, and how many (run/growth.ts). */
export const GROW: Kernel = { text: "" };

/** The instance for arrays of `dtype`. */
export function instanceOf(kernel: ArrayKernel, dtype: DType): Kernel {
  const instance = kernel[wasmType(dtype)];
  if (!instance) throw new TypeError(`a kernel has no instance for ${dtype}`);
  return instance;
}

/** The other function of the two that a dual kernel computes. */
export const twinOf = ({ names: [first, other] }: DualKernel, name: string): string => (first === name ? other : first);
