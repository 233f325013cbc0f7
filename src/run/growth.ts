// Stacks whose number of rows nobody knows before the loop that fills them has ended: memory that grows while a program
// runs. What the program reads is a cell with the address of the rows and how many there is room for.
import { GROW } from "../ir/kernel.ts";
import { FIRST_STACK_ROWS } from "../opt/cost.ts";
import { calls } from "./program.ts";
import { allocate, deallocate, ints, provide } from "./runtime.ts";

/** The rows behind a cell. */
interface Rows {
  readonly at: number;
  readonly bytes: number;
}
const held = /* @__PURE__ */ new Map<number, Rows>();
/** Which call of a program they belong to. */
let owner = -1;

/** Frees the rows of a program that has run. */
function release(): void {
  for (const { at, bytes } of held.values()) deallocate(at, bytes);
  held.clear();
}

/** Makes room for `rows` rows of `rowBytes` behind `cell`, the first ones kept; for 0 rows, a stack begins. */
function grow(cell: number, rowBytes: number, rows: number): void {
  if (owner !== calls) {
    release();
    owner = calls;
    // When the program has run, nothing is asked of them any more. (Shells of engines have no queueMicrotask.)
    const own = calls;
    Promise.resolve().then(() => {
      if (owner === own) release();
    });
  }
  const old = held.get(cell);
  const room = old && rowBytes > 0 ? Math.floor(old.bytes / rowBytes) : 0;
  if (rows > room || !old) {
    const bytes = Math.max(rows, 2 * room, FIRST_STACK_ROWS) * rowBytes;
    const at = allocate(bytes);
    if (old) {
      ints().copyWithin(at / 4, old.at / 4, (old.at + old.bytes) / 4);
      deallocate(old.at, old.bytes);
    }
    held.set(cell, { at, bytes });
  }
  const { at, bytes } = held.get(cell) as Rows;
  const memory = ints();
  memory[cell / 4] = at;
  memory[cell / 4 + 1] = rowBytes > 0 ? Math.floor(bytes / rowBytes) : 0x7fffffff;
}

/** Gives programs with growing stacks what they call. */
export const provideGrowth = (): void => provide(GROW, grow);
