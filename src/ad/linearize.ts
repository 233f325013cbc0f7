// Reverse mode is linearize, then transpose: the tangents are built forward as a linear graph in fresh tangent
// parameters, whose other nodes depend on the point alone (the residuals), and that linear graph is transposed.
import type { MaybeNode, Node } from "../ir/graph.ts";
import { parameter } from "../primitives/leaf.ts";
import { pushforward } from "./jvp.ts";
import { pullback } from "./transpose.ts";

/** The linear map of `outputs` at `inputs`: tangent parameters, and the output tangents in terms of them. */
export function linearMap(
  outputs: readonly Node[],
  inputs: readonly Node[],
): { directions: Node[]; tangents: MaybeNode[] } {
  const directions = inputs.map((x) => parameter(x.shape, x.dtype));
  return { directions, tangents: pushforward(outputs, inputs, directions) };
}

/** Cotangents of `inputs` for the given cotangents of `outputs`: Jᵀ·ȳ. */
export function cotangents(
  outputs: readonly Node[],
  inputs: readonly Node[],
  outputCotangents: readonly MaybeNode[],
): MaybeNode[] {
  const { directions, tangents } = linearMap(outputs, inputs);
  return pullback(tangents, directions, outputCotangents);
}
