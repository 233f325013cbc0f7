// The examples of hvp/optimize give published or independently computed answers. They run on the built package.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
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
  const evidences = { "0.3": -116.896278, "1": -92.7037338, "3": -95.38956163, "10": -104.69744959 };
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

test("examples/curve-fit has NIST's certified parameters, a confidence band and a drawing of them", () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "curve-fit-")), "curve.svg");
  const text = run("curve-fit.mjs", file);
  const certified = {
    limit: [699.6415127, 16.302297817],
    delay: [5.2771253025, 2.0828735829],
    rate: [0.75962938329, 0.19566123451],
    shape: [1.2792483859, 0.68761936385],
  };
  for (const [name, [value, error]] of Object.entries(certified)) {
    const got = numbersAfter(text, name);
    printed(got[0], value!, 4);
    printed(got[1], error!, 4);
  }
  printed(numbersAfter(text, "15 observations, sum of squares")[0], 8786.404908, 4);
  // NumPy, from the certified parameters, derivatives by hand and the quantile of scipy.stats.t.
  const band = [
    [3, 64.63606116783296, 33.2146256556862],
    [6, 292.3812757915029, 39.32199569323567],
  ];
  band.push([9, 602.6930046751173, 36.73058826967728], [12, 688.0891910697643, 25.317344941904015]);
  for (const [time, weight, halfWidth] of band) {
    const got = numbersAfter(text, `weight at time ${time}:`);
    printed(got[0], weight!, 3);
    printed(got[1], halfWidth!, 3);
  }
  const svg = readFileSync(file, "utf8");
  rmSync(path.dirname(file), { recursive: true });
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg.match(/<circle /g)).toHaveLength(15);
  expect(svg).not.toContain("NaN");
});

test("examples/gaussian-process has the hyperparameters and the course of scikit-learn", () => {
  const text = run("gaussian-process.mjs");
  // GaussianProcessRegressor with ConstantKernel · Matern(nu 1.5) + WhiteKernel, its gradient brought to 2e-11 by BFGS.
  printed(numbersAfter(text, "log marginal likelihood")[0], -125.01371230885529, 6);
  printed(numbersAfter(text, "signal")[0], 0.519211441001152, 6);
  printed(numbersAfter(text, "length")[0], 4.062736019388037, 6);
  printed(numbersAfter(text, "noise")[0], 0.47337523084600375, 6);
  const courses = [
    [1880, 1104.3118058185096, 54.44976610730043],
    [1913, 754.3178818767105, 54.449685011449034],
    [1970, 781.2149013749674, 66.93350337360526],
  ];
  courses.push([1980, 910.627805057688, 121.14066408302804]);
  for (const [year, course, error] of courses) {
    const got = numbersAfter(text, `course in ${year}`);
    printed(got[0], course!, 2);
    printed(got[1], error!, 2);
  }
});

test("examples/bilevel has the penalties that a search without derivatives finds", () => {
  const text = run("bilevel.mjs");
  // Nelder and Mead's method of SciPy around Newton's by NumPy; where all penalties are exp(-1), the latter alone.
  printed(numbersAfter(text, "validation loss")[0], 0.23188795230765, 8);
  const [loss, ...penalties] = numbersAfter(text, "best validation loss");
  printed(loss, 0.11506317810783173, 8);
  printed(penalties[0], Math.exp(-3.90773636), 6);
  printed(penalties[1], Math.exp(-5.80685228), 6);
  // Second differences of that loss, steps of 0.02 and 0.04 extrapolated.
  const entries = numbersAfter(text, "its Hessian by log penalties");
  [0.00500436, -0.00046995, -0.00046995, 0.00522765].forEach((want, k) => {
    expect(Math.abs(entries[k]! - want)).toBeLessThan(3e-8);
  });
});
