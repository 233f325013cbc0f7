// Loops over pairs i ≤ j instead of all (i, j) (opt/pairs.ts). Compiled objectives have them, whose captured arrays
// never change.
import type { Node } from "../ir/graph.ts";
import type { Body, Sink } from "../opt/plan/body.ts";
import { triangle } from "../opt/steps/pairs.ts";
import type { Pairs } from "../opt/steps/steps.ts";
import type { Fn } from "./assembler.ts";
import { NestEmitter } from "./nest.ts";
import { I32 } from "./opcodes.ts";
import type { Context } from "./scalar-code.ts";

/** The loops over pairs of a program in which the content of the arrays `isFixed` never changes. */
export const pairs =
  (isFixed: (n: Node) => boolean): Pairs =>
  (bodies) => {
    const beside = triangle(bodies, isFixed);
    return beside === undefined ? undefined : (fn, body, context) => new PairEmitter(fn, body, context, beside).emit();
  };

class PairEmitter extends NestEmitter {
  constructor(
    fn: Fn,
    body: Body,
    context: Context,
    /** How many of the sinks are those of pairs; the others are those of the diagonal. */
    private readonly beside: number,
  ) {
    super(fn, body, context, () => true);
  }

  /**
   * Row i: its own element where that is needed, single partners until the rest are whole vectors, then vectors to
   * the end.
   */
  protected override innerLoop(): void {
    const { fn, width, active } = this;
    const diagonal = this.body.sinks.slice(this.beside);
    const row = active[0] as number;
    const [, size] = this.body.box.ranges[row] as readonly [number, number];
    const inner = this.enterLoop(0);
    const counter = this.counters.get(row) as number;
    for (const p of [
      ...this.pointers.values(),
      ...(this.counter === undefined ? [] : [{ local: this.counter, step: 1 }]),
    ]) {
      fn.get(p.local);
      fn.get(counter);
      fn.i32(p.step);
      fn.op("i32.mul");
      fn.op("i32.add");
      fn.set(p.local);
    }
    const control = this.control();
    const [vectors, end] = [fn.local(I32), fn.local(I32)];
    const left = (): void => {
      fn.i32(diagonal.length > 0 ? size - 1 : size);
      fn.get(counter);
      fn.op("i32.sub");
    };
    let values = inner;
    const one = (): void => {
      this.scalarIteration(values);
      this.advance(1);
    };
    const take = (sinks: readonly Sink[]): void => {
      this.sinks = sinks;
      const needed = new Set(sinks.map((s) => s.value));
      values = [...inner].reverse().filter((v) => {
        if (needed.has(v)) for (const a of v.args) needed.add(a);
        return needed.has(v);
      });
      values.reverse();
    };
    if (diagonal.length > 0) {
      take(diagonal);
      one();
    }
    take(this.body.sinks.slice(0, this.beside));
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
    const unless = (at: number, body: () => void): void => {
      fn.get(control.local);
      fn.get(at);
      fn.op("i32.ne");
      fn.when(body);
    };
    unless(vectors, () => this.until(vectors, one));
    const acc = this.vectorAccumulators(1);
    this.prepareSplats(values);
    unless(end, () =>
      this.withKernels(values, () => this.blocks(acc, width, end, this.vectorIteration(values, acc, 1))),
    );
    for (const [f, parts] of acc) this.reduceLanes(f, parts);
  }
}
