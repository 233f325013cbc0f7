// Loops as code. The function of a loop calls those of its body, which take the addresses of the iteration's slices:
// engines do not replace the slow first code of a function while it runs, so that what takes long must be called often.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { GROW } from "../ir/kernel.ts";
import { partIndex } from "../ir/part.ts";
import { CALLED_ITERATIONS, STACK_ROWS } from "../opt/cost.ts";
import type { Operand } from "../opt/plan/pull.ts";
import { type Ref, WORK } from "../opt/steps/layout.ts";
import type { Block, ControlStep, Inside } from "../opt/steps/steps.ts";
import type { Loop } from "../primitives/control.ts";
import { advance, blockTarget, branch, clamp, copyArray, emitBlock, pushAddress, repeat, startOf } from "./arrays.ts";
import type { Fn } from "./assembler.ts";
import { I32 } from "./opcodes.ts";
import { blockFunction, isSequential } from "./sequential.ts";
import type { Target } from "./target.ts";

/** An address that moves from iteration to iteration: what begins in `region`, in slices of so many bytes. */
interface Walk {
  readonly region: number;
  readonly bytes: number;
  /** Of an array that grows: where its address is. */
  readonly cell?: Ref;
  /** It is this loop that makes it grow. */
  readonly grows?: boolean;
}

/** What the parts of a loop's code share. */
interface Site {
  readonly step: ControlStep;
  readonly loop: Loop;
  readonly target: Target;
  readonly inside: Inside;
  /** Offset of the loop's own memory. */
  readonly at: number;
  readonly walks: readonly Walk[];
  /** Where the parameters and some results of the body lie. */
  readonly refs: readonly [body: ReadonlyMap<Node, Ref>, condition: ReadonlyMap<Node, Ref>];
}

function siteOf(step: ControlStep, inside: Inside, loop: Loop, target: Target): Site {
  const [body, condition] = inside.blocks as [Block, Block | undefined];
  const at = target.ref(inside.memory).offset;
  const results = new Map(step.results.map((r) => [partIndex(r), r]));
  const walks: Walk[] = [];
  const refs = new Map<Node, Ref>();
  const walked = (slice: Node, of: Node, cell: Ref, grows: boolean): Ref => {
    const { region, offset } = cell;
    const bytes = slice.size * bytesOf(slice.dtype);
    if (!Number.isFinite(of.size))
      return { region: target.addresses + walks.push({ region, bytes, cell, grows }) - 1, offset: 0 };
    let k = walks.findIndex((w) => w.region === region && w.bytes === bytes && !w.cell);
    if (k < 0) k = walks.push({ region, bytes }) - 1;
    return { region: target.addresses + k, offset };
  };
  const { carries } = loop;
  body.parameters.forEach((p, i) => {
    const o = inside.operands[i];
    if (i < carries) {
      const result = results.get(i);
      refs.set(p, result ? target.ref(result) : { region: WORK, offset: at + (inside.carries.get(p) as number) });
    } else if (o !== undefined && typeof o !== "number")
      refs.set(p, i < carries + loop.walked ? walked(p, o.base, startOf(o, target), false) : startOf(o, target));
  });
  const stacks = loop.trip === "condition" ? 1 : 0;
  body.outputs.forEach((y, i) => {
    const stack = results.get(i + stacks);
    if (y && i >= carries && stack) refs.set(y, walked(y, stack, target.ref(stack), true));
  });
  for (const [y, p] of inside.inPlace) refs.set(y, refs.get(p) as Ref);
  // The two graphs may have parameters in common that mean different things.
  const asked = new Map<Node, Ref>();
  condition?.parameters.forEach((p, i) => {
    const ref = refs.get(body.parameters[i] as Node);
    if (ref) asked.set(p, ref);
  });
  return { step, loop, target, inside, at, walks, refs: [refs, asked] };
}

/** The function of a loop: its variables, and how it gives addresses to others. */
interface Run {
  readonly fn: Fn;
  readonly site: Site;
  /** How many iterations are left, at most, and how many there have been. */
  readonly left: number;
  readonly done: number;
  /** Of slices. */
  readonly addresses: readonly number[];
  args(fn: Fn): void;
}

/** How many addresses the functions of a loop's blocks take. */
const addressesIn = ({ target, walks }: Site): number => target.addresses + walks.length;

