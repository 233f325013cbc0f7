// The code of a program: functions that run one after another, in as many modules as it takes to keep each of them
// small. They share nothing but memory, so a large program is cut between any two of them.
import type { Kernel, Static } from "../ir/kernel.ts";
import { MODULE_BYTES } from "../opt/cost.ts";
import { type Fn, Module } from "./assembler.ts";
import { KERNELS, Linker } from "./link.ts";
import { I32 } from "./opcodes.ts";

const addressesOf = (count: number): (typeof I32)[] => new Array<typeof I32>(count).fill(I32);

export class Parts {
  module = new Module();
  linker: Linker;
  /** Static data of the kernels that are part of the modules. */
  readonly statics = new Set<Static>();
  private readonly done: Uint8Array[] = [];
  private functions: Fn[] = [];
  /** Size of all functions of the module but the last. */
  private bytes = 0;

  /**
   * `kernels`: those on whole arrays that are called, with their number of arguments. Every module imports them all,
   * in this order. Functions take the addresses of so many `regions`.
   */
  constructor(
    private readonly kernels: ReadonlyMap<Kernel, number>,
    private readonly spill: (bytes: number) => number,
    private readonly regions: number,
  ) {
    this.linker = this.begin();
  }

  private begin(): Linker {
    let k = 0;
    for (const arity of this.kernels.values())
      this.module.importFunction(KERNELS, String(k++), addressesOf(arity), undefined);
    return new Linker(this.module);
  }

  /** A new function, which runs after those before; they must be complete. */
  next(): Fn {
    this.bytes += this.functions.at(-1)?.code.length ?? 0;
    if (this.bytes > MODULE_BYTES) {
      this.close();
      this.module = new Module();
      this.functions = [];
      this.bytes = 0;
      this.linker = this.begin();
    }
    const fn = this.inner(this.regions);
    this.functions.push(fn);
    return fn;
  }

  /** A function of the module that is called by its name. */
  named(name: string): Fn {
    return this.module.addFunction(addressesOf(this.regions), name);
  }

  /** A function that takes `count` int32 arguments, for others to call. */
  inner(count: number): Fn {
    const fn = this.module.addFunction(addressesOf(count));
    fn.spill = this.spill;
    return fn;
  }

  private close(): void {
    const run = this.named("run");
    for (const fn of this.functions) {
      for (let i = 0; i < this.regions; i++) run.get(i);
      run.call(fn.index);
    }
    this.done.push(this.module.encode());
    for (const s of this.linker.statics) this.statics.add(s);
  }

  /** All modules, in the order in which their `run` is to be called. */
  encode(): readonly Uint8Array[] {
    this.close();
    return this.done;
  }
}
