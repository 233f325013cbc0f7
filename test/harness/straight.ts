// Runs what is planned to be one piece of straight-line code, operation by operation, in float64: whether the plan of a
// body is right can be told before anything is emitted.
import type { Node } from "../../src/ir/graph.ts";
import type { Body } from "../../src/opt/plan/body.ts";
import type { Value } from "../../src/opt/plan/lane-builder.ts";
import { plan } from "../../src/opt/plan/plan.ts";
import { bodiesOf } from "../../src/opt/plan/puller.ts";
import type { Plan } from "../../src/opt/plan/root.ts";

const OPS: Readonly<Record<string, (...x: number[]) => number>> = {
  add: (a, b) => a! + b!,
  sub: (a, b) => a! - b!,
  mul: (a, b) => a! * b!,
  div: (a, b) => a! / b!,
  neg: (a) => -a!,
  abs: (a) => Math.abs(a!),
  sqrt: (a) => Math.sqrt(a!),
  floor: (a) => Math.floor(a!),
  min: (a, b) => Math.min(a!, b!),
  max: (a, b) => Math.max(a!, b!),
  convert: (a) => a!,
  and: (a, b) => a! & b!,
  or: (a, b) => a! | b!,
  not: (a) => 1 - a!,
  select: (c, a, b) => (c ? a! : b!),
  lt: (a, b) => Number(a! < b!),
  le: (a, b) => Number(a! <= b!),
  gt: (a, b) => Number(a! > b!),
  ge: (a, b) => Number(a! >= b!),
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
};

/** The plan of a body in which arrays of 64 elements are tiny. */
export const tinyPlan = (outputs: readonly Node[]): Plan => plan(outputs, new Set(), 64);

/** The only body of a plan that is one nest without loops. */
export function onlyBody({ steps }: Plan): Body {
  const [nest] = steps;
  if (steps.length !== 1 || nest?.kind !== "nest" || nest.sizes.length > 0)
    throw new Error(
      `not one piece of straight-line code: ${steps.map((s) => (s.kind === "nest" ? `[${s.sizes}]` : s.kind))}`,
    );
  return bodiesOf(nest)[0] as Body;
}

/** The values of `outputs` where the parameters have `values`. */
export function runStraight(
  outputs: readonly Node[],
  parameters: readonly Node[],
  values: readonly ArrayLike<number>[],
): number[][] {
  const planned = tinyPlan(outputs);
  const body = onlyBody(planned);
  const memory = new Map<Node, ArrayLike<number>>(parameters.map((p, i) => [p, values[i] as ArrayLike<number>]));
  const known = new Map<Value, number>();
  for (const v of body.live) {
    const x = v.operands.map((a) => known.get(a) as number);
    if (v.op === "const") known.set(v, v.value as number);
    else if (v.op === "load" || v.op === "gather")
      known.set(
        v,
        memory.get(v.source as Node)?.[(v.position?.[0] as number) + (x[0] ?? 0) * (v.stride ?? 0)] as number,
      );
    else if (OPS[v.op]) known.set(v, (OPS[v.op] as (...x: number[]) => number)(...x));
    else throw new Error(`straight-line code has ${v.op}`);
  }
  const stored = new Map<Node, number[]>();
  for (const { root, position, value } of body.sinks) {
    const of = stored.get(root.node) ?? [];
    of[position[0] as number] = known.get(value) as number;
    stored.set(root.node, of);
  }
  return planned.outputs.map((y) => stored.get(y) as number[]);
}
