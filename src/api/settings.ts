// Settings of compiled functions (`jit`, `objective`).
import { fail } from "../errors.ts";
import { describe, isNdArrayLike, isPlain } from "../trace/convert.ts";

/** How a function is compiled. */
export interface CompileSettings {
  /**
   * Sums of products become fused multiply-adds where the engine has relaxed SIMD (Node from 22, Chrome from 114,
   * Firefox from 120; elsewhere nothing changes). Faster on some processors; the last bits of results then depend on
   * the machine. Elementary functions stay as they are. False unless given.
   */
  readonly relaxed?: boolean;
}

/**
 * Whether `value`, the last argument of a call, is settings and not data: a plain object whose one key is `relaxed`.
 */
export function isSettings(value: unknown): value is CompileSettings {
  if (!isPlain(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === "relaxed" && typeof (value as CompileSettings).relaxed === "boolean";
}

/** What to do where a function does not take the last data argument: misspelt settings are data. */
export const settingsRemedy = (last: unknown): string =>
  isPlain(last) && !isNdArrayLike(last)
    ? `{ ${Object.keys(last).join(", ")} } counts as data; the settings are { relaxed: true } or { relaxed: false }`
    : "give as data what it reads";

/** Whether `settings` ask for relaxed arithmetic; refuses what is no boolean. */
export function wantsRelaxed(transform: string, { relaxed = false }: CompileSettings): boolean {
  return typeof relaxed === "boolean"
    ? relaxed
    : fail("value", `${transform}: relaxed must be true or false, got ${describe(relaxed)}`);
}
