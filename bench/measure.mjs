// Timing of several functions against each other: rounds of short batches, the functions taking turns, so that a slow
// phase of the machine falls on all of them; tinybench takes the statistics of each batch.
import v8 from "node:v8";
import vm from "node:vm";
import { Bench } from "tinybench";

v8.setFlagsFromString("--expose-gc");
/** Collects garbage before a batch, so that no batch pays for the arrays of another. */
const collect = vm.runInNewContext("gc");

/** What every timed function returned ends up here, so that no call can be optimized away. */
export const sink = { value: 0 };

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** `calls` calls of `run` as one sample: a clock reading costs as much as a small product. */
const repeat = (run, calls) => () => {
  let s = 0;
  for (let i = 0; i < calls; i++) s += run();
  sink.value += s;
};

/** Lets the engine compile `run` in its best tier, then finds how many calls last about `sampleMs`. */
function calibrate(run, sampleMs, warmUpMs) {
  const warmUp = performance.now() + warmUpMs;
  for (let i = 0; i < 20_000 && performance.now() < warmUp; i++) sink.value += run();
  for (let calls = 1; ; calls *= 2) {
    const t = performance.now();
    repeat(run, calls)();
    if (performance.now() - t > sampleMs / 2) return calls;
  }
}

/**
 * Median microseconds per call of every function in `tasks` (name → function returning a number).
 * @returns {Map<string, { us: number, spread: number }>} `spread`: (largest - least) / median over the rounds.
 */
export function measure(tasks, { rounds = 7, batchMs = 20, sampleMs = 1, warmUpMs = 60 } = {}) {
  const entries = Object.entries(tasks).map(([name, run]) => {
    const calls = calibrate(run, sampleMs, warmUpMs);
    return { name, calls, sample: repeat(run, calls), medians: [] };
  });
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[(k + round) % entries.length];
      collect();
      const bench = new Bench({ time: batchMs, iterations: 5, warmup: false, throws: true });
      bench.add(entry.name, entry.sample).runSync();
      entry.medians.push((bench.tasks[0].result.latency.p50 * 1000) / entry.calls);
    }
  }
  return new Map(
    entries.map(({ name, medians }) => {
      const us = median(medians);
      return [name, { us, spread: (Math.max(...medians) - Math.min(...medians)) / us }];
    }),
  );
}

/** ‖a - b‖ / ‖b‖ for numbers and arrays. */
export function relativeError(a, b) {
  if (typeof b === "number") return Math.abs(a - b) / (Math.abs(b) || 1);
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / (norm || 1));
}

/** Three significant digits, as short as they can be written. */
export const short = (t) => (t >= 100 ? t.toFixed(0) : t.toPrecision(3));
