// Runs a solver to its end: in one call where nobody looks on, else one iteration at a time.
import type { Data } from "../ir/aval.ts";
import { atOnce, awaited, type Calling } from "./calling.ts";
import type { CheckedOptions } from "./options.ts";
import { iterateOf, statusOf, type Told, type Values } from "./result.ts";
import { codeOf, RUNNING } from "./status.ts";
import type { Unknowns } from "./unknowns.ts";

/** A method at work on a function. */
export interface Solver {
  readonly unknowns: Unknowns;
  /** The last state, all iterations in one call, where that is possible. */
  solve?(x0: Data, settings: Told): Values;
  /** The state before the first iteration, and that after one more. */
  begin(x0: Data, settings: Told): Calling<Values>;
  step(before: Values, settings: Told): Calling<Values>;
}

export interface Search {
  readonly solver: Solver;
  readonly unknowns: Unknowns;
  readonly start: Data;
  readonly settings: Told;
  readonly bounds?: readonly [Data, Data] | undefined;
  readonly checked: CheckedOptions;
}

/** The last state, and why it is the last. */
export interface Ended {
  readonly state: Values;
  readonly code: number;
}

export function solved(search: Search): Ended {
  const { solver, settings, start, checked } = search;
  if (solver.solve && !isWatched(checked)) {
    const state = solver.solve(start, settings);
    return { state, code: statusOf(state) };
  }
  const ends = watch(search);
  return atOnce(
    (function* (): Calling<Ended> {
      let state = yield* solver.begin(start, settings);
      for (;;) {
        state = yield* solver.step(state, settings);
        const code = ends(state);
        if (code !== RUNNING) return { state, code };
      }
    })(),
  );
}

/** The same as a promise: it works in pieces, and awaits what functions return. */
export async function solvedAsync(search: Search): Promise<Ended> {
  const { solver, settings, start } = search;
  const ends = watch(search);
  let state = await awaited(solver.begin(start, settings));
  for (let since = performance.now(); ; ) {
    state = await awaited(solver.step(state, settings));
    const code = ends(state);
    if (code !== RUNNING) return { state, code };
    if (performance.now() - since < PIECE) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
}
/** Milliseconds of work between looks at what else there is to do: half a frame of 60 in a second. */
const PIECE = 8;

const isWatched = ({ onIteration, timeLimit, signal }: CheckedOptions): boolean =>
  onIteration !== undefined || timeLimit !== undefined || signal !== undefined;

/** Why a search ends at a state, by itself or by those who look on. */
function watch({ unknowns, checked }: Search): (state: Values) => number {
  const { onIteration, timeLimit = Number.POSITIVE_INFINITY, signal } = checked;
  const began = performance.now();
  return (state) => {
    const goesOn = onIteration?.(iterateOf(state, unknowns)) !== false;
    const code = statusOf(state);
    if (code !== RUNNING) return code;
    if (!goesOn) return codeOf("stopped");
    if (signal?.aborted) return codeOf("aborted");
    return performance.now() - began > timeLimit ? codeOf("timeLimit") : RUNNING;
  };
}
