// The hook that `debugNans` hangs its check on: absent, it costs one comparison a call.

import type { Data } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Maybe, Program } from "./program.ts";

/** What was computed, so that it can be computed again node by node. */
export interface Computation {
  readonly outputs: readonly Node[];
  readonly parameters: readonly Node[];
  readonly values: readonly ArrayLike<number>[];
}
export type NanCheck = (results: readonly (Data | number)[], computation: () => Computation) => void;

export let nanCheck: NanCheck | undefined;
export const setNanCheck = (check: NanCheck | undefined): void => {
  nanCheck = check;
};

/** A copy of numbers that the caller may overwrite. */
const copied = (x: ArrayLike<number>): ArrayLike<number> => (x as Data).slice();

/** Calls `program`; where results are looked through for NaN, `about` says what they were computed of. */
export function checkedCall(
  program: Program,
  values: readonly ArrayLike<number>[],
  about: (values: readonly ArrayLike<number>[]) => Computation,
  outs?: Maybe<Data>,
): Data[] {
  const before = nanCheck && outs ? values.map(copied) : values; // an out may be a value
  const results = program.call(values, outs);
  nanCheck?.(results, () => about(before));
  return results;
}
