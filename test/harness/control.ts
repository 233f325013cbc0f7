// Loops and choices made by hand for tests, and the same without them: iterations and branches in the graph.
import { choice, loop } from "../../src/api/loops.ts";
import { close } from "../../src/ir/closed.ts";
import type { Closed, Node } from "../../src/ir/graph.ts";
import { rowOf } from "../../src/opt/graph/unroll.ts";
import { add, mul } from "../../src/primitives/arithmetic.ts";
import type { Loop } from "../../src/primitives/control.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { concat, reshape } from "../../src/primitives/shape.ts";
import { full, zerosLike } from "../../src/primitives/spread.ts";
import { sin } from "../../src/primitives/transcendental.ts";

export interface Step {
  readonly carries: readonly Node[];
  readonly slices?: readonly Node[];
}
/** What is iterated: of carries, rows and what is shared. */
export type Body = (carries: readonly Node[], rows: readonly Node[], shared: readonly Node[]) => Step;

export interface LoopArguments {
  readonly carries: readonly Node[];
  readonly walked?: readonly Node[];
  readonly shared?: readonly Node[];
  readonly length: number;
  readonly reverse?: boolean;
  readonly count?: Node;
  readonly condition?: (carries: readonly Node[], shared: readonly Node[]) => Node;
}

const like = (x: Node): Node => parameter(x.shape, x.dtype);

/** The results of the loop of `body`: a node, whatever its length. */
export function looped(body: Body, { carries, walked = [], shared = [], ...a }: LoopArguments): Node[] {
  const rows = walked.map((x) => parameter(x.shape.slice(1), x.dtype));
  const [at, own] = [carries.map(like), shared.map(like)];
  const of = body(at, rows, own);
  const parameters = [...at, ...rows, ...own];
  const closed = close(parameters, [...of.carries, ...(of.slices ?? [])]);
  const params: Omit<Loop, "rules"> = {
    body: closed.graph,
    carries: carries.length,
    walked: walked.length,
    length: a.length,
    reverse: a.reverse ?? false,
    trip: a.condition ? "condition" : a.count ? "count" : "length",
    ...(a.condition && { condition: close(parameters, [a.condition(at, own)]).graph }),
  };
  if (closed.captured.length > 0) throw new Error("looped: say what is shared");
  return loop([...carries, ...walked, ...shared, ...(a.count ? [a.count] : [])], params);
}

/** The same in the graph, `times` iterations; a conditional loop is told how many it makes. */
export function iterated(body: Body, a: LoopArguments, times = a.length): Node[] {
  const { walked = [], shared = [] } = a;
  const rows = walked.map((x) => parameter(x.shape.slice(1), x.dtype));
  const { slices: like = [] } = body(a.carries, rows, shared);
  const row = (y: Node): Node => reshape(y, [1, ...y.shape]);
  const stacks = like.map((y) => Array.from({ length: a.length }, () => row(zerosLike(y))));
  let state = a.carries;
  for (let k = 0; k < times; k++) {
    const i = a.reverse ? times - 1 - k : k;
    const of = body(
      state,
      walked.map((x) => rowOf(x, i)),
      shared,
    );
    state = of.carries;
    (of.slices ?? []).forEach((y, j) => {
      (stacks[j] as Node[])[i] = row(y);
    });
  }
  const empty = (y: Node): Node => full([0, ...y.shape], 0, y.dtype);
  return [...state, ...stacks.map((list, j) => (list.length === 0 ? empty(like[j] as Node) : concat(list, 0)))];
}

type Branch = (args: readonly Node[]) => readonly Node[];

/** The results of the branch that `index` says. */
export function chosen(index: Node, args: readonly Node[], branches: readonly Branch[]): Node[] {
  const at = args.map(like);
  return choice(
    [index, ...args],
    branches.map((b): Closed => close(at, b(at)).graph),
  );
}

/** For the registry's tests: three steps of two carries, with what each of them makes of the first. */
export const rotations = (x: Node, y: Node): Node[] =>
  looped(
    ([a, b], _, [c]) => {
      const next = sin(add(a as Node, mul(b as Node, c as Node)));
      return { carries: [next, mul(a as Node, next)], slices: [next] };
    },
    { carries: [x, y], shared: [y], length: 3 },
  );
/** Three functions of two arrays, two results each. */
export const oneOfThree = (index: Node, x: Node, y: Node): Node[] =>
  chosen(
    index,
    [x, y],
    [
      ([a, b]) => [mul(a as Node, b as Node), sin(b as Node)],
      ([a]) => [sin(a as Node), a as Node],
      ([a, b]) => [add(a as Node, b as Node), mul(a as Node, a as Node)],
    ],
  );
