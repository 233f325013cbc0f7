// Products at a point: programs that keep what depends on the point alone, for one point at a time.

import { fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import type { Captured } from "../run/captured.ts";
import { Linearized } from "../run/linearized.ts";
import { compiled, passesHere } from "../run/passes.ts";
import type { Program } from "../run/program.ts";
import type { ObjectiveGraph } from "./objective-graph.ts";

/** A point, and how often data had been replaced when it was made. */
export interface Point {
  readonly x: readonly Data[];
  readonly version: number;
}

/** Counts of directions whose programs are kept. */
const COUNTS_KEPT = 4;

export class PointPrograms {
  private products: Linearized | undefined;
  /** Those of several directions at once, by how many; the latest last. */
  private readonly several = new Map<number, { readonly program: Linearized; current: Point | undefined }>();
  private columns: Linearized | undefined;
  /** The point whose residuals are in memory. */
  private current: Point | undefined;
  private version = 0;

  constructor(
    private readonly graph: ObjectiveGraph,
    private readonly captured: Captured,
  ) {}

  /** A point at `x`, which nobody else may change. */
  at(x: readonly Data[]): Point {
    return { x, version: this.version };
  }
  /**
   * The programs of gradient, value and products at `point`, whose residuals are put into memory unless it was the
   * last one.
   */
  enter(point: Point): Linearized {
    if (this.current === point) return this.products as Linearized;
    this.check(point);
    this.products ??= this.compileProducts();
    this.current = undefined; // should the preparation fail, no point's residuals are in memory
    this.products.prepare.run(point.x);
    this.current = point;
    return this.products;
  }
  /**
   * The program of products at `point`. Unless it is there already, it comes without gradient and value, which take a
   * third of its time to compile.
   */
  enterProducts(point: Point): Program {
    return this.products ? this.enter(point).apply : this.enterSeveral(point, 1);
  }
  /** The program of products with `count` directions at once at `point`, an axis more in front of each array. */
  enterSeveral(point: Point, count: number): Program {
    this.check(point);
    const known = this.several.get(count) ?? { program: this.compileSeveral(count), current: undefined };
    this.several.delete(count);
    this.several.set(count, known);
    if (known.current !== point) {
      known.current = undefined;
      known.program.prepare.run(point.x);
      known.current = point;
    }
    return known.program.apply;
  }
  private check(point: Point): void {
    if (point.version !== this.version) fail("value", "this linearization was made before bind(); call at(x) again");
  }
  /** The program from k to column k of the Hessian at `x`. Zeros of its direction are exact. */
  column(x: readonly Data[]): Program {
    this.columns ??= this.compileColumns();
    this.columns.prepare.run(x);
    return this.columns.apply;
  }
  /** Makes the points so far useless: the data has been replaced. */
  outdate(): void {
    this.current = undefined;
    for (const s of this.several.values()) s.current = undefined;
    this.version++;
  }
  dispose(): void {
    this.products?.dispose();
    this.columns?.dispose();
    for (const { program } of this.several.values()) program.dispose();
    this.several.clear();
    this.products = this.columns = this.current = undefined;
  }

  private compileProducts(): Linearized {
    const { graph, captured } = this;
    const [both, hvp] = [graph.formula("both"), graph.formula("hvp")];
    const directions = hvp.parameters.slice(both.parameters.length);
    return graph.open(() => {
      const options = { captured, passes: passesHere(compiled), facts: graph.facts };
      return new Linearized(both.outputs, hvp.outputs, both.parameters, directions, options);
    });
  }
  private compileSeveral(count: number): Linearized {
    const [oldest] = this.several;
    if (oldest && this.several.size >= COUNTS_KEPT) {
      oldest[1].program.dispose();
      this.several.delete(oldest[0]);
    }
    const { graph, captured } = this;
    const { outputs, parameters } = count === 1 ? graph.alongOne() : graph.several(count);
    return graph.open(() => {
      const options = { captured, passes: passesHere(compiled), facts: graph.facts };
      return new Linearized([], outputs, graph.x.nodes, parameters, options);
    });
  }
  private compileColumns(): Linearized {
    const { graph, captured } = this;
    const { outputs, parameters } = graph.column();
    return graph.open(() => new Linearized([], outputs, graph.x.nodes, parameters, { captured, facts: graph.facts }));
  }
}
