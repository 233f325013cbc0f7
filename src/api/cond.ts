// Branches: one of several functions is applied, as a value says.
import { fail } from "../errors.ts";
import { sameShape, showAval } from "../ir/aval.ts";
import { apart } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { convert } from "../primitives/cast.ts";
import { parameter } from "../primitives/leaf.ts";
import { ne } from "../primitives/logic.ts";
import { describe, type Operand, operandOf, show } from "../trace/convert.ts";
import { requireFunction } from "../trace/trace.ts";
import { flatten, flattenLike, place, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import type { Like, Result, TensorLike, Traced } from "../trace/types.ts";
import { calledWith, closeBranches, fits, showLeaf } from "./bodies.ts";
import { type AnyFn, type Argument, argumentOf, type Output, parametersOf, run } from "./common.ts";
import { choice } from "./loops.ts";

type TracedList<A extends readonly unknown[]> = { -readonly [K in keyof A]: Traced<A[K]> };

/**
 * `then(...args)` where `pred` is true, else `otherwise(...args)`: one of them is computed, and the other has no part
 * in derivatives. `pred` is a scalar; of a number it says whether it is not 0. Both functions are traced, and return
 * arrays or trees of arrays of the same shapes and types; numbers take the type of the other one's. Where `pred` is
 * known when it is traced, nothing is left to choose.
 * @shape pred [], args → [...m]
 * @throws HvpError if the results differ in structure, shape or type, or if `pred` is no scalar
 */
export function cond<const P extends TensorLike, const A extends readonly unknown[], R>(
  pred: P,
  then: (...args: TracedList<A>) => R,
  otherwise: (...args: TracedList<A>) => Like<R>,
  ...args: A
): Result<R, [P, A]>;
export function cond(pred: unknown, then: AnyFn, otherwise: AnyFn, ...args: unknown[]): unknown {
  if (typeof pred === "function") fail("value", "cond: the predicate comes first: write cond(pred, then, otherwise)");
  requireFunction("cond", then);
  requireFunction("cond", otherwise);
  return run(() => {
    const where = "cond: the predicate";
    const given = argumentOf(where, pred);
    const x = scalarOf(where, pred, given);
    const [p] = given.parameters as [Node];
    const index = convert(p.dtype === "bool" ? p : ne(p, 0), "int32");
    const known = x.traced ? undefined : Number((x.data(x.dtype)[0] as number) !== 0);
    return chosen("cond", [otherwise, then], ["otherwise", "then"], given, index, known, args);
  });
}

/**
 * One of `branches`, called with `args`: the others are not computed and have no part in derivatives. `index` is an
 * integer scalar; below 0 it counts as 0, beyond the end as the last. All branches are traced, and return arrays or
 * trees of arrays of the same shapes and types; numbers take the type of the others'. Where `index` is known when it
 * is traced, nothing is left to choose.
 * @shape index [], args → [...m]
 * @throws HvpError if the results differ in structure, shape or type, or if `index` is no integer scalar
 */
export function switchCase<const P extends TensorLike, const A extends readonly unknown[], R>(
  index: P,
  branches: readonly [(...args: TracedList<A>) => R, ...((...args: TracedList<A>) => Like<R>)[]],
  ...args: A
): Result<R, [P, A]>;
export function switchCase(index: unknown, branches: readonly AnyFn[], ...args: unknown[]): unknown {
  if (!Array.isArray(branches) || branches.length === 0)
    fail("value", `switchCase: branches is ${describe(branches)}; expected a list of functions`);
  for (const f of branches) requireFunction("switchCase", f);
  return run(() => {
    const where = "switchCase: the index";
    const given = argumentOf(where, index);
    const x = scalarOf(where, index, given);
    if (x.dtype !== "int32" && !(x.weak && x.integral))
      fail(
        x.traced ? "dtype" : "value",
        `${where} is ${x.traced ? showAval(x) : show(index)}; ` +
          (x.traced ? 'convert it with astype(x, "int32")' : "expected an integer"),
      );
    const last = branches.length - 1;
    const known = x.traced ? undefined : Math.max(0, Math.min(last, x.data("int32")[0] as number));
    const names = branches.map((_, i) => `branch ${i}`);
    return chosen("switchCase", branches, names, given, convert(given.parameters[0] as Node, "int32"), known, args);
  });
}

function scalarOf(where: string, value: unknown, { operands, structure }: Argument): Operand {
  const [x] = operands as [Operand];
  if (structure !== "leaf" || x.shape.length > 0)
    fail(
      "shape",
      `${where} must be a scalar, got ${structure === "leaf" ? showLeaf(x) : describe(value)}; choose element by ` +
        "element with where(condition, a, b)",
    );
  return x;
}

interface Agreed {
  readonly structure: Structure;
  readonly lists: readonly (readonly Node[])[];
  readonly weak: readonly boolean[];
}

/** What one branch returned. */
interface Returned {
  readonly name: string;
  readonly value: unknown;
}

/** The results of one of `branches`: of number `index`, or of `known` where that is there. */
function chosen(
  choose: string,
  branches: readonly AnyFn[],
  names: readonly string[],
  given: Argument,
  index: Node,
  known: number | undefined,
  values: readonly unknown[],
): Output {
  const args = values.map((v, i) => argumentOf(`${choose}: argument ${i + 1}`, v));
  const traced = args.map((a) => a.traced);
  const start = parameter([], "bool");
  const call = (): Agreed =>
    agreed(
      choose,
      branches.map((f, i) => ({
        name: names[i] as string,
        value: calledWith(choose, f, traced, `a function of ${values.length} arguments`),
      })),
    );
  const { structure, lists, weak } = known === undefined ? apart(call) : call();
  const parameters = parametersOf(args);
  const pick = (): readonly Node[] => {
    const { graphs, captured } = closeBranches(start, parameters, lists);
    return choice([index, ...parameters, ...captured], graphs);
  };
  return {
    args: [given, ...args],
    nodes: (known === undefined ? undefined : lists[known]) ?? pick(),
    weak,
    assemble: (leaves) => unflatten(structure, leaves),
  };
}

/** The results of all branches as nodes of the same types, in the order of the first. */
function agreed(choose: string, returned: readonly Returned[]): Agreed {
  const [first] = returned as [Returned];
  const { structure, paths } = flatten(`${choose}: the result of ${first.name}`, first.value);
  const operands = returned.map(({ name, value }) => {
    const where = `${choose}: the result of ${name}`;
    const leaves = flattenLike(where, value, structure);
    if (!leaves)
      return fail(
        "shape",
        `${choose}: ${first.name} returns ${showStructure(structure)}, but ${name} returns ` +
          `${showStructure(flatten(where, value).structure)}; all branches must return the same structure`,
      );
    return leaves.map((leaf, i) => operandOf(place(where, paths[i] as string), leaf));
  });
  const types = paths.map((path, i) => {
    const all = operands.map((list) => list[i] as Operand);
    return typeOf(
      choose,
      path,
      all,
      returned.map(({ name }) => name),
    );
  });
  return {
    structure,
    lists: operands.map((list) => list.map((x, i) => x.node((types[i] as Operand).dtype))),
    weak: types.map((t) => t.weak),
  };
}

/** The one of `all` that has the type of all: numbers take that of the others. */
function typeOf(choose: string, path: string, all: readonly Operand[], names: readonly string[]): Operand {
  const lead = Math.max(
    0,
    all.findIndex((x) => !x.weak),
  );
  const t = all[lead] as Operand;
  all.forEach((x, k) => {
    const isShape = sameShape(x.shape, t.shape);
    if (isShape && fits(x, t)) return;
    fail(
      isShape ? "dtype" : "shape",
      `${choose}: ${names[lead]} returns ${showLeaf(t)}${path === "" ? "" : ` at ${path.replace(/^\./, "")}`}, but ` +
        `${names[k]} returns ${showLeaf(x)}; all branches must return the same ` +
        (isShape ? "types: convert with astype" : "shapes"),
    );
  });
  return t;
}
