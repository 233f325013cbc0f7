// Boxes of loop variables: ranges of affine functions, and the questions that views ask of them (ir/index-map.ts).
import { stridesOf } from "./aval.ts";
import { type Affine, type Cell, constant } from "./index-map.ts";
import { withElement } from "./lists.ts";

/** Half-open range of each loop variable. */
export type Ranges = readonly (readonly [lo: number, hi: number])[];

/** Thrown when a box must be cut at `loop = at` before a question has one answer. */
export class Split {
  constructor(
    readonly loop: number,
    readonly at: number,
  ) {}
}

/** What `visit` makes of the parts of `open`, which it cuts by throwing a {@link Split}; the first parts first. */
export function cutting<T>(open: Ranges[], visit: (ranges: Ranges) => T): T[] {
  const results: T[] = [];
  for (let ranges = open.pop(); ranges; ranges = open.pop()) {
    try {
      results.push(visit(ranges));
    } catch (e) {
      if (!(e instanceof Split)) throw e;
      const [lo, hi] = ranges[e.loop] as readonly [number, number];
      open.push(withElement(ranges, e.loop, [e.at, hi]), withElement(ranges, e.loop, [lo, e.at]));
    }
  }
  return results;
}

/** Thrown when no cut along one loop will do: the array behind the view has to be stored. */
export class Refusal {}

/** Least and greatest value of `a` in a non-empty box. */
export function rangeOf(a: Affine, ranges: Ranges): [number, number] {
  let lo = a[0] as number;
  let hi = lo;
  for (let l = 0; l < ranges.length; l++) {
    const c = a[l + 1] as number;
    if (c === 0) continue;
    const [from, to] = ranges[l] as readonly [number, number];
    lo += c > 0 ? c * from : c * (to - 1);
    hi += c > 0 ? c * (to - 1) : c * from;
  }
  return [lo, hi];
}

export class Box implements Cell {
  readonly zero: Affine;
  constructor(readonly ranges: Ranges) {
    this.zero = constant(0, ranges.length);
  }

  below(a: Affine, bound: number): boolean {
    const [lo, hi] = rangeOf(a, this.ranges);
    if (hi < bound) return true;
    if (lo >= bound) return false;
    return this.straddles(a, bound);
  }

  /** The one loop that `a` varies with. */
  protected onlyLoop(a: Affine): number {
    let loop = -1;
    for (let l = 0; l < this.ranges.length; l++) {
      const [from, to] = this.ranges[l] as readonly [number, number];
      if (a[l + 1] === 0 || to - from === 1) continue;
      if (loop >= 0) throw new Refusal();
      loop = l;
    }
    return loop;
  }
  /** What to do when `a < bound` holds in a part of the box only: cut it there. */
  protected straddles(a: Affine, bound: number): boolean {
    const loop = this.onlyLoop(a);
    const c = a[loop + 1] as number;
    // With the other variables fixed, a < bound ⇔ c·L < rest.
    let rest = bound - (a[0] as number);
    for (let l = 0; l < this.ranges.length; l++)
      if (l !== loop) rest -= (a[l + 1] as number) * (this.ranges[l]?.[0] ?? 0);
    throw new Split(loop, c > 0 ? Math.ceil(rest / c) : Math.floor(rest / c) + 1);
  }

  unravel(a: Affine, shape: readonly number[]): readonly Affine[] {
    const strides = stridesOf(shape);
    let rest = [...a];
    return shape.map((extent, axis) => {
      const stride = strides[axis] as number;
      if (extent === 1) return a.map(() => 0);
      const q = rest.map((c, i) => (i === 0 ? 0 : Math.trunc(c / stride) + 0));
      const below = rest.map((c, i) => c - (q[i] as number) * stride);
      const [lo, hi] = rangeOf(below, this.ranges);
      const k = Math.floor(lo / stride);
      if (hi - k * stride >= stride) throw new Refusal();
      q[0] = k;
      below[0] = (below[0] as number) - k * stride;
      rest = below;
      return q;
    });
  }
}

/** A box that answers every undecided question in both ways, one run after another: for analysis before any cut. */
export class Explorer extends Box {
  private script: boolean[] = [];
  private position = 0;

  protected override straddles(a: Affine, _bound: number): boolean {
    this.onlyLoop(a);
    if (this.position === this.script.length) this.script.push(true);
    return this.script[this.position++] as boolean;
  }

  /** Results of `ask` under every combination of answers. */
  explore<T>(ask: () => T): T[] {
    const results: T[] = [];
    this.script = [];
    do {
      this.position = 0;
      results.push(ask());
      while (this.script.length > 0 && this.script[this.script.length - 1] === false) this.script.pop();
      if (this.script.length > 0) this.script[this.script.length - 1] = false;
    } while (this.script.length > 0);
    return results;
  }
}
