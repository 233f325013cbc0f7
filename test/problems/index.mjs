// Real problems with published answers, for tests and benchmarks. Each takes its functions from the library that it is
// given (`import * as hvp`): tests run them on the sources, benchmarks on the built package.
import { readFileSync } from "node:fs";
import { bounded } from "./bounded.mjs";
import { cutest } from "./cutest.mjs";
import { sized } from "./mgh-sized.mjs";
import { small } from "./mgh-small.mjs";

const SOURCES = {
  mgh: "Moré, Garbow and Hillstrom (1981)",
  hs: "Hock and Schittkowski (1981)",
  cutest: "CUTEst",
};
const sourceOf = ({ name, number }) =>
  number ? `${SOURCES.mgh}, problem ${number}` : SOURCES[name.startsWith("HS") ? "hs" : "cutest"];

/** Values, gradients and minima in multiple precision, by name: fixtures/problems.py. */
export const references = JSON.parse(readFileSync(new URL("../fixtures/problems.json", import.meta.url), "utf8"));

function problem(library, { number, residual, value, ...row }) {
  const r = residual?.(library);
  return {
    scales: [1],
    ...row,
    n: row.start.length,
    source: sourceOf({ name: row.name, number }),
    minima: references[row.name].minima,
    residual: r,
    value: r ? (x) => library.sum(library.square(r(x))) : value(library),
  };
}

/** All problems, least squares first, those with bounds last. */
export const problems = (library) => [...small, ...sized, ...cutest, ...bounded].map((row) => problem(library, row));

/** `scale` times the start, which is `scale` everywhere where the start is 0; moved into the bounds. */
export function startAt({ start, bounds }, scale = 1) {
  const x = start.every((t) => t === 0) && scale !== 1 ? start.map(() => scale) : start.map((t) => scale * t);
  return bounds ? x.map((t, i) => Math.min(Math.max(t, bounds[0][i]), bounds[1][i])) : x;
}
