// Straight-line code for large scalar programs: functions of bounded size, one after another, with the values that
// cross from one to a later one kept in memory.
import { CHUNK_VALUES } from "../opt/cost.ts";
import type { Body, Sink } from "../opt/plan/body.ts";
import type { Value } from "../opt/plan/lane-builder.ts";
import { scalarWork } from "../opt/steps/chunks.ts";
import type { LoopStep } from "../opt/steps/steps.ts";
import { memoryName, scalarType } from "./lane-code.ts";
import { NestEmitter } from "./nest.ts";
import type { MemoryName } from "./opcodes.ts";
import type { Target } from "./target.ts";

/** Emits a large scalar body as several functions. */
export function emitChunks({ bodies }: LoopStep, target: Target): void {
  const [body] = bodies as [Body];
  const work = scalarWork(body);
  // By value: its function, and where it is kept for later ones.
  const chunkOf = new Int32Array(body.values.length);
  const slots = new Int32Array(body.values.length).fill(-1);
  work.forEach((v, i) => {
    chunkOf[v.id] = Math.floor(i / CHUNK_VALUES);
  });
  // A dual kernel sets both of its results where the first one is due.
  for (const v of work) {
    const other = v.op === "call" ? body.sibling(v) : undefined;
    if (other) chunkOf[other.id] = Math.min(chunkOf[v.id] as number, chunkOf[other.id] as number);
  }
  for (const v of work) {
    const c = chunkOf[v.id];
    for (const a of v.operands)
      if (a.op !== "const" && a.op !== "load" && chunkOf[a.id] !== c && (slots[a.id] as number) < 0)
        slots[a.id] = target.spill(8);
  }
  const chunks = Math.floor((work.length - 1) / CHUNK_VALUES) + 1;
  const sinksOf = new Map<number, Sink[]>();
  for (const s of body.sinks) {
    const c = s.value.op === "const" ? 0 : (chunkOf[s.value.id] as number);
    const list = sinksOf.get(c);
    if (list) list.push(s);
    else sinksOf.set(c, [s]);
  }
  const byChunk: Value[][] = Array.from({ length: chunks }, () => []);
  for (const v of work) (byChunk[chunkOf[v.id] as number] as Value[]).push(v);
  const name = (v: Value, what: "load" | "store"): MemoryName => memoryName(v.dtype, what);
  for (let c = 0; c < chunks; c++) {
    const fn = target.next();
    const emitter = new NestEmitter(fn, body, target, { accumulates: () => false });
    emitter.straightLine(byChunk[c] as Value[], sinksOf.get(c) ?? [], {
      mustHold: (v) => (slots[v.id] as number) >= 0,
      fetch: (v) => {
        const slot = slots[v.id] as number;
        if (slot < 0 || (chunkOf[v.id] as number) >= c) return undefined;
        const local = fn.local(scalarType(v.dtype));
        fn.get(0);
        fn.mem(name(v, "load"), slot);
        fn.set(local);
        return local;
      },
      spill: (v, local) => {
        const slot = slots[v.id] as number;
        if (slot < 0) return;
        fn.get(0);
        fn.get(local);
        fn.mem(name(v, "store"), slot);
      },
    });
  }
}
