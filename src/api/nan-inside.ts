// What ran inside of a loop or a choice whose operands have no NaN, but whose results have.
import type { Data } from "../ir/aval.ts";
import { inSession, make } from "../ir/build.ts";
import { close } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import { part, partsOf } from "../ir/part.ts";
import { type Choice, isChoice, isLoop, type Loop, loopPrim } from "../primitives/control.ts";
import { parameter } from "../primitives/leaf.ts";
import { slice } from "../primitives/shape.ts";
import { evaluate } from "../run/evaluate.ts";
import type { Computation } from "../run/nan-check.ts";

/** A computation, and which part of another one it is. */
interface Inner {
  readonly computation: Computation;
  readonly where: string;
}

/** The branch of a choice that ran; the first iteration of a loop that gave NaN. */
export function inside(node: Node, computation: Computation): Inner | undefined {
  if (isChoice(node)) return branchOf(node, computation);
  return isLoop(node) ? iterationOf(node, computation) : undefined;
}

function branchOf(node: Node<Choice>, computation: Computation): Inner {
  const { branches } = node.params;
  const [index, ...values] = dataOf(node, node.inputs, computation) as [Data, ...Data[]];
  const taken = Math.max(0, Math.min(branches.length - 1, index[0] as number));
  const { parameters, outputs } = branches[taken] as (typeof branches)[0];
  return { computation: { parameters, outputs, values }, where: `branch ${taken}` };
}

function iterationOf(node: Node<Loop>, computation: Computation): Inner | undefined {
  const { body, carries, walked, length, reverse, trip } = node.params;
  const { parameters, outputs } = body;
  const counter = trip === "condition" ? [part(node as unknown as Node, carries)] : [];
  const values = dataOf(node, [...node.inputs, ...counter], computation);
  const count = trip === "length" ? length : (values.at(-1)?.[0] as number);
  const given = values.slice(0, parameters.length);
  const stacks = count === 0 ? [] : stacksOf(node, given, count);
  const rowOf = (stack: Data, size: number, i: number): Data => stack.subarray(i * size, (i + 1) * size);
  const after = (i: number): Data[] => stacks.map((stack) => rowOf(stack, stack.length / count, i));
  const places = Array.from({ length: count }, (_, k) => (reverse ? count - 1 - k : k));
  const first = places.findIndex((i) => after(i).some((data) => data.some(Number.isNaN)));
  if (first < 0) return undefined;
  const state = first === 0 ? given : after(places[first - 1] as number);
  const slices = given
    .slice(carries, carries + walked)
    .map((x, k) => rowOf(x, (parameters[carries + k] as Node).size, places[first] as number));
  const shared = given.slice(carries + walked);
  return {
    computation: { parameters, outputs, values: [...state.slice(0, carries), ...slices, ...shared] },
    where: `iteration ${first} (from 0) of ${count}`,
  };
}

/** What the body gave in each of `count` iterations, carries first, stacked along axis 0. */
function stacksOf({ inputs, params }: Node<Loop>, given: readonly Data[], count: number): Data[] {
  const { body, carries, walked, reverse, rules } = params;
  return inSession(() => {
    rules.bring();
    const stand = given.map((_, i) => parameter((inputs[i] as Node).shape, (inputs[i] as Node).dtype));
    const walks = (i: number): boolean => i >= carries && i < carries + walked;
    const args = stand.map((x, i) => (walks(i) ? slice(x, 0, 0, count) : x));
    const own = close(body.parameters, [...body.outputs.slice(0, carries), ...body.outputs]).graph;
    const loop = make(loopPrim, args, { body: own, carries, walked, length: count, reverse, trip: "length", rules });
    return evaluate(partsOf(loop).slice(carries), stand, given);
  });
}

/** The data of `nodes`, which `node` and what it is made of compute. */
function dataOf(node: Node<Loop> | Node<Choice>, nodes: readonly Node[], { parameters, values }: Computation): Data[] {
  return inSession(() => {
    node.params.rules.bring();
    return evaluate(nodes, parameters, values);
  });
}
