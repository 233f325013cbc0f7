// Classifications of public data sets, with their minima.
import { readFileSync } from "node:fs";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const table = (path) =>
  read(path)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(",").map(Number));
const { digits: digitsMinimum, breastCancer: errors } = JSON.parse(read("../fixtures/applications.json"));

/**
 * Logistic regression of the Wisconsin breast-cancer data: mean(softplus(-s ∘ Z w)) + 0.5e-3 |w[0:30]|², Z the
 * standardized features and a column of ones, s = 1 for benign and -1 for malignant.
 */
export function breastCancer({ add, dot, matmul, mean, mul, softplus }) {
  const data = table("../../examples/data/breast-cancer.csv");
  const columns = Array.from({ length: 30 }, (_, j) => {
    const column = data.map((row) => row[j]);
    const average = column.reduce((a, b) => a + b) / column.length;
    const deviation = Math.sqrt(column.reduce((a, b) => a + (b - average) ** 2, 0) / column.length);
    return column.map((t) => (t - average) / deviation);
  });
  // Rows with the sign of the class: what is multiplied is -s ∘ Z.
  const minusSigned = data.map((row, i) => [...columns.map((c) => c[i]), 1].map((t) => (row[30] === 1 ? -t : t)));
  const { fStar, wStar } = JSON.parse(read("../../examples/data/breast-cancer.reference.json"));
  return {
    name: "Breast cancer",
    n: 31,
    start: Array(31).fill(0),
    minimum: { x: wStar, value: fStar, standardErrors: errors.standardErrors },
    value: (w) => {
      const weights = w.slice([0, 30]);
      return add(mean(softplus(matmul(minusSigned, w))), mul(0.5e-3, dot(weights, weights)));
    },
  };
}

/**
 * Softmax regression of handwritten digits: mean(logsumexp(z) - z[label]) + 0.5e-3 |W|², z = P W, P the pixels / 16 and
 * a column of ones, W the 65 × 10 weights row by row.
 */
export function digits({ add, dot, logsumexp, matmul, mean, mul, sub, sum }) {
  const data = table("../fixtures/digits.csv");
  const pixels = data.map((row) => [...row.slice(0, 64).map((t) => t / 16), 1]);
  const target = data.map((row) => Array.from({ length: 10 }, (_, k) => Number(k === row[64])));
  return {
    name: "Digits",
    n: 650,
    start: Array(650).fill(0),
    minimum: digitsMinimum,
    value: (w) => {
      const z = matmul(pixels, w.reshape([65, 10]));
      const losses = sub(logsumexp(z, { axis: 1 }), sum(mul(z, target), { axis: 1 }));
      return add(mean(losses), mul(0.5e-3, dot(w, w)));
    },
  };
}
