// The allocator of the one memory.
import { expect, test } from "vitest";
import { HvpError } from "../../src/errors.ts";
import { allocate, deallocate, memoryUse } from "../../src/run/runtime.ts";
import { rng } from "../harness/rng.ts";

test("blocks never overlap, and freeing them all leaves nothing in use", () => {
  const random = rng(9);
  const before = memoryUse().used;
  const blocks: { at: number; bytes: number }[] = [];
  for (let step = 0; step < 3000; step++) {
    if (blocks.length > 0 && random() < 0.48) {
      const [b] = blocks.splice(Math.floor(random() * blocks.length), 1) as [{ at: number; bytes: number }];
      deallocate(b.at, b.bytes);
    } else {
      const bytes = Math.floor(2 ** (random() * 14));
      const at = allocate(bytes);
      expect(at % 16).toBe(0);
      for (const b of blocks) expect(at + bytes <= b.at || b.at + b.bytes <= at).toBe(true);
      blocks.push({ at, bytes });
    }
  }
  for (const b of blocks) deallocate(b.at, b.bytes);
  expect(memoryUse().used).toBe(before);
  const again = allocate(1000);
  deallocate(again, 1000);
  expect(memoryUse().used).toBe(before);
});

test("sizes beyond 32 bits are refused, not wrapped around", () => {
  for (const bytes of [2 ** 32, 2 ** 33, 2 ** 40]) expect(() => allocate(bytes)).toThrow(HvpError);
  expect(() => allocate(2 ** 32)).toThrow(/a program needs 4096 MiB of memory; WebAssembly has at most 4096 MiB/);
});
