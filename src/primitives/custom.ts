// Functions with derivative rules of one's own, and recomputation. A call of such a function is its ordinary graph,
// which the compiler fuses like any other, with a marker on each output: the marker has the value of the output and
// the derivative of the rule. The rules themselves are functions of nodes (ad/custom.ts), carried as a parameter.

import { type Aval, isFloat, sizeOf } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import { useMarkers } from "../ir/expansion.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import type { CustomRule, LinearRule } from "../ir/rules.ts";
import { convert } from "./cast.ts";
import { batched } from "./define.ts";
import { concat, reshape, slice } from "./shape.ts";
import { constValue, full, viewThroughMask } from "./spread.ts";

const in0 = (n: Node): Node => n.inputs[0] as Node;

interface Custom {
  readonly rule: CustomRule;
  readonly output: number;
}

/** Inputs: the output as the function computes it, then the arguments of the rule. */
export const customPrim: Primitive<Custom> = {
  name: "custom",
  aval: ([y]) => ({ shape: y!.shape, dtype: y!.dtype }),
  jvp: (node, [, ...ds]) =>
    ds.some((d) => d) ? node.params.rule.tangents(node.inputs.slice(1), ds)[node.params.output] : undefined,
  batch(node, [y, ...args], [hasY, ...has], size) {
    const { rule, output } = node.params;
    return make(customPrim, [batched(y!, hasY!, size), ...args], {
      rule: rule.batched(node.inputs.slice(1), has, size),
      output,
    });
  },
  lower: { kind: "composition", of: in0 },
};
/** `y`, with the derivative that output `output` of `rule` has at `args`. */
export function custom(y: Node, args: readonly Node[], rule: CustomRule, output: number): Node {
  useMarkers();
  return make(customPrim, [y, ...args], { rule, output });
}

interface CustomLinear {
  readonly rule: LinearRule;
  /** How many inputs are tangents; the others fix the map. */
  readonly count: number;
  readonly shape: readonly number[];
  readonly dtype: Node["dtype"];
}
const mapped = (node: Node): Node => {
  const { rule, count } = node.params as CustomLinear;
  return rule.forward(node.inputs.slice(0, count), node.inputs.slice(count), node);
};

/** A linear map that is transposed by its rule. In forward mode it is the composition that the rule makes. */
export const customLinearPrim: Primitive<CustomLinear> = {
  name: "customLinear",
  aval: (_inputs, { shape, dtype }) => ({ shape, dtype }),
  simplify: (inputs, { count }, { shape, dtype }) =>
    inputs.slice(0, count).every((d) => constValue(d) === 0) ? full(shape, 0, dtype) : undefined,
  expand: (node) => mapped(node as unknown as Node),
  transpose(node, ct, linear) {
    const { rule, count } = node.params;
    const back = rule.back(node.inputs.slice(count), ct);
    return node.inputs.map((_, i) => (i < count && linear[i] ? back[i] : undefined));
  },
  batch(node, inputs, has, size) {
    const { rule, count, shape, dtype } = node.params;
    const at = rule.batched(node.inputs.slice(count), has.slice(count), node as unknown as Node, size);
    return make(
      customLinearPrim,
      inputs.map((x, i) => (i < count ? batched(x, has[i]!, size) : x)),
      { rule: at, count, shape: [size, ...shape], dtype },
    );
  },
  lower: { kind: "composition", of: (node) => mapped(node as unknown as Node) },
};
/** The linear map of `rule` at `at`, applied to `tangents`; the result is like `like`. */
export const customLinear = (tangents: readonly Node[], at: readonly Node[], rule: LinearRule, like: Aval): Node =>
  make(customLinearPrim, [...tangents, ...at], { rule, count: tangents.length, shape: like.shape, dtype: like.dtype });

// ---- several outputs as one array ----

/**
 * How the tangents of floating-point outputs of avals `outputs` are packed into one array: themselves if there is
 * one, else laid end to end.
 */
export function packing(outputs: readonly Aval[]): {
  readonly whole: Aval;
  pack(parts: readonly MaybeNode[]): Node;
  unpack(whole: Node): MaybeNode[];
} {
  const floats = outputs.filter((y) => isFloat(y.dtype));
  const only = floats.length === 1 ? floats[0] : undefined;
  const sizes = outputs.map((y) => sizeOf(y.shape));
  const dtype = floats.every((y) => y.dtype === "float32") ? "float32" : "float64";
  const total = outputs.reduce((n, y, i) => n + (isFloat(y.dtype) ? (sizes[i] as number) : 0), 0);
  return {
    whole: only ?? { shape: [total], dtype },
    pack(parts) {
      const dense = outputs.flatMap((y, i) => (isFloat(y.dtype) ? [parts[i] ?? full(y.shape, 0, y.dtype)] : []));
      return only
        ? (dense[0] as Node)
        : concat(
            dense.map((x) => reshape(convert(x, dtype), [x.size])),
            0,
          );
    },
    unpack(whole) {
      let start = 0;
      return outputs.map((y, i) => {
        if (!isFloat(y.dtype)) return undefined;
        if (only) return whole;
        const from = start;
        start += sizes[i] as number;
        return convert(reshape(slice(whole, 0, from, start), y.shape), y.dtype);
      });
    },
  };
}

// ---- recomputation ----

const sameAval: Primitive["aval"] = ([x]) => ({ shape: x!.shape, dtype: x!.dtype });
/** A copy of input 0. */
const copied: Primitive["lower"] = { kind: "view", flat: true, source: (_node, index) => ({ input: 0, index }) };

/**
 * A copy of `x` that does not count as the same value, so that what is computed of it is computed anew: a
 * linearization does not keep it, and (with a second input) not before that one is known.
 */
export const recomputePrim: Primitive = {
  name: "recompute",
  aval: sameAval,
  simplify: ([x, ...order]) => (constValue(x!) !== undefined ? x : viewThroughMask(x!, (y) => recompute(y, order[0]))),
  jvp: (_node, [d]) => d,
  support: ({ inputs: [x, order] }, of) => {
    const s = of(x!);
    return s && recompute(s, order);
  },
  transpose: (_node, ct) => [ct],
  batch: (_node, inputs, has) => (has[0] ? recompute(inputs[0]!, inputs[1]) : recompute(inputs[0]!)),
  orderedAfter: 1,
  lower: copied,
  residuals: "anew",
};
/** `x` for computing anew, once `order` is known. */
export function recompute(x: Node, order?: Node): Node {
  useMarkers();
  return make(recomputePrim, order ? [x, order] : [x]);
}

/** Where recomputation ends: what a linearization may keep again. */
export const boundaryPrim: Primitive = {
  name: "boundary",
  aval: sameAval,
  simplify: ([x]) => (constValue(x!) !== undefined ? x : viewThroughMask(x!, boundary)),
  jvp: (_node, [d]) => d && boundary(d),
  support: (node, of) => of(in0(node)),
  transpose: (_node, ct) => [boundary(ct)],
  batch: (_node, inputs) => boundary(inputs[0]!),
  residuals: "kept",
  lower: copied,
};
export const boundary = (x: Node): Node => make(boundaryPrim, [x]);
