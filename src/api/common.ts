// What all transforms share. A transform sees its arguments as fresh parameters and works in node space. Then, inside
// another trace, the parameters are replaced by the outer nodes, so nested transforms inline and cannot confuse
// perturbations; outside one, the result is compiled and computed at once.
import { fail } from "../errors.ts";
import { type Aval, type Data, isFloat, sameShape, showAval, showShape, storage } from "../ir/aval.ts";
import { inSession, tracing } from "../ir/build.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { checkOptions } from "../ops/apply.ts";
import { convert } from "../primitives/cast.ts";
import { parameter } from "../primitives/leaf.ts";
import { zerosLike } from "../primitives/spread.ts";
import { evaluate } from "../run/evaluate.ts";
import { describe, elementsOf, isNdArrayLike, isPlain, type Operand, operandOf, toValue } from "../trace/convert.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, flattenLike, place, type Structure, showStructure, unflatten, unprefixed } from "../trace/tree.ts";
import type { Value } from "../trace/types.ts";

/** A function as transforms see it, whatever its types. */
export type AnyFn = (...args: never[]) => unknown;

/** One argument of a traced function: its leaves as operands, and the parameters that stand for them. */
export interface Argument {
  readonly where: string;
  readonly operands: readonly Operand[];
  readonly paths: readonly string[];
  readonly structure: Structure;
  readonly parameters: readonly Node[];
  /** The tree of traced values that the function is called with. */
  readonly traced: unknown;
}

/**
 * `value` as an argument: a fresh parameter for every leaf. At a `point` at which derivatives are taken no leaf is an
 * integer: it would have no derivative beside integers.
 */
export function argumentOf(where: string, value: unknown, point = false): Argument {
  const { leaves, paths, structure } = flatten(where, value);
  const operands = leaves.map((leaf, i) => operandOf(place(where, paths[i] as string), leaf));
  return bind(where, operands, paths, structure, point);
}

/** What a function sees of `x` in its parameter or an example of that: numbers adapt as they do outside a trace. */
export const standIn = (node: Node, x: Operand, point = false): Tensor =>
  new Tensor(node, x.weak, !point && x.weak && x.integral);

/**
 * Which leaves of a result that mirrors an argument take the type of what they meet: numbers; arrays of numbers come
 * back as typed arrays.
 */
export const looseLeaves = (arg: Pick<Argument, "operands">): boolean[] =>
  arg.operands.map((x) => x.weak && (x.shape.length === 0 || x.traced !== undefined));

function bind(
  where: string,
  operands: readonly Operand[],
  paths: readonly string[],
  structure: Structure,
  point: boolean,
): Argument {
  const parameters = operands.map((x) => parameter(x.shape, x.dtype));
  const tracers = parameters.map((p, i) => standIn(p, operands[i] as Operand, point));
  return { where, operands, paths, structure, parameters, traced: unflatten(structure, tracers) };
}

/** `value` as an argument of the same structure, shapes and types as `like`: a tangent or cotangent. */
export function tangentOf(where: string, value: unknown, like: Argument): Argument {
  const leaves = flattenLike(where, value, like.structure);
  if (!leaves)
    return fail(
      "shape",
      `${where} must have the structure of ${unprefixed(like.where)}, ${showStructure(like.structure)}; got ` +
        `${showStructure(flatten(where, value).structure)}`,
    );
  const operands = leaves.map((leaf, i) =>
    matching(
      place(where, like.paths[i] as string),
      leaf,
      like.parameters[i] as Node,
      place(like.where, like.paths[i] as string),
    ),
  );
  return bind(where, operands, like.paths, like.structure, true);
}

/** `value` as an operand of the shape and type of `node`, which `name` names. */
export function matching(where: string, value: unknown, node: Node, name: string): Operand {
  const x = operandOf(where, value);
  if (!sameShape(x.shape, node.shape))
    fail(
      "shape",
      `${where} has shape ${showShape(x.shape)}, but ${unprefixed(name)} has shape ${showShape(node.shape)}; ` +
        "they must be equal",
    );
  if (x.dtype === node.dtype) return x;
  return {
    shape: x.shape,
    dtype: node.dtype,
    weak: false,
    integral: false,
    traced: x.traced && convert(x.traced, node.dtype),
    node: (dtype) => convert(x.node(node.dtype), dtype),
    data: () => storageLike(node, x.data(node.dtype)),
    ...(x.read && { read: () => x.read?.() as ArrayLike<number> }),
  };
}

const storageLike = (node: Node, data: Data): Data => storage(node.dtype).from(data);

export const parametersOf = (args: readonly Argument[]): Node[] => args.flatMap((a) => a.parameters);

