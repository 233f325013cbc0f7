// Sweeps: products with the rows of one matrix before and after a loop over rows, as in Xᵀ(w ∘ (X·v)), read the
// matrix once instead of once each. A block of rows goes through all of them while it is in the cache, then the next
// block. Sums of products are those of whole calls, bit for bit; what the loop itself adds up is added block by
// block.
import { bytesOf } from "../ir/aval.ts";
import type { Ranges } from "../ir/box.ts";
import type { KernelArg, Node } from "../ir/graph.ts";
import { type Body, bodiesOf, type Fold, MustStore } from "../opt/plan/body.ts";
import type { Nest, Root } from "../opt/plan/plan.ts";
import type { Operand } from "../opt/plan/pull.ts";
import { rowCommand, withJoinedCalls } from "../opt/steps/join.ts";
import { type LoopNest, reads, type Step, type Sweep, setSharePasses, WINDOW } from "../opt/steps/steps.ts";
import type { Fn } from "./assembler.ts";
import { type CallContext, emitCall, emitZeros, type PreparedCall } from "./calls.ts";
import { NestEmitter } from "./nest.ts";
import { I32 } from "./opcodes.ts";
import type { Context } from "./scalar-code.ts";

/**
 * Bytes of a block of rows: they stay in a second-level cache, and the loop over its rows is long enough to be worth
 * entering.
 */
const BLOCK_BYTES = 131072;

/** A sweep as it is emitted. */
interface Parts {
  /** Calls that make rows, the loop over rows that reads them, and calls that add rows up. */
  readonly before: readonly PreparedCall[];
  readonly loop: LoopNest | undefined;
  readonly after: readonly PreparedCall[];
  readonly rows: number;
  /** Rows of a block. */
  readonly block: number;
}

/** A call that goes through the rows of a matrix, which does not stay in the cache by itself. */
interface RowCall {
  readonly call: PreparedCall;
  readonly rows: number;
  /** Whether its output is a sum over the rows. */
  readonly sums: boolean;
  readonly inputs: readonly { readonly operand: Operand; readonly perRow: number }[];
  readonly matrix: string;
  readonly bytes: number;
}
function rowCall(call: PreparedCall | undefined): RowCall | undefined {
  const command = call && rowCommand(call);
  if (!command) return undefined;
  const { args, rows } = command;
  const inputs = args.flatMap((a, i) =>
    typeof a === "object" && "ptr" in a && a.ptr >= 0
      ? [{ operand: call.operands[a.ptr] as Operand, perRow: rows.advance.find(([at]) => at === i)?.[1] ?? 0 }]
      : [],
  );
  const [{ operand, perRow }] = inputs as [RowCall["inputs"][number]];
  const count = args[rows.count] as number;
  const bytes = count * Math.abs(perRow) * bytesOf(operand.base.dtype);
  if (bytes < 2 * BLOCK_BYTES) return undefined;
  const matrix = `${operand.base.id} ${operand.offset} ${perRow}`;
  return { call, rows: count, sums: rows.sum !== undefined, inputs, matrix, bytes };
}

/** `steps` with the products and loops that can share a pass over a matrix as one step each. */
function withSweeps(steps: readonly Step[], roots: ReadonlyMap<Node, Root>): readonly Step[] {
  const rowCalls = new Map<number, RowCall>();
  steps.forEach((s, i) => {
    const c = rowCall(s.call);
    if (c) rowCalls.set(i, c);
  });
  if (![...rowCalls.values()].some((c) => c.sums)) return steps;
  const out: (Step | undefined)[] = [...steps];
  const made = new Map<Node, number>();
  steps.forEach(({ call, nest }, i) => {
    for (const n of call?.nodes ?? []) made.set(n, i);
    for (const r of nest?.nest.roots ?? []) made.set(r.node, i);
  });
  steps.forEach((s, i) => {
    if (out[i] !== s) return;
    // The middle of a sweep: a loop over rows, or, without one, the first product that adds up.
    const loop = s.nest;
    const rows = loop ? loop.nest.sizes[0] : rowCalls.get(i)?.sums ? rowCalls.get(i)?.rows : undefined;
    if (rows === undefined || (loop && (loop.bodies.length !== 1 || loop.nest.sizes.length !== 1))) return;
    const candidates: [number, RowCall][] = [];
    for (let j = Math.max(0, i - WINDOW); j < Math.min(steps.length, i + WINDOW); j++) {
      const c = rowCalls.get(j);
      if (c?.rows === rows && out[j] === steps[j]) candidates.push([j, c]);
    }
    let before = candidates.filter(([j, c]) => j < i && !c.sums && c.call.nodes.every((n) => isMovable(j, n)));
    const nearby = new Set([
      ...before.flatMap(([, c]) => c.call.nodes),
      ...(loop?.nest.roots ?? []).map((r) => r.node),
    ]);
    let after = candidates.filter(([j, c]) => j >= i && c.sums && c.inputs.every(isThere));
    /** Whether what is made by step j may be made just before step i, which reads its rows one by one. */
    function isMovable(j: number, node: Node): boolean {
      for (let t = j + 1; t < i; t++) if (reads(out[t] ?? {}, node)) return false;
      return (
        loop === undefined ||
        loop.bodies.every((b) => b.values.every((v) => v.source !== node || v.uses === 0 || isRow(v)))
      );
    }
    /** Whether an operand is there after step i, or after each of its blocks. */
    function isThere({ operand: { base, offset }, perRow }: RowCall["inputs"][number]): boolean {
      return nearby.has(base) ? offset === 0 && perRow === 1 && base.size === rows : (made.get(base) ?? -1) < i;
    }
    const readers = new Map<string, number>();
    for (const [, c] of [...before, ...after]) readers.set(c.matrix, (readers.get(c.matrix) ?? 0) + 1);
    const shares = ([, c]: [number, RowCall]): boolean => (readers.get(c.matrix) as number) > 1;
    before = before.filter(shares);
    after = after.filter(shares);
    if (before.length === 0 || after.length === 0) return;
    if (!loop && !after.some(([j]) => j === i)) return; // it stays where it is; another one will be the middle
    const parts = partsOf(before, loop, after, rows, roots);
    if (!parts) return;
    for (const [j] of [...before, ...after]) out[j] = undefined;
    const emit: Sweep["emit"] = (fn, calls, context, accumulates) => emitSweep(fn, parts, calls, context, accumulates);
    out[i] = { sweep: { calls: [...parts.before, ...parts.after], loop: parts.loop, emit } };
  });
  return out.filter((s) => s !== undefined);
}
/** Whether a loop over rows reads of an array, at each iteration, the element of that row. */
const isRow = (v: Body["values"][number]): boolean => v.op === "load" && v.position?.[0] === 0 && v.position[1] === 1;

