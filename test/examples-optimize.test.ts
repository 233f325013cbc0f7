// The examples of hvp/optimize give published or independently computed answers. They run on the built package.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(script: string, ...args: string[]): string {
  const options = { cwd: root, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [`examples/${script}`, ...args], options);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

/** The numbers in the line of `text` that begins with `label`, after it. */
function numbersAfter(text: string, label: string): number[] {
  const line = text.split("\n").find((row) => row.trimStart().startsWith(label));
  expect(line, `"${label}" in:\n${text}`).toBeDefined();
  const rest = line!.slice(line!.indexOf(label) + label.length);
  return (rest.match(/-?\d+(\.\d+)?(e[+-]?\d+)?/g) ?? []).map(Number);
}

/** As many digits as are printed. */
const printed = (got: number | undefined, want: number, digits: number): void =>
  expect(got?.toFixed(digits)).toBe(want.toFixed(digits));

test("examples/kalman has the published variances of the Nile, and standard errors", () => {
  const text = run("kalman.mjs");
  const [noise, noiseError] = numbersAfter(text, "variance of the noise") as [number, number];
  const [step, stepError] = numbersAfter(text, "variance of the level's steps") as [number, number];
  // Durbin and Koopman, Time Series Analysis by State Space Methods (2012), 2.10: 15099 and 1469.1.
  printed(noise, 15099, 0);
  expect(Math.abs(step - 1469.1)).toBeLessThan(0.1);
  // Newton's method and differences of the same likelihood in 40 digits (mpmath), from the data of statsmodels.
  printed(noise, 15098.518324096, 2);
  printed(step, 1469.1763603095, 2);
  printed(noiseError, 3145.54786319, 2);
  printed(stepError, 1280.3754128, 2);
  printed(numbersAfter(text, "log-likelihood")[0], 0.5 * Math.log(2 * Math.PI) - 633.46456363625, 4);
  const [level, deviation] = numbersAfter(text, "level in 1970:");
  printed(level, 798.367293327, 3);
  printed(deviation, 63.4993886128, 3);
});

test("examples/bayesian-logistic has the posteriors and evidences of NumPy", () => {
  const text = run("bayesian-logistic.mjs");
  // Newton's method by NumPy with the closed forms of gradient and Hessian, and slogdet.
  const evidences = { 1: -92.7037338, 3: -95.38956163, 10: -104.69744959 };
  for (const [width, evidence] of Object.entries(evidences))
    printed(numbersAfter(text, `width of the prior ${width.padStart(4)}: log evidence`)[0], evidence, 4);
  const posterior = {
    radius: [0.983309, 0.823205],
    texture: [1.394013, 0.227749],
    perimeter: [0.902402, 0.838586],
    area: [1.331803, 0.849621],
    smoothness: [0.968976, 0.335944],
    compactness: [-0.302776, 0.505926],
    concavity: [1.057986, 0.461305],
    points: [1.593807, 0.658738],
    symmetry: [0.426613, 0.264344],
    dimension: [-0.394322, 0.43025],
    intercept: [-0.566852, 0.214542],
  };
  for (const [name, [mean, deviation]] of Object.entries(posterior)) {
    const got = numbersAfter(text, `${name} `);
    printed(got[0], mean!, 4);
    printed(got[1], deviation!, 4);
  }
});

test("examples/normal-modes has the published energy and the frequencies of the closed form", () => {
  const text = run("normal-modes.mjs");
  printed(numbersAfter(text, "energy")[0], -44.326801, 6); // Cambridge Cluster Database
  expect(text).toContain("6 modes of frequency zero");
  const got = [...text.matchAll(/^frequency +([\d.]+) +(\d) modes?$/gm)].map((row) => [Number(row[1]), Number(row[2])]);
  // eigvalsh of NumPy on V″·d·dᵀ/r² + V′/r·(1 - d·dᵀ/r²), the icosahedron scaled to its minimum in closed form.
  const want = [
    ...[
      [6.531007, 5],
      [8.804952, 4],
      [9.470243, 5],
      [9.788326, 3],
      [12.092117, 4],
    ],
    ...[
      [12.171987, 3],
      [14.004925, 5],
      [15.074624, 1],
      [24.346247, 3],
    ],
  ];
  expect(got.map(([, modes]) => modes)).toEqual(want.map(([, modes]) => modes));
  got.forEach(([frequency], k) => {
    expect(Math.abs(frequency! - want[k]![0]!)).toBeLessThan(2e-6);
  });
});

test("examples/many-fits agrees with single fits and with the truth", () => {
  const text = run("many-fits.mjs");
  expect(numbersAfter(text, "10000 fits,")[0]).toBe(10_000);
  expect(numbersAfter(text, "largest relative difference from single fits:")[0]).toBeLessThan(1e-6);
  // A normal share of 95 %, with room for the curvature of the model; its own deviation is 0.2 %.
  expect(Math.abs(numbersAfter(text, "true rate within 1.96 standard errors:")[0]! - 95)).toBeLessThan(1);
});
