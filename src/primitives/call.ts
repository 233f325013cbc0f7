// Calls of closed graphs: functions with derivative rules of their own (customJvp, customVjp), and recomputation
// (checkpoint). The value of a call is its graph, inlined before the plan, so that nothing is less fused. What is
// derived of a checkpoint are calls that are steps of their own: they get the arguments and compute the rest again.
import type { Aval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import { close, inline } from "../ir/closed.ts";
import type { Calculus, Closed, Derived, MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { ofSeveral, part, partsOf } from "../ir/part.ts";
import { reachable, substitute } from "../ir/walk.ts";
import { batched } from "./define.ts";
import { isParameter } from "./leaf.ts";
import { constValue, full, zerosLike } from "./spread.ts";
import { supportOf } from "./support.ts";

/** The derivative rule of a function, traced when it is first asked for. */
export interface Rule {
  /** Arguments: those of the function, tangents of those that are `moving`. Results: tangents. */
  jvp(moving: readonly boolean[]): Derived;
  /** What printed graphs show. */
  toString(): string;
}

/** What a call may have of its own. */
export interface Own {
  /** Its own derivative; absent: that of the body, which is recomputed. */
  readonly rule?: Rule;
  /** The body in fewer words: what runs where no derivative of it is taken. */
  readonly value?: Closed;
}

interface Call extends Own {
  readonly body: Closed;
  readonly calculus: Calculus;
  /** Compiled as a step of its own; its inputs and results lie in memory. */
  readonly step: boolean;
  /** Absent: nothing is known of any result. */
  readonly supports?: Supports;
}

/**
 * Where results can differ from zero: a graph of some of the inputs. It stands apart from the results, which are
 * linear in inputs that a support must not depend on.
 */
interface Supports {
  readonly body: Closed;
  /** Its arguments, as places among the inputs of the call. */
  readonly places: readonly number[];
  /** For each result of the call that of `body`, or -1. */
  readonly at: readonly number[];
}

const there = (list: readonly MaybeNode[]): Node[] => list.filter((x): x is Node => x !== undefined);
const given = (list: readonly MaybeNode[]): boolean[] => list.map((x) => x !== undefined);
/** `results`, which are those that are `present`, with symbolic zeros between. */
function spread({ present }: Derived, results: readonly Node[]): MaybeNode[] {
  let next = 0;
  return present.map((is) => (is ? results[next++] : undefined));
}

/** What a derived graph makes of `inputs` and of the derivatives `moving`, as a step that is given their supports. */
function step(
  calculus: Calculus,
  inputs: readonly Node[],
  moving: readonly Node[],
  derive: (masked: boolean[]) => Derived,
): MaybeNode[] {
  const masks = moving.map((d) => supportOf(d));
  const of = derive(given(masks));
  if (of.supports.length === 0) return spread(of, []);
  const args = [...inputs, ...moving, ...there(masks), ...of.captured];
  const { parameters } = of.graph;
  // Numbers belong to the graph, and what it does not need is not kept for it.
  const isFixed = (_: unknown, i: number): boolean => constValue(args[i] as Node) !== undefined;
  const outputs = substitute(of.graph.outputs, parameters.filter(isFixed), args.filter(isFixed));
  const results = outputs.slice(0, of.supports.length);
  const needed = new Set(reachable(results));
  const free = parameters.map((_, i) => i).filter((i) => !isFixed(i, i) && needed.has(parameters[i] as Node));
  const own = free.map((i) => parameters[i] as Node);
  const supports = of.supports.some((i) => i >= 0) && supportsOf(own, outputs, of.supports);
  const node = make(
    callPrim,
    free.map((i) => args[i] as Node),
    { step: true, body: close(own, results).graph, calculus, ...(supports && { supports }) },
  );
  return spread(
    of,
    of.supports.map((_, i) => part(node, i)),
  );
}

/** Supports among `outputs`, as a graph of `parameters`; those that need others are not known. */
function supportsOf(parameters: readonly Node[], outputs: readonly Node[], places: readonly number[]): Supports {
  const isOwn = new Set(parameters);
  const masks = places.map((i) => (i < 0 ? undefined : outputs[i]));
  const known = masks.map((m) => m && reachable([m]).every((n) => !isParameter(n) || isOwn.has(n)));
  const found = there(masks.map((m, i) => (known[i] ? m : undefined)));
  const needed = new Set(reachable(found));
  const inputs = parameters.map((_, i) => i).filter((i) => needed.has(parameters[i] as Node));
  let next = 0;
  return {
    body: close(
      inputs.map((i) => parameters[i] as Node),
      found,
    ).graph,
    places: inputs,
    at: known.map((is) => (is ? next++ : -1)),
  };
}

/** Cotangents of the inputs marked `linear`, in their places. */
function placed(linear: readonly boolean[], cts: readonly MaybeNode[]): MaybeNode[] {
  let next = 0;
  return linear.map((is) => (is ? cts[next++] : undefined));
}

/**
 * The transpose of a function with a rule, where it is linear in some inputs: there it is its own derivative, at zero
 * as anywhere.
 */
function byRule(
  rule: Rule,
  inputs: readonly Node[],
  cts: readonly MaybeNode[],
  linear: readonly boolean[],
  { pull }: Calculus,
) {
  const of = rule.jvp(linear);
  const ends = inputs.length + linear.filter(Boolean).length;
  const own = cts.filter((_, i) => of.present[i]);
  const back = pull(
    of.graph,
    of.graph.parameters.map((_, i) => i >= inputs.length && i < ends),
    given(own),
    own.flatMap((ct) => (ct ? [false] : [])),
  );
  const zero = inputs.map((x, i) => (linear[i] ? zerosLike(x) : x));
  return spread(back, inline(back.graph, [...zero, ...of.captured, ...there(own)]));
}

/** `rule` for a batch of arguments, those that `has` says. */
const batchedRule = (rule: Rule, has: readonly boolean[], size: number, { over }: Calculus): Rule => ({
  jvp(moving) {
    const of = rule.jvp(moving);
    const flags = [...has, ...has.filter((_, i) => moving[i]), ...of.captured.map(() => false)];
    return { ...of, graph: over(of.graph, flags, size) };
  },
  toString: () => `${rule}`,
});

export const callPrim: Primitive<Call> = /* @__PURE__ */ ofSeveral<Call>(
  "closedCall",
  {
    results: (_inputs, { body }) => body.outputs,
    simplify({ inputs, params: { body, rule } }, i) {
      const y = body.outputs[i] as Node;
      if (rule) return undefined;
      return constValue(y) === undefined ? inputs[body.parameters.indexOf(y)] : y;
    },
    jvp({ inputs, params: { body, rule, calculus } }, ds) {
      const moving = there(ds);
      if (!rule) return step(calculus, inputs, moving, (masked) => calculus.push(body, given(ds), masked));
      const of = rule.jvp(given(ds));
      return spread(of, inline(of.graph, [...inputs, ...moving, ...of.captured]));
    },
    transpose({ inputs, params: { body, rule, calculus } }, cts, linear) {
      if (rule) return placed(linear, byRule(rule, inputs, cts, linear, calculus));
      const at = inputs.filter((_, i) => !linear[i]);
      return placed(
        linear,
        step(calculus, at, there(cts), (masked) => calculus.pull(body, linear, given(cts), masked)),
      );
    },
    batch({ params }, inputs, has, size) {
      const { body, rule, calculus } = params;
      const { over } = calculus;
      const { supports: s } = params;
      const flags = s?.places.map((i) => has[i] as boolean);
      const supports = s && { ...s, body: over(s.body, flags as boolean[], size) };
      const value = params.value && over(params.value, has, size);
      const moved = { ...params, body: over(body, has, size), ...(value && { value }), ...(supports && { supports }) };
      return partsOf(make(callPrim, inputs, rule ? { ...moved, rule: batchedRule(rule, has, size, calculus) } : moved));
    },
    support({ inputs, params: { supports, calculus } }, i) {
      const at = supports?.at[i] ?? -1;
      if (!supports || at < 0) return undefined;
      const args = supports.places.map((k) => inputs[k] as Node);
      return part(make(callPrim, args, { step: true, body: supports.body, calculus }), at);
    },
  },
  {
    kind: "closed",
    body: ({ params }) => params.value ?? params.body,
    step: ({ params }) => params.step,
    calculus: ({ params }) => params.calculus,
  },
);

/**
 * The results of `body`, a graph of `inputs`: with the derivative of `rule`, or, without one, with derivatives that
 * compute its values again. As a `step` its sums have the bits that they have by themselves, whatever stands beside it.
 */
export const call = (body: Closed, inputs: readonly Node[], calculus: Calculus, own: Own = {}, step = false): Node[] =>
  partsOf(make(callPrim, inputs, { ...own, step, body, calculus }));

// ---- linear maps known by their transposes ----

/** Graphs are made when they are asked for: reverse mode does without `forward`. */
export interface LinearMap {
  readonly results: readonly Aval[];
  /** Arguments: tangents, then what fixes the map. Results: all. @throws HvpError where there is none */
  forward(): Closed;
  /** Arguments: cotangents of all results, then what fixes the map. Results: cotangents of the tangents. */
  back(): Derived;
  toString(): string;
}

interface Linear {
  readonly map: LinearMap;
  readonly count: number;
  readonly calculus: Calculus;
}
/** Inputs: `count` tangents, then what fixes the map. */
export const linearPrim: Primitive<Linear> = /* @__PURE__ */ ofSeveral<Linear>(
  "linear",
  {
    results: (_inputs, { map }) => map.results,
    simplify({ inputs, params: { map, count } }, i) {
      const { shape, dtype } = map.results[i] as Aval;
      return inputs.slice(0, count).every((d) => constValue(d) === 0) ? full(shape, 0, dtype) : undefined;
    },
    jvp({ inputs, params: { map, calculus } }, ds) {
      const of = calculus.push(
        map.forward(),
        given(ds),
        there(ds).map(() => false),
      );
      return spread(of, inline(of.graph, [...inputs, ...there(ds)]));
    },
    transpose({ inputs, params: { map, count } }, cts, linear) {
      const of = map.back();
      const dense = map.results.map((y, i) => cts[i] ?? zerosLike(y));
      const back = spread(of, inline(of.graph, [...dense, ...inputs.slice(count)]));
      return inputs.map((_, i) => (i < count && linear[i] ? back[i] : undefined));
    },
    batch({ params: { map, count, calculus } }, inputs, has, size) {
      const { over } = calculus;
      const flags = has.map((is, i) => is || i < count);
      const moved: LinearMap = {
        results: map.results.map((y) => ({ ...y, shape: [size, ...y.shape] })),
        forward: () => over(map.forward(), flags, size),
        back() {
          const of = map.back();
          return { ...of, graph: over(of.graph, [...map.results.map(() => true), ...flags.slice(count)], size) };
        },
        toString: () => `${map}`,
      };
      const args = inputs.map((x, i) => (i < count ? batched(x, has[i] as boolean, size) : x));
      return partsOf(make(linearPrim, args, { map: moved, count, calculus }));
    },
  },
  {
    kind: "closed",
    body: ({ params }) => params.map.forward(),
    step: () => false,
    calculus: ({ params }) => params.calculus,
  },
);
/** The linear map `map` at `at`, applied to `tangents`. */
export const linear = (tangents: readonly Node[], at: readonly Node[], map: LinearMap, calculus: Calculus): Node[] =>
  partsOf(make(linearPrim, [...tangents, ...at], { map, count: tangents.length, calculus }));
