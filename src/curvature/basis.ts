// Orthonormal vectors that stay in the library's memory, where compiled programs orthogonalize further ones against
// them. In JavaScript that took six times as long, and as long as the products of a network of 5,018 weights.
import { fail } from "../errors.ts";
import { inSession } from "../ir/build.ts";
import { square, sub } from "../ops/arithmetic.ts";
import { matmul } from "../ops/linalg.ts";
import { sum } from "../ops/reduce.ts";
import { transpose } from "../ops/shape.ts";
import { VECTORS } from "../opt/steps/layout.ts";
import { parameter } from "../primitives/leaf.ts";
import { Block } from "../run/memory.ts";
import { type Program, programOf } from "../run/program.ts";
import { doubles } from "../run/runtime.ts";
import { Tensor } from "../trace/tracer.ts";
import { lengthOf } from "./product.ts";

/** Rows of which a program takes a multiple; those that no vector fills are zero. Compiling one takes 4 ms. */
const ROWS_AT_ONCE = 16;
/** Programs that are kept; the least recently used goes first. */
const PROGRAMS_KEPT = 24;
/** A vector that loses more than this share of its length is orthogonalized again (Daniel, Gragg, Kaufman, Stewart). */
const KEPT_LENGTH = 0.7;

/** Sizes of elements beyond which squares may leave the range, and a power of two that brings them back. */
const SQUARES_ABOVE = 2 ** -400;
const SQUARES_BELOW = 2 ** 400;
const LIFT = 2 ** 600;

const programs = /* @__PURE__ */ new Map<string, Program>();
function programFor(key: string, make: () => Program): Program {
  const program = programs.get(key) ?? inSession(make);
  programs.delete(key);
  programs.set(key, program);
  if (programs.size > PROGRAMS_KEPT) {
    const [oldest, old] = programs.entries().next().value as [string, Program];
    programs.delete(oldest);
    old.dispose();
  }
  return program;
}

const at = (k: number): { region: number; offset: number } => ({ region: VECTORS + k, offset: 0 });

/** Of the rows Q and w: w - Qᵀ(Q·w) in another vector, Q·w, and the square of the length that is left. */
const removal = (rows: number, n: number): Program =>
  programFor(`remove ${rows} ${n}`, () => {
    const [q, w] = [parameter([rows, n], "float64"), parameter([n], "float64")];
    const [Q, W] = [new Tensor(q), new Tensor(w)];
    const along = matmul(Q, W) as Tensor;
    const rest = sub(W, matmul(transpose(Q), along)) as Tensor;
    const squares = sum(square(rest)) as Tensor;
    const vectors = { inputs: [at(0), at(1)], outputs: [at(2), undefined, undefined] };
    return programOf([rest.node, along.node, squares.node], [q, w], { vectors });
  });

/** Of a matrix and the rows Q: their product. */
const mixture = (made: number, rows: number, n: number): Program =>
  programFor(`mix ${made} ${rows} ${n}`, () => {
    const [m, q] = [parameter([made, rows], "float64"), parameter([rows, n], "float64")];
    const mixed = matmul(new Tensor(m), new Tensor(q)) as Tensor;
    return programOf([mixed.node], [m, q], { vectors: { inputs: [undefined, at(0)], outputs: [at(1)] } });
  });

/** What is left of a vector beside the basis. */
export interface Rest {
  /** Its components along the vectors of the basis. */
  readonly along: Float64Array;
  /** The length of what is left. */
  readonly norm: number;
}

export class Basis {
  /** How many vectors it has. */
  count = 0;
  private readonly rows: Block;
  /** The vector at hand, and what programs write. */
  private hand: Block;
  private other: Block;
  private mixed: Block | undefined;
  /** What the vector in hand has been multiplied by. */
  private factor = 1;
  private readonly room: number;

