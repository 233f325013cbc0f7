// Forward mode: the directional derivative of a function, with its value.
import { pushforward, requireFloats } from "../ad/jvp.ts";
import { checkCount, fail } from "../errors.ts";
import { requireFunction } from "../trace/trace.ts";
import { unflatten } from "../trace/tree.ts";
import type { Fn, Inputs, Result, Tensors } from "../trace/types.ts";
import { type AuxOptions, tracedWithAux } from "./aux.ts";
import { type AnyFn, argumentsOf, checkSettings, dense, parametersOf, requireList, run, tangentOf } from "./common.ts";

const USAGE = "write jvp(f, [x], [v])";

/**
 * `[f(x), J(x)·v]`: the value of `f` at `primals` and its derivative along `tangents`, both lists with one entry per
 * argument. With `{ hasAux: true }`, `f` returns `[value, aux]`, and the result is `[value, tangent, aux]`. Results
 * that are not of floating point have zero tangents.
 * @shape f [n] → [m], x [n], v [n] → [[m], [m]]
 * @throws HvpError if tangents differ from primals in number, structure or shape, or if a primal is not of floating
 * point
 */
export function jvp<
  P extends readonly unknown[] = Tensors,
  R = unknown,
  const A extends Inputs<P> = Inputs<P>,
  const V extends Inputs<P> = Inputs<P>,
  O extends Result<R, readonly [A, V]> = Result<R, readonly [A, V]>,
>(f: Fn<P, R>, primals: A & readonly unknown[], tangents: V & readonly unknown[]): [O, O];
export function jvp<
  P extends readonly unknown[] = Tensors,
  R extends readonly [unknown, unknown] = readonly [unknown, unknown],
  const A extends Inputs<P> = Inputs<P>,
  const V extends Inputs<P> = Inputs<P>,
>(
  f: Fn<P, R>,
  primals: A & readonly unknown[],
  tangents: V & readonly unknown[],
  options: AuxOptions,
): [Result<R[0], readonly [A, V]>, Result<R[0], readonly [A, V]>, Result<R[1], readonly [A, V]>];
export function jvp(
  f: AnyFn,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  options: { hasAux?: boolean } = {},
  ...extra: unknown[]
): unknown {
  requireFunction("jvp", f);
  checkSettings("jvp", options, ["hasAux"], USAGE);
  checkCount("jvp", extra, USAGE);
  const xs = requireList("jvp", "primals", primals, f);
  const vs = requireList("jvp", "tangents", tangents, f);
  if (xs.length !== vs.length)
    fail("value", `jvp: got ${xs.length} primals and ${vs.length} tangents; every primal needs one tangent`);
  return run(() => {
    const points = argumentsOf("jvp", xs, true);
    const directions = points.map((x, i) =>
      tangentOf(points.length === 1 ? "jvp: the tangent" : `jvp: tangent ${i + 1}`, vs[i], x),
    );
    requireFloats("jvp", parametersOf(points));
    const { value: y, aux } = tracedWithAux("jvp", options.hasAux, f, points);
    const dy = pushforward(y.nodes, parametersOf(points), parametersOf(directions));
    return {
      args: [...points, ...directions],
      nodes: [...y.nodes, ...y.nodes.map((n, i) => dense(dy[i], n)), ...(aux?.nodes ?? [])],
      weak: [...y.weak, ...y.weak, ...(aux?.weak ?? [])],
      assemble: (leaves) => [
        unflatten(y.structure, leaves),
        unflatten(y.structure, leaves, y.nodes.length),
        ...(aux ? [unflatten(aux.structure, leaves, 2 * y.nodes.length)] : []),
      ],
    };
  });
}
