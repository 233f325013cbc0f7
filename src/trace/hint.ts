// A hint, once in a process, where a loop of JavaScript makes so many operations that `scan` was meant.
import { checkCount } from "../errors.ts";

/** What stands in stacks just below a traced function; minifiers leave the name as it is. */
const FRAME = "hvp_traced";
/** Operations of a traced function from which on stacks are looked at, once in so many. */
const MANY = 20_000;
const EVERY = 1024;
/** How often a place is seen before it is named. */
const SIGHTINGS = 4;
/** How deep traced functions are looked for. */
const FRAMES = 64;

const caller = { [FRAME]: (f: (...args: never[]) => unknown, args: readonly unknown[]) => f(...(args as never[])) };
let sites: { [site: string]: number } = {};
let isWatching = true;
let depth = 0;
let operations = 0;

/** Calls `f`, whose operations are counted, with those of the functions in it. */
export function watched(f: (...args: never[]) => unknown, args: readonly unknown[]): unknown {
  if (depth++ === 0) {
    operations = 0;
    sites = {};
  }
  try {
    return caller[FRAME](f, args);
  } finally {
    depth--;
  }
}
/** A traced value has been made. */
export function counted(): void {
  if (++operations > MANY && operations % EVERY === 0 && isWatching && depth > 0) look();
}

/** Where in the traced function the operation stands that is being made. */
function look(): void {
  const engine = Error as { stackTraceLimit?: number };
  const limit = engine.stackTraceLimit;
  engine.stackTraceLimit = FRAMES;
  const lines = (new Error().stack ?? "").split("\n");
  engine.stackTraceLimit = limit as number;
  const site = lines[lines.findIndex((line) => line.includes(FRAME)) - 1]?.trim();
  if (!site) return;
  sites[site] = (sites[site] ?? 0) + 1;
  if (sites[site] < SIGHTINGS) return;
  isWatching = false;
  console.warn(
    `hvp: more than 20,000 operations, many made ${site}: an unrolled loop? scan, foriLoop and whileLoop compile ` +
      "its body once; loopHints(false) turns this hint off",
  );
}

/**
 * Turns the hint at unrolled loops off, or on again: once in a process, `console.warn` names a line of a traced
 * function that has made very many operations.
 */
export function loopHints(enabled: boolean): void;
export function loopHints(enabled: boolean, ...extra: unknown[]): void {
  checkCount("loopHints", extra, "write loopHints(true) or loopHints(false)");
  isWatching = enabled;
}
