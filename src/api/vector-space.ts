// What the resident vectors of an objective have in common: where their arrays lie, and programs of linear algebra on
// them, made of graphs like all others.
import { fail } from "../errors.ts";
import { bytesOf, type Data } from "../ir/aval.ts";
import { inSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { euclidean, inRange } from "../ops/norm.ts";
import { Bump, byteSize, type Ref, VECTORS } from "../opt/steps/layout.ts";
import { add, mul } from "../primitives/arithmetic.ts";
import { convert } from "../primitives/cast.ts";
import { parameter } from "../primitives/leaf.ts";
import { broadcast, reduceSum } from "../primitives/spread.ts";
import { copyIn, copyOut, type Port, portOf } from "../run/ports.ts";
import { type Program, programOf } from "../run/program.ts";
import { memoryOf } from "../run/runtime.ts";
import { show } from "../trace/convert.ts";
import { allElements, commonType } from "./flat.ts";
import type { PointShape } from "./point-shape.ts";

/** Programs of a number and two vectors. Those that change the first one do it in place. */
type Operation = "axpy" | "scale" | "dot" | "norm";

type Formula = (x: readonly Node[], y: readonly Node[], a: Node) => readonly Node[];
const FORMULAS: Readonly<Record<Operation, Formula>> = {
  axpy: (x, y, a) => x.map((n, i) => add(n, scaled(y[i] as Node, a))),
  scale: (x, _, a) => x.map((n) => scaled(n, a)),
  dot: (x, y) => [reduceSum(mul(allElements(x), allElements(y)), [0])],
  norm: (x) => [euclidean(allElements(x), [0])],
};
const scaled = (n: Node, a: Node): Node => mul(broadcast(convert(a, n.dtype), n.shape, []), n);

export class VectorSpace {
  /** Bytes of a vector. */
  readonly bytes: number;
  private readonly ports: readonly Port[];
  private programs: { [K in Operation]?: Program } = {};

  constructor(readonly x: PointShape) {
    // A little room before the first array, as in opt/steps/place.ts.
    const layout = new Bump(64);
    this.ports = x.nodes.map((n) => portOf({ region: VECTORS, offset: layout.place(byteSize(n)) }, n));
    this.bytes = layout.size;
  }

  /** Where the arrays of argument `k` of a program lie. */
  refs(k: number): Ref[] {
    return this.ports.map(({ offset }) => ({ region: VECTORS + k, offset }));
  }
  /** Elements for `write`. Lists are copied: reading them may run code of their author, and so must end before. */
  elements(tree: unknown, where: string): Data[] {
    return this.x.leaves(tree, where).map((a) => (ArrayBuffer.isView(a) ? a : Float64Array.from(a)));
  }
  write(at: number, elements: readonly Data[]): void {
    for (const [i, p] of this.ports.entries())
      copyIn(p, memoryOf(p.dtype), (at + p.offset) / bytesOf(p.dtype), elements[i] as Data);
  }
  read(at: number, outs?: readonly Data[]): Data[] {
    return this.ports.map((p, i) => copyOut(p, memoryOf(p.dtype), (at + p.offset) / bytesOf(p.dtype), outs?.[i]));
  }
  clear(at: number): void {
    memoryOf("int32").fill(0, at / 4, (at + this.bytes) / 4);
  }
  copy(to: number, from: number): void {
    memoryOf("int32").copyWithin(to / 4, from / 4, (from + this.bytes) / 4);
  }

  /** Changes the vector at `x`: every element is read before it is written, so its own place may be the result's. */
  change(operation: "axpy" | "scale", a: unknown, x: number, y: number): void {
    if (typeof a !== "number") fail("value", `vector.${operation}: a is ${show(a)}; expected a number`);
    this.program(operation).run([[a]], [x, y, x]);
  }
  dot(x: number, y: number): number {
    const p = this.program("dot");
    p.run([[0]], [x, y]);
    return p.scalar(0);
  }
  /** Without overflow; two passes only where squares leave the range. */
  norm(x: number): number {
    const dtype = commonType(this.x.nodes);
    const squares = this.dot(x, x);
    if (inRange(squares, dtype)) return dtype === "float32" ? Math.fround(Math.sqrt(squares)) : Math.sqrt(squares);
    const p = this.program("norm");
    p.run([[0]], [x, x]);
    return p.scalar(0);
  }
  dispose(): void {
    for (const p of Object.values(this.programs)) p.dispose();
    this.programs = {};
  }

  private program(operation: Operation): Program {
    this.programs[operation] ??= inSession(() => {
      const a = parameter([], "float64");
      const [x, y] = [0, 1].map(() => this.x.nodes.map((n) => parameter(n.shape, n.dtype))) as [Node[], Node[]];
      const outputs = FORMULAS[operation](x, y, a);
      const vectors = {
        inputs: [undefined, ...this.refs(0), ...this.refs(1)],
        outputs: operation === "axpy" || operation === "scale" ? this.refs(2) : [],
      };
      return programOf(outputs, [a, ...x, ...y], { vectors });
    });
    return this.programs[operation];
  }
}
