// Kernels in emitted programs: decoded, linked into the module with all that they call, or copied into the loop that
// calls them.
import type { DualKernel, Global, Kernel, Static } from "../ir/kernel.ts";
import { FREQUENT, SHORT } from "../kernels/alphabet.gen.ts";
import { COPIED_KERNEL_BYTES } from "../opt/cost.ts";
import { Bytes, type Fn, type Module } from "./assembler.ts";
import { V128, type ValType } from "./opcodes.ts";

/** Module name under which programs import kernels on whole arrays, numbered in the order of their use. */
export const KERNELS = "kernels";

// ---- text to bytes: the inverse of `encode` in scripts/kernel-objects.mjs ----

/** Symbols in all; so many stand for a byte of their own (the length of FREQUENT in bytes). */
const SYMBOLS = 92;
const SINGLE = 90;
/** Byte of a character; 256 or 384 for the two that begin a pair. */
let single: Uint16Array | undefined;
/** Byte of a pair, at that number less 256 plus the second character. */
const paired = /* @__PURE__ */ new Uint8Array(256);

/** Byte `i` of a hexadecimal text. Shells of engines have no `atob`. */
const hexByte = (text: string, i: number): number => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);

function fillTables(): Uint16Array {
  const order = new Set<number>();
  for (let i = 0; i < SINGLE; i++) order.add(hexByte(FREQUENT, i));
  for (let b = 0; b < 256; b++) order.add(b);
  const bytes = [...order];
  // # … ~, where a space stands for < and ! for the backslash.
  const character = (i: number): number => (i === 25 ? 32 : i === 57 ? 33 : i + 35);
  single = new Uint16Array(128);
  for (let i = 0; i < SYMBOLS; i++) {
    const c = character(i);
    single[c] = i < SINGLE ? (bytes[i] as number) : 256 + 128 * (i - SINGLE);
    for (let pair = 0; pair < 2; pair++) paired[128 * pair + c] = bytes[SINGLE + SYMBOLS * pair + i] as number;
  }
  return single;
}

/** Runs in the first call of a process, before anything is optimized: few steps a character. */
export function decode(text: string): Uint8Array {
  const of = single ?? fillTables();
  // Some sandboxes lack TextEncoder. The text is ASCII.
  const bytes =
    typeof TextEncoder === "undefined" ? Uint8Array.from(text, (c) => c.charCodeAt(0)) : new TextEncoder().encode(text);
  let n = 0;
  for (let i = 0; i < bytes.length; i++) {
    const b = of[bytes[i] as number] as number;
    bytes[n++] = b < 256 ? b : (paired[b - 256 + (bytes[++i] as number)] as number);
  }
  return bytes.subarray(0, n);
}

// ---- functions ----

interface Parsed {
  readonly params: readonly ValType[];
  readonly result: ValType | undefined;
  /** Locals that are read before they are written somewhere: they start as zero. */
  readonly zeroed: readonly number[];
  /** Types of the locals after the parameters. */
  readonly locals: readonly ValType[];
  readonly code: Uint8Array;
  /** Where its body (with the declaration of the locals) and its instructions begin in `code`. */
  readonly body: number;
  readonly instructions: number;
}
const parsed = /* @__PURE__ */ new WeakMap<Kernel, Parsed>();

function parse(kernel: Kernel): Parsed {
  const known = parsed.get(kernel);
  if (known) return known;
  const code = decode(kernel.text);
  let at = 0;
  const list = (): number[] => {
    const n = code[at++] as number;
    at += n;
    return [...code.subarray(at - n, at)];
  };
  const [params, results, zeroed] = [list() as ValType[], list() as ValType[], list()];
  const body = at;
  const locals: ValType[] = [];
  for (let groups = code[at++] as number; groups > 0; groups--) {
    const n = code[at++] as number;
    const type = code[at++] as ValType;
    for (let i = 0; i < n; i++) locals.push(type);
  }
  const p: Parsed = { params, result: results[0], zeroed, locals, code, body, instructions: at };
  parsed.set(kernel, p);
  return p;
}

/** What to write instead of an instruction that means something else at its new place. */
interface Edits {
  /** Index in the module of `refs[i]`. */
  ref(i: number): number;
  local?(i: number): number;
  /** The local that takes the place of the global `refs[i]`, if one does. */
  held?(i: number): number | undefined;
  /** A local that holds the constant that repeats `bytes` (4, 8 or 16 of them), if there is one. */
  constant?(bytes: Uint8Array): number | undefined;
  /** Whether the code becomes a block in another function. */
  readonly block?: boolean;
  /** The first of three locals for fusing products with sums. */
  readonly fuse?: number | undefined;
}

