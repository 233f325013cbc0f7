// Control flow as code: loops are in loops.ts; a choice calls the functions of one branch.
import type { Node } from "../ir/graph.ts";
import { partIndex } from "../ir/part.ts";
import type { Operand } from "../opt/plan/pull.ts";
import { type Ref, WORK } from "../opt/steps/layout.ts";
import type { ControlLayout, ControlStep } from "../opt/steps/steps.ts";
import { isLoop } from "../primitives/control.ts";
import { clamp, startOf } from "./arrays.ts";
import type { Fn } from "./assembler.ts";
import { emitLoop } from "./loops.ts";
import { I32 } from "./opcodes.ts";
import type { Target } from "./target.ts";

export function emitControl(step: ControlStep, target: Target): void {
  if (isLoop(step.node)) emitLoop(step, step.node.params, target);
  else emitChoice(step, target);
}

function emitChoice(step: ControlStep, target: Target): void {
  const { blocks, operands, results } = step;
  const own = step.own as ControlLayout;
  const fn = target.next();
  const at = target.own(step);
  const index = fn.local(I32);
  const o = operands[0] as Operand | number;
  if (typeof o === "number") fn.i32(o);
  else {
    const { region, offset } = startOf(o, target);
    fn.get(region);
    fn.mem("i32.load", offset);
  }
  fn.set(index);
  clamp(fn, index, 0, blocks.length - 1);
  const resultOf = new Map(results.map((r) => [partIndex(r), r]));
  blocks.forEach((b, k) => {
    const layout = own.blocks[k] as ControlLayout["blocks"][number];
    const refs = new Map<Node, Ref>();
    b.parameters.forEach((p, i) => {
      const x = operands[i + 1] as Operand | number;
      if (typeof x !== "number") refs.set(p, startOf(x, target));
    });
    b.outputs.forEach((y, i) => {
      if (y) refs.set(y, target.ref(resultOf.get(i) as Node));
    });
    const functions: Fn[] = [];
    const inside: Target = {
      ...target,
      ref: (n) => refs.get(n) ?? { region: WORK, offset: at + layout.at + (layout.arrays.get(n) as number) },
      own: (inner) => at + layout.at + (layout.controls.get(inner) as number),
      next() {
        const f = target.inner(target.addresses);
        functions.push(f);
        return f;
      },
    };
    for (const s of b.steps) target.emit(s, inside);
    fn.get(index);
    fn.i32(k);
    fn.op("i32.eq");
    fn.when(() => {
      for (const f of functions) {
        for (let i = 0; i < target.addresses; i++) fn.get(i);
        fn.call(f.index);
      }
    });
  });
}
