// The workloads: inputs, objective, and the same by hand. Each is made when asked for, so that only what is measured
// takes memory.
import * as handwritten from "./byhand/index.mjs";
import { ids, inputs, loops } from "./inputs.mjs";
import * as arrays from "./objectives/arrays.mjs";
import * as geometry from "./objectives/geometry.mjs";
import * as ofLoops from "./objectives/loops.mjs";
import * as scalars from "./objectives/scalars.mjs";
import * as statistics from "./objectives/statistics.mjs";

export { uniform } from "./inputs.mjs";

const byhand = { ...handwritten };
const objectives = { ...arrays, ...geometry, ...ofLoops, ...scalars, ...statistics };

/**
 * @returns inputs of the workload and
 *   `missing(library)`: names that the objective needs and the library lacks;
 *   `objective(library)`: the function to be traced;
 *   `byhand`: `{ value, grad, hvp, at }` in plain JavaScript, where somebody would write that.
 */
function workload(id, Real = Float64Array) {
  const data = inputs(id, Real);
  const write = objectives[data.name];
  return {
    ...data,
    missing: (library) => (write.needs ?? []).filter((name) => !(name in library)),
    objective: (library) => write(library)(data),
    byhand: byhand[data.name]?.(data),
  };
}

export const workloads = [...ids, ...loops].map((id) => ({ id, make: (Real) => workload(id, Real) }));

/**
 * Workloads whose name contains one of the words; a word that is a whole name means only itself, `loops` all loops.
 * Without words they are all but the loops.
 */
export function select(words) {
  const names = workloads.map(({ id }) => id);
  const matches = (id, word) =>
    word === "loops" ? loops.includes(id) : names.includes(word) ? id === word : id.includes(word);
  const chosen = workloads.filter(({ id }) =>
    words.length === 0 ? ids.includes(id) : words.some((word) => matches(id, word)),
  );
  if (chosen.length === 0) {
    console.error(`no workload matches ${words.join(" ")}; there are ${names.join(", ")}`);
    process.exit(1);
  }
  return chosen;
}
