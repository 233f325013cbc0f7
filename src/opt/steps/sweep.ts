// Sweeps: products with the rows of one matrix before and after a loop over rows, as in Xᵀ(w ∘ (X·v)), read the
// matrix once instead of once each. A block of rows goes through all of them while it is in the cache, then the next
// block. Sums of products are those of whole calls, bit for bit; what the loop itself adds up is added block by
// block.
import { bytesOf } from "../../ir/aval.ts";
import type { Ranges } from "../../ir/box.ts";
import type { Node } from "../../ir/graph.ts";
import { JOIN_STEPS, SWEEP_BYTES } from "../cost.ts";
import type { StepPass } from "../pass.ts";
import type { Operand } from "../plan/pull.ts";
import { bodiesOf, MustStore } from "../plan/puller.ts";
import type { Nest, Root } from "../plan/root.ts";
import type { PreparedCall } from "./calls.ts";
import { rowCommand } from "./rows.ts";
import { type LoopStep, reads, type Step, writesOf } from "./steps.ts";

interface RowInput {
  readonly operand: Operand;
  readonly perRow: number;
}
/** A call that goes through the rows of a matrix, which does not stay in the cache by itself. */
interface RowCall {
  readonly call: PreparedCall;
  readonly rows: number;
  /** Whether its output is a sum over the rows. */
  readonly sums: boolean;
  readonly inputs: readonly RowInput[];
  readonly matrix: string;
  readonly bytes: number;
}
function rowCall(call: PreparedCall): RowCall | undefined {
  const command = rowCommand(call);
  if (!command) return undefined;
  const { operands, rows } = command;
  const inputs = operands.flatMap((a, i) =>
    typeof a === "object" && "ptr" in a && a.ptr >= 0
      ? [{ operand: call.operands[a.ptr] as Operand, perRow: rows.advance.find(([at]) => at === i)?.[1] ?? 0 }]
      : [],
  );
  const [{ operand, perRow }] = inputs as [RowInput];
  const count = operands[rows.count] as number;
  const bytes = count * Math.abs(perRow) * bytesOf(operand.base.dtype);
  if (bytes < 2 * SWEEP_BYTES) return undefined;
  const matrix = `${operand.base.id} ${operand.offset} ${perRow}`;
  return { call, rows: count, sums: rows.sum !== undefined, inputs, matrix, bytes };
}

/** Products and loops that can share a pass over a matrix become one step each. */
export const sweeps: StepPass = {
  name: "sweeps",
  list: "steps",
  makes: "blocks",
  run: (steps) => new Sweeper(steps).run(),
};

/** A call of the program and where it stands. */
type Placed = readonly [at: number, call: RowCall];

class Sweeper {
  private readonly out: (Step | undefined)[];
  private readonly rowCalls = new Map<number, RowCall>();
  /** The step that makes an array. */
  private readonly made = new Map<Node, number>();

  constructor(private readonly steps: readonly Step[]) {
    this.out = [...steps];
    steps.forEach((s, i) => {
      const c = s.kind === "call" && rowCall(s.call);
      if (c) this.rowCalls.set(i, c);
    });
  }

  run(): readonly Step[] {
    if (![...this.rowCalls.values()].some((c) => c.sums)) return this.steps;
    this.steps.forEach((s, i) => {
      for (const n of writesOf(s)) this.made.set(n, i);
    });
    this.steps.forEach((s, i) => {
      if (this.out[i] === s) this.sweepAt(s, i);
    });
    return this.out.filter((s) => s !== undefined);
  }

  /** Makes step i the middle of a sweep, if it can be: a loop over rows, or else the first product that adds up. */
  private sweepAt(s: Step, i: number): void {
    const loop = s.kind === "loop" ? s : undefined;
    const rows = loop ? loop.nest.sizes[0] : this.rowCalls.get(i)?.sums ? this.rowCalls.get(i)?.rows : undefined;
    if (rows === undefined || (loop && !isOneLoop(loop))) return;
    const candidates = this.candidates(rows, i);
    const movable = ([j, c]: Placed): boolean =>
      j < i && !c.sums && c.call.nodes.every((n) => this.isMovable(n, j, i, loop));
    const before = candidates.filter(movable);
    const nearby = new Set([...before.flatMap(([, c]) => c.call.nodes), ...(loop ? writesOf(loop) : [])]);
    const after = candidates.filter(
      ([j, c]) => j >= i && c.sums && c.inputs.every((x) => this.isThere(x, nearby, rows, i)),
    );
    const [first, last] = sharing(before, after);
    if (first.length === 0 || last.length === 0) return;
    if (!loop && !last.some(([j]) => j === i)) return; // it stays where it is; another one will be the middle
    const step = swept(first, loop, last, rows);
    if (!step) return;
    for (const [j] of [...first, ...last]) this.out[j] = undefined;
    this.out[i] = step;
  }