/** The SIMD instruction that is one byte in kernels. */
const shortened = (op: number): number => hexByte(SHORT, op - 0xc5);
/** What products (the sum is the instruction two before) are fused to: f32x4 and f64x2.relaxed_madd, first byte. */
const MADD: Readonly<Record<number, number>> = { 230: 0x85, 242: 0x87 };

/**
 * Copies the instructions of a kernel, `end` included. The opcodes are those that scripts/kernel-objects.mjs lets
 * through; what is not edited is copied in stretches.
 */
function copy({ code, instructions }: Parsed, out: Bytes, edits: Edits): void {
  const { local, fuse } = edits;
  let at = instructions;
  let depth = 0;
  /** What lies before is copied. */
  let copied = at;
  const leb = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const b = code[at++] as number;
      value |= (b & 127) << shift;
      if (b < 128) return value;
    }
  };
  /** Replaces the instruction that begins at `from` and ends here by `op` with an index. */
  const replace = (from: number, op: number, index: number): void => {
    out.bytes(code.subarray(copied, from));
    out.byte(op);
    out.u32(index);
    copied = at;
  };
  /** An instruction on vectors, or a constant. */
  const vector = (from: number, op: number): void => {
    const sub = op > 0xfd ? 12 : leb();
    if (sub === 12) {
      const n = op === 0xff ? 4 : op === 0xfe ? 8 : 16;
      const bytes = code.subarray(at, at + n);
      at += n;
      const held = edits.constant?.(bytes);
      if (held !== undefined) replace(from, 0x20, held);
      else if (n < 16) {
        replace(from, 0xfd, 12);
        for (let i = 0; i < 16; i += n) out.bytes(bytes);
      }
    } else if (sub === 13) at += 16;
    else if (sub >= 21 && sub <= 34) at++;
    else if (sub <= 11 || (sub >= 84 && sub <= 93)) {
      leb();
      leb();
      if (sub >= 84 && sub <= 91) at++;
    }
  };
  /** One on vectors that is a byte, perhaps fused with the next one. */
  const short = (from: number, op: number): void => {
    const instruction = shortened(op);
    const madd = MADD[instruction];
    if (fuse !== undefined && madd && shortened(code[at] as number) === instruction - 2) {
      const [b, a, c] = [fuse, fuse + 1, fuse + 2];
      // On the stack: c, a, b. The engine sees through the locals, whose numbers are below 128.
      out.bytes(code.subarray(copied, from));
      out.bytes([0x21, b, 0x21, a, 0x21, c, 0x20, a, 0x20, b, 0x20, c, 0xfd, madd, 2]);
      copied = ++at;
    } else replace(from, 0xfd, instruction);
  };
  while (at < code.length) {
    const from = at;
    const op = code[at++] as number;
    if (op >= 0xfd) vector(from, op);
    else if (op >= 0x20 && op <= 0x22) {
      const i = leb();
      if (local) replace(from, op, local(i));
    } else if (op > 0xc4 && op !== 0xfc) short(from, op);
    else if (op === 0xfc) {
      const bulk = code[at++] as number;
      at += bulk === 10 ? 2 : bulk === 11 ? 1 : 0;
    } else if (op === 0x44) at += 8;
    else if (op === 0x43) at += 4;
    else if (op >= 0x28 && op < 0x45) {
      leb();
      if (op < 0x41) leb();
    } else if (op === 0x10 || (op > 0x22 && op < 0x28)) {
      const i = leb();
      const held = op === 0x24 ? edits.held?.(i) : undefined;
      if (held === undefined) replace(from, op, edits.ref(i));
      else replace(from, 0x21, held);
    } else if (op === 0x0c || op === 0x0d) leb();
    else if (op >= 0x02 && op <= 0x04) {
      depth++;
      at++;
    } else if (op === 0x0b) depth--;
    else if (op === 0x0f && edits.block) replace(from, 0x0c, depth);
  }
  out.bytes(code.subarray(copied, at));
}

/** Whether a kernel or one that it calls uses `global`. */
const reaches = ({ refs }: Kernel, global: Global): boolean =>
  (refs ?? []).some((r) => r === global || (r.text !== undefined && reaches(r, global)));

