// The hook that `debugNans` hangs its check on: absent, it costs one comparison a call.

import type { Data } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";

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
