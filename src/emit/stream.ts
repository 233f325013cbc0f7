// The form of streamed programs (opt/steps/stream.ts): functions for the first piece, for those in the middle, and for
// the last one, each of which sees its arrays through windows. Whoever runs the program moves the windows.
import { bytesOf } from "../ir/aval.ts";
import type { Body } from "../opt/plan/body.ts";
import type { Form, LoopStep } from "../opt/steps/steps.ts";
import type { Fn } from "./assembler.ts";
import { clearFolds } from "./boxes.ts";
import { NestEmitter } from "./nest.ts";
import type { Target } from "./target.ts";

type Windows = Extract<Form, { kind: "windows" }>;

/** Emits `head` (folds cleared, the first elements), `piece` and `tail` (the last piece and the last elements). */
export function emitWindows(step: LoopStep, target: Target): void {
  const { stream, ...form } = step.form as Windows;
  const { lo, pieces, piece, before, windowed } = stream;
  const accumulates = (): boolean => true;
  /** Code that sees the window of the piece at `start`. */
  const emit = (fn: Fn, body: Body, start: number): void => {
    const ref: Target["ref"] = (n) => {
      const { region, offset } = target.ref(n);
      return windowed.has(n) ? { region, offset: offset - (start - before) * bytesOf(n.dtype) } : { region, offset };
    };
    new NestEmitter(fn, body, { ...target, ref }, { accumulates }).emit();
  };
  const head = target.named("head");
  clearFolds(head, step, accumulates, target);
  for (const b of form.head) emit(head, b, lo);
  emit(target.named("piece"), form.piece, lo);
  const lastStart = lo + (pieces - 1) * piece;
  const tail = target.named("tail");
  emit(tail, form.last, lastStart);
  for (const b of form.tail) emit(tail, b, lastStart);
}
