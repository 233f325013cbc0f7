// Tasks side by side: batches take turns, the least time of each counts.

/** Least microseconds per call of each of `tasks`, in `rounds` batches of about `sample` milliseconds. */
export function least(tasks, rounds = 60, sample = 2) {
  const entries = Object.entries(tasks).map(([name, run]) => {
    let calls = 1;
    for (let ms = 0; ms < sample; ) {
      calls *= 2;
      const start = performance.now();
      for (let i = 0; i < calls; i++) run();
      ms = performance.now() - start;
    }
    return { name, run, calls: calls >> 1 || 1, best: Number.POSITIVE_INFINITY };
  });
  for (let round = 0; round < rounds; round++)
    for (const e of entries) {
      const start = performance.now();
      for (let i = 0; i < e.calls; i++) e.run();
      e.best = Math.min(e.best, ((performance.now() - start) * 1000) / e.calls);
    }
  return Object.fromEntries(entries.map((e) => [e.name, e.best]));
}
