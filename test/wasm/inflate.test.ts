// Decompression against zlib: all block types, incompressible and repetitive data, lengths around the limits.
import { constants, deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { inflate } from "../../src/wasm/inflate.ts";
import { rng } from "../harness/rng.ts";

const random = rng(5);
const contents: Record<string, (i: number) => number> = {
  noise: () => Math.floor(random() * 256),
  zeros: () => 0,
  periodic: (i) => (i * i) % 7,
  skewed: () => Math.floor(Math.exp(random() * 5)),
  text: (i) => "a kernel is a kernel is a kernel. ".charCodeAt(i % 34),
};

test.each(Object.keys(contents))("%s", (name) => {
  for (const size of [0, 1, 2, 257, 258, 259, 32767, 32768, 32769, 70000]) {
    const data = Uint8Array.from({ length: size }, (_, i) => (contents[name] as (i: number) => number)(i));
    for (const level of [0, 1, 9]) {
      for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_FIXED]) {
        expect(Buffer.from(inflate(deflateRawSync(data, { level, strategy }), size)).equals(Buffer.from(data))).toBe(true);
      }
    }
  }
});
