// The independent oracle of random programs: a tape of numbers, in the textbook's forward and reverse mode, with
// derivatives in `Wide` numbers. It knows nothing of the package.
//
// With `noise`, every result that a correct program may round differently moves by its rounding error, and so does
// every product of derivatives. The spread over a few such runs says how well a result can be known.
import type { Rng } from "../rng.ts";
import { isOrdinary, isZero, log2, plus, product, times, toNumber, type Wide, wide, ZERO } from "./wide.ts";

/** A second partial derivative, of parents number i ≤ j. `size`: that of terms which cancel in it. */
export type Second = readonly [i: number, j: number, value: Wide, size?: number];

/** What the derivatives of a loss are, and how far they can be trusted. */
export interface Derivatives {
  readonly grad: number[];
  readonly hvp: number[];
  /** All numbers on the way are finite. */
  readonly finite: boolean;
  /**
   * A corner was met where the chain rule says nothing of second derivatives: before it or after it, first
   * derivatives are zero.
   */
  readonly flatCorner: boolean;
  /** Largest and least exponent (to base 2) of values, tangents, cotangents and their terms. */
  readonly exponents: readonly [least: number, largest: number];
}

/** Roundoffs of a partial derivative: a few operations and an elementary function or two. */
const SLOPE = 16;

const bits = new DataView(new ArrayBuffer(8));
/** The value of the last digit of a finite number other than 0: the largest power of two that it is a multiple of. */
export function lastDigit(x: number): number {
  bits.setFloat64(0, x);
  const [high, low] = [bits.getUint32(0), bits.getUint32(4)];
  const exponent = Math.max(1, (high >>> 20) & 0x7ff) - 1075;
  const zeros = low !== 0 ? 31 - Math.clz32(low & -low) : 63 - Math.clz32((high | 0x100000) & -(high | 0x100000));
  return 2 ** (exponent + zeros);
}

export class Tape {
  readonly v: number[] = [];
  /** Whether a correct program may round this number differently, up to its sign if it is 0. */
  readonly shaky: boolean[] = [];
  readonly parents: (readonly number[])[] = [];
  /** What a number was computed of, also where nothing is differentiated by it. */
  readonly operands: (readonly number[])[] = [];
  readonly first: (readonly Wide[])[] = [];
  readonly second: (readonly Second[])[] = [];
  readonly active: boolean[] = [];
  /** What the oracle cannot say, and all that is computed of it: factorizations of infinities and the like. */
  readonly unknown: boolean[] = [];
  /** Whether something was decided about a number that cannot be told. */
  blind = false;
  /** What was decided by comparing numbers, in order. Noise must not change it. */
  readonly decisions: number[] = [];
  /** Whether a function has been asked where it has no derivative and no documented convention. */
  readonly kinks: Set<number> = new Set();
  /** Functions that were asked at a corner with a documented first derivative. */
  readonly corners: Set<number> = new Set();
  /** Numbers whose derivative by every input is zero, although they depend on one. */
  readonly flat: boolean[] = [];
  readonly single: boolean;
  readonly noise: Rng | undefined;
  readonly #u: number;
  readonly #least: number;
  readonly #constants = new Map<number, number>();

  constructor(single: boolean, noise?: Rng) {
    this.single = single;
    this.noise = noise;
    this.#u = single ? 2 ** -24 : 2 ** -53;
    this.#least = single ? 2 ** -149 : 2 ** -1074;
  }

