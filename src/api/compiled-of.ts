// What stands behind objectives, for those who are given one: without the code of objectives, which comes with them.
import type { CompiledObjective } from "./compiled-objective.ts";

const behind = /* @__PURE__ */ new WeakMap<object, CompiledObjective>();

/** `face` is an objective, and `of` stands behind it. */
export const setCompiled = (face: object, of: CompiledObjective): void => {
  behind.set(face, of);
};
/** What stands behind `f` if it is an objective. */
export const compiledOf = (f: unknown): CompiledObjective | undefined => behind.get(f as object);
