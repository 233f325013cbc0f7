// A linear map at a point, split in two programs: one computes what depends on the point alone (the residuals, kept in
// memory of their own), the other one applies the map to a direction.
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { expand } from "../opt/graph/expand.ts";
import { residualsOf } from "../opt/graph/residuals.ts";
import { stripFlat } from "../opt/plan/plan.ts";
import { Bump, byteSize } from "../opt/steps/layout.ts";
import { pairSums } from "../opt/steps/pairs.ts";
import type { Pairs } from "../opt/steps/steps.ts";
import { isStored, parameter } from "../primitives/leaf.ts";
import type { Captured } from "./captured.ts";
import { Block } from "./memory.ts";
import { type Program, programOf } from "./program.ts";

/**
 * Beyond so many bytes of residuals, a loop over pairs that computes them anew, once a pair, is faster than reading
 * them at both places (Lennard-Jones: a product for 64 points in 18 µs instead of 22, the point in 12 instead of 19;
 * for 512 points 0.64 ms instead of 1.8).
 */
const FAR = 16384;

export class Linearized {
  private readonly block: Block;
  /** Outputs of the preparation: what was asked for at the point, kept with the residuals. */
  readonly prepare: Program;
  readonly apply: Program;
  /** Bytes of the values that are kept at the point. */
  readonly residuals: number;

  /** `wanted`: nodes wanted at the point; `linear`: linear in `directions`; `points`: the parameters of the point. */
  constructor(
    wanted: readonly Node[],
    linear: readonly Node[],
    points: readonly Node[],
    directions: readonly Node[],
    captured?: Captured,
    relaxed = false,
    pairs?: Pairs,
  ) {
    const atPoint = expand(wanted);
    const outputs = expand(linear);
    const bytes = (nodes: readonly Node[]): number => nodes.reduce((n, x) => n + byteSize(x), 0);
    let residuals = residualsOf(outputs, directions);
    const base = { relaxed, ...(captured && { captured }) };
    if (pairs && bytes(residuals) > FAR && pairSums(outputs).length > 0) {
      let found = false;
      const each: Pairs = (bodies) => {
        const emit = pairs(bodies);
        found ||= emit !== undefined;
        return emit;
      };
      programOf(outputs, [...directions, ...points], { ...base, pairs: each }).dispose();
      if (found) residuals = [];
    }
    this.residuals = bytes(residuals);
    const layout = new Bump();
    const place = new Map<Node, number>();
    for (const x of points) place.set(x, layout.place(byteSize(x)));
    for (const n of [...residuals, ...atPoint]) {
      // Views share the memory of what they view.
      const held = stripFlat(n);
      if (isStored(held)) continue;
      if (!place.has(held)) place.set(held, layout.place(byteSize(held)));
      place.set(n, place.get(held) as number);
    }
    const stand = residuals.map((n) => parameter(n.shape, n.dtype));
    stand.forEach((p, i) => {
      place.set(p, place.get(residuals[i] as Node) as number);
    });
    this.block = new Block(layout.size);
    const options = { ...base, atPoint: place, point: this.block, pairs };
    this.prepare = programOf([...atPoint, ...residuals], points, options);
    this.apply = programOf(substitute(outputs, residuals, stand), [...directions, ...points, ...stand], options);
  }
  dispose(): void {
    this.prepare.dispose();
    this.apply.dispose();
    this.block.dispose();
  }
}
