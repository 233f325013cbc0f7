// Runs a solver to its end: in one call where nobody looks on, else one iteration at a time.
import type { Data } from "../ir/aval.ts";
import type { CheckedOptions } from "./options.ts";
import { nothingAsked } from "./requests.ts";
import { iterateOf, statusOf } from "./result.ts";
import { atOnce, awaited, type Calling } from "./served-host.ts";
import { ServedSolver } from "./served-solver.ts";
import { codeOf, RUNNING } from "./status.ts";
import { type Told, TracedSolver, type Values } from "./traced-solver.ts";
import type { Unknowns } from "./unknowns.ts";

export interface Search {
  readonly solver: TracedSolver | ServedSolver;
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
  if (solver instanceof TracedSolver && !isWatched(checked)) {
    const state = solver.solve(start, settings);
    return { state, code: statusOf(state) };
  }
  const ends = watch(search);
  return atOnce(
    (function* (): Calling<Ended> {
      let state = yield* stepping(solver).begin(start, settings);
      for (;;) {
        state = yield* stepping(solver).step(state, settings);
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
  let state = await awaited(stepping(solver).begin(start, settings));
  for (let since = performance.now(); ; ) {
    state = await awaited(stepping(solver).step(state, settings));
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

/** One iteration at a time. */
function stepping(solver: TracedSolver | ServedSolver): Pick<ServedSolver, "begin" | "step"> {
  if (solver instanceof ServedSolver) return solver;
  return {
    begin: (x0, settings) => nothingAsked(() => solver.begin(x0, settings)),
    step: (state, settings) => nothingAsked(() => solver.step(state, settings)),
  };
}

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
