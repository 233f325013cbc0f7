// The form of loops over pairs i ≤ j (opt/steps/pairs.ts): a triangle of loops.
import type { Body, Sink } from "../opt/plan/body.ts";
import type { Value } from "../opt/plan/lane-builder.ts";
import type { Form, LoopStep } from "../opt/steps/steps.ts";
import { clearFolds } from "./boxes.ts";
import { NestEmitter } from "./nest.ts";
import { I32 } from "./opcodes.ts";
import type { Target } from "./target.ts";

type Triangle = Extract<Form, { kind: "triangle" }>;

export function emitTriangle(step: LoopStep, target: Target): void {
  const { beside } = step.form as Triangle;
  const fn = target.next();
  const accumulates = (): boolean => true;
  clearFolds(fn, step, accumulates, target);
  const innerLoop = (e: NestEmitter): void => emitRow(e, beside);
  new NestEmitter(fn, step.bodies[0] as Body, target, { accumulates, innerLoop }).emit();
}

/**
 * Row i: its own element where that is needed, single partners until the rest are whole vectors, then vectors to the
 * end.
 */
function emitRow(e: NestEmitter, beside: number): void {
  const { fn, width, body } = e;
  const pairs = body.sinks.slice(0, beside);
  const diagonal = body.sinks.slice(beside);
  const row = body.active[0] as number;
  const [, size] = body.box.ranges[row] as readonly [number, number];
  const inner = e.enterLoop(0);
  const counter = e.counters.get(row) as number;
  startAt(e, counter);
  if (diagonal.length > 0) {
    e.sinks = diagonal;
    e.scalarIteration(neededBy(diagonal, inner));
    e.advance(1);
  }
  e.sinks = pairs;
  const values = neededBy(pairs, inner);
  const control = e.control();
  const [vectors, end] = [fn.local(I32), fn.local(I32)];
  const left = (): void => {
    fn.i32(diagonal.length > 0 ? size - 1 : size);
    fn.get(counter);
    fn.op("i32.sub");
  };
  /** Where the controlling pointer will be after so many more elements. */
  const ahead = (count: () => void, to: number): void => {
    fn.get(control.local);
    count();
    fn.i32(control.step);
    fn.op("i32.mul");
    fn.op("i32.add");
    fn.set(to);
  };
  ahead(left, end);
  ahead(() => {
    left();
    fn.i32(width - 1);
    fn.op("i32.and");
  }, vectors);
  const unless = (at: number, code: () => void): void => {
    fn.get(control.local);
    fn.get(at);
    fn.op("i32.ne");
    fn.when(code);
  };
  unless(vectors, () =>
    e.until(vectors, () => {
      e.scalarIteration(values);
      e.advance(1);
    }),
  );
  const acc = e.vectorAccumulators(1);
  e.prepareSplats(values);
  unless(end, () => e.withKernels(values, () => e.blocks(acc, width, end, e.vectorIteration(values, acc, 1))));
  for (const [f, parts] of acc) e.reduceLanes(f, parts);
}

/** Moves all pointers of the innermost loop from its first element to that of `counter`. */
function startAt({ fn, pointers, counter: own }: NestEmitter, counter: number): void {
  for (const p of [...pointers.values(), ...(own === undefined ? [] : [{ local: own, step: 1 }])]) {
    fn.get(p.local);
    fn.get(counter);
    fn.i32(p.step);
    fn.op("i32.mul");
    fn.op("i32.add");
    fn.set(p.local);
  }
}

/** Those of `values` that `sinks` need. */
function neededBy(sinks: readonly Sink[], values: readonly Value[]): Value[] {
  const needed = new Set(sinks.map((s) => s.value));
  const found = [...values].reverse().filter((v) => {
    if (needed.has(v)) for (const a of v.operands) needed.add(a);
    return needed.has(v);
  });
  return found.reverse();
}
