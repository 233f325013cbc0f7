// Control flow as code: loops are in loops.ts; a choice calls the functions of one branch.
import type { Node } from "../ir/graph.ts";
import { partIndex } from "../ir/part.ts";
import type { Operand } from "../opt/plan/pull.ts";
import type { Ref } from "../opt/steps/layout.ts";
import type { ControlStep, Inside } from "../opt/steps/steps.ts";
import { isLoop } from "../primitives/control.ts";
import { clamp, emitBlock, startOf } from "./arrays.ts";
import { emitLoop } from "./loops.ts";
import { I32 } from "./opcodes.ts";
import type { Target } from "./target.ts";

export function emitControl(step: ControlStep, target: Target): void {
  const inside = step.inside as Inside;
  if (isLoop(step.node)) emitLoop(step, inside, step.node.params, target);
  else emitChoice(step, inside, target);
}

function emitChoice({ results }: ControlStep, { blocks, operands, memory }: Inside, target: Target): void {
  const fn = target.next();
  const at = target.ref(memory).offset;
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
    const refs = new Map<Node, Ref>();
    b.parameters.forEach((p, i) => {
      const x = operands[i + 1] as Operand | number;
      if (typeof x !== "number") refs.set(p, startOf(x, target));
    });
    b.outputs.forEach((y, i) => {
      if (y) refs.set(y, target.ref(resultOf.get(i) as Node));
    });
    const functions = emitBlock(b, target, at, refs, target.addresses);
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
