// Conjugate gradients as a function of the right-hand side and of what the matrix is made of, with a derivative of its
// own. The solution is A⁻¹·b to every derivative, whatever the iterations were: its tangent A⁻¹·(ḃ - Ȧ·x) is another
// such system, and so are cotangents, as A is symmetric.
import { push } from "../ad/jvp.ts";
import { close, inline } from "../ir/closed.ts";
import type { Closed, Derived, MaybeNode, Node } from "../ir/graph.ts";
import { add, div, maximum, mul } from "../ops/arithmetic.ts";
import { vdot } from "../ops/linalg.ts";
import { le, not } from "../ops/logic.ts";
import { astype } from "../ops/shape.ts";
import { minus } from "../primitives/arithmetic.ts";
import type { LinearMap, Rule } from "../primitives/call.ts";
import { parameter } from "../primitives/leaf.ts";
import { stopGradient } from "../primitives/shape.ts";
import { zerosLike } from "../primitives/spread.ts";
import { Tensor } from "../trace/tracer.ts";
import { callOf, linearOf } from "./calls.ts";
import { type Leaves, nodesOf, numberOf, type OfLeaves, zerosOf } from "./leaves.ts";
import { whileLoop } from "./while.ts";

/** A linear map from leaves to leaves like them, and as a graph of these and of what it captures. */
export interface LinearOfLeaves extends OfLeaves {
  readonly graph: Closed;
  readonly captured: readonly Node[];
}

export interface Limits {
  readonly tol: number;
  readonly atol: number;
  readonly maxIterations: number;
}

/**
 * A matrix and the graph of solutions. Its inputs are the leaves of the right-hand side, the square of the norm that
 * the residual is small beside, what the matrix is made of, and what the preconditioner is made of.
 */
interface System {
  readonly a: LinearOfLeaves;
  readonly solution: Closed;
  readonly rule: Rule;
}

const stand = (nodes: readonly Node[]): Node[] => nodes.map((x) => parameter(x.shape, x.dtype));
const there = (list: readonly MaybeNode[]): Node[] => list.filter((x): x is Node => x !== undefined);
const tensors = (nodes: readonly Node[]): Tensor[] => nodes.map((x) => new Tensor(x));

/** Solutions of A·x = right; the residual is small beside `size`, the square of a norm. */
export function solverOf(
  a: LinearOfLeaves,
  m: LinearOfLeaves | undefined,
  limits: Limits,
): (right: Leaves, size: Tensor) => Node[] {
  const fixed = [...a.captured, ...(m?.captured.map(stopGradient) ?? [])];
  const own = [...stand(nodesOf(a.first)), parameter([], "float64"), ...stand(fixed)];
  const n = a.first.length;
  const [right, size] = [tensors(own.slice(0, n)), new Tensor(own[n] as Node)];
  const ends = n + 1 + a.captured.length;
  const map = (of: LinearOfLeaves, captured: readonly Node[]) => (x: Leaves) =>
    tensors(inline(of.graph, [...nodesOf(x), ...captured]));
  const x = iterated(map(a, own.slice(n + 1, ends)), m && map(m, own.slice(ends)), right, size, limits);
  const known = new Map<string, Derived>();
  const system: System = {
    a,
    solution: close(own, nodesOf(x)).graph,
    rule: {
      jvp(moving) {
        const of = known.get(String(moving)) ?? tangentsOf(system, moving);
        known.set(String(moving), of);
        return of;
      },
      toString: () => "cg",
    },
  };
  return (b, norm) => solved(system, [...nodesOf(b), stopGradient(norm.node), ...fixed]);
}

const solved = ({ solution, rule }: System, inputs: readonly Node[]): Node[] => callOf(solution, inputs, { rule });

/** A⁻¹·(ḃ - Ȧ·x), for tangents of those inputs that are `moving`. */
function tangentsOf(system: System, moving: readonly boolean[]): Derived {
  const { a, solution } = system;
  const inputs = stand(solution.parameters);
  const ds = inputs.map((x, i) => (moving[i] ? parameter(x.shape, x.dtype) : undefined));
  const n = a.first.length;
  const matrix = <T>(list: readonly T[]): T[] => list.slice(n + 1, n + 1 + a.captured.length);
  const flags = [...a.first.map(() => false), ...matrix(moving)];
  const change = push(
    a.graph,
    flags,
    flags.filter(Boolean).map(() => false),
  );
  const at = [...solved(system, inputs), ...matrix(inputs), ...there(matrix(ds)), ...change.captured];
  const changes = inline(change.graph, at);
  let next = 0;
  const right = change.present.map((is, i) => {
    const d = ds[i] ?? zerosLike(inputs[i] as Node);
    return is ? minus(d, changes[next++] as Node) : d;
  });
  const results = linearOf(right, inputs.slice(n + 1), inverseOf(system));
  return { ...close([...inputs, ...there(ds)], results), present: results.map(() => true), supports: [] };
}

/** The map from right-hand sides to solutions, which is its own transpose. */
function inverseOf(system: System): LinearMap {
  let known: Closed | undefined;
  const forward = (): Closed => {
    if (known) return known;
    const { a, solution } = system;
    const n = a.first.length;
    const [right, fixed] = [stand(nodesOf(a.first)), stand(solution.parameters.slice(n + 1))];
    const size = stopGradient(inner(tensors(right), tensors(right)).node);
    known = close([...right, ...fixed], solved(system, [...right, size, ...fixed])).graph;
    return known;
  };
  return {
    results: system.a.first.map(({ shape, dtype }) => ({ shape, dtype })),
    forward,
    back: () => ({ graph: forward(), captured: [], present: system.a.first.map(() => true), supports: [] }),
    toString: () => "cg",
  };
}

type Map = (x: Leaves) => Leaves;

/** The iteration of Hestenes and Stiefel from 0. */
function iterated(a: Map, m: Map | undefined, right: Leaves, size: Tensor, limits: Limits): Tensor[] {
  const { tol, atol, maxIterations } = limits;
  const bound = maximum(mul(size, tol * tol), atol * atol);
  const first = m ? m(right) : right;
  const { x } = whileLoop(
    // A residual that is NaN is not small.
    ({ r }) => not(le(inner(r, r), bound)),
    ({ x, r, p, rz }) => {
      const ap = a(p);
      const alpha = div(rz, inner(p, ap));
      const rest = along(r, mul(alpha, -1), ap);
      const z = m ? m(rest) : rest;
      const next = inner(rest, z);
      return { x: along(x, alpha, p), r: rest, p: along(z, div(next, rz), p), rz: next };
    },
    { x: zerosOf(right), r: right, p: first, rz: inner(right, first) },
    { maxIterations },
  );
  return x;
}

/** `x + h · d`. */
const along = (x: Leaves, h: Tensor, d: Leaves): Tensor[] =>
  x.map((leaf, i) => add(leaf, mul(d[i] as Tensor, numberOf(h))));

/** The inner product of all leaves, as float64. */
export const inner = (x: Leaves, y: Leaves): Tensor =>
  x.map((leaf, i) => astype(vdot(leaf, y[i] as Tensor), "float64")).reduce((s, t) => add(s, t));
