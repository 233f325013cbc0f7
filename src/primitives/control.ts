// Control flow: loops over a closed graph, and a choice among closed graphs. Nodes with several results, which are
// compiled to loops and branches of WebAssembly (opt/steps/control.ts). Their derivatives are loops and choices again.
import type { Aval } from "../ir/aval.ts";
import type { Closed, ControlCode, MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { ofSeveral, resultsOf } from "../ir/part.ts";
import { constValue, zerosLike } from "./spread.ts";

/**
 * Inputs: `carries` initial values, `walked` arrays that are walked along axis 0, and what all iterations share; where
 * the trip is counted, the int32 number of iterations comes last. Results: the final carries; the number of iterations
 * where a condition ends the loop; and for each slice that the body gives an array of them, stacked along axis 0. Rows
 * that no iteration came to are zeros.
 */
export interface Loop {
  /** (carries, slices, shared) → (carries, slices) */
  readonly body: Closed;
  readonly carries: number;
  readonly walked: number;
  /** How many iterations, or at most how many where `trip` is not "length": the extent of axis 0 of what is walked. */
  readonly length: number;
  /** From the last slice, where the trip is counted that of the last iteration, to the first. Not with a condition. */
  readonly reverse: boolean;
  readonly trip: "length" | "condition" | "count";
  /**
   * (carries, slices, shared) → bool: whether there is another iteration; it reads no slice. Of trip "condition"
   * alone.
   */
  readonly condition?: Closed;
  readonly rules: ControlRules<Loop>;
}

/** What is done with loops, or with choices. Whoever makes one hands it in (api/loops.ts). */
export interface ControlRules<P extends object> extends ControlCode {
  jvp(node: Node<P>, tangents: readonly MaybeNode[]): readonly MaybeNode[];
  transpose(node: Node<P>, cts: readonly MaybeNode[], linear: readonly boolean[]): readonly MaybeNode[];
  batch(node: Node<P>, inputs: readonly Node[], batched: readonly boolean[], size: number): readonly Node[];
  toString(): string;
}

const stacked = ({ shape, dtype }: Aval, n: number): Aval => ({ shape: [n, ...shape], dtype });

export const loopPrim: Primitive<Loop> = /* @__PURE__ */ ofSeveral<Loop>(
  "loop",
  {
    results(_inputs, { body, carries, length, trip }) {
      const count: Aval[] = trip === "condition" ? [{ shape: [], dtype: "int32" }] : [];
      return [
        ...body.outputs.slice(0, carries),
        ...count,
        ...body.outputs.slice(carries).map((y) => stacked(y, length)),
      ];
    },
    simplify(node, i) {
      const { inputs, params } = node;
      const { body, carries, length } = params;
      // A carry that stays as it is, or an iteration that never comes.
      if (i < carries) return length === 0 || body.outputs[i] === body.parameters[i] ? inputs[i] : undefined;
      const y = resultsOf(node as unknown as Node)[i] as Aval;
      return length === 0 ? zerosLike(y) : undefined;
    },
    jvp: (node, ds) => node.params.rules.jvp(node, ds),
    transpose: (node, cts, linear) => node.params.rules.transpose(node, cts, linear),
    batch: (node, inputs, batched, size) => node.params.rules.batch(node, inputs, batched, size),
  },
  { kind: "control", rules: ({ params }) => params.rules },
);

/** Inputs: an int32 number, then arguments. The results are those of the branch with that number, clamped to them. */
export interface Choice {
  readonly branches: readonly Closed[];
  readonly rules: ControlRules<Choice>;
}

export const choicePrim: Primitive<Choice> = /* @__PURE__ */ ofSeveral<Choice>(
  "switch",
  {
    results: (_inputs, { branches }) => (branches[0] as Closed).outputs,
    simplify({ inputs, params: { branches } }, i) {
      const index = constValue(inputs[0] as Node);
      const results = branches.map(({ parameters, outputs }) => {
        const y = outputs[i] as Node;
        return constValue(y) === undefined ? inputs[1 + parameters.indexOf(y)] : y;
      });
      if (index !== undefined) {
        const y = results[Math.max(0, Math.min(branches.length - 1, index))];
        return y === inputs[0] ? undefined : y;
      }
      const [first] = results;
      return first !== inputs[0] && results.every((y) => y === first) ? first : undefined;
    },
    jvp: (node, ds) => node.params.rules.jvp(node, ds),
    transpose: (node, cts, linear) => node.params.rules.transpose(node, cts, linear),
    batch: (node, inputs, batched, size) => node.params.rules.batch(node, inputs, batched, size),
  },
  { kind: "control", rules: ({ params }) => params.rules },
);

export const isLoop = (n: Node): n is Node<Loop> => n.prim === (loopPrim as unknown as Primitive);
export const isChoice = (n: Node): n is Node<Choice> => n.prim === (choicePrim as unknown as Primitive);
