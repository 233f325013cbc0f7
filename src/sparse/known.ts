// What is known before anything runs: nodes that depend on numbers and on captured arrays that stay as they are, in
// loops also on what such carries and rows are in each iteration.
import type { Data } from "../ir/aval.ts";
import type { MaybeNode, Node } from "../ir/graph.ts";
import { isPart, partIndex } from "../ir/part.ts";
import { dependents, reachable, rewrite, substitute } from "../ir/walk.ts";
import { isLoop, type Loop } from "../primitives/control.ts";
import { isParameter } from "../primitives/leaf.ts";
import { closed, groupsOf, opened } from "../primitives/open-loop.ts";
import { constValue } from "../primitives/spread.ts";

export interface Known {
  /** Whether a captured array stays as it is. */
  isFixed(literal: Node): boolean;
  /** The values of nodes that depend on such arrays and on numbers alone. */
  valuesOf(constants: readonly Node[]): readonly Data[];
}

/** Elements of all iterations of a loop that are worth knowing. */
const STACKED_ELEMENTS = 4194304;

export class Constants {
  private readonly is = new Map<Node, boolean>();
  private readonly values = new Map<Node, Data>();
  /** Of loops, which may be come to in every iteration of another one. */
  private readonly stacked = new Map<Node, readonly Data[] | undefined>();

  constructor(private readonly facts: Known) {}

  /** The value of `x`, if that is known. */
  readonly value = (x: Node): Data | undefined => {
    if (!this.is.get(x)) return undefined;
    let value = this.values.get(x);
    if (!value) {
      const alone = rewrite([x], (n) => this.withoutOthers(n));
      this.values.set(x, (value = this.facts.valuesOf(alone)[0] as Data));
    }
    return value;
  };

  /** Finds out which of `nodes`, inputs before users, are constant where the parameters `given` are. */
  mark(nodes: readonly Node[], given: ReadonlySet<Node> = new Set()): void {
    for (const n of nodes) {
      const isLeaf = n.inputs.length === 0;
      const isConstant = isLeaf
        ? n.prim.lower.kind === "iota" || constValue(n) !== undefined || given.has(n) || this.facts.isFixed(n)
        : n.inputs.every((x) => this.is.get(x)) || this.isOwnResult(n);
      this.is.set(n, isConstant);
    }
  }

  /**
   * Of a counted loop, what moving nodes of its body read that is constant: `enter(t)` makes it known for iteration t,
   * `leave` forgets it.
   */
  iterations(node: Node<Loop>): { enter(t: number): void; leave(): void } {
    const { body, length } = node.params;
    const given = this.settle(node);
    const nodes = reachable(body.outputs);
    const varying = dependents(nodes, [...given]);
    const frontier = [
      ...new Set(
        nodes.flatMap((n) => (this.is.get(n) ? [] : n.inputs)).filter((x) => this.is.get(x) && varying.has(x)),
      ),
    ];
    const key = node as unknown as Node;
    if (!this.stacked.has(key)) this.stacked.set(key, frontier.length > 0 ? this.stacksOf(node, frontier) : []);
    const stacks = this.stacked.get(key);
    if (!stacks) for (const x of frontier) this.is.set(x, false);
    return {
      enter: (t) => {
        for (const [k, stack] of stacks?.entries() ?? []) {
          const size = stack.length / length;
          this.values.set(frontier[k] as Node, stack.subarray(t * size, (t + 1) * size));
        }
      },
      leave: () => {
        for (const x of frontier) this.values.delete(x);
      },
    };
  }

  /** The constant parameters of a loop's body: a carry is one as long as what it becomes is. */
  private settle(node: Node<Loop>): Set<Node> {
    const { body, carries } = node.params;
    const nodes = reachable(body.outputs);
    const given = new Set(body.parameters.filter((_, i) => this.is.get(node.inputs[i] as Node)));
    for (;;) {
      this.mark(nodes, given);
      const lost = body.parameters.filter(
        (p, i) => i < carries && given.has(p) && !this.is.get(body.outputs[i] as Node),
      );
      if (lost.length === 0) return given;
      for (const p of lost) given.delete(p);
    }
  }
  /** Whether `n` is a constant result of a counted loop that has others. */
  private isOwnResult(n: Node): boolean {
    const [loop] = n.inputs as [Node];
    if (!isPart(n) || !isLoop(loop) || loop.params.trip !== "length") return false;
    this.settle(loop);
    return this.is.get(loop.params.body.outputs[partIndex(n)] as Node) === true;
  }
  /** A constant result of a loop, computed without the others. */
  private withoutOthers(n: Node): MaybeNode {
    const [loop] = n.inputs as [Node];
    if (!isPart(n) || !isLoop(loop) || this.is.get(loop)) return n;
    const [open, i] = [opened(loop), partIndex(n)];
    return i < loop.params.carries
      ? closed({ ...open, slices: [] }, (k) => k === i).carries[i]
      : closed({ ...open, slices: [open.slices[i - loop.params.carries] as Node] }, () => false).stacks[0];
  }
  /** The values of `wanted`, nodes of the body, in all iterations. */
  private stacksOf(node: Node<Loop>, wanted: readonly Node[]): readonly Data[] | undefined {
    const { body, length } = node.params;
    if (length * wanted.reduce((sum, x) => sum + x.size, 0) > STACKED_ELEMENTS) return undefined;
    const slices = substitute(
      wanted,
      groupsOf(body.parameters, node.params).shared,
      groupsOf(node.inputs, node.params).shared,
    );
    const { stacks } = closed({ ...opened(node), slices }, () => false);
    const alone = rewrite(stacks, (n) => this.withoutOthers(n));
    // In a loop inside another one, iterations of that may be what it depends on.
    return reachable(alone).some(isParameter) ? undefined : this.facts.valuesOf(alone);
  }
}