  #push(
    v: number,
    shaky: boolean,
    active: boolean,
    parents: readonly number[],
    first: readonly Wide[],
    second: readonly Second[],
  ): number {
    this.v.push(v);
    this.shaky.push(shaky);
    this.active.push(active);
    this.flat.push(
      active && parents.length > 0 && parents.every((p, j) => isZero(first[j]!) || !this.active[p] || this.flat[p]!),
    );
    this.unknown.push(parents.some((p) => this.unknown[p]));
    this.parents.push(parents);
    this.operands.push(parents);
    this.first.push(first);
    this.second.push(second);
    return this.v.length - 1;
  }
  round(v: number): number {
    return this.single ? Math.fround(v) : v;
  }
  /** A number that the loss is differentiated by. */
  input(v: number): number {
    return this.#push(this.round(v), false, true, [], [], []);
  }
  constant(v: number): number {
    const known = this.#constants.get(v);
    if (known !== undefined && v !== 0 && !Number.isNaN(v)) return known;
    const made = this.#push(this.round(v), false, false, [], [], []);
    this.#constants.set(v, made);
    return made;
  }
  /**
   * A number that was computed but that nothing is differentiated by: made anew each time, so that runs with noise
   * number alike.
   */
  computed(v: number): number {
    return this.#push(this.round(v), false, false, [], [], []);
  }
  /** Says that number `id` cannot be told. */
  unsure(id: number): number {
    this.unknown[id] = true;
    return id;
  }
  /** Says that neither number `id` nor its derivatives can be told. */
  lost(id: number): number {
    this.kinks.add(id);
    return this.unsure(id);
  }
  get(id: number): number {
    return this.v[id]!;
  }
  /**
   * Records a decision, about numbers `ids`; returns it. What was decided about a number that cannot be told tells
   * nothing.
   */
  decide<T extends number | boolean>(what: T, ...ids: readonly number[]): T {
    this.decisions.push(Number(what));
    if (ids.some((id) => this.unknown[id])) this.blind = true;
    return what;
  }

  /**
   * A number computed of others. `error`: rounding errors it may have, in roundoffs of its type times its own size,
   * or as an absolute size `{ of }` in roundoffs; 0 if every correct program gives these bits for these operands.
   * `slopeError`: the same of its partial derivatives, of which `sizes` are the terms that cancel in the first ones.
   */
  node(
    v: number,
    error: number | { readonly of: number },
    parents: readonly number[],
    first: readonly Wide[],
    second: readonly Second[] = [],
    slopeError = SLOPE,
    sizes: readonly (number | undefined)[] = [],
  ): number {
    const size = typeof error === "number" ? error * Math.abs(v) : error.of;
    const own = typeof error === "number" ? error > 0 : error.of > 0;
    const shaky = own || parents.some((p) => this.shaky[p]);
    let y = this.round(v);
    if (this.noise && shaky) y = this.#shake(y, Math.max(size, 4 * Math.abs(y)), own, typeof error !== "number");
    const active = parents.some((p) => this.active[p]);
    if (!active) {
      const made = this.#push(y, shaky, false, [], [], []);
      this.unknown[made] = parents.some((p) => this.unknown[p]);
      this.operands[made] = parents;
      return made;
    }
    const shaken = (w: Wide, size = 0): Wide => {
      const factor = wide(this.#about1(slopeError));
      return size > Math.abs(toNumber(w)) ? plus(w, times(wide(size), plus(factor, wide(-1)))) : times(w, factor);
    };
    return this.#push(
      y,
      shaky,
      true,
      parents,
      this.noise ? first.map((w, j) => shaken(w, sizes[j])) : first,
      this.noise ? second.map(([i, j, w, size]) => [i, j, shaken(w, size)] as const) : second,
    );
  }
  #about1(roundoffs: number): number {
    const noise = this.noise as Rng;
    return 1 + (noise() < 0.5 ? -1 : 1) * (0.5 + 0.5 * noise()) * roundoffs * this.#u;
  }
  /**
   * `y ± (½ … 1) size · u`, and a few steps of subnormal numbers if the operation itself rounds: equal sizes would
   * often cancel.
   */
  #shake(y: number, size: number, own: boolean, sum: boolean): number {
    const noise = this.noise as Rng;
    const sign = noise() < 0.5 ? -1 : 1;
    if (!Number.isFinite(y)) return y;
    // Only sums may give a zero of either sign, or something else in its place.
    if (y === 0 && (!sum || size * this.#u < this.#least)) return sum && sign < 0 ? -y : y;
    return this.round(y + sign * (0.5 + 0.5 * noise()) * (size * this.#u + (own ? 4 * this.#least : 0)));
  }

  /**
   * Whether sums of these numbers are exact in every order: all are multiples of one power of two, few enough for the
   * digits of a number.
   */
  sumsExactly(values: readonly number[]): boolean {
    let [unit, size] = [Number.POSITIVE_INFINITY, 0];
    for (const v of values) {
      if (v !== 0) unit = Math.min(unit, lastDigit(v));
      size += Math.abs(v);
    }
    return size === 0 || size <= unit * (this.single ? 2 ** 24 : 2 ** 53);
  }

  /** Gradient and Hessian-vector product of `loss` with respect to `inputs`. */
  derivatives(loss: number, inputs: readonly number[], v: readonly number[]): Derivatives {
    const n = loss + 1;
    const dot: Wide[] = new Array(n).fill(ZERO);
    const bar: Wide[] = new Array(n).fill(ZERO);
    const barDot: Wide[] = new Array(n).fill(ZERO);
    const used = this.reachable(loss);
    let finite = true;
    let flatCorner = false;
    let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const note = (w: Wide): Wide => {
      if (!isOrdinary(w)) finite = false;
      else if (w.m !== 0) {
        const e = log2(w);
        if (e < least) least = e;
        if (e > largest) largest = e;
      }
      return w;
    };
    const shaken = (w: Wide): Wide => (this.noise ? times(w, wide(this.#about1(2))) : w);
    inputs.forEach((id, i) => {
      dot[id] = shaken(note(wide(this.round(v[i]!))));
    });
    for (let i = 0; i < n; i++) {
      if (!used[i]) continue;
      note(wide(this.v[i]!));
      const parents = this.parents[i]!;
      for (let j = 0; j < parents.length; j++) {
        const t = dot[parents[j]!]!;
        if (!isZero(t) && !isZero(this.first[i]![j]!))
          dot[i] = plus(dot[i]!, note(shaken(times(this.first[i]![j]!, t))));
      }
    }
    bar[loss] = wide(1);
    for (let i = loss; i >= 0; i--) {
      if (!used[i]) continue;
      const [ct, ctDot] = [note(bar[i]!), note(barDot[i]!)];
      if (this.corners.has(i) && this.active[i] && (isZero(ct) || this.parents[i]!.some((p) => this.flat[p])))
        flatCorner = true;
      if (isZero(ct) && isZero(ctDot)) continue;
      const [parents, first] = [this.parents[i]!, this.first[i]!];
      for (let j = 0; j < parents.length; j++) {
        const [p, d] = [parents[j]!, first[j]!];
        if (isZero(d)) continue;
        if (!isZero(ct)) bar[p] = plus(bar[p]!, note(shaken(times(ct, d))));
        if (!isZero(ctDot)) barDot[p] = plus(barDot[p]!, note(shaken(times(ctDot, d))));
      }
      if (isZero(ct)) continue;
      const bend = (to: number, w: Wide, along: number): void => {
        if (isZero(w)) return;
        // Behind a flat corner the chain rule knows one derivative of several: |x|² has the second one 2 at 0, not
        // 2·0².
        if ([to, along].some((id) => this.corners.has(id) && this.first[id]!.every(isZero))) flatCorner = true;
        if (isZero(dot[along]!)) return;
        // The cotangent of the partial derivative, in reverse mode over reverse mode.
        note(times(dot[along]!, ct));
        barDot[to] = plus(barDot[to]!, note(shaken(product(w, dot[along]!, ct))));
      };
      for (const [a, b, w] of this.second[i]!) {
        bend(parents[a]!, w, parents[b]!);
        if (a !== b) bend(parents[b]!, w, parents[a]!);
      }
    }
    const of = (list: readonly Wide[]): number[] => inputs.map((id) => (id < n ? this.round(toNumber(list[id]!)) : 0));
    return { grad: of(bar), hvp: of(barDot), finite, flatCorner, exponents: [least, largest] };
  }

  /** Which numbers `loss` depends on. */
  reachable(loss: number): boolean[] {
    const used: boolean[] = new Array(loss + 1).fill(false);
    used[loss] = true;
    for (let i = loss; i >= 0; i--) if (used[i]) for (const p of this.parents[i]!) used[p] = true;
    return used;
  }
  /** Whether something that `loss` depends on was asked at a point without a derivative. */
  kinked(loss: number): boolean {
    const used = this.reachable(loss);
    return [...this.kinks].some((id) => used[id]);
  }
}
