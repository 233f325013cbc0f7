// What stands behind an objective: its programs, compiled on first use, and their calls on trees like x0.

import type { Data } from "../ir/aval.ts";
import { Captured } from "../run/captured.ts";
import { type Computation, checkedCall, nanCheck } from "../run/nan-check.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { fits, type Port } from "../run/ports.ts";
import { type Maybe, type Program, programOf } from "../run/program.ts";
import type { AnyFn } from "./common.ts";
import { DenseHessian } from "./dense-hessian.ts";
import { type DirectionOptions, productsOneByOne, productsWith } from "./directions.ts";
import { type Kind, ObjectiveGraph } from "./objective-graph.ts";
import { type Point, PointPrograms } from "./point-programs.ts";
import type { PointShape } from "./point-shape.ts";

/** The calls of an objective and of its points. */
export type Calls = Pick<
  CompiledObjective,
  "value" | "grad" | "valueAndGrad" | "hvp" | "valueGradAndHvp" | "hessian" | "linearize" | "hvpAt" | "hvps" | "dispose"
>;

export class CompiledObjective {
  /** What takes them: itself, until there are resident vectors (resident-calls.ts). */
  calls: Calls = this;
  readonly graph: ObjectiveGraph;
  readonly captured = new Captured();
  /** Those that have been asked for. */
  private programs: { [K in Kind]?: Program } = {};
  readonly points: PointPrograms;
  private readonly curvature: DenseHessian;
  readonly x: PointShape;

  constructor(f: AnyFn, x0: unknown, data: readonly unknown[], relaxed: boolean, name = "objective") {
    this.graph = new ObjectiveGraph(f, x0, data, relaxed, name);
    this.x = this.graph.x;
    this.captured.add(this.graph.known());
    this.points = new PointPrograms(this.graph, this.captured);
    this.curvature = new DenseHessian(this.graph, this.captured, this.points);
  }

  value(x: unknown): number {
    const p = (this.programs.value ??= this.compile("value"));
    if (this.runDirect(p, [x])) return p.scalar(0);
    return this.call("value", p, this.x.leaves(x, "objective.value: x"))[0]?.[0] as number;
  }
  grad(x: unknown, out?: unknown): unknown {
    const p = (this.programs.grad ??= this.compile("grad"));
    if (this.runDirect(p, [x], out)) return p.read(0, out as Data);
    const point = this.x.leaves(x, "objective.grad: x");
    return this.like(this.call("grad", p, point, this.targets(out, "objective.grad")), out);
  }
  valueAndGrad(x: unknown, out?: unknown): [number, unknown] {
    const p = (this.programs.both ??= this.compile("both"));
    if (this.runDirect(p, [x], out)) return [p.scalar(1), p.read(0, out as Data)];
    const point = this.x.leaves(x, "objective.valueAndGrad: x");
    const results = this.call("both", p, point, this.targets(out, "objective.valueAndGrad"));
    return [results.at(-1)?.[0] as number, this.like(results, out)];
  }
  hvp(x: unknown, v: unknown, out?: unknown): unknown {
    const p = (this.programs.hvp ??= this.compile("hvp"));
    if (this.runDirect(p, [x, v], out)) return p.read(0, out as Data);
    const values = [...this.x.leaves(x, "objective.hvp: x"), ...this.x.leaves(v, "objective.hvp: v")];
    return this.like(this.call("hvp", p, values, this.targets(out, "objective.hvp")), out);
  }
  valueGradAndHvp(x: unknown, v: unknown, outs?: readonly unknown[]): [number, unknown, unknown] {
    const p = (this.programs.all ??= this.compile("all"));
    const last = this.x.nodes.length + 1;
    const [g, h] = outs ?? [];
    if (areApart(p.outputs[last] as Port, g, h) && this.runDirect(p, [x, v], g))
      return [p.scalar(1), p.read(0, g as Data), p.read(last, h as Data)];
    const values = [
      ...this.x.leaves(x, "objective.valueGradAndHvp: x"),
      ...this.x.leaves(v, "objective.valueGradAndHvp: v"),
    ];
    const targets = outs && this.x.targets(outs, (i) => `objective.valueGradAndHvp: outs[${i}]`);
    const results = this.call("all", p, values, targets && [...targets[0]!, undefined, ...targets[1]!]);
    return [results[last - 1]?.[0] as number, this.like(results, g), this.like(results.slice(last), h)];
  }
  hessian(x: unknown, out: unknown, options: DirectionOptions): unknown {
    const at = this.x.copies(x, "objective.hessian: x");
    const targets = out === undefined ? undefined : this.x.matrixTargets(out, "objective.hessian: out");
    const blocks = this.curvature.at(at, targets, options);
    // What is NaN in a column is NaN in the sum of all.
    nanCheck?.(blocks.flat(), () => this.about("hvp", [...at, ...at.map((a) => a.slice().fill(1))]));
    return out ?? this.x.matrix(blocks);
  }
  /** The Hessian at `point`, block by block. */
  blocksAt(point: Point): readonly (readonly Data[])[] {
    this.points.enter(point);
    return this.curvature.at(point.x, undefined, {});
  }
  bind(data: readonly unknown[]): void {
    this.graph.requireAlive();
    this.graph.data.replace(data, this.captured);
    this.points.outdate();
  }
  dispose(): void {
    this.graph.retire();
    for (const p of Object.values(this.programs)) p.dispose();
    this.programs = {};
    this.points.dispose();
    this.curvature.dispose();
    this.captured.dispose();
  }
  /** What its points are, for printing. */
  describe(): string {
    return this.x.describe();
  }

