// Kernels as the build writes them (scripts/kernel-objects.mjs): functions that name what they use, so that bundlers
// keep what is reachable and the compiler links what a program calls (emit/link.ts).

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
/**
 * Kernels by name: the two instances of one (`sin` of a family's file, { sin_f64x2, sin_f32x4 }), or a whole family
 * (its default export).
 */
export type Kernels = Readonly<Record<string, Kernel>>;

/** The name of an elementary function: that of its two instances, less the type. */
export const kernelName = (kernel: Kernels): string => (Object.keys(kernel)[0] as string).slice(0, -6);
/** The other function of the two that a dual kernel computes, `<first>_<second>`. */
export function twinName(dual: Kernels, name: string): string {
  const [first, second] = kernelName(dual).split("_") as [string, string];
  return first === name ? second : first;
}
