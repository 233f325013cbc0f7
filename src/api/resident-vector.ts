// What `problem.vector()` gives: arrays like x that stay in the library's memory.
import { fail } from "../errors.ts";
import type { Shape } from "../ir/aval.ts";
import { Block } from "../run/memory.ts";
import { printAs } from "../trace/print.ts";
import type { Like, Mirror, Out } from "../trace/types.ts";
import { disposeKey } from "./dispose.ts";
import type { Vector } from "./objective-types.ts";
import type { VectorSpace } from "./vector-space.ts";

let isPrinted = false;

export class ResidentVector<X = unknown> implements Vector<X> {
  readonly #space: VectorSpace;
  /** Undefined once disposed. */
  #block: Block | undefined;
  declare readonly [Symbol.dispose]: () => void;

  /** Zeros. */
  constructor(space: VectorSpace) {
    this.#space = space;
    this.#block = new Block(space.bytes);
    space.clear(this.#block.at);
    Object.defineProperty(this, disposeKey(), { value: this.dispose });
    if (isPrinted) return;
    isPrinted = true;
    printAs(ResidentVector.prototype, (v) => `Vector of ${v.#space.x.describe()}${v.#block ? "" : ", disposed"}`);
  }

  /** The address of `vector`, which must be alive and of `space`. `where` names it. */
  static addressOf(vector: ResidentVector, space: VectorSpace, where: string): number {
    if (!vector.#block)
      return fail(
        "disposed",
        `${where} was used after dispose() of it or of its objective; make another one with problem.vector()`,
      );
    if (vector.#space !== space)
      return fail("value", `${where} is a vector of another objective; write vector.set(other.read())`);
    return vector.#block.at;
  }
  /** Gives each of two the content of the other one. */
  static exchange(a: ResidentVector, b: ResidentVector): void {
    [a.#block, b.#block] = [b.#block, a.#block];
  }

  // What takes arrays asks for these.
  get shape(): Shape {
    return [];
  }
  get data(): never {
    return fail(
      "value",
      "a resident vector was passed in place of an array; only calls of the objective that made it take it: pass " +
        "vector.read(), or fill another vector by copy(vector) or set(vector.read())",
    );
  }

  set(values: Like<X>): this {
    const elements = this.#space.elements(values, "vector.set: values");
    this.#space.write(this.#at("vector.set: the vector"), elements);
    return this;
  }
  read(out?: undefined): Mirror<X>;
  read<O extends Out<X>>(out: O): O;
  read(out?: Out<X>): unknown {
    const { x } = this.#space;
    const targets = out === undefined ? undefined : x.targets([out], () => "vector.read: out")[0];
    const arrays = this.#space.read(this.#at("vector.read: the vector"), targets);
    return out ?? x.values(arrays);
  }
  axpy(a: number, y: Vector<X>): this {
    this.#space.change("axpy", a, this.#at("vector.axpy: the vector"), this.#other(y, "vector.axpy: y"));
    return this;
  }
  scale(a: number): this {
    const at = this.#at("vector.scale: the vector");
    this.#space.change("scale", a, at, at);
    return this;
  }
  copy(from: Vector<X>): this {
    this.#space.copy(this.#at("vector.copy: the vector"), this.#other(from, "vector.copy: from"));
    return this;
  }
  dot(y: Vector<X>): number {
    return this.#space.dot(this.#at("vector.dot: the vector"), this.#other(y, "vector.dot: y"));
  }
  norm(): number {
    return this.#space.norm(this.#at("vector.norm: the vector"));
  }
  dispose(): void {
    this.#block?.dispose();
    this.#block = undefined;
  }

  #at(where: string): number {
    return ResidentVector.addressOf(this, this.#space, where);
  }
  #other(y: unknown, where: string): number {
    if (!(y instanceof ResidentVector))
      return fail("value", `${where} must be a vector of the same objective; write problem.vector(values)`);
    return ResidentVector.addressOf(y, this.#space, where);
  }
}
