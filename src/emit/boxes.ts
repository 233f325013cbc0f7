// Nests in their general form: box by box, one loop after the other. And what all forms begin with: folds that are
// added up in memory hold the neutral element before.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { FUNCTION_BYTES } from "../opt/cost.ts";
import type { Body, Fold } from "../opt/plan/body.ts";
import type { LoopStep } from "../opt/steps/steps.ts";
import type { Fn } from "./assembler.ts";
import { constant, identity, memoryName } from "./lane-code.ts";
import { NestEmitter } from "./nest.ts";
import { I32 } from "./opcodes.ts";
import type { Target } from "./target.ts";

export function emitBoxes(step: LoopStep, target: Target): void {
  const accumulates = accumulated(step);
  let fn = target.next();
  clearFolds(fn, step, accumulates, target);
  for (const body of step.bodies) {
    if (fn.code.length > FUNCTION_BYTES) fn = target.next();
    new NestEmitter(fn, body, target, { accumulates }).emit();
  }
}

/** Whether the results of a fold go to memory more than once: from several boxes, or by its place among the loops. */
export const accumulated =
  ({ bodies }: LoopStep) =>
  (f: Fold): boolean =>
    bodies.length > 1 || foldsIntoMemory(f, bodies[0] as Body);

/**
 * Whether `f` goes to memory more than once in one box: it varies with the innermost loop, or a folded loop lies
 * outside a kept one, or the box contributes nothing.
 */
function foldsIntoMemory(f: Fold, body: Body): boolean {
  const kept = body.active.map((l) => f.position[l + 1] !== 0);
  const deepest = kept.lastIndexOf(true);
  return (
    (deepest >= 0 && (deepest === kept.length - 1 || kept.slice(0, deepest).includes(false))) ||
    (f.value.op === "const" && f.value.value === 0)
  );
}

/** Sets the results of folds that are accumulated in memory to their neutral elements. */
export function clearFolds(
  fn: Fn,
  { bodies }: LoopStep,
  accumulates: (f: Fold) => boolean,
  target: Pick<Target, "ref">,
): void {
  const cleared = new Set<Node>();
  for (const f of bodies[0]?.sinks ?? []) {
    if (f.kind !== "fold" || !accumulates(f) || cleared.has(f.root.node)) continue;
    cleared.add(f.root.node);
    clear(fn, f, target);
  }
}

function clear(fn: Fn, f: Fold, { ref }: Pick<Target, "ref">): void {
  const { node } = f.root;
  const d = node.dtype;
  const { region, offset } = ref(node);
  const bytes = bytesOf(d);
  const [at, end] = [fn.local(I32), fn.local(I32)];
  if (node.size === 0) return;
  fn.get(region);
  fn.i32(offset);
  fn.op("i32.add");
  fn.tee(at);
  fn.i32(node.size * bytes);
  fn.op("i32.add");
  fn.set(end);
  fn.doWhile(() => {
    fn.get(at);
    constant(fn, identity(f.op, d), d);
    fn.mem(memoryName(d, "store"), 0);
    fn.get(at);
    fn.i32(bytes);
    fn.op("i32.add");
    fn.tee(at);
    fn.get(end);
    fn.op("i32.ne");
  });
}