  // ---- at a point ----

  linearize(x: unknown, where = "objective.at: x"): Point {
    const point = this.points.at(this.x.copies(x, where));
    this.points.enter(point);
    return point;
  }
  valueAt(point: Point): number {
    const y = this.points.enter(point).prepare.scalar(this.x.nodes.length);
    nanCheck?.([y], () => this.about("value", point.x));
    return y;
  }
  gradAt(point: Point): unknown {
    const { prepare } = this.points.enter(point);
    const gradient = this.x.nodes.map((_, i) => prepare.read(i));
    nanCheck?.(gradient, () => this.about("grad", point.x));
    return this.x.values(gradient);
  }
  hvpAt(point: Point, v: unknown, out?: unknown): unknown {
    const { apply } = this.points.enter(point);
    if (this.runDirect(apply, [v], out)) return apply.read(0, out as Data);
    const direction = this.x.leaves(v, "at.hvp: v");
    const targets = this.targets(out, "at.hvp");
    return this.like(this.product(point, direction, targets), out);
  }
  hvps(point: Point | undefined, x: unknown, vs: unknown, outs: unknown, options: DirectionOptions): unknown {
    this.graph.requireAlive();
    const where = point ? "at.hvps" : "objective.hvps";
    const at = point ?? this.points.at(this.x.copies(x, `${where}: x`));
    const { atOnce } = this.graph;
    if (this.x.isVector && !nanCheck && (options.chunk ?? atOnce) === 1) {
      const all = productsOneByOne(this.points.enter(at).apply, vs, outs);
      if (all) return all;
    }
    return productsWith(where, this.x, vs, outs, options, {
      one: (v, out) => this.product(at, v, out),
      several: (count) => this.points.enterSeveral(at, count),
      atOnce,
    });
  }
  /** Enters the point last: reading arguments may have called the library. */
  product(point: Point, v: readonly Data[], targets?: readonly Data[]): Data[] {
    const { apply } = this.points.enter(point);
    return checkedCall(apply, v, (direction) => this.about("hvp", [...point.x, ...direction]), targets);
  }

  // ---- calls ----

  private compile(kind: Kind): Program {
    const { graph, captured } = this;
    const { outputs, parameters } = graph.formula(kind);
    return graph.open(() =>
      programOf(outputs, parameters, { captured, passes: passesHere(compiled), facts: graph.facts }),
    );
  }
  private call(kind: Kind, p: Program, values: readonly Data[], targets?: Maybe<Data>): Data[] {
    return checkedCall(p, values, (before) => this.about(kind, before), targets);
  }
  private about(kind: Kind, values: Computation["values"]): Computation {
    return { ...this.graph.formula(kind), values };
  }
  /**
   * Runs `p` where all are vectors of its type, else does nothing. They need no checks and no conversion, which cost
   * more than many a computation on few elements.
   */
  private runDirect(p: Program, args: readonly unknown[], out?: unknown): boolean {
    return this.x.isVector && !nanCheck && (out === undefined || fits(p.outputs[0] as Port, out)) && p.runDirect(args);
  }
  private targets(out: unknown, name: string): readonly Data[] | undefined {
    return out === undefined ? undefined : this.x.targets([out], () => `${name}: out`)[0];
  }
  /** The first results as a tree like x, which is `out` if that was given. */
  private like(results: readonly Data[], out: unknown): unknown {
    return out === undefined ? this.x.values(results) : out;
  }
}

/** Whether `g` and `h` are not given, or are arrays for `port` that share no memory. */
const areApart = (port: Port, g: unknown, h: unknown): boolean =>
  g === undefined || (fits(port, g) && fits(port, h) && g.buffer !== h.buffer);
