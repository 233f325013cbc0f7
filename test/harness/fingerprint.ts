// The bits of every elementary kernel over a fixed grid, as hashes: equal on every engine, or that engine's
// arithmetic is wrong.
import { createHash } from "node:crypto";
import { duals } from "./contracts.ts";
import { formatOf, type Lanes, loadKernels } from "./kernels.ts";

/**
 * Bit patterns at equal steps over all numbers of the format, NaN and infinities among them, and multiples of 1/64 up
 * to 32. The grid comes from integers alone: nothing in it depends on an engine's Math.
 */
function grid(kernel: string): Lanes {
  const small = Array.from({ length: 4096 }, (_, i) => (i - 2048) / 64);
  if (formatOf(kernel) === "f32") {
    const bits = Uint32Array.from({ length: 8192 }, (_, i) => i * 524269);
    return Float32Array.of(...new Float32Array(bits.buffer), ...small);
  }
  const bits = BigUint64Array.from({ length: 8192 }, (_, i) => BigInt(i) * 2251799813685119n);
  return Float64Array.of(...new Float64Array(bits.buffer), ...small);
}

/** sha256 of the bits, all NaNs made one: Wasm leaves their sign and payload open. */
function hash(...results: Lanes[]): string {
  const sum = createHash("sha256");
  for (const y of results) {
    const bits = y instanceof Float64Array ? new BigUint64Array(y.buffer) : new Uint32Array(y.buffer);
    y.forEach((v, i) => {
      if (!Number.isNaN(v)) return;
      if (bits instanceof BigUint64Array) bits[i] = 0x7ff8000000000000n;
      else bits[i] = 0x7fc00000;
    });
    sum.update(new Uint8Array(y.buffer));
  }
  return sum.digest("hex");
}

/** Kernel → hash, by name. */
export function fingerprints(): Map<string, string> {
  const kernels = loadKernels();
  const isDual = (name: string): boolean => duals.some(([dual]) => name.startsWith(`${dual}_f`));
  return new Map(
    [...kernels.names].sort().map((name) => {
      const x = grid(name);
      // Of two arguments, the second runs backwards and in other steps.
      const y = x.map((_, i) => x[(7919 * (x.length - i)) % x.length] as number) as Lanes;
      return [name, isDual(name) ? hash(...kernels.mapDual(name, x)) : hash(kernels.map(name, x, y))];
    }),
  );
}

/** As `sha256sum` prints. */
export const printed = (hashes: ReadonlyMap<string, string>): string =>
  [...hashes].map(([name, h]) => `${h}  ${name}\n`).join("");