/** A transform at work: nodes in terms of the parameters of `args`, and how the values of these nodes are put together. */
export interface Output {
  readonly args: readonly Argument[];
  readonly nodes: readonly Node[];
  readonly weak?: readonly boolean[];
  assemble(leaves: readonly unknown[]): unknown;
}

/** Traced values for `nodes`, the parameters of `args` replaced by their operands. */
export function inline(args: readonly Argument[], nodes: readonly Node[], weak: readonly boolean[] = []): Tensor[] {
  return inlineNodes(args, nodes).map((n, i) => new Tensor(n, weak[i] ?? false));
}

export const inlineNodes = <T extends MaybeNode>(args: readonly Argument[], nodes: readonly T[]): T[] =>
  substitute(
    nodes,
    parametersOf(args),
    args.flatMap((a) => a.operands.map((x) => x.node(x.dtype))),
  );

/** The values of `nodes` for the operands of `args`. */
export const compute = (args: readonly Argument[], nodes: readonly Node[]): Data[] =>
  evaluate(
    [...nodes],
    parametersOf(args),
    args.flatMap((a) => a.operands.map((x) => elementsOf(x, x.dtype))),
  );

/**
 * Refuses what is not a set of options, such as the point in `grad(f, x)`, and options that the transform does not
 * know.
 */
export function checkSettings(
  transform: string,
  options: unknown,
  known: readonly string[],
  remedy = `for the value at x write ${transform}(f)(x)${
    typeof options === "number" && known.includes("argnums")
      ? `, for its argument ${options} { argnums: ${options} }`
      : ""
  }`,
): void {
  if (!isPlain(options) || isNdArrayLike(options))
    fail("value", `${transform}: expected options, got ${describe(options)}; ${remedy}`);
  checkOptions(transform, options, known);
}

/** Runs a transform: `body` makes its arguments and works out the result in terms of their parameters. */
export function run(body: () => Output): unknown {
  const nested = tracing();
  return inSession(() => {
    const { args, nodes, weak, assemble } = body();
    return assemble(nested ? inline(args, nodes, weak) : valuesOf(nodes, compute(args, nodes)));
  });
}

/** Arrays of `avals` with these elements, as a user gets them. */
export const valuesOf = (avals: readonly Aval[], data: readonly Data[]): Value[] =>
  avals.map(({ shape, dtype }, i) => toValue(data[i] as Data, shape, dtype));

/** `call` under a name that says what it is of `f`, for printing. */
export const named = <F extends object>(transform: string, f: AnyFn, call: F): F =>
  Object.defineProperty(call, "name", { value: `${transform}(${f.name || "f"})` });

/** The arguments of a call, named for messages. `point`: derivatives are taken at them. */
export const argumentsOf = (transform: string, values: readonly unknown[], point = false): Argument[] =>
  Array.from(values, (v, i) =>
    argumentOf(values.length === 1 ? `${transform}: the argument` : `${transform}: argument ${i + 1}`, v, point),
  );

/** The zero tangent of `y` where it is a symbolic zero. */
export const dense = (tangent: MaybeNode, y: Node): Node => tangent ?? zerosLike(y);

/** Throws unless `y` is a floating-point scalar. */
export function requireScalar(transform: string, nodes: readonly Node[], structure: Structure): Node {
  if (structure !== "leaf")
    fail(
      "shape",
      `${transform}: the function must return one scalar, got ${showStructure(structure)}; return only the value ` +
        "to differentiate, or use grad with hasAux",
    );
  const y = nodes[0] as Node;
  if (y.shape.length > 0)
    fail(
      "shape",
      `${transform}: the function must return a scalar, got shape ${showShape(y.shape)}; reduce it with sum or ` +
        "mean, or use jacrev for the Jacobian",
    );
  if (!isFloat(y.dtype))
    fail(
      "dtype",
      `${transform}: the function must return a floating-point scalar, got ${showAval(y)}; its derivative is not ` +
        "defined",
    );
  return y;
}

/** Throws unless the primals of a transform are given as a list. */
export function requireList(transform: string, name: string, values: unknown, f: AnyFn): readonly unknown[] {
  if (!Array.isArray(values))
    return fail(
      "value",
      `${transform}: ${name} must be an array with one entry per argument of the function, got ` +
        `${ArrayBuffer.isView(values) ? "a typed array" : describe(values)}; write ${transform}(f, [x], [v])`,
    );
  if (f.length === 1 && values.length > 1 && values.every((v) => typeof v === "number")) {
    fail(
      "value",
      `${transform}: ${name} has ${values.length} numbers for a function of one argument; for one array argument ` +
        `write ${transform}(f, [x], [v])`,
    );
  }
  return values;
}
