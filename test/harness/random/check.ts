// A program on a build against the oracle. What is claimed:
//
// - Values are IEEE: where every operation up to a value is correctly rounded, its bits, NaN, infinities and the
//   signs of zeros; elsewhere it is
//   right within what rounding explains. Sums may be taken in any order.
// - Gradient and products are right within what rounding explains, in every form and composition, where all values on
//   the way are finite, no operation is asked at a kink without a documented convention, no rounding error decides a
//   comparison, and values, tangents, cotangents and their products lie within 2^±1000 (float32: 2^±120). Arms that
//   `where` does not take do not count.
import { rng } from "../rng.ts";
import { type Form, forms, Session, second, someForms } from "./forms.ts";
import { type Library, noisy, type Program, type ReferenceRun, runReference } from "./program.ts";
import { isZero, log2, type Wide } from "./wide.ts";

export interface Failure {
  readonly form: string;
  readonly message: string;
}

const NOISY = 4;
/** Noise is drawn a few times only; the factor covers the rest, and what composes more operations than the oracle. */
const FACTOR = 16;

interface Expected {
  readonly numbers: readonly number[];
  /** The numbers on the tape, and whether correct programs agree on their bits. */
  readonly ids?: readonly number[];
  readonly firm?: readonly boolean[];
  readonly unknown?: readonly boolean[];
}

/** What the oracle says of a program. */
export class Oracle {
  readonly run: ReferenceRun;
  readonly program: Program;
  readonly watched: readonly number[];
  #noise: readonly ReferenceRun[] | undefined;
  readonly #known = new Map<string, readonly Expected[]>();

