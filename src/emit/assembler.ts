// A small WebAssembly assembler: functions are built by calling instructions, and the module is encoded at the end.
// Types are checked once, by the engine that compiles the module: it names function, offset, instruction and types,
// and nothing unchecked can run.
import { fail } from "../errors.ts";
import { FUNCTION_LOCALS } from "../opt/cost.ts";
import { F32, F64, I32, MEMORY, type MemoryName, OPS, V128, type ValType } from "./opcodes.ts";

/** A growing byte string with the encodings of the binary format. */
export class Bytes {
  private data = new Uint8Array(1024);
  length = 0;

  private reserve(n: number): void {
    if (this.length + n <= this.data.length) return;
    const grown = new Uint8Array(Math.max(this.data.length * 2, this.length + n));
    grown.set(this.data.subarray(0, this.length));
    this.data = grown;
  }
  byte(b: number): void {
    this.reserve(1);
    this.data[this.length++] = b;
  }
  bytes(bs: ArrayLike<number>): void {
    this.reserve(bs.length);
    this.data.set(bs, this.length);
    this.length += bs.length;
  }
  /** Unsigned LEB128. */
  u32(n: number): void {
    let v = n >>> 0;
    while (v >= 0x80) {
      this.byte((v & 0x7f) | 0x80);
      v >>>= 7;
    }
    this.byte(v);
  }
  /** Signed LEB128. */
  s32(n: number): void {
    let v = n | 0;
    for (;;) {
      const b = v & 0x7f;
      v >>= 7;
      if ((v === 0 && (b & 0x40) === 0) || (v === -1 && (b & 0x40) !== 0)) {
        this.byte(b);
        return;
      }
      this.byte(b | 0x80);
    }
  }
  f64(x: number): void {
    this.bytes(new Uint8Array(Float64Array.of(x).buffer));
  }
  f32(x: number): void {
    this.bytes(new Uint8Array(Float32Array.of(x).buffer));
  }
  /** A name in ASCII. */
  name(s: string): void {
    this.u32(s.length);
    for (let i = 0; i < s.length; i++) this.byte(s.charCodeAt(i));
  }
  view(): Uint8Array {
    return this.data.subarray(0, this.length);
  }
}

/** Names of the value types, by their codes (opcodes.ts). */
const NAMES = { 127: "i32", 125: "f32", 124: "f64", 123: "v128" } as const;

/** A function under construction. */
export class Fn {
  readonly code = new Bytes();
  private readonly locals: ValType[] = [];
  /**
   * Places memory, relative to the first parameter, for variables beyond {@link FUNCTION_LOCALS}; they have negative
   * numbers.
   */
  spill: ((bytes: number) => number) | undefined;
  private readonly spilled: { readonly type: ValType; readonly at: number }[] = [];
  private readonly temporaries = new Map<ValType, number>();

  constructor(
    readonly index: number,
    readonly params: readonly ValType[],
  ) {}

  /** A new local variable; `real`: not in memory, however many there are. */
  local(type: ValType, real = false): number {
    if (!real && this.spill && this.locals.length >= FUNCTION_LOCALS)
      return ~(this.spilled.push({ type, at: this.spill(16) }) - 1);
    return this.params.length + this.locals.push(type) - 1;
  }
  typeOf(local: number): ValType {
    if (local < 0) return (this.spilled[~local] as { type: ValType }).type;
    return (local < this.params.length ? this.params[local] : this.locals[local - this.params.length]) as ValType;
  }

