// Results held against values computed by other systems (reference.json).
import { readFileSync } from "node:fs";
import { seedOf, uniform } from "./inputs.mjs";
import { relativeError } from "./measure.mjs";

const reference = JSON.parse(readFileSync(new URL("./reference.json", import.meta.url), "utf8"));

const norm = (a) => Math.sqrt(a.reduce((s, t) => s + t * t, 0));
const dot = (a, b) => a.reduce((s, t, i) => s + t * b[i], 0);

/**
 * Relative errors of a value, gradient and Hessian-vector product at the workload's inputs; of what is given. Whole
 * products are compared where the reference has them (n ≤ 200), else their norm, first entries, and projections on
 * random directions.
 */
export function deviations(id, { value, grad, hvp }, v) {
  const known = reference[id];
  const errors = {};
  if (value !== undefined) errors.value = relativeError(value, known.f);
  if (grad) {
    const first = Array.from(grad.slice(0, known.g.length));
    errors.grad = Math.max(
      relativeError(norm(grad), known.gradNorm),
      norm(first.map((t, i) => t - known.g[i])) / known.gradNorm,
    );
  }
  if (hvp) {
    const start = Array.from(hvp.slice(0, known.hv.length));
    const parts = [relativeError(norm(hvp), known.hvNorm), norm(start.map((t, i) => t - known.hv[i])) / known.hvNorm];
    parts.push(Math.abs(dot(v, hvp) - known.vHv) / (norm(v) * known.hvNorm));
    for (const [j, expected] of (known.projections ?? []).entries()) {
      const c = uniform(seedOf(id) + 99 - j, hvp.length);
      parts.push(Math.abs(dot(c, hvp) - expected) / (norm(c) * known.hvNorm));
    }
    errors.hvp = Math.max(...parts);
  }
  for (const [what, error] of Object.entries(errors)) if (Number.isNaN(error)) errors[what] = Number.POSITIVE_INFINITY;
  return errors;
}

/** Throws if one of them is larger than `tolerance`. */
export function requireRight(name, id, results, v, tolerance) {
  for (const [what, error] of Object.entries(deviations(id, results, v)))
    if (!(error <= tolerance))
      throw new Error(`${id}: ${what} of ${name} is off by ${error.toExponential(1)} relative to the reference`);
}