  constructor(program: Program) {
    this.program = program;
    this.run = runReference(program);
    this.watched = [...this.run.values.keys()].filter(
      (id) => id >= program.inputs.length && this.run.values.get(id)?.kind === "float",
    );
    const hidden = hiddenOf(program);
    this.watched = this.watched.filter((id) => !hidden.has(id));
  }
  get noise(): readonly ReferenceRun[] {
    this.#noise ??= noisy(this.program, NOISY);
    return this.#noise;
  }
  /** Whether no comparison is decided by rounding, and no function asked at a number that rounding makes up. */
  get steady(): boolean {
    const own = this.run.tape.decisions;
    return (
      this.noise.every(
        ({ tape }) => tape.decisions.length === own.length && tape.decisions.every((d, i) => Object.is(d, own[i])),
      ) && !this.#adrift
    );
  }
  /**
   * Whether both derivatives of some function change by a quarter with the rounding of its arguments: `tan` of 1e17,
   * the reciprocal of a difference that cancels. A few runs with noise say nothing of how far the result may go then.
   */
  get #adrift(): boolean {
    const tapes = [this.run, ...this.noise].map(({ tape }) => tape);
    const moved = (of: (tape: ReferenceRun["tape"]) => Wide): boolean => {
      const sizes = tapes.map((tape) => of(tape));
      const logs = sizes.map(log2);
      return (
        sizes.some((w) => Math.sign(w.m) !== Math.sign(sizes[0]!.m)) || Math.max(...logs) - Math.min(...logs) > 0.3
      );
    };
    if (tapes.some((tape) => tape.v.length !== tapes[0]!.v.length)) return true;
    return this.run.tape.second.some((list, id) => {
      const bends = list.filter(([, , w]) => !isZero(w));
      return (
        bends.length > 0 &&
        bends.every(
          ([i, j, w]) =>
            moved((tape) => tape.second[id]![list.findIndex((s) => s[2] === w)]![2]) &&
            moved((tape) => tape.first[id]![i]!) &&
            moved((tape) => tape.first[id]![j]!),
        )
      );
    });
  }
  #lossOf(run: ReferenceRun): number {
    return run.values.get(this.program.loss)!.data[0]!;
  }
  /** Whether derivatives are claimed, as far as can be told without noise. */
  get smooth(): boolean {
    const { tape } = this.run;
    const loss = this.#lossOf(this.run);
    if (!Number.isFinite(tape.get(loss)) || tape.kinked(loss)) return false;
    const limit = tape.single ? 120 : 1000;
    return [this.program.directions, this.program.directions.map(second)].every((v) => {
      const { finite, flatCorner, exponents } = this.#derivatives(this.run, v);
      return finite && !flatCorner && exponents[0] >= -limit && exponents[1] <= limit;
    });
  }
  /** Whether a derivative is a convention. */
  get cornered(): boolean {
    const used = this.run.tape.reachable(this.#lossOf(this.run));
    return [...this.run.tape.corners].some((id) => used[id]);
  }
  #derivatives(run: ReferenceRun, v: readonly (readonly number[])[]): ReturnType<ReferenceRun["tape"]["derivatives"]> {
    return run.tape.derivatives(this.#lossOf(run), run.inputs, v.flat());
  }
  #of(kind: Form["kind"], run: ReferenceRun): Expected {
    const { tape, values } = run;
    const { directions } = this.program;
    if (kind === "values" || kind === "value") {
      const ids = kind === "value" ? [this.#lossOf(run)] : this.watched.flatMap((id) => values.get(id)!.data);
      return {
        numbers: ids.map((id) => tape.get(id)),
        ids,
        firm: ids.map((id) => !tape.shaky[id]),
        unknown: ids.map((id) => tape.unknown[id]!),
      };
    }
    if (kind === "grad") return { numbers: this.#derivatives(run, directions).grad };
    const products = [directions, ...(kind === "products" ? [directions.map(second)] : [])];
    return { numbers: products.flatMap((v) => this.#derivatives(run, v).hvp) };
  }
  expected(kind: Form["kind"]): Expected {
    return this.#remembered(kind, () => [this.#of(kind, this.run)])[0]!;
  }
  shaken(kind: Form["kind"]): readonly Expected[] {
    return this.#remembered(`${kind} shaken`, () => this.noise.map((run) => this.#of(kind, run)));
  }
  /**
   * Whether the sign of number `id` is beyond rounding; that of a zero, whether it was made of such signs alone. A few
   * runs with noise may agree on a sign by chance.
   */
  signed(id: number): boolean {
    const { tape } = this.run;
    if (!tape.shaky[id]) return true;
    const x = tape.get(id);
    const others = this.noise.map((run) => run.tape.get(id));
    if (x === 0) return others.every((o) => Object.is(o, x)) && tape.operands[id]!.every((p) => this.signed(p));
    return others.every((o) => FACTOR * Math.abs(o - x) < Math.abs(x));
  }
  #remembered(name: string, make: () => readonly Expected[]): readonly Expected[] {
    let known = this.#known.get(name);
    if (!known) this.#known.set(name, (known = make()));
    return known;
  }
}

import { byName } from "./program.ts";

/** Values that are not unique: vectors of a factorization. */
function hiddenOf(program: Program): Set<number> {
  return new Set(program.steps.flatMap(({ op, results }) => (byName.get(op)?.hidden ?? []).map((k) => results[k]!)));
}

/** What is wrong with `got`, if anything. */
function difference(oracle: Oracle, kind: Form["kind"], got: readonly number[]): string | undefined {
  if (oracle.run.tape.blind) return undefined;
  const { numbers: want, ids, firm, unknown } = oracle.expected(kind);
  if (got.length !== want.length) return `${got.length} numbers, wanted ${want.length}`;
  const single = oracle.program.dtype === "float32";
  const u = single ? 2 ** -24 : 2 ** -53;
  const least = single ? 2 ** -149 : 2 ** -1074;
  const values = firm !== undefined;
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!];
    if (Object.is(a, b) || (!values && a === b) || unknown?.[i]) continue;
    if (!(values && firm[i]) && a !== 0 && Math.abs(a - b) <= 64 * u * Math.abs(b)) continue;
    if (values && firm[i]) return `[${i}] is ${show(a)}, exactly ${show(b)} is right`;
    if (!oracle.steady) return undefined;
    const others = oracle.shaken(kind).map((e) => e.numbers[i]!);
    if (a === 0 && b === 0) {
      if (!values || others.some((o) => o !== 0 || Object.is(o, a)) || !oracle.signed(ids![i]!)) continue;
      return `[${i}] is ${show(a)}, wanted ${show(b)}`;
    }
    const spread = others.reduce((m, o) => (Object.is(o, b) ? m : Math.max(m, Math.abs(o - b))), 0);
    // An infinity or a NaN that rounding makes or unmakes says nothing.
    if (Number.isNaN(spread) || spread === Infinity) continue;
    const bound = FACTOR * spread + 64 * u * Math.abs(b) + 64 * least;
    if (Math.abs(a - b) <= bound) continue;
    return `[${i}] is ${show(a)}, wanted ${show(b)} within ${bound.toExponential(1)}`;
  }
  return undefined;
}
/**
 * What a build says of a smooth program, and how far another system may be from it; undefined where nothing is
 * claimed.
 */