  /** Loads or stores a variable in memory; its address is on the stack. */
  private access(local: number, what: "load" | "store"): void {
    const { type, at } = this.spilled[~local] as { type: ValType; at: number };
    this.mem(`${NAMES[type]}.${what}`, at);
  }
  get(local: number): void {
    if (local < 0) {
      this.get(0);
      this.access(local, "load");
      return;
    }
    this.code.byte(0x20);
    this.code.u32(local);
  }
  set(local: number): void {
    if (local < 0) {
      const type = this.typeOf(local);
      let temporary = this.temporaries.get(type);
      if (temporary === undefined) this.temporaries.set(type, (temporary = this.local(type, true)));
      this.set(temporary);
      this.get(0);
      this.get(temporary);
      this.access(local, "store");
      return;
    }
    this.code.byte(0x21);
    this.code.u32(local);
  }
  tee(local: number): void {
    if (local < 0) {
      this.set(local);
      this.get(local);
      return;
    }
    this.code.byte(0x22);
    this.code.u32(local);
  }
  i32(n: number): void {
    this.code.byte(0x41);
    this.code.s32(n);
  }
  f64(x: number): void {
    this.code.byte(0x44);
    this.code.f64(x);
  }
  f32(x: number): void {
    this.code.byte(0x43);
    this.code.f32(x);
  }
  /** The constant that repeats `bytes` to the length of 16. */
  v128(bytes: ArrayLike<number>): void {
    this.code.bytes([0xfd, 0x0c]);
    for (let i = 0; i < 16; i += bytes.length) this.code.bytes(bytes);
  }
  op(name: string): void {
    const op = OPS.get(name);
    if (!op) throw new TypeError(`assembler: no instruction ${name}`);
    this.code.bytes(op);
  }
  /** Load or store at the address on the stack plus `offset`; `lane` for the instructions of one lane. */
  mem(name: MemoryName, offset: number, lane?: number): void {
    this.code.bytes(MEMORY[name]);
    this.code.u32(offset);
    if (lane !== undefined) this.code.byte(lane);
  }
  /** Permutes the bytes of two vectors. */
  shuffle(lanes: ArrayLike<number>): void {
    this.code.bytes([0xfd, 0x0d]);
    this.code.bytes(lanes);
  }
  extract(type: "i32x4" | "f32x4" | "f64x2", lane: number): void {
    this.code.bytes([0xfd, type === "i32x4" ? 0x1b : type === "f32x4" ? 0x1f : 0x21, lane]);
  }
  /** The value of a global variable. */
  global(index: number): void {
    this.code.byte(0x23);
    this.code.u32(index);
  }
  call(index: number): void {
    this.code.byte(0x10);
    this.code.u32(index);
  }
  /** memory.copy: destination, source, count on the stack. */
  copy(): void {
    this.code.bytes([0xfc, 0x0a, 0, 0]);
  }
  /** memory.fill: destination, byte, count on the stack. */
  fill(): void {
    this.code.bytes([0xfc, 0x0b, 0]);
  }
  /** `loop { body; if (condition) continue }`: body leaves an i32 condition on the stack. */
  doWhile(body: () => void): void {
    this.code.bytes([0x03, 0x40]);
    body();
    this.code.bytes([0x0d, 0x00, 0x0b]);
  }
  /** `body` for the local `counter` = from … to - 1, at least once. */
  count(counter: number, from: number, to: number, body: () => void): void {
    this.i32(from);
    this.set(counter);
    this.doWhile(() => {
      body();
      this.get(counter);
      this.i32(1);
      this.op("i32.add");
      this.tee(counter);
      this.i32(to);
      this.op("i32.lt_s");
    });
  }
  /** `block (result type) … end`: `write` writes the instructions, checked elsewhere, and the `end`. */
  block(type: ValType, write: (out: Bytes) => void): void {
    this.code.bytes([0x02, type]);
    write(this.code);
  }
  /** Sets `local` to zero. */
  zero(local: number): void {
    const type = this.typeOf(local);
    if (type === V128) this.v128(new Uint8Array(16));
    else if (type === F64) this.f64(0);
    else if (type === F32) this.f32(0);
    else this.code.bytes([type === I32 ? 0x41 : 0x42, 0]);
    this.set(local);
  }
  /** `if (top of stack) body`. */
  when(body: () => void): void {
    this.code.bytes([0x04, 0x40]);
    body();
    this.code.byte(0x0b);
  }
  /** Its body in the code section. */
  encode(): Bytes {
    const body = new Bytes();
    const runs: [number, ValType][] = [];
    for (const t of this.locals) {
      const last = runs[runs.length - 1];
      if (last && last[1] === t) last[0]++;
      else runs.push([1, t]);
    }
    body.u32(runs.length);
    for (const [n, t] of runs) {
      body.u32(n);
      body.byte(t);
    }
    body.bytes(this.code.view());
    body.byte(0x0b);
    if (body.length > 7_654_321)
      fail(
        "memory",
        `a loop has ${body.length >> 20} MB of code, more than engines compile; trace fewer operations on the ` +
          "elements of one array",
      );
    return body;
  }
}

