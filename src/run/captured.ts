// Captured arrays: copied into memory once, for all programs that are derived from one function.

import type { Node } from "../ir/graph.ts";
import { Bump, byteSize } from "../opt/steps/layout.ts";
import { dataIn, isLiteral } from "../primitives/leaf.ts";
import { Block } from "./memory.ts";
import { writeArray } from "./ports.ts";
import { memoryOf } from "./runtime.ts";

export class Captured {
  readonly offsets = new Map<Node, number>();
  private readonly layout = new Bump();
  private memory = new Block(0);

  /** Their address: another one once more have been captured. */
  get at(): number {
    return this.memory.at;
  }
  /**
   * Captures those of `nodes` that are arrays not known yet: rules of functions that have their own may bring some.
   * What is known stays as it was captured, whatever has become of it.
   */
  add(nodes: readonly Node[]): void {
    const fresh = new Set(nodes.filter((n) => isLiteral(n) && !this.offsets.has(n)));
    if (fresh.size === 0) return;
    const { memory: old, layout } = this;
    const size = layout.size;
    for (const n of fresh) this.offsets.set(n, layout.place(byteSize(n)));
    this.memory = new Block(layout.size);
    memoryOf("int32").copyWithin(this.memory.at / 4, old.at / 4, (old.at + size) / 4);
    old.dispose();
    for (const n of fresh) this.write(n, dataIn(n));
  }
  dispose(): void {
    this.memory.dispose();
  }
  /** New content for the array captured as `node`. */
  write(node: Node, data: ArrayLike<number>): void {
    writeArray(this.memory.at + (this.offsets.get(node) as number), data, node);
  }
}
