// The ways to ask a build for the value, the gradient and the Hessian-vector product of a program.
import type { Rng } from "../rng.ts";
import { byName, type Library, type Program, pointOf, runOn, typedOf } from "./program.ts";

/**
 * What a form computes: `values` are all arrays of the program, `products` the products of both directions one after
 * the other.
 */
export type Kind = "values" | "value" | "grad" | "hvp" | "products";

export interface Form {
  readonly name: string;
  readonly kind: Kind;
  /** How often it is tried: 1 always. */
  readonly often: number;
  /** Whether results are written to arrays, which scalars have none of. */
  readonly writes?: boolean;
  readonly run: (s: Session) => readonly number[];
}

/** A program on a build: what several forms share is made once. */
export class Session {
  readonly #made = new Map<string, unknown>();
  readonly hvp: Library;
  readonly program: Program;
  /** Numbers of the values that `values` forms return. */
  readonly watched: readonly number[];
  constructor(library: Library, program: Program, watched: readonly number[]) {
    this.hvp = library;
    this.program = program;
    this.watched = watched;
  }
  // biome-ignore lint/suspicious/noExplicitAny: whatever the module of the build makes.
  #once(name: string, make: () => any): any {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name);
  }
  get f(): (x: unknown) => unknown {
    return (x) => runOn(this.hvp, this.program, x).get(this.program.loss);
  }
  get arrays(): (x: unknown) => unknown[] {
    return (x) => {
      const all = runOn(this.hvp, this.program, x);
      return this.watched.map((id) => all.get(id));
    };
  }
  get x(): unknown {
    return pointOf(this.program);
  }
  get v(): unknown {
    return pointOf(this.program, this.program.directions);
  }
  /** Both directions, in arrays that can be written to. */
  get outs(): [unknown, unknown] {
    return [this.out(this.program.directions), this.out(this.program.directions.map(second))];
  }
  /** Another direction. */
  get w(): unknown {
    return pointOf(
      this.program,
      this.program.directions.map((d) => second(d)),
    );
  }
  /** `data` in arrays that results may be written to: their own class where they have a shape. */
  out(data: readonly (readonly number[])[]): unknown {
    const { inputs, dtype } = this.program;
    const arrays = inputs.map(({ shape }, i) => {
      const typed = typedOf(dtype, data[i]!);
      return shape.length === 1 ? typed : new this.hvp.NdArray(typed, shape, dtype);
    });
    return arrays.length === 1 ? arrays[0] : arrays;
  }
  get point(): (readonly number[])[] {
    return this.program.inputs.map((x) => x.data);
  }
  get objective(): Library {
    return this.#once("objective", () => this.hvp.objective(this.f, this.x));
  }
  get at(): Library {
    return this.#once("at", () => this.objective.at(this.x));
  }
  dispose(): void {
    if (this.#made.has("objective")) this.objective.dispose();
  }
  /** Σ aᵢ·bᵢ over all leaves, traced. */
  inner(a: unknown, b: unknown): unknown {
    const { add, mul, sum } = this.hvp;
    const [p, q] = [a, b].map((t) => (this.program.inputs.length === 1 ? [t] : (t as unknown[])));
    return (p as unknown[]).map((t, i) => sum(mul(t, (q as unknown[])[i]))).reduce((s, t) => add(s, t));
  }
}
export const second = (d: readonly number[]): number[] => d.map((v, i) => (i % 2 ? -v : 0.5 * v));

/** All numbers of a result: a number, arrays of any kind, lists of these. */
export function numbersOf(result: unknown): number[] {
  if (typeof result === "number") return [result];
  if (typeof result === "boolean") return [Number(result)];
  if (ArrayBuffer.isView(result)) return Array.from(result as unknown as ArrayLike<number>);
  if (Array.isArray(result)) return result.flatMap(numbersOf);
  return numbersOf((result as { data: unknown }).data);
}
const list = (...results: unknown[]): readonly number[] => numbersOf(results);
const form = (name: string, kind: Kind, often: number, run: Form["run"]): Form => ({ name, kind, often, run });
const writing = (name: string, kind: Kind, often: number, run: Form["run"]): Form => ({
  name,
  kind,
  often,
  run,
  writes: true,
});

