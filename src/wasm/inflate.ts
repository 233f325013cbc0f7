// Decompression of DEFLATE data (RFC 1951), synchronous: kernels are inlined compressed, and programs must not wait for a
// stream. Only what a compressor of whole files emits is needed: one call, known output size.

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: how many codes have each length, the symbols in order of their codes, and a table of all
 * codes of up to FAST bits: symbol · 16 + length, by the bits as they come. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
  readonly table: Uint16Array;
}
const FAST = 9;
function codeOf(lengths: ArrayLike<number>): Code {
  const counts = new Uint16Array(16);
  for (let i = 0; i < lengths.length; i++) counts[lengths[i] as number]! += 1;
  counts[0] = 0;
  const next = new Uint16Array(16);
  const code = new Uint16Array(16);
  for (let l = 1; l < 16; l++) {
    next[l] = (next[l - 1] as number) + (counts[l - 1] as number);
    code[l] = ((code[l - 1] as number) + (counts[l - 1] as number)) << 1;
  }
  const symbols = new Uint16Array(lengths.length);
  const table = new Uint16Array(1 << FAST);
  for (let i = 0; i < lengths.length; i++) {
    const l = lengths[i] as number;
    if (!l) continue;
    symbols[next[l]!++] = i;
    let reversed = 0;
    for (let c = code[l]!++, k = 0; k < l; k++, c >>= 1) reversed = (reversed << 1) | (c & 1);
    if (l <= FAST) for (let t = reversed; t < 1 << FAST; t += 1 << l) table[t] = i * 16 + l;
  }
  return { counts, symbols, table };
}

/** The `size` bytes that `data`, raw DEFLATE, stands for. */
export function inflate(data: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  let at = 0;
  let position = 0;
  let buffer = 0;
  let held = 0;
  const bits = (n: number): number => {
    while (held < n) {
      buffer |= (data[position++] as number) << held;
      held += 8;
    }
    const value = buffer & ((1 << n) - 1);
    buffer >>>= n;
    held -= n;
    return value;
  };
  const symbol = ({ counts, symbols, table }: Code): number => {
    while (held < FAST && position < data.length) {
      buffer |= (data[position++] as number) << held;
      held += 8;
    }
    const entry = table[buffer & ((1 << FAST) - 1)] as number;
    const length = entry & 15;
    if (length > 0 && length <= held) {
      buffer >>>= length;
      held -= length;
      return entry >> 4;
    }
    let code = 0;
    let first = 0;
    let index = 0;
    for (let l = 1; ; l++) {
      code |= bits(1);
      const count = counts[l] as number;
      if (code - count < first) return symbols[index + code - first] as number;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
  };
  for (let last = 0; !last; ) {
    last = bits(1);
    const type = bits(2);
    if (type === 0) {
      position -= held >> 3; // whole bytes read ahead
      buffer = held = 0;
      const length = (data[position] as number) | ((data[position + 1] as number) << 8);
      out.set(data.subarray(position + 4, position + 4 + length), at);
      position += 4 + length;
      at += length;
      continue;
    }
    let literals: Code;
    let distances: Code;
    if (type === 1) {
      literals = codeOf(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)));
      distances = codeOf(new Uint8Array(30).fill(5));
    } else {
      const [literalCount, distanceCount, lengthCount] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
      const lengths = new Uint8Array(320);
      for (let i = 0; i < lengthCount; i++) lengths[ORDER[i] as number] = bits(3);
      const lengthCode = codeOf(lengths.slice(0, 19));
      lengths.fill(0);
      for (let i = 0; i < literalCount + distanceCount; ) {
        const s = symbol(lengthCode);
        if (s < 16) lengths[i++] = s;
        else {
          const repeated = s === 16 ? (lengths[i - 1] as number) : 0;
          const count = s === 16 ? 3 + bits(2) : s === 17 ? 3 + bits(3) : 11 + bits(7);
          lengths.fill(repeated, i, i + count);
          i += count;
        }
      }
      literals = codeOf(lengths.slice(0, literalCount));
      distances = codeOf(lengths.slice(literalCount, literalCount + distanceCount));
    }
    for (let s = symbol(literals); s !== 256; s = symbol(literals)) {
      if (s < 256) {
        out[at++] = s;
        continue;
      }
      const length = (LENGTH_BASE[s - 257] as number) + bits(LENGTH_BITS[s - 257] as number);
      const d = symbol(distances);
      const distance = d < 4 ? d + 1 : ((2 + (d & 1)) << ((d >> 1) - 1)) + 1 + bits((d >> 1) - 1);
      for (let i = 0; i < length; i++, at++) out[at] = out[at - distance] as number;
    }
  }
  return out;
}
