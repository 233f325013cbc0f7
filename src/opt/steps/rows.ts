// Calls that go through the rows of a matrix: what is known of one, and the part of it for some of the rows.
import type { KernelArg, Rows } from "../../ir/graph.ts";
import type { CallCommand, PreparedCall } from "./calls.ts";

export interface RowCommand extends CallCommand {
  readonly rows: Rows;
}

/** The only command of a call, where it is one on rows. */
export function rowCommand(call: PreparedCall): RowCommand | undefined {
  const [command] = call.commands;
  return call.commands.length === 1 && command?.kind === "call" && command.rows && call.init === undefined
    ? (command as RowCommand)
    : undefined;
}

/** The counter of blocks of rows, among those of the loops of a call. */
export const BLOCK_COUNTER = -1;

/**
 * The part of a call for `count` rows from `first` on, and `size` further down for every block; sums over the rows
 * are added to.
 */
export function someRows(call: PreparedCall, count: number, first: number, size = 0): PreparedCall {
  const command = rowCommand(call) as RowCommand;
  const { rows } = command;
  const operands = command.operands.map((a, i): KernelArg => {
    if (i === rows.count) return count;
    if (i === rows.sum) return 1;
    const perRow = rows.advance.find(([at]) => at === i)?.[1];
    return perRow && typeof a === "object" && "ptr" in a
      ? { ...a, plus: perRow * first, advance: size > 0 ? [[BLOCK_COUNTER, perRow * size]] : [] }
      : a;
  });
  return { ...call, commands: [{ ...command, operands }] };
}
