// The calls that are timed, for index.mjs and compare.mjs.

/**
 * What is measured. Results go into a given array, as in an optimizer's loop: what a new array of 80 KB or 8 MB costs
 * is decided by the allocator, the garbage collector and the page faults of the system and would drown the rest. The
 * last row includes it.
 */
export const operations = {
  value: (p) => (x) => p.value(x),
  gradient(p, { n, Real }) {
    const out = new Real(n);
    return (x) => p.grad(x, out);
  },
  HVP(p, { n, Real }) {
    const out = new Real(n);
    return (x, v) => p.hvp(x, v, out);
  },
  "HVP at a point"(p, { n, x, Real }) {
    const at = p.at(x);
    const out = new Real(n);
    return (_, v) => at.hvp(v, out);
  },
  "at(x)": (p) => (x) => {
    p.at(x);
    return 0;
  },
  "HVP, new array": (p) => (x, v) => p.hvp(x, v),
};

/**
 * A function without arguments that goes through several inputs in turn and returns a number that depends on the
 * result.
 */
export function rotate(run, { x, v, n }) {
  const turns = n > 1e5 ? 1 : 4;
  const inputs = Array.from({ length: turns }, (_, k) => [x.map((t) => t + k / 65536), v.map((t) => t - k / 1024)]);
  let turn = 0;
  return () => {
    const [a, b] = inputs[turn];
    turn = (turn + 1) % turns;
    const result = run(a, b);
    return typeof result === "number" ? result : result[0];
  };
}
