// Two graphs of one function in all compositions of forward, reverse and batch: derivatives of one form against those
// of the other, by any evaluator.
import { batchGraph } from "../../src/ad/batch.ts";
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { type Data, isFloat } from "../../src/ir/aval.ts";
import { inSession } from "../../src/ir/build.ts";
import { check } from "../../src/ir/check.ts";
import type { MaybeNode, Node } from "../../src/ir/graph.ts";
import { reachable } from "../../src/ir/walk.ts";
import { batched as spread } from "../../src/primitives/define.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { zerosLike } from "../../src/primitives/spread.ts";
import { evaluate as compiled } from "../../src/run/evaluate.ts";
import { evaluateReference, storage } from "./reference.ts";
import { rng, vector } from "./rng.ts";

/** A function of nodes: the first results are those that are compared. */
export type Form = (x: readonly Node[]) => readonly Node[];
export type Evaluate = (outputs: readonly Node[], parameters: readonly Node[], values: readonly Data[]) => Data[];
export interface Argument {
  readonly shape: readonly number[];
  readonly dtype?: "float64" | "float32" | "int32" | "bool";
  readonly value: readonly number[];
}

/** F: forward; R: reverse; B: a batch of three. The first letter is applied first. */
export const COMPOSITIONS = ["", "F", "R", "FF", "FR", "RF", "RR", "FRF", "RFR", "RRF", "RRR", "FFR"] as const;
export const BATCHES = ["B", "FB", "RB", "BF", "BR", "FRB", "RFB", "RBF", "BRF", "RRB", "BB"] as const;

interface State {
  readonly outputs: readonly Node[];
  readonly inputs: readonly Node[];
  readonly parameters: readonly Node[];
  readonly values: readonly Data[];
}

/** The values of `form` after the transforms that `letters` say, in random directions. */
export function composed(
  form: Form,
  args: readonly Argument[],
  letters: string,
  evaluate: Evaluate = compiled,
  batchedArgs: (i: number) => boolean = () => true,
): { values: Data[]; outputs: readonly Node[] } {
  return inSession(() => {
    const random = rng(7);
    const draw = (x: Node): Data => {
      const data = storage(x.dtype, x.size);
      data.set(vector(random, x.size));
      return data;
    };
    const inputs = args.map((a) => parameter(a.shape, a.dtype ?? "float64"));
    const values = args.map((a, i) => {
      const data = storage(inputs[i]?.dtype as "float64", a.value.length);
      data.set(a.value);
      return data;
    });
    let s: State = { outputs: form(inputs), inputs, parameters: inputs, values };
    for (const letter of letters)
      s = (letter === "B" ? batch : letter === "F" ? forward : reverse)(s, draw, batchedArgs);
    check(reachable(s.outputs));
    return { values: evaluate(s.outputs, s.parameters, s.values), outputs: s.outputs };
  });
}

type Draw = (x: Node) => Data;
const floats = (list: readonly Node[]): Node[] => list.filter((x) => isFloat(x.dtype));
const dense = (list: readonly MaybeNode[], like: readonly Node[]): Node[] =>
  list.map((y, i) => y ?? zerosLike(like[i] as Node));
const more = (s: State, nodes: readonly Node[], draw: Draw): State => ({
  ...s,
  parameters: [...s.parameters, ...nodes],
  values: [...s.values, ...nodes.map(draw)],
});
const like = (x: Node): Node => parameter(x.shape, x.dtype);

function forward(s: State, draw: Draw): State {
  const inputs = floats(s.inputs);
  const directions = inputs.map(like);
  const ys = floats(s.outputs);
  return { ...more(s, directions, draw), outputs: dense(pushforward(ys, inputs, directions), ys) };
}
function reverse(s: State, draw: Draw): State {
  const inputs = floats(s.inputs);
  const ys = floats(s.outputs);
  const cts = ys.map(like);
  return { ...more(s, cts, draw), outputs: dense(cotangents(ys, inputs, cts), inputs) };
}
/** The arguments become three examples: themselves, and two that are moved a little. */
function batch(s: State, _draw: Draw, which: (i: number) => boolean): State {
  const size = 3;
  const moved = s.inputs.map((x, i) => (which(i) ? parameter([size, ...x.shape], x.dtype) : x));
  const at = s.inputs.map((x) => s.parameters.indexOf(x));
  const those = s.inputs.map((_, i) => i).filter(which);
  const { outputs, batched } = batchGraph(
    s.outputs,
    those.map((i) => s.inputs[i] as Node),
    those.map((i) => moved[i] as Node),
    size,
  );
  const values = s.values.slice();
  const parameters = s.parameters.slice();
  for (const i of those) {
    const k = at[i] as number;
    const old = values[k] as Data;
    const x = moved[i] as Node;
    const data = storage(x.dtype, x.size);
    for (let e = 0; e < size; e++)
      data.set(
        Array.from(old, (v) => (isFloat(x.dtype) ? v * (1 + 0.05 * e) : x.dtype === "int32" ? v + e : v)),
        e * old.length,
      );
    parameters[k] = x;
    values[k] = data;
  }
  return {
    outputs: outputs.map((y, i) => spread(y, batched[i] as boolean, size)),
    inputs: moved,
    parameters,
    values,
  };
}

/** Throws unless the numbers are the same but for rounding, relative to the largest. */
export function expectClose(got: readonly Data[], want: readonly Data[], what: string, tolerance = 1e-11): void {
  if (got.length !== want.length) throw new Error(`${what}: ${got.length} results, wanted ${want.length}`);
  want.forEach((w, k) => {
    const g = got[k] as Data;
    if (g.length !== w.length) throw new Error(`${what}: result ${k} has ${g.length} elements, wanted ${w.length}`);
    const scale = Array.from(w).reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    w.forEach((v: number, i: number) => {
      const a = g[i] as number;
      if (!(Math.abs(a - v) <= tolerance * scale) && !Object.is(a, v))
        throw new Error(`${what}: result ${k}[${i}] is ${a}, wanted ${v}`);
    });
  });
}
