// Calls of closed graphs, with all that is done with such graphs: what `customJvp`, `customVjp` and `checkpoint` make.
import { over } from "../ad/batch.ts";
import { push } from "../ad/jvp.ts";
import { pull } from "../ad/transpose.ts";
import type { Calculus, Closed, Node } from "../ir/graph.ts";
import { expanded } from "../opt/graph/calls.ts";
import { opened } from "../opt/plan/opened.ts";
import { call, type LinearMap, linear, type Own } from "../primitives/call.ts";

const calculus: Calculus = { push, pull, over, expanded, opened };

/** See `call` of primitives/call.ts. */
export const callOf = (body: Closed, inputs: readonly Node[], own?: Own): Node[] => call(body, inputs, calculus, own);
/** See `linear` of primitives/call.ts. */
export const linearOf = (tangents: readonly Node[], at: readonly Node[], map: LinearMap): Node[] =>
  linear(tangents, at, map, calculus);
/** The same as a step of its own. */
export const separateOf = (body: Closed, inputs: readonly Node[]): Node[] => call(body, inputs, calculus, {}, true);
