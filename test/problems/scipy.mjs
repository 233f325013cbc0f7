// What SciPy needs on the same problems, for tables beside it: fixtures/scipy_runs.py.
import { readFileSync } from "node:fs";

const file = new URL("../fixtures/scipy-runs.json", import.meta.url);

/** Versions, options by method, and one row a run. */
export const scipy = JSON.parse(readFileSync(file, "utf8"));
