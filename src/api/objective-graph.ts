// An objective as a graph: the function traced once at x0, and the formulas derived from it.
import { batchGraph } from "../ad/batch.ts";
import { pushforward, requireFloats } from "../ad/jvp.ts";
import { cotangents } from "../ad/linearize.ts";
import { fail } from "../errors.ts";
import { inSession, newSession } from "../ir/build.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { reachable } from "../ir/walk.ts";
import type { Facts } from "../opt/facts.ts";
import { directionsAtOnce, wholeMatrix } from "../opt/graph/at-once.ts";
import { expandCalls } from "../opt/graph/expand.ts";
import { runGraph } from "../opt/pipeline.ts";
import { sub } from "../primitives/arithmetic.ts";
import { batched } from "../primitives/define.ts";
import { isLiteral, parameter } from "../primitives/leaf.ts";
import { unitVector } from "../primitives/seed.ts";
import { reshape } from "../primitives/shape.ts";
import { full } from "../primitives/spread.ts";
import { compiled } from "../run/passes.ts";
import { factsOf } from "../run/program.ts";
import { operandOf } from "../trace/convert.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, place } from "../trace/tree.ts";
import { BoundData } from "./bound-data.ts";
import { type AnyFn, dense, requireScalar } from "./common.ts";
import { bandwidthOf } from "./hessian-bands.ts";
import { hessianBlocks, hessianMatrix } from "./hessian-blocks.ts";
import { PointShape } from "./point-shape.ts";
import { settingsRemedy } from "./settings.ts";

/** What a program computes: nodes in terms of parameters. */
export interface Formula {
  readonly outputs: readonly Node[];
  readonly parameters: readonly Node[];
}

/**
 * The formulas of an objective, in terms of x and, for a product, of v. `both` is the gradient, then the value; `all`
 * the product after these.
 */
export type Kind = "value" | "grad" | "both" | "hvp" | "all";

export class ObjectiveGraph {
  readonly x: PointShape;
  readonly data: BoundData;
  private readonly session = newSession();
  readonly y: Node;
  /** What its programs are told. */
  readonly facts: Facts;
  private readonly formulas: { [K in Kind]?: Formula } = {};
  private directions: number | undefined;
  private retired = false;

  /** `name`: of the transform, for messages. */
  constructor(f: AnyFn, x0: unknown, data: readonly unknown[], relaxed: boolean, name: string) {
    // Captured arrays stay as they are, but for those bound to data, which may be replaced.
    this.facts = factsOf((n) => isLiteral(n) && !this.data.nodes.includes(n), relaxed);
    requireFunction(name, f);
    const where = `${name}: x0`;
    const { leaves, paths, structure } = flatten(where, x0);
    [this.x, this.data, this.y] = this.open(() => {
      const xs = leaves.map((leaf, i) => parameterLike(place(where, paths[i] as string), leaf));
      requireFloats(name, xs);
      const x = new PointShape(xs, structure, paths);
      const bound = new BoundData(data);
      const args = [x.tree(xs.map((n) => new Tensor(n))), ...bound.traced()];
      const result = trace(name, f, args, settingsRemedy(data.at(-1)));
      return [x, bound, requireScalar(name, result.nodes, result.structure)] as const;
    });
    this.y = this.open(() => runGraph("traced", [this.y], compiled.list, this.facts))[0] as Node;
  }

  /** Runs `make` where the nodes of the objective are at home. */
  open<T>(make: () => T): T {
    this.requireAlive();
    return inSession(make, this.session);
  }
  requireAlive(): void {
    if (this.retired)
      fail("disposed", "this objective was used after dispose(); create it again, or dispose of it later");
  }
  /** From now on nothing is made of it. */
  retire(): void {
    this.retired = true;
  }
  /** What it is made of, data that it does not read included. */
  known(): readonly Node[] {
    return this.open(() => reachable([this.y, ...expandCalls([this.y]), ...this.data.nodes]));
  }

