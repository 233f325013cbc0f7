// Many small problems in one program: a loop over problems around the loop of the solver, so that each ends when it is
// done. Lanes over problems (`vmap`, in blocks of 2 to 16) made 0.4 to 0.7 of the fits in the one run that compared
// them: the functions of a problem fill the lanes by themselves, and a block waits for its slowest problem.
import type { AnyFn, Argument } from "../api/common.ts";
import { map } from "../api/map.ts";
import { fail } from "../errors.ts";
import { type Data, showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { eq, or } from "../ops/logic.ts";
import { convert } from "../primitives/cast.ts";
import { literal, parameter } from "../primitives/leaf.ts";
import { concat, reshape } from "../primitives/shape.ts";
import { Tensor } from "../trace/tracer.ts";
import { place } from "../trace/tree.ts";
import { type CheckedOptions, checkMinimizeOptions } from "./options.ts";
import { isRunning, type Method, type Progress, SETTINGS, type Settings } from "./progress.ts";
import type { TracedFunction } from "./requests.ts";
import { repeat } from "./requests.ts";
import { codeOf, reasonOf, type Status } from "./status.ts";
import { traced } from "./traced-host.ts";
import { Unknowns } from "./unknowns.ts";

/** The last state of `method` from `x0`. */
export const searched = <S extends Progress>(method: Method<S>, f: TracedFunction, x0: Tensor, settings: Settings): S =>
  traced(
    repeat<S>(method.begin(x0, settings), isRunning, (s) => method.iterate(s, settings)),
    f,
  );

/** What programs are told, as captured arrays: so they are the same for all values of options. */
export const told = (settings: Float64Array, bounds: readonly Data[], { dtype }: Unknowns): Tensor[] => [
  new Tensor(literal(settings, [SETTINGS.length], "float64")),
  ...bounds.map((end) => new Tensor(literal(end, [end.length], dtype))),
];

/** The options of many searches: nobody looks on. */
export function checkManyOptions(name: string, options: unknown, more: readonly string[] = []): CheckedOptions {
  const checked = checkMinimizeOptions(name, options, more);
  for (const key of ["onIteration", "timeLimit", "signal"] as const)
    if (checked[key] !== undefined) fail("value", `${name}: ${key} is for a single search; leave it out`);
  return checked;
}

/** How many problems there are: the extent of axis 0 of all arrays of `args`. */
export function countOf(args: readonly Argument[]): number {
  let count: number | undefined;
  for (const { where, operands, paths } of args)
    operands.forEach(({ shape }, i) => {
      const [extent] = shape;
      const name = place(where, paths[i] as string);
      if (extent === undefined) fail("shape", `${name} is a number; expected an axis of problems in front`);
      count ??= extent;
      if (extent !== count)
        fail(
          "shape",
          `${name} has shape ${showShape(shape)}, but there are ${count} problems: its axis 0 must be so long`,
        );
    });
  return count ?? fail("value", `${args[0]?.where}: there are no arrays with an axis of problems`);
}

/** `solve` for each problem, given its slices. */
export const each = <T>(solve: (slices: readonly unknown[]) => T, slices: readonly unknown[]): T =>
  map(((own: readonly unknown[]) => solve(own)) as AnyFn as never, slices as never) as T;

/** The unknowns of a problem, whose arrays are slices of those of `batch`, which the caller calls `what`. */
export const unknownsOf = (name: string, what: string, { operands, structure, paths }: Argument): Unknowns =>
  Unknowns.of(
    name,
    what,
    operands.map(({ shape, dtype }) => parameter(shape.slice(1), dtype)),
    structure,
    paths,
  );

/** The vector of a tree's arrays. */
export function packed({ dtype }: Unknowns, parts: readonly Tensor[]): Tensor {
  const vectors = parts.map((x) => convert(reshape(x.node, [x.size]), dtype));
  return new Tensor(vectors.length === 1 ? (vectors[0] as Node) : concat(vectors, 0));
}

/** The arrays of a batch of vectors, an axis more in front. */
export const unpacked = (unknowns: Unknowns, vector: Tensor): unknown =>
  unknowns.shape.tree(unknowns.leavesOf(vector.node).map((n) => new Tensor(n)));

/** Why a search ended that has this code, as `fitMany` and `minimizeMany` return it. */
export const statusName = (code: number): Status =>
  reasonOf(code)?.status ?? fail("value", `statusName: ${code} is no code of a search that has ended`);

/** Whether a code is one of success. */
export const isConverged = (code: Tensor): Tensor =>
  CONVERGED.map((c) => eq(code, codeOf(c))).reduce((a, b) => or(a, b));
const CONVERGED: readonly Status[] = ["gtol", "xtol", "ftol"];
