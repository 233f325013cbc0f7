// A function of one number as a graph: its values at many numbers by batching, its derivatives by forward mode.

import { capturedBy } from "../ir/closed.ts";
import type { Node } from "../ir/graph.ts";
import type { ScalarFunction, SpectralCalculus } from "../ir/scalar-function.ts";
import { dependents, reachable, substitute } from "../ir/walk.ts";
import { batched } from "../primitives/define.ts";
import { isParameter, parameter } from "../primitives/leaf.ts";
import { full } from "../primitives/spread.ts";
import { batchGraph } from "./batch.ts";
import { pushforward } from "./jvp.ts";

class Scalar implements ScalarFunction {
  private slope: ScalarFunction | undefined;
  private readonly tangents = new Map<number, ScalarFunction | undefined>();

  /**
   * `y` depends on the parameter `x` and on `stand`, parameters in the place of captured values; `linear`: those that
   * are tangents.
   */
  constructor(
    private readonly y: Node,
    private readonly x: Node,
    private readonly stand: readonly Node[],
    private readonly linear: ReadonlySet<number>,
  ) {}

  at(x: Node, captured: readonly Node[], flags: readonly boolean[]): Node {
    const moving = captured.map((_, i) => i).filter((i) => flags[i]);
    const fixed = captured.map((_, i) => i).filter((i) => !flags[i]);
    const pick = (list: readonly Node[], at: readonly number[]): Node[] => at.map((i) => list[i] as Node);
    const [y] = substitute([this.y], pick(this.stand, fixed), pick(captured, fixed)) as [Node];
    const over = (of: Node, from: readonly Node[], to: readonly Node[], size: number): Node => {
      const result = batchGraph([of], from, to, size);
      return batched(result.outputs[0] as Node, result.batched[0] as boolean, size);
    };
    if (moving.length === 0) return over(y, [this.x], [x], x.size);
    const [size, n] = x.shape as [number, number];
    const row = parameter([n], x.dtype);
    return over(over(y, [this.x], [row], n), [row, ...pick(this.stand, moving)], [x, ...pick(captured, moving)], size);
  }

  derivative(): ScalarFunction {
    this.slope ??= new Scalar(this.push(this.x, full([], 1, this.x.dtype)), this.x, this.stand, this.linear);
    return this.slope;
  }

  along(k: number): ScalarFunction | undefined {
    if (!this.tangents.has(k)) {
      const c = this.stand[k] as Node;
      const d = parameter(c.shape, c.dtype);
      const moves = dependents(reachable([this.y]), [c]).has(this.y);
      const linear = new Set([...this.linear, this.stand.length]);
      this.tangents.set(k, moves ? new Scalar(this.push(c, d), this.x, [...this.stand, d], linear) : undefined);
    }
    return this.tangents.get(k);
  }

  linearIn = (k: number): boolean => this.linear.has(k);

  private push(from: Node, d: Node): Node {
    return pushforward([this.y], [from], [d])[0] ?? full([], 0, this.y.dtype);
  }

  toString = (): string => "scalar function";
}

/** `y` as a function of the parameter `x`, and the values of enclosing traces that it captures. */
export function scalarFunction(y: Node, x: Node): { fn: ScalarFunction; captured: readonly Node[] } {
  const captured = capturedBy([y], [x], isParameter);
  const stand = captured.map((c) => parameter(c.shape, c.dtype));
  const [own] = substitute([y], captured, stand) as [Node];
  return { fn: new Scalar(own, x, stand, new Set()), captured };
}

/** What the rules of eigenvalues ask for (see ir/scalar-function.ts). */
export const spectralCalculus: SpectralCalculus = {
  scalar: (y, x, stand) => new Scalar(y, x, stand, new Set()),
  along(g, at, directions) {
    const size = directions.shape[0] as number;
    const d = parameter(at.shape, at.dtype);
    const [tangent] = pushforward([g], [at], [d]);
    if (!tangent) return full([size, ...g.shape], 0, g.dtype);
    const { outputs, batched: has } = batchGraph([tangent], [d], [directions], size);
    return batched(outputs[0] as Node, has[0] as boolean, size);
  },
};
