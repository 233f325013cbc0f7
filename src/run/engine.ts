// What the engine must grant: WebAssembly with SIMD, leave to compile, and memory. Where it refuses, errors say what
// to do.
import { Module } from "../emit/assembler.ts";
import { V128 } from "../emit/opcodes.ts";
import { fail } from "../errors.ts";
import { SUSPECT_MODULE_BYTES } from "../opt/cost.ts";

/** A module of nothing but its header: an engine that refuses it refuses all. */
const NOTHING: readonly number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Throws unless the engine has WebAssembly at all. */
function checkPresent(): void {
  if (typeof WebAssembly === "undefined")
    fail("engine", "there is no WebAssembly: node --jitless and lockdown modes of browsers remove it; switch them off");
}

/** Whether the engine has the instruction `name`, which takes `operands` vectors. */
function hasInstruction(name: string, operands: number): boolean {
  checkPresent();
  const probe = new Module();
  const fn = probe.addFunction([V128]);
  for (let i = 0; i < operands; i++) fn.get(0);
  fn.op(name);
  fn.set(0);
  return WebAssembly.validate(probe.encode() as Uint8Array<ArrayBuffer>);
}

let relaxed: boolean | undefined;
/** Whether the engine has relaxed SIMD (Node from 22, Chrome from 114, Firefox from 120). Asked once. */
export function hasRelaxedSimd(): boolean {
  relaxed ??= hasInstruction("f64x2.relaxed_madd", 3);
  return relaxed;
}

/**
 * A memory of `pages` that can grow as far as the engine allows: some refuse a maximum of 4 GB (Safari on
 * telephones).
 */
export function newMemory(pages: number): WebAssembly.Memory {
  checkPresent();
  for (let maximum = 65536; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum });
    } catch (error) {
      if (maximum <= 4096)
        fail(
          "memory",
          `no WebAssembly memory: ${error}; free some, or, under ulimit -v, run node with --disable-wasm-trap-handler`,
        );
    }
  }
}

/** An instance of the module `bytes`. */
export function newInstance(bytes: Uint8Array, imports: WebAssembly.Imports): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), imports);
  } catch (error) {
    return refused(error, bytes.length);
  }
}

/**
 * Finds out why a module of `size` bytes was refused: engines word it differently, so what else they refuse is tried.
 */
function refused(error: unknown, size: number): never {
  try {
    new WebAssembly.Module(Uint8Array.from(NOTHING));
  } catch {
    fail(
      "engine",
      `WebAssembly is blocked: ${error}; add 'wasm-unsafe-eval' to script-src of the Content-Security-Policy`,
    );
  }
  if (!hasInstruction("f64x2.add", 2))
    fail(
      "engine",
      "there is no WebAssembly SIMD; use Chrome ≥ 93, Firefox ≥ 92, Safari ≥ 16.4 or Node ≥ 16.9, and a " +
        "processor with SSE4.1 or NEON",
    );
  const large = error instanceof RangeError;
  // Chrome compiles up to 8 MB in a page without waiting, before version 115 up to 4 KB; in workers anything.
  const inPage = large && typeof document !== "undefined";
  if (large || size > SUSPECT_MODULE_BYTES)
    fail(
      inPage ? "engine" : "memory",
      `a module of ${size} bytes is too large to compile${inPage ? " in a page" : ""}: ${error}; ` +
        `${inPage ? "call hvp in a Worker, or " : ""}trace fewer operations`,
    );
  throw error;
}
