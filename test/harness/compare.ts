// Compiled against interpreted: bit for bit where every operation is correctly rounded, within the graph's own rounding
// sensitivity elsewhere.

import type { Data } from "../../src/ir/aval.ts";
import type { Node } from "../../src/ir/graph.ts";
import { reachable } from "../../src/ir/walk.ts";
import type { Evaluate } from "./backend.ts";
import { showData, showGraph } from "./print.ts";
import { evaluateReference, inexactNames } from "./reference.ts";
import { rng } from "./rng.ts";

// Each noisy run moves every inexact result by its full error bound, up or down. With 5 runs all spreads of an
// element would be accidentally tiny only if its many sources cancelled each time; the factor covers the rest.
const RUNS = 5;
const FACTOR = 4;
/** Roundoffs of one elementary function: four units in the last place. */
const LAST = 8;

/** Throws unless `evaluate` agrees with the reference on every element of every output. The message shows the graph. */
export function expectSame(
  evaluate: Evaluate,
  outputs: readonly Node[],
  parameters: readonly Node[],
  values: readonly Data[],
): void {
  const want = evaluateReference(outputs, parameters, values);
  const show = (): string =>
    `${showGraph(outputs, parameters)}\n${values.map((v, i) => `parameter ${i} = ${showData(v)}`).join("\n")}`;
  let got: Data[];
  try {
    got = evaluate(outputs, parameters, values);
  } catch (error) {
    throw new Error(`${(error as Error).stack ?? JSON.stringify(error)}\nin\n${show()}`);
  }
  let noisy: Data[][] | undefined;
  for (const [k, w] of want.entries()) {
    const g = got[k];
    if (!g || g.constructor !== w.constructor || g.length !== w.length)
      throw new Error(
        `output ${k} is ${g?.constructor.name}(${g?.length}), wanted ${w.constructor.name}(${w.length}) in\n${show()}`,
      );
    for (let i = 0; i < w.length; i++) {
      const [a, b] = [g[i] as number, w[i] as number];
      if (Object.is(a, b)) continue;
      // A border or an index that is always 0 in a part of a loop is a constant there, to which the documented
      // algebra of structural zeros applies: 0·x and 0/x are 0 even for NaN, and zeros lose their sign.
      const structural = uses(outputs[k] as Node, ["pad", "concat", "iota"]);
      if (structural && Number.isNaN(b)) continue;
      // Zeros of different sign: that of a sum depends on how it is associated; elsewhere it must be right.
      if (a === b && (structural || uses(outputs[k] as Node, ["sum", "matmul", "scatterAdd"]))) continue;
      noisy ??= Array.from({ length: RUNS }, (_, run) => evaluateReference(outputs, parameters, values, rng(run + 1)));
      const others = noisy.map((run) => run[k]?.[i] as number);
      const spread = others.reduce((m, o) => (Object.is(o, b) ? m : Math.max(m, Math.abs(o - b))), 0);
      // A few errors may cancel in every run: never less than the error of the last operation.
      const floor = uses(outputs[k] as Node, inexactNames)
        ? LAST * Math.abs(b) * (w instanceof Float32Array ? 2 ** -24 : 2 ** -53)
        : 0;
      const bound = Math.max(FACTOR * spread, floor);
      // NaN: an infinity or a NaN that rounding can make or unmake says nothing.
      if (Number.isNaN(spread) || (a !== b && Math.abs(a - b) <= bound)) continue;
      throw new Error(`output ${k}[${i}] is ${a}, wanted ${b} within ${bound} in\n${show()}`);
    }
  }
}

/**
 * Throws unless the first half of `outputs` has the same values as the second, which are other graphs for the same
 * numbers.
 */
export function expectHalvesAgree(
  evaluate: Evaluate,
  outputs: readonly Node[],
  parameters: readonly Node[],
  values: readonly Data[],
): void {
  const half = outputs.length / 2;
  const got = evaluate(outputs, parameters, values);
  let noisy: Data[][] | undefined;
  for (let k = 0; k < half; k++) {
    const [left, right] = [got[k], got[k + half]] as [Data, Data];
    for (let i = 0; i < left.length; i++) {
      const [a, b] = [left[i] as number, right[i] as number];
      if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
      // Here even exact operations round differently, so every one of them is shaken.
      noisy ??= Array.from({ length: RUNS }, (_, run) =>
        evaluateReference(outputs, parameters, values, rng(run + 1), true),
      );
      const all = noisy.flatMap((run) => [run[k]?.[i] as number, run[k + half]?.[i] as number]);
      const spread = Math.max(...all) - Math.min(...all);
      if (Number.isNaN(spread) || Math.abs(a - b) <= 4 * FACTOR * spread) continue;
      const graph = showGraph([outputs[k], outputs[k + half]] as Node[], parameters);
      const point = values.map((v, j) => `parameter ${j} = ${showData(v)}`).join("\n");
      throw new Error(`${k}[${i}] is ${a} one way, ${b} another, rounding explains ${spread}, in\n${graph}\n${point}`);
    }
  }
}

const uses = (y: Node, primitives: readonly string[]): boolean =>
  reachable([y]).some((n) => primitives.includes(n.prim.name));
