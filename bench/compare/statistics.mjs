// Ratios of paired measurements, with bootstrap intervals (Efron, 1979: percentiles of the statistic over resampled
// pairs).
import { uniform } from "../inputs.mjs";

const median = (sorted) => {
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const medianOf = (values) => median(Float64Array.from(values).sort());
const quantile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(p * (sorted.length - 1))))];
const RESAMPLES = 2000;

/** Medians of `RESAMPLES` resamples of `logs`; seeded, so that the same measurements give the same interval. */
function resampledMedians(logs, seed) {
  const draws = uniform(seed, RESAMPLES * logs.length, 1);
  const drawn = new Float64Array(logs.length);
  return Float64Array.from({ length: RESAMPLES }, (_, r) => {
    for (let i = 0; i < logs.length; i++)
      drawn[i] = logs[Math.floor(((draws[r * logs.length + i] + 1) / 2) * logs.length)];
    return median(drawn.sort());
  });
}

const interval = (estimate, samples) => {
  const sorted = samples.slice().sort();
  return { ratio: Math.exp(estimate), low: Math.exp(quantile(sorted, 0.025)), high: Math.exp(quantile(sorted, 0.975)) };
};

/**
 * NEW ÷ OLD of every row, and their geometric mean: `{ ratio, low, high }`. The ratio of a row is the median over its
 * pairs, which one disturbed pair does not move; the geometric mean is resampled by rows and pairs at once.
 * @param {{ pairs: readonly (readonly [number, number])[] }[]} rows (old, new) of every pair
 */
export function compareRows(rows) {
  const all = rows.map(({ pairs }, k) => {
    const logs = pairs.map(([before, after]) => Math.log(after / before));
    return { estimate: medianOf(logs), samples: resampledMedians(logs, 7919 + k) };
  });
  const mean = (values) => values.reduce((s, t) => s + t, 0) / values.length;
  const means = Float64Array.from({ length: RESAMPLES }, (_, r) => mean(all.map(({ samples }) => samples[r])));
  return {
    rows: all.map(({ estimate, samples }) => interval(estimate, samples)),
    geometricMean: interval(mean(all.map(({ estimate }) => estimate)), means),
  };
}