  constructor(
    readonly n: number,
    capacity: number,
  ) {
    this.room = Math.ceil(capacity / ROWS_AT_ONCE) * ROWS_AT_ONCE;
    this.rows = new Block(this.room * n * 8);
    this.hand = new Block(n * 8);
    this.other = new Block(n * 8);
    this.clear(0);
  }
  dispose(): void {
    for (const block of [this.rows, this.hand, this.other, this.mixed]) block?.dispose();
  }

  /** Takes `w` in hand, less its components along the basis: classical Gram–Schmidt, twice where that is needed. */
  orthogonalize(w: Float64Array): Rest {
    this.take(w);
    const first = this.remove();
    const left = first.norm / lengthOf(Float64Array.of(first.norm, ...first.along));
    const second = left < KEPT_LENGTH ? this.remove() : undefined;
    const along = first.along.map((c, i) => (c + (second?.along[i] ?? 0)) / this.factor);
    return { along, norm: (second ?? first).norm / this.factor };
  }
  /** Takes `w` in hand, as a multiple whose squares are in range. */
  private take(w: Float64Array): void {
    let size = 0;
    for (let i = 0; i < w.length; i++) size = Math.max(size, Math.abs(w[i] as number));
    this.factor = size > SQUARES_BELOW ? 1 / LIFT : size < SQUARES_ABOVE && size > 0 ? LIFT : 1;
    const { factor } = this;
    doubles().set(factor === 1 ? w : w.map((x) => x * factor), this.hand.at / 8);
  }
  private remove(): Rest {
    const rows = Math.max(1, Math.ceil(this.count / ROWS_AT_ONCE)) * ROWS_AT_ONCE;
    const program = removal(rows, this.n);
    program.run([], [this.rows.at, this.hand.at, this.other.at]);
    [this.hand, this.other] = [this.other, this.hand];
    return { along: program.read(1).slice(0, this.count) as Float64Array, norm: Math.sqrt(program.scalar(2)) };
  }
  /** Adds the vector in hand, of length `norm`. */
  append(norm: number): void {
    const length = norm * this.factor;
    const memory = doubles();
    const [from, to] = [this.hand.at / 8, this.rows.at / 8 + this.count * this.n];
    for (let i = 0; i < this.n; i++) memory[to + i] = (memory[from + i] as number) / length;
    this.count++;
  }
  /** Adds a unit vector orthogonal to all others, made of one of `draw`: false if there is none. */
  extend(draw: () => Float64Array): boolean {
    for (let attempt = 0; attempt < 3 && this.count < this.n; attempt++) {
      const w = draw();
      const { norm } = this.orthogonalize(w);
      if (norm > 1e-8 * Math.sqrt(this.n)) {
        this.append(norm);
        return true;
      }
    }
    return false;
  }
  /** Vector `i`, in `out`. */
  read(i: number, out: Float64Array = new Float64Array(this.n)): Float64Array {
    const from = this.rows.at / 8 + i * this.n;
    out.set(doubles().subarray(from, from + this.n));
    return out;
  }
  /**
   * Replaces the basis by combinations of its vectors, the rows of `mix`, which has at most `made` of them. The vector
   * in hand stays. */
  combine(mix: readonly Float64Array[], made: number): void {
    if (mix.length > made) fail("value", "more combinations than there is room for");
    const matrix = new Float64Array(made * this.room);
    for (const [i, row] of mix.entries()) matrix.set(row, i * this.room);
    this.mixed ??= new Block(made * this.n * 8);
    mixture(made, this.room, this.n).run([matrix], [this.rows.at, this.mixed.at]);
    const [to, from, size] = [this.rows.at / 8, this.mixed.at / 8, mix.length * this.n];
    doubles().copyWithin(to, from, from + size);
    this.count = mix.length;
    this.clear(this.count);
  }
  /** Zeros from row `first` on. */
  private clear(first: number): void {
    const start = this.rows.at / 8;
    doubles().fill(0, start + first * this.n, start + this.room * this.n);
  }
}