export const forms: readonly Form[] = [
  form("eager", "values", 1, (s) => list(s.arrays(s.x))),
  form("jit", "values", 0.7, (s) => list(s.hvp.jit(s.arrays)(s.x))),
  form("eager value", "value", 0.3, (s) => list(s.f(s.x))),
  form("objective.value", "value", 0.8, (s) => list(s.objective.value(s.x))),
  form("jit value", "value", 0.25, (s) => list(s.hvp.jit(s.f)(s.x))),
  form("objective.valueAndGrad's value", "value", 0.2, (s) => list(s.objective.valueAndGrad(s.x)[0])),
  form("at.value", "value", 0.3, (s) => list(s.at.value)),
  form("jvp's value", "value", 0.1, (s) => list(s.hvp.jvp(s.f, [s.x], [s.v])[0])),

  form("objective.grad", "grad", 0.6, (s) => list(s.objective.grad(s.x))),
  form("grad", "grad", 0.4, (s) => list(s.hvp.grad(s.f)(s.x))),
  form("at.grad", "grad", 0.3, (s) => list(s.at.grad)),
  form("objective.valueAndGrad", "grad", 0.2, (s) => list(s.objective.valueAndGrad(s.x)[1])),
  form("jit(grad)", "grad", 0.1, (s) => list(s.hvp.jit(s.hvp.grad(s.f))(s.x))),
  form("vjp", "grad", 0.1, (s) => list(s.hvp.vjp(s.f, s.x)[1](1))),
  writing("objective.grad into x", "grad", 0.15, (s) => {
    const x = s.out(s.point);
    return list(s.objective.grad(x, x));
  }),

  form("hvp (forward over reverse)", "hvp", 0.4, (s) => list(s.hvp.hvp(s.f, s.x, s.v))),
  form("objective.hvp", "hvp", 0.6, (s) => list(s.objective.hvp(s.x, s.v))),
  form("at.hvp", "hvp", 0.6, (s) => list(s.at.hvp(s.v))),
  form("jvp of grad", "hvp", 0.1, (s) => list(s.hvp.jvp(s.hvp.grad(s.f), [s.x], [s.v])[1])),
  form("reverse over reverse", "hvp", 0.3, (s) =>
    list(s.hvp.grad((x: unknown) => s.inner(s.hvp.grad(s.f)(x), s.v))(s.x)),
  ),
  form("reverse over forward", "hvp", 0.3, (s) => list(s.hvp.grad((x: unknown) => s.hvp.jvp(s.f, [x], [s.v])[1])(s.x))),
  form("jit(hvp)", "hvp", 0.1, (s) => list(s.hvp.jit((x: unknown, v: unknown) => s.hvp.hvp(s.f, x, v))(s.x, s.v))),
  writing("objective.hvp into v", "hvp", 0.15, (s) => {
    const v = s.out(s.program.directions);
    return list(s.objective.hvp(s.x, v, v));
  }),
  writing("objective.hvp into x", "hvp", 0.15, (s) => {
    const x = s.out(s.point);
    return list(s.objective.hvp(x, s.v, x));
  }),

  form("at.hvps", "products", 0.2, (s) => list(s.at.hvps([s.v, s.w]))),
  writing("at.hvps into its directions, exchanged", "products", 0.4, (s) => {
    const [v, w] = s.outs;
    return list(s.at.hvps([v, w], [w, v]));
  }),
  writing("at.hvps into its directions", "products", 0.1, (s) => {
    const [v, w] = s.outs;
    return list(s.at.hvps([v, w], [v, w]));
  }),
];

/** The forms that a program is tried in, drawn by its seed: fewer where each takes long. */
export function someForms(random: Rng, program: Program): Form[] {
  const heavy = program.steps.filter(({ op }) => byName.get(op)?.heavy).length;
  const share = [1, 0.6][heavy] ?? 0.4;
  return forms.filter(
    (f) => random() < share * f.often && !(f.writes && program.inputs.some((x) => x.shape.length === 0)),
  );
}
