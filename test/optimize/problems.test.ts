// Methods on published problems, from x0 and from ten and a hundred times as far where that is customary: how many they
// solve. Those that they do not have other minima, or gradients that rounding dominates (Meyer, Powell badly scaled).
import { describe, expect, test } from "vitest";
import * as hvp from "../../src/index.ts";
import { type MethodName, minimize } from "../../src/optimize.ts";
import { problems, startAt } from "../problems/index.mjs";

const all = problems(hvp);
const MOST = 3000;

describe.each<[MethodName, boolean, number]>([
  ["newton-cg", false, 118],
  ["l-bfgs", false, 118],
  ["l-bfgs-b", true, 132],
  ["tron", true, 132],
])("%s", (method, isBounded, solved) => {
  test(`ends in every search, and at the minimum in ${solved}`, { timeout: 600_000 }, () => {
    const elsewhere: string[] = [];
    let count = 0;
    for (const p of all) {
      if (p.bounds && !isBounded) continue;
      const problem = hvp.objective(p.value, startAt(p));
      for (const scale of p.scales) {
        const x0 = startAt(p, scale);
        const found = minimize(problem, x0, {
          ...{ method, gtol: 1e-6, maxIterations: MOST },
          ...(p.bounds ? { bounds: p.bounds } : {}),
        });
        expect(found.value, p.name).toBeLessThanOrEqual(problem.value(x0));
        expect(found.iterations).toBeLessThanOrEqual(MOST);
        const near = Math.min(...p.minima.map((m) => Math.abs(found.value - m.value) / (1 + Math.abs(m.value))));
        if (near < 1e-5) count++;
        else elsewhere.push(`${p.name} from ${scale} x0: ${found.status}, ${found.value}`);
      }
    }
    expect(count, elsewhere.join("\n")).toBeGreaterThanOrEqual(solved);
  });
});