/** The kernels of one module. */
export class Linker {
  private readonly indices = new Map<Kernel | Global, number>();
  /** Static data that the linked kernels read. */
  readonly statics = new Set<Static>();

  constructor(
    private readonly module: Module,
    /** Whether products are fused with sums in kernels that may be relaxed. */
    private readonly relaxed = false,
  ) {}

  /** Index of `kernel` in the module, which it is linked into if need be. */
  index(kernel: Kernel, exported?: string): number {
    let index = this.indices.get(kernel);
    if (index === undefined) {
      const p = parse(kernel);
      const body = (): Bytes => {
        const out = new Bytes();
        const fuse = this.relaxed && kernel.relaxes ? p.params.length + p.locals.length : undefined;
        const locals = p.code.subarray(p.body, p.instructions);
        if (fuse === undefined) out.bytes(locals);
        else out.bytes([(locals[0] as number) + 1, ...locals.subarray(1), 3, V128]);
        copy(p, out, { ref: (i) => this.refIndex(kernel, i), fuse });
        return out;
      };
      index = this.module.addEncoded(p.params, p.result, body, exported);
      this.indices.set(kernel, index);
      // Before the module is encoded: all that it needs has its place.
      kernel.refs?.forEach((_, i) => void this.refIndex(kernel, i));
    }
    return index;
  }
  private refIndex(kernel: Kernel, i: number): number {
    const ref = kernel.refs?.[i] as Kernel | Global | Static;
    if (ref.text !== undefined) return this.index(ref);
    if (ref.at !== undefined) {
      this.statics.add(ref);
      return -1;
    }
    return this.globalIndex(ref);
  }
  private globalIndex(global: Global): number {
    let index = this.indices.get(global);
    if (index === undefined) {
      index = this.module.addGlobal(decode(global.global));
      this.indices.set(global, index);
    }
    return index;
  }

  /** A call of `kernel`, whose arguments are on the stack of `fn`. */
  call(fn: Fn, kernel: Kernel): void {
    fn.call(this.index(kernel));
  }

  /** The second result of the dual kernel that was called or copied last; `local` holds it, where `inline` gave one. */
  second(fn: Fn, { second }: DualKernel, local?: number): void {
    if (local === undefined) fn.global(this.globalIndex(second));
    else fn.get(local);
  }

  /** Whether to copy `kernel` into one more loop of the module: what is left of the allowance pays for it. Measured for
   * sum(f(x)) in the cache, copies with their constants in locals take 0.7 to 0.9 of the time of calls on Node 20,
   * 0.6 to 0.8 on Node 24 (copies without that: 0.8 to 0.9, and 0.9 to 1; constants loaded from memory: between 0.8
   * and 1.2 of locals). */
  mayCopy(kernel: Kernel): boolean {
    const size = parse(kernel).code.length;
    if (size > this.allowance) return false;
    this.allowance -= size;
    return true;
  }
  private allowance = COPIED_KERNEL_BYTES;

  /**
   * The body of `kernel` instead of a call. `constant`: locals that hold its constants. Of a `dual` kernel that leaves
   * its second result itself, a local takes it instead, and is returned.
   */
  inline(
    fn: Fn,
    kernel: Kernel,
    constant: (bytes: Uint8Array) => number | undefined,
    dual?: DualKernel,
  ): number | undefined {
    const p = parse(kernel);
    const locals = [...p.params, ...p.locals].map((t) => fn.local(t, true));
    for (let i = p.params.length - 1; i >= 0; i--) fn.set(locals[i] as number);
    for (const i of p.zeroed) fn.zero(locals[i] as number);
    const { refs = [] } = kernel;
    const own = dual && refs.includes(dual.second) && !refs.some((r) => r.text && reaches(r, dual.second));
    const second = own ? fn.local(V128) : undefined;
    const edits: Edits = {
      ref: (i) => this.refIndex(kernel, i),
      local: (i) => locals[i] as number,
      held: (i) => (refs[i] === dual?.second ? second : undefined),
      constant,
      block: true,
    };
    fn.block(p.result as ValType, (out) => copy(p, out, edits));
    return second;
  }
}

/** The vector constants of a kernel, in order: each the 4, 8 or 16 bytes that it repeats. */
export function constantsOf(kernel: Kernel): Uint8Array[] {
  const found: Uint8Array[] = [];
  copy(parse(kernel), new Bytes(), { ref: () => 0, constant: (bytes) => void found.push(bytes) });
  return found;
}
