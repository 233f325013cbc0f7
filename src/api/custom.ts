// Functions with derivative rules of one's own: customJvp (forward rule) and customVjp (reverse rule), with JAX's
// semantics.

import { checkCount, fail } from "../errors.ts";
import { isFloat, sameShape, showShape } from "../ir/aval.ts";
import { close } from "../ir/closed.ts";
import type { Derived, MaybeNode, Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import type { Rule } from "../primitives/call.ts";
import { parameter } from "../primitives/leaf.ts";
import { full, zerosLike } from "../primitives/spread.ts";
import { describe, type Operand, show } from "../trace/convert.ts";
import { callTraced, requireFunction, resultOf, type Traced, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flattenLike, leafCount, place, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import type { Fn, Inputs, Result } from "../trace/types.ts";
import { callOf, linearOf } from "./calls.ts";
import { type AnyFn, type Argument, argumentOf, checkSettings, matching, type Output, run } from "./common.ts";
import { linearMap } from "./linear-map.ts";

/** Settings of {@link customJvp} and {@link customVjp}. */
export interface CustomOptions {
  /**
   * Arguments that are not differentiated: passed on as they are (functions, strings, settings; numbers stay
   * numbers), and to rules in front of everything else. None unless given.
   */
  readonly nondiffArgnums?: number | readonly number[];
}

/** A function with a derivative of its own. It is called like the function it was made of. */
export type CustomFn<P extends readonly unknown[], R> = <const A extends Inputs<P>>(
  ...args: A & readonly unknown[]
) => Result<R, A>;

/**
 * `f` with the forward rule `rule(primals, tangents)`, which returns `[f(...primals), tangent of the result]`: lists
 * with one entry per argument, and a tangent linear in `tangents`, like the result in structure and shapes. Every
 * transform uses it: `jvp`, and by transposing it `grad`, `vjp` and what is built on them; it is differentiated
 * itself for higher orders, and `vmap` batches it. The rule may call the function itself. Integer and boolean
 * arguments have zero tangents, and such results none.
 *
 * The value is always that of `f`; of the rule's first entry only the structure and shapes are looked at.
 * A value that `f` takes from an enclosing trace is a constant to the rule: differentiating with respect to it is an
 * error.
 * @shape f [n] → [m], rule ([n], [n]) → ([m], [m])
 * @throws HvpError if the rule returns another structure or shapes than `f`, or where a captured traced value is
 *   differentiated
 */
export function customJvp<P extends readonly unknown[], R>(
  f: Fn<P, R>,
  rule: (...args: never[]) => readonly [unknown, unknown],
  options?: CustomOptions,
): CustomFn<P, R>;
export function customJvp(f: AnyFn, rule: AnyFn, options: CustomOptions = {}, ...extra: unknown[]): unknown {
  checkCount("customJvp", extra, "write customJvp(f, rule, options)");
  requireRule("customJvp", f, "rule", rule);
  checkSettings("customJvp", options, ["nondiffArgnums"]);
  return (...values: unknown[]) =>
    called("customJvp", f, options, values, (site) =>
      ruleOf(site, (args, ds) => {
        const primals = site.trees(args, (x, weak) => new Tensor(x, weak));
        let k = 0;
        const tangents = site.trees(args, (x, weak) => {
          const d = ds[k++];
          const float = isFloat(x.dtype);
          return new Tensor(d ?? full(x.shape, 0, float ? x.dtype : "float64"), weak || !float);
        });
        const [y, dy] = pairOf("customJvp: the rule", "[y, dy]", rule, [...site.fixed, primals, tangents]);
        sameResult("customJvp: the value that the rule returned", y, site);
        return likeResult("customJvp: the tangent that the rule returned", dy, site);
      }),
    );
}

/**
 * `f` with the reverse rule `fwd` and `bwd`: `fwd(...args)` returns `[f(...args), residuals]`, a tree of arrays for the
 * reverse pass; `bwd(residuals, ct)` returns a list with the cotangent of every argument (null for zero), for the
 * cotangent `ct` of the result. Reverse mode of any order and `vmap` use it as it is, also where it is not linear in
 * `ct` (clipped gradients). Forward mode (`jvp`, and `hvp` where the function stands inside another nonlinear one)
 * uses its transpose, and needs it linear in `ct`.
 *
 * A value that `f` takes from an enclosing trace is a constant to the rule: differentiating with respect to it is an
 * error.
 * @shape f [n] → [m], fwd [n] → ([m], residuals), bwd (residuals, [m]) → [[n]]
 * @throws HvpError if rules return other structures or shapes, where a captured traced value is differentiated, or in
 * forward mode if `bwd` is not linear in the cotangent
 */
export function customVjp<P extends readonly unknown[], R>(
  f: Fn<P, R>,
  fwd: (...args: never[]) => readonly [unknown, unknown],
  bwd: (...args: never[]) => readonly unknown[],
  options?: CustomOptions,
): CustomFn<P, R>;
export function customVjp(f: AnyFn, fwd: AnyFn, bwd: AnyFn, options: CustomOptions = {}, ...extra: unknown[]): unknown {
  checkCount("customVjp", extra, "write customVjp(f, fwd, bwd, options)");
  requireRule("customVjp", f, "fwd", fwd);
  requireRule("customVjp", f, "bwd", bwd);
  checkSettings("customVjp", options, ["nondiffArgnums"]);
  return (...values: unknown[]) =>
    called("customVjp", f, options, values, (site) =>
      ruleOf(site, (args, ds) => {
        const inputs = site.trees(args, (x, weak) => new Tensor(x, weak));
        const [y, kept] = pairOf("customVjp: fwd", "[y, residuals]", fwd, site.inPlace(inputs));
        sameResult("customVjp: the value that fwd returned", y, site);
        const residuals = resultOf("customVjp: the residuals", kept);
        const back = transposed(bwd, site, residuals);
        const tangents = floatsOf(site).map((i) => ds[i] ?? zerosLike(args[i] as Node));
        const at = [...residuals.nodes, ...args.slice(site.leaves), ...back.captured];
        const results = linearOf(tangents, at, linearMap("customVjp", REMEDY, tangents, resultsOf(site), back));
        let next = 0;
        return site.result.nodes.map((n) => (isFloat(n.dtype) ? results[next++] : undefined));
      }),
    );
}

const REMEDY =
  "forward mode (jvp, or hvp of a function that is not linear in this one) needs bwd to be linear in the cotangent, " +
  "which it is not; use reverse mode (grad, vjp, and grad of vdot(grad(f)(x), v) for Hessian-vector products) or " +
  "customJvp";

/** Which of the leaves of the arguments have tangents, and the results that have. */
const floatsOf = ({ primals, leaves }: Site): number[] =>
  primals.slice(0, leaves).flatMap((x, i) => (isFloat(x.dtype) ? [i] : []));
const resultsOf = ({ result }: Site): Node[] => result.nodes.filter((n) => isFloat(n.dtype));

/** `bwd` as a graph: of cotangents of the results, of residuals, and of what the function captured. */
function transposed(bwd: AnyFn, site: Site, residuals: Traced): Derived {
  const stand = (nodes: readonly Node[]): Node[] => nodes.map((n) => parameter(n.shape, n.dtype));
  const [cts, kept, captured] = [stand(resultsOf(site)), stand(residuals.nodes), stand(site.captured)] as const;
  let next = 0;
  const cotangent = unflatten(
    site.result.structure,
    site.result.nodes.map((n) =>
      isFloat(n.dtype) ? new Tensor(cts[next++] as Node) : new Tensor(full(n.shape, 0, "float64"), true),
    ),
  );
  const tree = unflatten(
    residuals.structure,
    kept.map((n, i) => new Tensor(n, residuals.weak[i] ?? false)),
  );
  const own = argumentCotangents(callTraced("customVjp: bwd", bwd, [...site.fixed, tree, cotangent]), site);
  return derivedOf(
    substitute(
      floatsOf(site).map((i) => own[i]),
      site.captured,
      captured,
    ),
    [...cts, ...kept, ...captured],
  );
}

/** `results` as a graph of `parameters`. */
function derivedOf(results: readonly MaybeNode[], parameters: readonly Node[]): Derived {
  const there = results.filter((y): y is Node => y !== undefined);
  return { ...close(parameters, there), present: results.map((y) => y !== undefined), supports: [] };
}

/** One call of a custom function. */
interface Site {
  readonly transform: string;
  readonly result: Traced;
  /** Arguments that are not differentiated, in order. */
  readonly fixed: readonly unknown[];
  /** How many nodes the differentiable arguments have. */
  readonly leaves: number;
  /** Captured arrays, and nodes of enclosing traces, that the function uses. */
  readonly captured: readonly Node[];
  /** The parameters of the differentiable arguments, and what is captured. */
  readonly primals: readonly Node[];
  readonly arguments: readonly Argument[];
  /** The trees of the differentiable arguments, leaves made of `nodes`; weak ones take the type of what they meet. */
  trees(nodes: readonly Node[], leaf: (x: Node, weak: boolean) => unknown): unknown[];
  /** `trees` and the fixed arguments, as the function takes them. */
  inPlace(trees: readonly unknown[]): unknown[];
}

type Tangents = (args: readonly Node[], tangents: readonly MaybeNode[]) => readonly MaybeNode[];

/** The rule at a site: `own` in terms of the arguments; what the function captured must not move. */
function ruleOf(site: Site, own: Tangents): Rule {
  const traced = new Map<string, Derived>();
  return {
    jvp(moving) {
      let of = traced.get(String(moving));
      if (!of) traced.set(String(moving), (of = traceOf(site, own, moving)));
      return of;
    },
    toString: () => site.transform,
  };
}

function traceOf(site: Site, own: Tangents, moving: readonly boolean[]): Derived {
  if (moving.slice(site.leaves).includes(true))
    fail(
      "rule",
      `${site.transform}: the function uses a traced value of an enclosing function, and the derivative with ` +
        "respect to that value is asked for, which the rule does not give; pass the value as an argument, or " +
        "hold it with stopGradient",
    );
  const args = site.primals.map((x) => parameter(x.shape, x.dtype));
  const ds = args.map((x, i) => (moving[i] ? parameter(x.shape, x.dtype) : undefined));
  // A rule may use what the function captured: by now that may have become something else.
  const results = substitute([...own(args, ds)], site.captured, args.slice(site.leaves));
  return derivedOf(results, [...args, ...ds.filter((d): d is Node => d !== undefined)]);
}

function called(
  transform: string,
  f: AnyFn,
  options: CustomOptions,
  values: readonly unknown[],
  rule: (site: Site) => Rule,
): unknown {
  const fixedAt = fixedPlaces(transform, options, values.length);
  return run((): Output => {
    const moving = values.map((_, i) => i).filter((i) => !fixedAt.has(i));
    const args = moving.map((i) =>
      argumentOf(
        moving.length === 1 && values.length === 1 ? `${transform}: the argument` : `${transform}: argument ${i + 1}`,
        values[i],
      ),
    );
    const parameters = args.flatMap((a) => a.parameters);
    const inPlace = (trees: readonly unknown[]): unknown[] => {
      let next = 0;
      return values.map((v, i) => (fixedAt.has(i) ? v : trees[next++]));
    };
    const result = trace(transform, f, inPlace(args.map((a) => a.traced)));
    const { graph, captured } = close(parameters, result.nodes);
    const primals = [...parameters, ...captured];
    const site: Site = {
      transform,
      result,
      fixed: [...fixedAt].map((i) => values[i]),
      leaves: parameters.length,
      captured,
      primals,
      arguments: args,
      trees(nodes, leaf) {
        let next = 0;
        return args.map((a) => {
          const count = a.parameters.length;
          const own = nodes.slice(next, next + count);
          const tree = unflatten(
            a.structure,
            own.map((x, i) => leaf(x, (a.operands[i] as Operand).weak)),
          );
          next += count;
          return tree;
        });
      },
      inPlace,
    };
    const made = primals.length > 0 ? callOf(graph, primals, { rule: rule(site) }) : [];
    return {
      args,
      // What has no derivative is what it was.
      nodes: result.nodes.map((y, i) => (isFloat(y.dtype) ? (made[i] ?? y) : y)),
      weak: result.weak,
      assemble: (leaves) => unflatten(result.structure, leaves),
    };
  });
}

function fixedPlaces(transform: string, options: CustomOptions, count: number): Set<number> {
  const { nondiffArgnums = [] } = options;
  const list = typeof nondiffArgnums === "number" ? [nondiffArgnums] : nondiffArgnums;
  if (!Array.isArray(list))
    fail("value", `${transform}: nondiffArgnums must be an integer or a list of them, got ${describe(list)}`);
  return new Set(
    list
      .map((k) => {
        if (!Number.isInteger(k) || k < -count || k >= count)
          fail(
            "axis",
            `${transform}: nondiffArgnums ${show(k)} is out of range: the function was called with ${count} arguments`,
          );
        return k < 0 ? k + count : k;
      })
      .sort((a, b) => a - b),
  );
}

function requireRule(transform: string, f: unknown, name: string, rule: unknown): void {
  requireFunction(transform, f);
  if (typeof rule !== "function") fail("value", `${transform}: ${name} must be a function, got ${describe(rule)}`);
}

function pairOf(where: string, pair: string, f: AnyFn, args: readonly unknown[]): [unknown, unknown] {
  const result = callTraced(where, f, args);
  if (!Array.isArray(result) || result.length !== 2)
    return fail("value", `${where} must return ${pair}, got ${describe(result)}`);
  return result as [unknown, unknown];
}

/** The leaves of `value`, which must have the structure of the function's result. */
function leavesOf(where: string, value: unknown, structure: Structure): unknown[] {
  const leaves = structure === "leaf" ? [value] : flattenLike(where, value, structure);
  return (
    leaves ??
    fail(
      "shape",
      `${where} must have the structure of the function's result, ${showStructure(structure)}; got ${describe(value)}`,
    )
  );
}

function sameResult(where: string, value: unknown, { result }: Site): void {
  const given = resultOf(where, value);
  if (
    showStructure(given.structure) !== showStructure(result.structure) &&
    !flattenLike(where, value, result.structure)
  )
    fail(
      "shape",
      `${where} has the structure ${showStructure(given.structure)}, but the function returned ` +
        `${showStructure(result.structure)}; return the same tree`,
    );
  result.nodes.forEach((y, i) => {
    const n = given.nodes[i] as Node;
    if (!sameShape(n.shape, y.shape))
      fail(
        "shape",
        `${where} has shape ${showShape(n.shape)}, but the function returned shape ${showShape(y.shape)}; they ` +
          "must be equal",
      );
  });
}

/** Nodes like those of the function's result; none where it is not of floating point. */
function likeResult(where: string, value: unknown, { result }: Site): MaybeNode[] {
  return leavesOf(where, value, result.structure).map((leaf, i) => {
    const y = result.nodes[i] as Node;
    return isFloat(y.dtype) ? matching(where, leaf, y, "the function's result").node(y.dtype) : undefined;
  });
}

/** What bwd returned, as nodes like the differentiable arguments; null and undefined are zeros. */
function argumentCotangents(value: unknown, site: Site): MaybeNode[] {
  const { arguments: args } = site;
  if (!Array.isArray(value) || value.length !== args.length)
    return fail(
      "value",
      `customVjp: bwd must return a list with one cotangent per differentiable argument (${args.length}), got ` +
        `${describe(value)}${args.length === 1 ? "; write [ct]" : ""}`,
    );
  let next = 0;
  return args.flatMap((a, k) => {
    const own = site.primals.slice(next, (next += leafCount(a.structure)));
    const entry: unknown = value[k];
    if (entry === null || entry === undefined) return own.map(() => undefined);
    const where = `customVjp: the cotangent of argument ${k + 1} that bwd returned`;
    const leaves = a.structure === "leaf" ? [entry] : flattenLike(where, entry, a.structure);
    if (!leaves)
      return fail(
        "shape",
        `${where} must have the structure of the argument, ${showStructure(a.structure)}; got ${describe(entry)}`,
      );
    return own.map((x, i) =>
      isFloat(x.dtype)
        ? matching(place(where, a.paths[i] as string), leaves[i], x, "the argument").node(x.dtype)
        : undefined,
    );
  });
}