  /** Calls near step i that go through so many rows. */
  private candidates(rows: number, i: number): Placed[] {
    const found: Placed[] = [];
    for (let j = Math.max(0, i - JOIN_STEPS); j < Math.min(this.steps.length, i + JOIN_STEPS); j++) {
      const c = this.rowCalls.get(j);
      if (c?.rows === rows && this.out[j] === this.steps[j]) found.push([j, c]);
    }
    return found;
  }
  /** Whether `node`, made by step j, may be made just before step i, a loop that reads its rows one by one. */
  private isMovable(node: Node, j: number, i: number, loop: LoopStep | undefined): boolean {
    for (let t = j + 1; t < i; t++) {
      const between = this.out[t];
      if (between && reads(between, node)) return false;
    }
    return !loop || loop.bodies.every((b) => b.live.every((v) => v.source !== node || isRow(v)));
  }
  /** Whether an operand is there after step i, or after each of its blocks. */
  private isThere(
    { operand: { base, offset }, perRow }: RowInput,
    nearby: Set<Node>,
    rows: number,
    i: number,
  ): boolean {
    return nearby.has(base) ? offset === 0 && perRow === 1 && base.size === rows : (this.made.get(base) ?? -1) < i;
  }
}

const isOneLoop = ({ nest, bodies, form }: LoopStep): boolean =>
  bodies.length === 1 && nest.sizes.length === 1 && form.kind === "boxes";

/** Whether a loop over rows reads of an array, at each iteration, the element of that row. */
const isRow = ({ op, position }: LoopStep["bodies"][number]["values"][number]): boolean =>
  op === "load" && position?.[0] === 0 && position[1] === 1;

/** Those that read a matrix which another one reads too. */
function sharing(before: readonly Placed[], after: readonly Placed[]): [Placed[], Placed[]] {
  const readers = new Map<string, number>();
  for (const [, { matrix }] of [...before, ...after]) readers.set(matrix, (readers.get(matrix) ?? 0) + 1);
  const shares = ([, { matrix }]: Placed): boolean => (readers.get(matrix) as number) > 1;
  return [before.filter(shares), after.filter(shares)];
}

function swept(
  first: readonly Placed[],
  loop: LoopStep | undefined,
  last: readonly Placed[],
  rows: number,
): LoopStep | undefined {
  const matrices = new Map([...first, ...last].map(([, c]) => [c.matrix, c.bytes]));
  const bytes = [...matrices.values()].reduce((sum, n) => sum + n, 0);
  const block = Math.max(4, Math.floor((SWEEP_BYTES / bytes) * rows) & ~3);
  if (rows < 2 * block) return undefined;
  const calls = (list: readonly Placed[]): PreparedCall[] => list.map(([, c]) => c.call);
  const blocked = loop
    ? blockedLoop(loop.nest, rows, block)
    : { nest: { kind: "nest" as const, sizes: [], roots: [], stored: new Map() }, bodies: [] };
  const form = { kind: "blocks", before: calls(first), after: calls(last), rows, block } as const;
  return blocked && { kind: "loop", ...blocked, form };
}

/** A loop over rows as two, over blocks and over the rows of a block; a box of its own for the rows that are left. */
function blockedLoop(nest: Nest, rows: number, block: number): Pick<LoopStep, "nest" | "bodies"> | undefined {
  const whole = Math.floor(rows / block);
  const box = (from: number, to: number, count: number): Ranges => [
    [from, to],
    [0, count],
  ];
  // Taken from the end: whole blocks first.
  const boxes = [box(0, whole, block)];
  if (whole * block < rows) boxes.unshift(box(whole, whole + 1, rows - whole * block));
  const count = boxes.length;
  const sizes = [Math.ceil(rows / block), block];
  const roots = nest.roots.map((r): Root => ({ ...r, domain: { ...r.domain, sizes, block } }));
  const blocked: Nest = { ...nest, sizes, roots };
  try {
    const bodies = bodiesOf(blocked, boxes);
    return bodies.length === count ? { nest: blocked, bodies } : undefined;
  } catch (e) {
    if (e instanceof MustStore) return undefined;
    throw e;
  }
}