export function emitLoop(step: ControlStep, inside: Inside, loop: Loop, target: Target): void {
  const site = siteOf(step, inside, loop, target);
  const fn = target.next();
  const [body, condition] = inside.blocks as [Block, Block | undefined];
  body.parameters.slice(0, loop.carries).forEach((p, i) => {
    const o = inside.operands[i] as Operand | number;
    copyArray(fn, p, site.refs[0].get(p) as Ref, typeof o === "number" ? o : startOf(o, target));
  });
  const left = fn.local(I32);
  pushTrips(fn, site);
  fn.set(left);
  const addresses = site.walks.map((w) => firstSlice(fn, w, site, left));
  const args = (f: Fn): void => {
    for (let i = 0; i < target.addresses; i++) f.get(i);
    for (const a of addresses) f.get(a);
  };
  const done = fn.local(I32);
  if (loop.trip === "count") {
    fn.get(left);
    fn.set(done);
  }
  (isSequential(inside) ? runBlocks : runSteps)({ fn, site, left, done, addresses, args });
  if (loop.trip === "length") return;
  const first = loop.carries + (condition ? 1 : 0);
  for (const r of step.results) {
    const to = target.ref(r);
    if (!Number.isFinite(r.size)) continue;
    if (partIndex(r) >= first) clearRest(fn, r, to, done);
    else if (partIndex(r) === loop.carries) {
      fn.get(to.region);
      fn.get(done);
      fn.mem("i32.store", to.offset);
    }
  }
}

/** Rows of iterations that there were not are zeros. */
function clearRest(fn: Fn, stack: Node, to: Ref, done: number): void {
  const rows = stack.shape[0] as number;
  const bytes = (stack.size / rows) * bytesOf(stack.dtype);
  pushAddress(fn, to);
  fn.get(done);
  fn.i32(bytes);
  fn.op("i32.mul");
  fn.op("i32.add");
  fn.i32(0);
  fn.i32(rows);
  fn.get(done);
  fn.op("i32.sub");
  fn.i32(bytes);
  fn.op("i32.mul");
  fn.fill();
}

/** How many iterations there are, or at most are; where there is no limit the number stays as it is. */
function pushTrips(fn: Fn, { inside, loop, target }: Site): void {
  const most = Math.min(loop.length, 0x7fffffff);
  if (loop.trip !== "count") {
    fn.i32(most);
    return;
  }
  const o = inside.operands.at(-1) as Operand | number;
  if (typeof o === "number") {
    fn.i32(Math.max(0, Math.min(most, o)));
    return;
  }
  const given = fn.local(I32);
  const { region, offset } = startOf(o, target);
  fn.get(region);
  fn.mem("i32.load", offset);
  fn.set(given);
  clamp(fn, given, 0, most);
  fn.get(given);
}

/** A local with the address of the first slice, less its offset. */
function firstSlice(fn: Fn, w: Walk, { loop, target }: Site, left: number): number {
  const { region, bytes, cell, grows } = w;
  const address = fn.local(I32);
  if (cell && grows) makeRoom(fn, w, target, () => (loop.trip === "count" ? fn.get(left) : fn.i32(0)));
  fn.get(region);
  if (cell) fn.mem("i32.load", cell.offset);
  if (loop.reverse) {
    fn.get(left);
    fn.i32(1);
    fn.op("i32.sub");
    fn.i32(bytes);
    fn.op("i32.mul");
    fn.op("i32.add");
  }
  fn.set(address);
  return address;
}
/** Makes room for `rows` rows, and sets a stack that grows to none before its first iteration. */
function makeRoom(fn: Fn, { cell, bytes }: Walk, target: Target, rows: () => void): void {
  pushAddress(fn, cell as Ref);
  fn.i32(bytes);
  rows();
  fn.call(target.functionIndex(GROW));
}
/** Makes room for the next `more` iterations of a loop that has made `done`, and finds the row of the first of them. */
function growStacks(
  fn: Fn,
  { walks, loop, target }: Site,
  addresses: readonly number[],
  done: number,
  more: () => void,
): void {
  walks.forEach((w, k) => {
    if (!w.grows || !w.cell || loop.trip !== "condition") return;
    makeRoom(fn, w, target, () => {
      fn.get(done);
      more();
      fn.op("i32.add");
    });
    fn.get(w.cell.region);
    fn.mem("i32.load", w.cell.offset);
    fn.get(done);
    fn.i32(w.bytes);
    fn.op("i32.mul");
    fn.op("i32.add");
    fn.set(addresses[k] as number);
  });
}

