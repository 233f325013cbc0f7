// Operations of random programs inside transforms that change nothing of what they compute: the oracle sees through
// them.
import { anyArray, type Drawing, type Operation, oneOf, type RArray, withRank } from "./arrays.ts";
import { apply1 } from "./elementwise.ts";
import { unaryFunctions } from "./functions.ts";

/**
 * Functions with their derivative, as code of `hvp`, x and y = f(x). No derivative cancels: the oracle knows it
 * exactly.
 */
const RULES = {
  sin: "hvp.cos(x)",
  tanh: "hvp.mul(4, hvp.mul(hvp.sigmoid(hvp.mul(2, x)), hvp.sigmoid(hvp.mul(-2, x))))",
  exp: "y",
  square: "hvp.mul(2, x)",
  sigmoid: "hvp.mul(y, hvp.sigmoid(hvp.neg(x)))",
  atan: "hvp.div(1, hvp.add(1, hvp.square(x)))",
} as const;
type Name = keyof typeof RULES;
// biome-ignore lint/suspicious/noExplicitAny: a build is whatever module the command line names.
type Hvp = any;
const slope = (hvp: Hvp, name: Name, x: unknown, y: unknown): unknown =>
  ({
    sin: () => hvp.cos(x),
    tanh: () => hvp.mul(4, hvp.mul(hvp.sigmoid(hvp.mul(2, x)), hvp.sigmoid(hvp.mul(-2, x)))),
    exp: () => y,
    square: () => hvp.mul(2, x),
    sigmoid: () => hvp.mul(y, hvp.sigmoid(hvp.neg(x))),
    atan: () => hvp.div(1, hvp.add(1, hvp.square(x))),
  })[name]();
const named = (text: string | undefined): Name => JSON.parse(text!) as Name;

const elementwise = (
  name: string,
  call: (hvp: Hvp, args: readonly Hvp[]) => unknown,
  code: (args: readonly string[]) => string,
): Operation => ({
  name,
  call,
  code,
  reference: (t, f: Name, x: RArray) => ({ ...x, data: x.data.map((id) => apply1(t, unaryFunctions[f]!, id)) }),
  draw(g: Drawing) {
    const f = oneOf(g, ...(Object.keys(RULES) as Name[]));
    const x = name === "vmap" ? anyArray(g, withRank(1))?.[0] : g.pick();
    const moved = x && g.within(x, unaryFunctions[f]!.domain);
    return moved && [f, moved];
  },
});

export const wrappedOperations: readonly Operation[] = [
  elementwise(
    "checkpoint",
    (hvp, [f, x]) => hvp.checkpoint((z: unknown) => hvp[f](z))(x),
    ([f, x]) => `hvp.checkpoint((x) => hvp.${named(f)}(x))(${x})`,
  ),
  elementwise(
    "customJvp",
    (hvp, [f, x]) =>
      hvp.customJvp(
        (z: unknown) => hvp[f](z),
        ([z]: unknown[], [d]: unknown[]) => {
          const y = hvp[f](z);
          return [y, hvp.mul(slope(hvp, f, z, y), d)];
        },
      )(x),
    ([f, x]) =>
      `hvp.customJvp((x) => hvp.${named(f)}(x), ([x], [d]) => { const y = hvp.${named(f)}(x); return [y, hvp.mul(${RULES[named(f)]}, d)]; })(${x})`,
  ),
  elementwise(
    "customVjp",
    (hvp, [f, x]) =>
      hvp.customVjp(
        (z: unknown) => hvp[f](z),
        (z: unknown) => [hvp[f](z), z],
        (z: unknown, d: unknown) => [hvp.mul(slope(hvp, f, z, hvp[f](z)), d)],
      )(x),
    ([f, x]) =>
      `hvp.customVjp((x) => hvp.${named(f)}(x), (x) => [hvp.${named(f)}(x), x], (x, d) => { const y = hvp.${named(f)}(x); return [hvp.mul(${RULES[named(f)]}, d)]; })(${x})`,
  ),
  elementwise(
    "vmap",
    (hvp, [f, x]) => hvp.vmap((row: unknown) => hvp[f](row))(x),
    ([f, x]) => `hvp.vmap((row) => hvp.${named(f)}(row))(${x})`,
  ),
];
