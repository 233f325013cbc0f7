// Makes a failing program small: steps go, or become the constant they compute, as long as the same form stays wrong.
import { type Arg, isRef, type RArray } from "./arrays.ts";
import { byName, type Program, refsOf, runReference, type Step, withoutDeadSteps } from "./program.ts";

const replaced = (args: readonly Arg[], from: number, to: Arg): Arg[] =>
  args.map((a) =>
    isRef(a) ? (a.$ === from ? to : a) : Array.isArray(a) ? replaced(a as readonly Arg[], from, to) : a,
  );

/** Every program with one step less. */
function* smaller(program: Program): Generator<Program> {
  const { tape, values } = runReference(program);
  const loss = program.loss;
  // A scalar on the way as the loss, or one term of a sum.
  for (const { results } of program.steps)
    for (const id of results) {
      const a = values.get(id) as RArray;
      if (id !== loss && a.kind === "float" && a.shape.length === 0) yield { ...program, loss: id };
    }
  for (const step of [...program.steps].reverse())
    for (const id of step.results) {
      const a = values.get(id) as RArray;
      const others = program.steps.filter((s) => s !== step);
      const uses = (to: Arg): Program => ({
        ...program,
        steps: others.map((s) => ({ ...s, args: replaced(s.args, id, to) })),
      });
      if (id === loss) continue;
      for (const before of refsOf(step.args)) {
        const b = values.get(before) as RArray | undefined; // what a body is given is none of its values
        if (b?.kind === a.kind && String(b.shape) === String(a.shape)) yield uses({ $: before });
      }
      if (step.results.length === 1 && !others.every((s) => !refsOf(s.args).includes(id)))
        yield uses({
          captured: a.kind === "float" ? a.data.map((k) => tape.get(k)) : a.data,
          shape: a.shape,
          kind: a.kind,
        });
    }
  // Constants in the place of an input.
  if (program.inputs.length > 1) return;
  for (const [i, x] of program.inputs.entries())
    for (let k = 0; k < x.data.length; k++)
      if (x.data[k] !== 1)
        yield { ...program, inputs: program.inputs.with(i, { ...x, data: (x.data as number[]).with(k, 1) }) };
}

/** The smallest program found that `fails` too, within so many trials. */
export function shrink(program: Program, fails: (p: Program) => boolean, trials = 300): Program {
  let best = program;
  for (let left = trials; left > 0; ) {
    let better: Program | undefined;
    for (const candidate of smaller(best)) {
      if (left-- <= 0) break;
      const p = withoutDeadSteps(candidate);
      if (p.steps.length > 0 && size(p) < size(best) && safely(() => fails(p))) {
        better = p;
        break;
      }
    }
    if (!better) break;
    best = better;
  }
  return best;
}
const size = (p: Program): number =>
  1000 * p.steps.length + p.inputs.reduce((n, x) => n + x.data.filter((v) => v !== 1).length, 0);
const safely = (f: () => boolean): boolean => {
  try {
    return f();
  } catch {
    return false;
  }
};

export type { Step };
export { byName };
