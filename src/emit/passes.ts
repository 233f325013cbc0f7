// The lists of passes that callers hand in, each with the forms of nests that its passes make. What is in no list that
// an application reaches is not in its bundle.
import { brought } from "../ir/build.ts";
import { constants } from "../opt/graph/constants.ts";
import { expand } from "../opt/graph/expand.ts";
import { foldOnce } from "../opt/graph/fold-once.ts";
import { fixedIndices } from "../opt/graph/indices.ts";
import { joinLoops } from "../opt/graph/loops.ts";
import { smallBatches } from "../opt/graph/small-batches.ts";
import { thinProducts } from "../opt/graph/thin.ts";
import type { Pass } from "../opt/pass.ts";
import { chunking } from "../opt/steps/chunks.ts";
import { blocks } from "../opt/steps/control.ts";
import { joinedCalls } from "../opt/steps/join.ts";
import { packing } from "../opt/steps/pack.ts";
import { pairs } from "../opt/steps/pairs.ts";
import { streaming } from "../opt/steps/stream.ts";
import { sweeps } from "../opt/steps/sweep.ts";
import { emitBoxes } from "./boxes.ts";
import { emitControl } from "./control.ts";
import { emitTriangle } from "./pairs.ts";
import { emitChunks } from "./straight.ts";
import { emitWindows } from "./stream.ts";
import { emitBlocks } from "./sweep.ts";
import type { Forms } from "./target.ts";

/** Passes, and the forms of nests that they make. */
export interface Passes {
  readonly list: readonly Pass[];
  readonly forms: Forms;
}

/** What every program has. */
export const basic: Passes = {
  list: [expand, packing, chunking, streaming],
  forms: { boxes: emitBoxes, chunks: emitChunks, windows: emitWindows },
};

/** Products of matrices share passes over their operands; those with few terms are part of what reads them. */
export const sharing: Passes = { list: [thinProducts, joinedCalls, sweeps], forms: { blocks: emitBlocks } };

/** Batches of small matrices: one in each lane. */
export const batching: Passes = { list: [smallBatches], forms: {} };

/** What programs with loops or choices need. */
export const controlling: Passes = { list: [joinLoops, blocks], forms: { control: emitControl } };

/** What pays in functions that are compiled once and whose captured arrays stay as they are. */
export const compiled: Passes = { list: [constants, fixedIndices, foldOnce, pairs], forms: { triangle: emitTriangle } };

export const together = (...all: readonly Passes[]): Passes => ({
  list: all.flatMap((p) => p.list),
  forms: Object.assign({}, ...all.map((p) => p.forms)),
});

/** The passes for what the open session has made: `basic`, `more`, and what its operations have brought. */
export const passesHere = (...more: readonly Passes[]): Passes =>
  together(basic, ...more, ...(brought() as readonly Passes[]));
