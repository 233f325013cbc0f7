// A linear map at a point, split in two programs: one computes what depends on the point alone (the residuals, kept in
// memory of their own), the other one applies the map to a direction.

import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { NO_FACTS } from "../opt/facts.ts";
import { residualsOf, splitControl } from "../opt/graph/residuals.ts";
import { runGraph } from "../opt/pipeline.ts";
import { stripFlat } from "../opt/plan/plan.ts";
import { Bump, byteSize, POINT, type Ref } from "../opt/steps/layout.ts";
import { isStored, parameter } from "../primitives/leaf.ts";
import { Block } from "./memory.ts";
import { passesHere } from "./passes.ts";
import { type Program, type ProgramOptions, programOf } from "./program.ts";

export class Linearized {
  private readonly block: Block;
  /** Outputs of the preparation: what was asked for at the point, kept with the residuals. */
  readonly prepare: Program;
  readonly apply: Program;
  /** What `apply` is made of: outputs, parameters, and how. */
  private readonly map: readonly [readonly Node[], readonly Node[], ProgramOptions];
  /** Bytes of the values that are kept at the point. */
  readonly residuals: number;

  /**
   * `wanted`: nodes wanted at the point; `linear`: linear in `directions`; `points`: the parameters of the point. The
   * vectors are those of `apply`.
   */
  constructor(
    wanted: readonly Node[],
    linear: readonly Node[],
    points: readonly Node[],
    directions: readonly Node[],
    { vectors, ...options }: Omit<ProgramOptions, "point"> = {},
  ) {
    const { passes = passesHere(), facts = NO_FACTS } = options;
    const outputs = splitControl(runGraph("lowered", linear, passes.list, facts), directions);
    const residuals = residualsOf(outputs, directions, passes.list, facts);
    this.residuals = residuals.reduce((n, x) => n + byteSize(x), 0);
    // Together, for what computes the residuals may become one with what is wanted.
    const kept = runGraph("lowered", [...wanted, ...residuals], passes.list, facts);
    const layout = new Bump();
    const place = new Map<Node, Ref>();
    const next = (n: Node): Ref => ({ region: POINT, offset: layout.place(byteSize(n)) });
    for (const x of points) place.set(x, next(x));
    for (const n of kept) {
      // Views share the memory of what they view.
      const held = stripFlat(n);
      if (isStored(held)) continue;
      if (!place.has(held)) place.set(held, next(held));
      place.set(n, place.get(held) as Ref);
    }
    const stand = residuals.map((n, i) => {
      const held = kept[wanted.length + i] as Node;
      if (isStored(stripFlat(held))) return held;
      const p = parameter(n.shape, n.dtype);
      place.set(p, place.get(held) as Ref);
      return p;
    });
    this.block = new Block(layout.size);
    const own = { ...options, passes, facts: { ...facts, placed: place }, point: this.block };
    this.prepare = programOf(kept, points, { ...own, lowered: true });
    this.map = [
      substitute(outputs, residuals, stand),
      [...directions, ...points, ...stand.filter((p) => place.has(p) && !points.includes(p))],
      own,
    ];
    this.apply = this.applyTo(vectors);
  }
  /** A program like `apply`, its directions and results in vectors. */
  applyTo(vectors?: ProgramOptions["vectors"]): Program {
    const [outputs, parameters, own] = this.map;
    return programOf(outputs, parameters, { ...own, vectors });
  }
  dispose(): void {
    this.prepare.dispose();
    this.apply.dispose();
    this.block.dispose();
  }
}