export function exported(library: Library, program: Program): object | undefined {
  const oracle = new Oracle(program);
  // At corners every system has its own conventions.
  if (program.dtype !== "float64" || !oracle.smooth || !oracle.steady || oracle.cornered) return undefined;
  const session = new Session(library, program, oracle.watched);
  const results: Record<string, unknown> = {};
  for (const name of ["objective.value", "objective.grad", "objective.hvp"]) {
    const { kind, run } = forms.find((f) => f.name === name)!;
    const want = oracle.expected(kind).numbers;
    const bounds = want.map((b, i) => {
      const spread = oracle.shaken(kind).reduce((m, e) => Math.max(m, Math.abs(e.numbers[i]! - b)), 0);
      return 2 * (FACTOR * spread + 64 * 2 ** -53 * Math.abs(b));
    });
    results[kind] = { got: run(session), bounds };
  }
  session.dispose();
  return results;
}
export const show = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

/** The first form that is wrong. `only`: this form and no other. */
export function check(library: Library, program: Program, only?: string, skip?: RegExp): Failure | undefined {
  const oracle = new Oracle(program);
  const session = new Session(library, program, oracle.watched);
  // Outside a trace a float32 scalar is a number, which later calls take in double precision.
  const plain =
    program.dtype === "float64" ||
    ![...oracle.run.values.values()].some((a) => a.kind === "float" && a.shape.length === 0);
  const random = rng(program.seed ^ 0x5bd1e995);
  const chosen =
    only === undefined
      ? someForms(random, program).filter((f) => !skip?.test(f.name))
      : forms.filter((f) => f.name === only);
  const smooth = chosen.some(({ kind }) => kind !== "values" && kind !== "value") && oracle.smooth;
  for (const { name, kind, run } of chosen) {
    if ((kind !== "values" && kind !== "value" && !smooth) || (!plain && name.startsWith("eager"))) continue;
    let got: readonly number[];
    try {
      got = run(session);
    } catch (error) {
      // Functions of eigenvalues take one derivative more than the product has, which the incomplete gamma functions
      // do not have.
      // Stacks of loops without a limit to their iterations do not grow yet: reverse mode asks for all they could hold.
      if (/needs \d+ MiB of memory/.test(`${error}`) && JSON.stringify(program.steps).includes('"foriLoop"')) continue;
      const spectral = program.steps.some(({ op }) => /^eig|mh$|^spectralSum$|^svd$/.test(op));
      if (spectral && /there is no third derivative/.test(`${error}`)) continue;
      return { form: name, message: `throws ${(error as Error)?.message ?? error}` };
    }
    const message = difference(oracle, kind, got);
    if (message) return { form: name, message };
  }
  session.dispose();
  return undefined;
}
