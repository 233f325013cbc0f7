// Programs of a sparse derivative. Products along colors stay in the library's memory, and entries are picked out of
// them there: the point goes in, entries come out, and nothing else is copied.
import { bytesOf, type Data, type DType } from "../ir/aval.ts";
import { substitute } from "../ir/walk.ts";
import { Bump, VECTORS } from "../opt/steps/layout.ts";
import { gather } from "../primitives/indexing.ts";
import { literal, parameter } from "../primitives/leaf.ts";
import { groupVector } from "../primitives/seed.ts";
import { reshape, slice } from "../primitives/shape.ts";
import { Linearized } from "../run/linearized.ts";
import { Block } from "../run/memory.ts";
import { nanCheck } from "../run/nan-check.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { writeArray } from "../run/ports.ts";
import { type Program, programOf } from "../run/program.ts";
import type { Recovery } from "../sparse/recovery.ts";
import { allElements, commonType } from "./flat.ts";
import type { PointShape } from "./point-shape.ts";
import type { Plan, Tangents } from "./sparse-plan.ts";

/** Bytes before arrays in memory, as in opt/steps/place.ts. */
const ROOM = 64;
/** Arrays whose addresses are told with a call. */
const FIRST = { region: VECTORS, offset: 0 };
const SECOND = { region: VECTORS + 1, offset: 0 };

export class SparsePrograms {
  /** Of products and entries. */
  readonly dtype: DType;
  private readonly height: number;
  private readonly colors: Float64Array;
  /** Compiled, and memory taken, when entries are asked for. */
  private made: Made | undefined;

  constructor(
    readonly name: string,
    private readonly x: PointShape,
    private readonly of: Tangents,
    private readonly plan: Plan,
    /** Runs what makes programs where the nodes are at home. */
    private readonly open: <T>(make: () => T) => T,
  ) {
    this.dtype = commonType(of.outputs);
    this.height = of.outputs.reduce((n, y) => n + y.size, 0);
    this.colors = Float64Array.from(plan.colors);
  }

  /** The numbers of the recovery at `x`, written to `buffer`. */
  run(x: unknown, buffer: Data): void {
    const given = this.x.leaves(x, `${this.name}: x`);
    const point = nanCheck ? given.map((a) => a.slice()) : given; // the buffer may be a part of x
    const { count, recovery } = this.plan;
    const { products, picks, at } = this.open(() => {
      this.made ??= this.make();
      return this.made;
    });
    products.prepare.run(point);
    const bytes = this.height * bytesOf(this.dtype);
    for (let c = 0; c < count; c++) {
      const k = c % recovery.chunk;
      products.apply.run([[c]], [at.colors, at.products + k * bytes]);
      if (k < recovery.chunk - 1 && c < count - 1) continue;
      const q = (c - k) / recovery.chunk;
      const pick = picks[q] as Program;
      pick.run([], [at.products]);
      if (recovery.places) scatter(buffer, recovery.places, recovery.starts[q] as number, pick.read(0));
      else pick.read(0, buffer);
    }
    // What is NaN in a column is NaN in the sum of all.
    nanCheck?.([buffer], () => {
      const { points, directions, outputs } = this.of;
      const ones = directions.map((v) => new Float64Array(v.size).fill(1));
      return { outputs, parameters: [...points, ...directions], values: [...point, ...ones] };
    });
  }
  dispose(): void {
    this.made?.products.dispose();
    for (const p of this.made?.picks ?? []) p.dispose();
    this.made?.memory.dispose();
    this.made = undefined;
  }

  private make(): Made {
    const { recovery } = this.plan;
    const layout = new Bump(ROOM);
    const colors = layout.place(8 * this.colors.length + ROOM);
    const products = layout.place(bytesOf(this.dtype) * recovery.chunk * this.height + ROOM);
    const memory = new Block(layout.size);
    const at = { colors: memory.at + colors, products: memory.at + products };
    writeArray(at.colors, this.colors, { size: this.colors.length, dtype: "float64" });
    const picks = Array.from({ length: recovery.starts.length - 1 }, (_, q) => this.pick(recovery, q));
    return { products: this.products(), picks, memory, at };
  }
  /** From the number of a color to the product along it. Zeros of its direction are exact. */
  private products(): Linearized {
    const { outputs, directions, points, captured, facts } = this.of;
    const [color, colors] = [parameter([], "float64"), parameter([this.colors.length], "float64")];
    let first = 0;
    const seeds = directions.map((v) => {
      const own = slice(colors, 0, first, (first += v.size));
      return reshape(groupVector(own, color, v.dtype), v.shape);
    });
    const along = allElements(substitute(outputs, directions, seeds));
    return new Linearized([], [along], points, [color, colors], {
      captured,
      facts,
      passes: passesHere(compiled),
      vectors: { inputs: [undefined, FIRST], outputs: [SECOND] },
    });
  }
  /** What chunk `q` of the products says. */
  private pick({ starts, elements, chunk }: Recovery, q: number): Program {
    const own = elements.subarray(starts[q], starts[q + 1]);
    const products = parameter([chunk * this.height], this.dtype);
    const picked = gather(products, literal(own, [own.length], "int32"), 0);
    return programOf([picked], [products], { passes: passesHere(compiled), vectors: { inputs: [FIRST], outputs: [] } });
  }
}

/** Puts `values` where `places` say from number `first` on. */
function scatter(buffer: Data, places: Int32Array, first: number, values: Data): void {
  for (let k = 0; k < values.length; k++) buffer[places[first + k] as number] = values[k] as number;
}

interface Made {
  readonly products: Linearized;
  /** Of each chunk. */
  readonly picks: readonly Program[];
  readonly memory: Block;
  /** Addresses of arrays in it. */
  readonly at: { readonly colors: number; readonly products: number };
}
