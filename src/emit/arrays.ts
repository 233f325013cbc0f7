// What the code of loops and of choices has in common: addresses, copies of arrays, and where their blocks are emitted.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Operand } from "../opt/plan/pull.ts";
import { type Ref, WORK } from "../opt/steps/layout.ts";
import type { Block } from "../opt/steps/steps.ts";
import type { Fn } from "./assembler.ts";
import { constant, memoryName } from "./lane-code.ts";
import { I32 } from "./opcodes.ts";
import type { Target } from "./target.ts";

/** Where operand `o` begins. */
export const startOf = ({ base, offset }: Operand, target: Pick<Target, "ref">): Ref => {
  const at = target.ref(base);
  return { region: at.region, offset: at.offset + offset * bytesOf(base.dtype) };
};

export function pushAddress(fn: Fn, { region, offset }: Ref): void {
  fn.get(region);
  if (offset === 0) return;
  fn.i32(offset);
  fn.op("i32.add");
}

/** Copies an array of the type of `n`. Short ones element by element: a call of the engine's copy takes longer. */
export function copyArray(fn: Fn, n: Node, to: Ref, from: Ref | number): void {
  const bytes = bytesOf(n.dtype);
  if (n.size > 8) {
    if (typeof from === "number") fillArray(fn, n, to, from);
    else {
      pushAddress(fn, to);
      pushAddress(fn, from);
      fn.i32(n.size * bytes);
      fn.copy();
    }
    return;
  }
  for (let i = 0; i < n.size; i++) {
    fn.get(to.region);
    if (typeof from === "number") constant(fn, from, n.dtype);
    else {
      fn.get(from.region);
      fn.mem(memoryName(n.dtype, "load"), from.offset + i * bytes);
    }
    fn.mem(memoryName(n.dtype, "store"), to.offset + i * bytes);
  }
}

function fillArray(fn: Fn, n: Node, to: Ref, value: number): void {
  const bytes = bytesOf(n.dtype);
  if (Object.is(value, 0)) {
    pushAddress(fn, to);
    fn.i32(0);
    fn.i32(n.size * bytes);
    fn.fill();
    return;
  }
  const [at, count] = [fn.local(I32), fn.local(I32)];
  pushAddress(fn, to);
  fn.set(at);
  fn.count(count, 0, n.size, () => {
    fn.get(at);
    constant(fn, value, n.dtype);
    fn.mem(memoryName(n.dtype, "store"), 0);
    advance(fn, at, bytes);
  });
}

export function advance(fn: Fn, local: number, by: number): void {
  fn.get(local);
  fn.i32(by);
  fn.op("i32.add");
  fn.set(local);
}

/** Brings an int32 local between two bounds. */
export function clamp(fn: Fn, local: number, least: number, most: number): void {
  for (const [bound, op] of [
    [least, "i32.gt_s"],
    [most, "i32.lt_s"],
  ] as const) {
    fn.get(local);
    fn.i32(bound);
    fn.get(local);
    fn.i32(bound);
    fn.op(op);
    fn.op("select.scalar");
    fn.set(local);
  }
}

/**
 * The functions of `block`, which take `addresses` of regions and slices. Arrays lie where `refs` says, others in the
 * memory of the step, from `at` on in the work region.
 */
export function emitBlock(
  block: Block,
  target: Target,
  at: number,
  refs: ReadonlyMap<Node, Ref>,
  addresses: number,
): readonly Fn[] {
  const functions: Fn[] = [];
  const inside = blockTarget(block, target, at, refs, addresses, functions);
  for (const s of block.steps) target.emit(s, inside);
  return functions;
}
export function blockTarget(
  { places }: Block,
  target: Target,
  at: number,
  refs: ReadonlyMap<Node, Ref>,
  addresses: number,
  functions: Fn[] = [],
): Target {
  return {
    ...target,
    addresses,
    ref(n) {
      const offset = places.get(n);
      const known = refs.get(n) ?? (offset === undefined ? undefined : { region: WORK, offset: at + offset });
      if (!known) throw new TypeError(`no memory for ${n.prim.name} ${n.id} of a loop`);
      return known;
    },
    next() {
      const fn = target.inner(addresses);
      functions.push(fn);
      return fn;
    },
  };
}

/** `block { loop { body } }`: see `branch`. */
export function repeat(fn: Fn, body: () => void): void {
  fn.code.bytes([0x02, 0x40, 0x03, 0x40]);
  body();
  fn.code.bytes([0x0b, 0x0b]);
}
/** Within the body of `repeat`: if the top of the stack is not 0, leaves the loop, or begins it again. */
export function branch(fn: Fn, where: "out" | "again"): void {
  fn.code.bytes([0x0d, where === "out" ? 1 : 0]);
}
