// Vectorization: a function of one example as a function of a batch of them.
import { batchGraph } from "../ad/batch.ts";
import { checkCount, fail } from "../errors.ts";
import { showShape } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { axisOf } from "../ops/apply.ts";
import { parameter } from "../primitives/leaf.ts";
import { transpose } from "../primitives/shape.ts";
import { broadcast } from "../primitives/spread.ts";
import { describe, type Operand } from "../trace/convert.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { place, type Structure, showStructure, unflatten, unprefixed } from "../trace/tree.ts";
import type { Fn, Input, Result, Tensors } from "../trace/types.ts";
import { type AnyFn, type Argument, argumentsOf, checkSettings, named, run, standIn } from "./common.ts";

/**
 * The batch axis of an array: an axis, null for none, or for a tree of arrays a tree of these (or one for all of it).
 */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

/** Settings of {@link vmap}. */
export interface VmapOptions {
  /** Batch axis of the arguments: one for all, or a list with one per argument. 0 unless given. */
  readonly inAxes?: Axes;
  /** Where the batch axis goes in the result. 0 unless given. */
  readonly outAxes?: Axes;
}

/**
 * `f` applied to every example of a batch: arguments gain an axis at `inAxes` (null: the same for all), results at
 * `outAxes`.
 * `f` sees single examples.
 * @shape f [...n] → [...m], x [b, ...n] → [b, ...m]
 * @throws HvpError if batch axes have different extents, or if there is none */
export function vmap<P extends readonly unknown[] = Tensors, R = unknown>(
  f: Fn<P, R>,
  options?: VmapOptions,
): <const A extends Input<P>, O extends Result<R, A> = Result<R, A>>(...args: A & readonly unknown[]) => O;
export function vmap(f: AnyFn, options: VmapOptions = {}, ...extra: unknown[]): unknown {
  requireFunction("vmap", f);
  checkCount("vmap", extra, "write vmap(f, options)(x)");
  checkSettings("vmap", options, ["inAxes", "outAxes"]);
  const { inAxes = 0, outAxes = 0 } = options;
  return named("vmap", f, (...values: unknown[]) =>
    run(() => {
      const args = argumentsOf("vmap", values);
      if (Array.isArray(inAxes) && inAxes.length !== args.length)
        fail(
          "value",
          `vmap: inAxes has ${inAxes.length} entries, but the function was called with ${args.length} arguments`,
        );
      const axes = args.map((a, i) =>
        spread("inAxes", Array.isArray(inAxes) ? (inAxes[i] as Axes) : inAxes, a.structure),
      );
      const size = batchSize(args, axes);
      const inputs: Node[] = [];
      const batches: Node[] = [];
      const single = args.map((a, i) => {
        const leaves = a.parameters.map((p, k) => {
          const axis = (axes[i] as (number | null)[])[k] as number | null;
          const x = a.operands[k] as Operand;
          if (axis === null) return standIn(p, x);
          const at = axisOf("vmap", axis, p.shape.length);
          const example = parameter(
            p.shape.filter((_, i) => i !== at),
            p.dtype,
          );
          inputs.push(example);
          batches.push(moveAxis(p, at, 0));
          return standIn(example, x);
        });
        return unflatten(a.structure, leaves);
      });
      const y = trace("vmap", f, single);
      const { outputs, batched } = batchGraph(y.nodes, inputs, batches, size);
      const places = spread("outAxes", outAxes, y.structure);
      return {
        args,
        nodes: outputs.map((n, i) => {
          const place = places[i] as number | null;
          if (place === null)
            return batched[i] ? fail("axis", "vmap: outAxes is null for a result that differs between examples") : n;
          const whole = batched[i]
            ? n
            : broadcast(
                n,
                [size, ...n.shape],
                n.shape.map((_, k) => k + 1),
              );
          return moveAxis(whole, 0, axisOf("vmap", place, whole.shape.length));
        }),
        assemble: (leaves) => unflatten(y.structure, leaves),
      };
    }),
  );
}

/** One axis for every leaf of `structure`. */
function spread(name: string, axes: Axes, structure: Structure): (number | null)[] {
  const one = typeof axes === "number" || axes === null;
  if (structure === "leaf")
    return one ? [axes] : fail("value", `vmap: ${name} has ${describe(axes)} for one array; ${ONE_EACH}`);
  const { keys, children } = structure;
  if (
    !one &&
    (typeof axes !== "object" || Array.isArray(axes) !== !keys || Object.keys(axes).length !== children.length)
  )
    fail("value", `vmap: ${name} has ${describe(axes)} for the tree ${showStructure(structure)}; ${ONE_EACH}`);
  return children.flatMap((child, i) =>
    spread(name, one ? axes : ((axes as Record<string, Axes>)[keys?.[i] ?? i] as Axes), child),
  );
}

const ONE_EACH = "give an integer or null for each array, or one for all of a tree";

/** The extent that all batch axes share. */
function batchSize(args: readonly Argument[], axes: readonly (readonly (number | null)[])[]): number {
  let size: number | undefined;
  let first = "";
  args.forEach((a, i) => {
    a.parameters.forEach((p, k) => {
      const axis = axes[i]?.[k] ?? null;
      if (axis === null) return;
      const where = place(a.where, a.paths[k] as string);
      const extent = p.shape[axisOf(where, axis, p.shape.length)] as number;
      if (size === undefined) [size, first] = [extent, where];
      else if (size !== extent)
        fail(
          "shape",
          `${where} has shape ${showShape(p.shape)} with a batch of ${extent} on axis ${axis}, but ` +
            `${unprefixed(first)} has a batch of ${size}; they must be equal`,
        );
    });
  });
  return size ?? fail("value", "vmap: no argument has a batch axis; at least one entry of inAxes must be a number");
}

function moveAxis(x: Node, from: number, to: number): Node {
  const perm = x.shape.map((_, i) => i).filter((i) => i !== from);
  perm.splice(to, 0, from);
  return transpose(x, perm);
}