/** Whether its condition alone ends it: its iterations may be more than a number of 32 bits counts. */
const isEndless = ({ trip, length }: Loop): boolean => trip === "condition" && length === Number.POSITIVE_INFINITY;

const strideOf = (w: Walk, { reverse }: Loop): number => (reverse ? -w.bytes : w.bytes);

/** One call of the body's functions, and of the condition's, per iteration. */
function runSteps({ fn, site, left, done, addresses, args }: Run): void {
  const { inside, loop, target, walks, at, refs } = site;
  const [body, condition] = inside.blocks as [Block, Block | undefined];
  const functions = emitBlock(body, target, at, refs[0], addressesIn(site));
  const { ref } = blockTarget(body, target, at, refs[0], addressesIn(site));
  const tests = condition ? emitBlock(condition, target, at, refs[1], addressesIn(site)) : [];
  const call = (f: Fn): void => {
    args(fn);
    fn.call(f.index);
  };
  const grows = loop.trip === "condition" && walks.some((w) => w.grows);
  fn.get(left);
  fn.when(() =>
    repeat(fn, () => {
      if (grows) {
        fn.get(done);
        fn.i32(STACK_ROWS - 1);
        fn.op("i32.and");
        fn.op("i32.eqz");
        fn.when(() => growStacks(fn, site, addresses, done, () => fn.i32(STACK_ROWS)));
      }
      if (condition) {
        tests.forEach(call);
        fn.get(WORK);
        fn.mem("i32.load", at + (condition.places.get(condition.outputs[0] as Node) as number));
        fn.op("i32.eqz");
        branch(fn, "out");
      }
      functions.forEach(call);
      body.parameters.slice(0, loop.carries).forEach((p, i) => {
        const y = body.outputs[i] as Node;
        if (inside.inPlace.get(y) !== p) copyArray(fn, p, ref(p), ref(y));
      });
      walks.forEach((w, k) => {
        advance(fn, addresses[k] as number, strideOf(w, loop));
      });
      if (condition) advance(fn, done, 1);
      if (!isEndless(loop)) advance(fn, left, -1);
      fn.get(left);
      branch(fn, "again");
    }),
  );
}

/** Calls of one function that makes many iterations and holds the carries in variables meanwhile. */
function runBlocks({ fn, site, left, done, addresses, args }: Run): void {
  const { inside, loop, target, walks, at, refs } = site;
  const targets = inside.blocks.map((b, k) =>
    blockTarget(b, target, at, refs[k] as ReadonlyMap<Node, Ref>, addressesIn(site)),
  );
  const strides = walks.map((w) => strideOf(w, loop));
  const block = blockFunction(inside.blocks, loop, targets, { first: target.addresses, strides, words: at });
  const some = fn.local(I32);
  fn.get(left);
  fn.when(() =>
    repeat(fn, () => {
      fn.get(left);
      fn.set(some);
      clamp(fn, some, 0, CALLED_ITERATIONS);
      growStacks(fn, site, addresses, done, () => fn.get(some));
      args(fn);
      fn.get(some);
      fn.call(block.index);
      if (loop.trip === "condition") {
        // How many there were; fewer than asked for: the condition ended the loop.
        fn.get(WORK);
        fn.mem("i32.load", at);
        fn.get(done);
        fn.op("i32.add");
        fn.set(done);
        fn.get(WORK);
        fn.mem("i32.load", at);
        fn.get(some);
        fn.op("i32.ne");
        branch(fn, "out");
      }
      strides.forEach((bytes, k) => {
        const address = addresses[k] as number;
        fn.get(address);
        fn.get(some);
        fn.i32(bytes);
        fn.op("i32.mul");
        fn.op("i32.add");
        fn.set(address);
      });
      fn.get(left);
      if (!isEndless(loop)) {
        fn.get(some);
        fn.op("i32.sub");
        fn.tee(left);
      }
      branch(fn, "again");
    }),
  );
}