  formula(kind: Kind): Formula {
    this.formulas[kind] ??= this.open(() => this[kind]());
    return this.formulas[kind];
  }
  /** `H(x)·e(k)` as a function of the number k, along a unit vector that the graph knows. */
  column(): Formula {
    return this.open(() => {
      const k = parameter([], "int32");
      let first = 0;
      const seeds = this.x.nodes.map((n) => {
        const seed = unitVector(n.size, sub(k, first), n.dtype);
        first += n.size;
        return reshape(seed, n.shape);
      });
      return { outputs: this.along(seeds), parameters: [k] };
    });
  }

  /** `H(x)·v` as a function of v. */
  alongOne(): Formula {
    const { outputs, parameters } = this.formula("hvp");
    return { outputs, parameters: parameters.slice(this.x.nodes.length) };
  }
  /** The same for `count` directions, arrays with an axis more in front. */
  several(count: number): Formula {
    return this.open(() => {
      const { outputs, parameters: vs } = this.alongOne();
      const parameters = vs.map((v) => parameter([count, ...v.shape], v.dtype));
      const products = batchGraph(outputs, vs, parameters, count);
      return { outputs: products.outputs.map((y, i) => batched(y, products.batched[i] as boolean, count)), parameters };
    });
  }
  /** How many directions a program takes at once. */
  get atOnce(): number {
    this.directions ??= this.open(() => {
      const { outputs, parameters } = this.alongOne();
      return directionsAtOnce(outputs, parameters);
    });
    return this.directions;
  }

  /**
   * The Hessian, matrix by matrix, if one program for all of it is faster than its products; or how far from its
   * diagonal it differs from zero, if that is not far.
   */
  whole(): { readonly matrices?: readonly Node[]; readonly width?: number | undefined } {
    return this.open(() => {
      const { nodes, isVector } = this.x;
      const { outputs, parameters } = this.alongOne();
      const how = wholeMatrix(outputs, parameters);
      if (how === "blocks") return { matrices: hessianMatrix(this.y, nodes).flat() };
      const [only, more] = how && isVector ? hessianBlocks(this.y, nodes) : [];
      return { width: only && !more ? bandwidthOf(only.node) : undefined };
    });
  }

  private value(): Formula {
    return { outputs: [this.y], parameters: this.x.nodes };
  }
  private grad(): Formula {
    const { nodes } = this.x;
    const gradient = cotangents([this.y], nodes, [full([], 1, this.y.dtype)]);
    const outputs = runGraph("derived", denseLike(nodes, gradient), compiled.list, this.facts);
    return { outputs, parameters: nodes };
  }
  private both(): Formula {
    return { outputs: [...this.formula("grad").outputs, this.y], parameters: this.x.nodes };
  }
  private hvp(): Formula {
    const vs = this.x.nodes.map((n) => parameter(n.shape, n.dtype));
    return { outputs: this.along(vs), parameters: [...this.x.nodes, ...vs] };
  }
  private all(): Formula {
    const { outputs, parameters } = this.formula("hvp");
    return { outputs: [...this.formula("both").outputs, ...outputs], parameters };
  }
  private along(vs: readonly Node[]): Node[] {
    return denseLike(this.x.nodes, pushforward(this.formula("grad").outputs, this.x.nodes, vs));
  }
}

/** `tangents` of arrays like `nodes`, symbolic zeros made dense. */
const denseLike = (nodes: readonly Node[], tangents: readonly MaybeNode[]): Node[] =>
  nodes.map((n, i) => dense(tangents[i], n));

/** A parameter for an array of x0. */
export function parameterLike(where: string, leaf: unknown): Node {
  if (leaf instanceof Tensor)
    return fail(
      "trace",
      `${where} is a traced value; compile it outside of traced functions, or use hvp and grad inside`,
    );
  const x = operandOf(where, leaf);
  return parameter(x.shape, x.dtype);
}
