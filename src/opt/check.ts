// What every stage after the plan may assume of bodies and steps. Tests look at the result of each pass with it.
import { isStored } from "../primitives/leaf.ts";
import type { Body } from "./plan/body.ts";
import { readsOf, type Step, writesOf } from "./steps/steps.ts";

const fault = (where: string, what: string): never => {
  throw new Error(`check: ${where}: ${what}`);
};

/** Throws unless values stand after their operands, and positions and sinks belong to the loops of the box. */
export function checkBody(body: Body, where = "body"): void {
  const { values, sinks, box } = body;
  const length = box.ranges.length + 1;
  values.forEach((v, i) => {
    if (v.id !== i) fault(where, `value ${i} has the id ${v.id}`);
    for (const a of v.operands)
      if (a.id >= i || values[a.id] !== a) fault(where, `v${i} uses v${a.id}, not one before it`);
    if (v.position && v.position.length !== length) fault(where, `v${i} is at a position of other loops`);
    if (v.depends >> box.ranges.length !== 0) fault(where, `v${i} depends on a loop that there is not`);
    if ((v.op === "load" || v.op === "gather") && !v.source) fault(where, `v${i} loads from no array`);
  });
  for (const { value, position, root } of sinks) {
    if (values[value.id] !== value) fault(where, `${root.node.prim.name} stores a value of another body`);
    if (position.length !== length) fault(where, `${root.node.prim.name} is stored at a position of other loops`);
  }
}

/** Throws unless every array is written before it is read, by one step, and the bodies are right. */
export function checkSteps(steps: readonly Step[]): void {
  const written = new Set<object>();
  const stored = new Set(steps.flatMap(writesOf));
  steps.forEach((s, i) => {
    const where = `step ${i} (${s.kind === "loop" ? `${s.kind} in ${s.form.kind}` : s.kind})`;
    const own = new Set(writesOf(s));
    for (const n of readsOf(s)) {
      const there = written.has(n) || own.has(n) || (isStored(n) && !stored.has(n));
      if (!there) fault(where, `reads ${n.prim.name}#${n.id}, which no earlier step writes`);
    }
    for (const n of own) {
      if (written.has(n)) fault(where, `writes ${n.prim.name}#${n.id} again`);
      written.add(n);
    }
    if (s.kind === "loop") for (const b of s.bodies) checkBody(b, where);
  });
}
