// The form of sweeps (opt/steps/sweep.ts): a loop over blocks of rows with calls before and after the rows of each, and
// the rows that are left.
import type { Node } from "../ir/graph.ts";
import type { Body } from "../opt/plan/body.ts";
import type { PreparedCall } from "../opt/steps/calls.ts";
import { BLOCK_COUNTER, someRows } from "../opt/steps/rows.ts";
import type { Form, LoopStep } from "../opt/steps/steps.ts";
import { accumulated, clearFolds } from "./boxes.ts";
import { emitCall, emitZeros } from "./calls.ts";
import { NestEmitter } from "./nest.ts";
import { I32 } from "./opcodes.ts";
import type { Target } from "./target.ts";

type Blocks = Extract<Form, { kind: "blocks" }>;

export function emitBlocks(step: LoopStep, target: Target): void {
  const { before, after, rows, block } = step.form as Blocks;
  const [main, left] = step.bodies as [Body?, Body?];
  const fn = target.next();
  const accumulates = accumulated(step);
  clearFolds(fn, step, accumulates, target);
  const whole = Math.floor(rows / block);
  for (const c of after) emitZeros(fn, c.nodes[0] as Node, target.ref);
  const inBlock = (list: readonly PreparedCall[], counter: number): void => {
    const outer = new Map([[BLOCK_COUNTER, counter]]);
    for (const c of list) emitCall(fn, someRows(c, block, 0, block), target, outer);
  };
  const around = (counter: number, inside: () => void): void => {
    inBlock(before, counter);
    inside();
    inBlock(after, counter);
  };
  if (main) new NestEmitter(fn, main, target, { accumulates, around }).emit();
  else {
    const counter = fn.local(I32);
    fn.count(counter, 0, whole, () => around(counter, () => {}));
  }
  const rest = rows - whole * block;
  if (rest === 0) return;
  const forRest = (list: readonly PreparedCall[]): void => {
    for (const c of list) emitCall(fn, someRows(c, rest, whole * block), target);
  };
  forRest(before);
  if (left) new NestEmitter(fn, left, target, { accumulates }).emit();
  forRest(after);
}