interface FunctionType {
  readonly params: readonly ValType[];
  readonly result: ValType | undefined;
}

/** A function of a module: built here, or encoded elsewhere (its declaration of locals, instructions, end). */
interface Entry {
  readonly body: Fn | (() => Bytes);
  readonly index: number;
  readonly type: number;
  readonly exported: string | undefined;
}

/** A module under construction: imports first, then functions. */
export class Module {
  private readonly types: string[] = [];
  private readonly typeList: FunctionType[] = [];
  readonly imports: { module: string; name: string; type: number }[] = [];
  private readonly functions: Entry[] = [];
  private readonly globals: Uint8Array[] = [];

  private type(t: FunctionType): number {
    const key = `${t.params.join()}>${t.result}`;
    let i = this.types.indexOf(key);
    if (i < 0) {
      i = this.types.push(key) - 1;
      this.typeList.push(t);
    }
    return i;
  }
  /** Imports a function; all imports must be made before the first function. */
  importFunction(module: string, name: string, params: readonly ValType[], result: ValType | undefined): number {
    if (this.functions.length > 0) throw new TypeError("assembler: imports come before functions");
    return this.imports.push({ module, name, type: this.type({ params, result }) }) - 1;
  }
  private add(
    body: Fn | (() => Bytes),
    params: readonly ValType[],
    result: ValType | undefined,
    exported?: string,
  ): number {
    const index = this.imports.length + this.functions.length;
    this.functions.push({ body, index, type: this.type({ params, result }), exported });
    return index;
  }
  addFunction(params: readonly ValType[], exported?: string): Fn {
    const fn = new Fn(this.imports.length + this.functions.length, params);
    this.add(fn, params, undefined, exported);
    return fn;
  }
  /** A function whose body `encode` writes when the module is encoded; its index. */
  addEncoded(params: readonly ValType[], result: ValType | undefined, encode: () => Bytes, exported?: string): number {
    return this.add(encode, params, result, exported);
  }
  /** A global variable, encoded (type, mutability, initial value); its index. */
  addGlobal(encoded: Uint8Array): number {
    return this.globals.push(encoded) - 1;
  }
  encode(): Uint8Array {
    const out = new Bytes();
    out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    const section = (id: number, fill: (b: Bytes) => void): void => {
      const b = new Bytes();
      fill(b);
      out.byte(id);
      out.u32(b.length);
      out.bytes(b.view());
    };
    section(1, (b) => {
      b.u32(this.typeList.length);
      for (const t of this.typeList) {
        b.byte(0x60);
        b.u32(t.params.length);
        b.bytes(t.params);
        b.bytes(t.result ? [1, t.result] : [0]);
      }
    });
    section(2, (b) => {
      b.u32(this.imports.length + 1);
      b.name("env");
      b.name("memory");
      b.bytes([0x02, 0x00, 0x01]);
      for (const i of this.imports) {
        b.name(i.module);
        b.name(i.name);
        b.byte(0x00);
        b.u32(i.type);
      }
    });
    section(3, (b) => {
      b.u32(this.functions.length);
      for (const f of this.functions) b.u32(f.type);
    });
    if (this.globals.length > 0)
      section(6, (b) => {
        b.u32(this.globals.length);
        for (const g of this.globals) b.bytes(g);
      });
    section(7, (b) => {
      const exported = this.functions.filter((f) => f.exported !== undefined);
      b.u32(exported.length);
      for (const f of exported) {
        b.name(f.exported as string);
        b.byte(0x00);
        b.u32(f.index);
      }
    });
    section(10, (b) => {
      b.u32(this.functions.length);
      for (const { body } of this.functions) {
        const code = body instanceof Fn ? body.encode() : body();
        b.u32(code.length);
        b.bytes(code.view());
      }
    });
    return out.view().slice();
  }
}
