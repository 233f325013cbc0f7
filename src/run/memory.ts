// Ownership of WebAssembly memory: a block goes with the JavaScript object that holds it.
import { allocate, deallocate } from "./runtime.ts";

/**
 * Frees the blocks of owners that are garbage: programs need no dispose(). An engine without this keeps them until
 * dispose().
 */
const forgotten =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : /* @__PURE__ */ new FinalizationRegistry<{ at: number; bytes: number }>((block) => {
        deallocate(block.at, block.bytes);
      });

/** A block of WebAssembly memory owned by a JavaScript object. */
export class Block {
  readonly at: number;
  private readonly held: { at: number; bytes: number };
  private released = false;
  constructor(bytes: number) {
    this.at = bytes > 0 ? allocate(bytes) : 0;
    this.held = { at: this.at, bytes };
    if (bytes > 0) forgotten?.register(this, this.held, this);
  }
  dispose(): void {
    if (this.released || this.held.bytes === 0) return;
    this.released = true;
    forgotten?.unregister(this);
    deallocate(this.held.at, this.held.bytes);
  }
}