function partsOf(
  first: readonly [number, RowCall][],
  loop: LoopNest | undefined,
  last: readonly [number, RowCall][],
  rows: number,
  roots: ReadonlyMap<Node, Root>,
): Parts | undefined {
  const [before, after] = [first, last].map((list) => list.map(([, c]) => c.call)) as [PreparedCall[], PreparedCall[]];
  const matrices = new Map([...first, ...last].map(([, c]) => [c.matrix, c.bytes]));
  const bytes = [...matrices.values()].reduce((sum, n) => sum + n, 0);
  const block = Math.max(4, Math.floor((BLOCK_BYTES / bytes) * rows) & ~3);
  if (rows < 2 * block) return undefined;
  const parts = { before, after, rows, block };
  if (!loop) return { ...parts, loop };
  const whole = Math.floor(rows / block);
  const box = (from: number, to: number, count: number): Ranges => [
    [from, to],
    [0, count],
  ];
  // Taken from the end: whole blocks first.
  const boxes = [box(0, whole, block)];
  if (whole * block < rows) boxes.unshift(box(whole, whole + 1, rows - whole * block));
  const sizes = [Math.ceil(rows / block), block];
  const blocked = (r: Root): Root => ({ ...r, domain: { ...r.domain, sizes, block } });
  const nest: Nest = { kind: "nest", sizes, roots: loop.nest.roots.map(blocked) };
  const count = boxes.length;
  try {
    const bodies = bodiesOf(nest, roots, boxes);
    return bodies.length === count ? { ...parts, loop: { nest, bodies } } : undefined;
  } catch (e) {
    if (e instanceof MustStore) return undefined;
    throw e;
  }
}

/** Code of a sweep: a loop over blocks of rows, and the rows that are left. */
function emitSweep(
  fn: Fn,
  { before, loop, after, rows, block }: Parts,
  calls: CallContext,
  context: Context,
  accumulates: (f: Fold) => boolean,
): void {
  const whole = Math.floor(rows / block);
  const rest = rows - whole * block;
  for (const c of after) emitZeros(fn, c.nodes[0] as Node, calls.ref);
  const all = (list: readonly PreparedCall[], counter?: number): void => {
    const inBlock = counter !== undefined;
    for (const c of list)
      emitCall(
        fn,
        inBlock ? rowsOf(c, block, 0, block) : rowsOf(c, rest, whole * block, 0),
        calls,
        inBlock ? new Map([[BLOCK, counter]]) : undefined,
      );
  };
  if (loop)
    new SweepEmitter(
      fn,
      loop.bodies[0] as Body,
      context,
      accumulates,
      (c) => all(before, c),
      (c) => all(after, c),
    ).emit();
  else {
    const counter = fn.local(I32);
    fn.count(counter, 0, whole, () => {
      all(before, counter);
      all(after, counter);
    });
  }
  if (rest === 0) return;
  all(before);
  if (loop) new NestEmitter(fn, loop.bodies[1] as Body, context, accumulates).emit();
  all(after);
}

/** The counter of blocks, among those of a call. */
const BLOCK = -1;
/**
 * The part of a call for `count` rows from `first` on, and `size` further down for every block; sums over the rows
 * are added to.
 */
function rowsOf(call: PreparedCall, count: number, first: number, size: number): PreparedCall {
  const command = rowCommand(call) as NonNullable<ReturnType<typeof rowCommand>>;
  const { rows } = command;
  const args = command.args.map((a, i): KernelArg => {
    if (i === rows.count) return count;
    if (i === rows.sum) return 1;
    const perRow = rows.advance.find(([at]) => at === i)?.[1];
    return perRow && typeof a === "object" && "ptr" in a
      ? { ...a, plus: perRow * first, advance: size > 0 ? [[BLOCK, perRow * size]] : [] }
      : a;
  });
  return { ...call, commands: [{ ...command, args }] };
}

/** A loop over blocks of rows with calls before and after the rows of each. */
class SweepEmitter extends NestEmitter {
  constructor(
    fn: Fn,
    body: Body,
    context: Context,
    accumulates: (f: Fold) => boolean,
    private readonly before: (counter: number) => void,
    private readonly after: (counter: number) => void,
  ) {
    super(fn, body, context, accumulates);
  }
  protected override emitLevel(k: number): void {
    const block = k < 0 ? undefined : (this.counters.get(0) as number);
    if (block !== undefined) this.before(block);
    super.emitLevel(k);
    if (block !== undefined) this.after(block);
  }
}

/** From now on products of matrices share passes over their operands. */
export const useSweeps = (): void => setSharePasses(share);
const share = (steps: readonly Step[], roots: ReadonlyMap<Node, Root>): readonly Step[] =>
  withSweeps(withJoinedCalls(steps), roots);
