// Functions of spectra of random programs: pseudoinverses, matrix functions, sums over eigenvalues, and functions of
// distances.
import { type Operation, oneOf, type RArray } from "./arrays.ts";
import { of1, of2, sum } from "./elementwise.ts";
import { array, eighOf, float, type Matrix, rows, solved, times, transposed } from "./factorizations.ts";
import { regular, tall } from "./matrices.ts";
import type { Tape } from "./tape.ts";

/** V·diag(f(λ))·Vᵀ */
function ofSpectrum(t: Tape, a: RArray, f: (id: number) => number): RArray {
  const { values, vectors } = eighOf(t, rows(a));
  const of = values.map(f);
  const left: Matrix = vectors.map((row) => row.map((id, j) => of2(t, "mul", id, of[j]!)));
  return array(times(t, left, transposed(vectors)));
}
const FUNCTIONS = ["log", "sqrt", "square", "reciprocal", "log1p", "atan"] as const;
const matrixFunction = (name: string, of: string): Operation => ({
  name,
  heavy: true,
  reference: (t, a: RArray) => ofSpectrum(t, a, (id) => of1(t, of, id)),
  draw(g) {
    const a = regular(g, true);
    return a && [a];
  },
});

export const spectralOperations: readonly Operation[] = [
  {
    name: "pinv",
    heavy: true,
    reference: (t, a: RArray) => {
      const m = rows(a);
      const adjoint = transposed(m);
      if (m.length >= adjoint.length) return array(solved(t, times(t, adjoint, m), adjoint));
      return array(transposed(solved(t, times(t, m, adjoint), m)));
    },
    draw(g) {
      const a = tall(g);
      return a && [g.chance(0.4) ? g.step("transpose", [a])! : a];
    },
  },
  {
    name: "eigvalsh",
    heavy: true,
    reference: (t, a: RArray) => {
      const { values } = eighOf(t, rows(a));
      return float([values.length], values);
    },
    draw(g) {
      const a = regular(g, true);
      return a && [a];
    },
  },
  ...(["spectralSum", "funmh"] as const).map(
    (name): Operation => ({
      name,
      heavy: true,
      call: (hvp, [f, a]) => hvp[name](a, hvp[f]),
      code: ([f, a]) => `hvp.${name}(${a}, hvp.${JSON.parse(f!)})`,
      reference: (t, f: string, a: RArray) => {
        if (name === "funmh") return ofSpectrum(t, a, (id) => of1(t, f, id));
        const { values } = eighOf(t, rows(a));
        return float(
          [],
          [
            sum(
              t,
              values.map((id) => of1(t, f, id)),
            ),
          ],
        );
      },
      draw(g) {
        const a = regular(g, true);
        return a && [oneOf(g, ...FUNCTIONS), a];
      },
    }),
  ),
  matrixFunction("logmh", "log"),
  matrixFunction("sqrtmh", "sqrt"),
  {
    ...matrixFunction("expmh", "exp"),
    draw(g) {
      const a = regular(g, true);
      const small = a && g.step("mul", [a, 0.25]);
      return small && [small];
    },
  },
  {
    name: "powmh",
    heavy: true,
    reference: (t, a: RArray, p: number) => ofSpectrum(t, a, (id) => of2(t, "pow", id, t.constant(p))),
    draw(g) {
      const a = regular(g, true);
      return a && [a, oneOf(g, -0.5, 0.5, 1.5, -1)];
    },
  },
  {
    // A function of √s.
    name: "radial",
    call: (hvp, [f, s]) => hvp.radial(hvp[f], s),
    code: ([f, s]) => `hvp.radial(hvp.${JSON.parse(f!)}, ${s})`,
    reference: (t, f: string, s: RArray) => ({ ...s, data: s.data.map((id) => of1(t, f, of1(t, "sqrt", id))) }),
    draw(g) {
      const x = g.pick();
      const s = x && g.within(x, "positive", true);
      return s && [oneOf(g, "cos", "exp", "tanh", "square", "log1p", "sigmoid"), s];
    },
  },
];
