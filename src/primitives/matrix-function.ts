// Functions of symmetric matrices, f(A) = V·diag(f(λ))·Vᵀ, and their derivatives of any order.
//
// The m-th derivative along E₁, …, Eₘ is, in the basis of the eigenvectors (Daleckii & Krein 1965),
//   Y[i₀, iₘ] = Σ over the inner indices, and all orders of the E, of f[λ at i₀, …, λ at iₘ] · E₁[i₀, i₁] ⋯ Eₘ[iₘ₋₁,
// iₘ]: one primitive for all m, whose derivative is itself at m + 1. Nothing is divided by a gap of eigenvalues, so
// equal ones are no exception, and ⟨E₀, Y⟩ is symmetric in E₀, …, Eₘ, so it is its own transpose.
import { fail } from "../errors.ts";
import { type Shape, showAval } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { MaybeNode, Node, Primitive } from "../ir/graph.ts";
import type { ScalarFunction } from "../ir/scalar-function.ts";
import { add, by, mul, plus } from "./arithmetic.ts";
import { alongCaptured, capturedCotangent, type OfScalar, repeated } from "./captured.ts";
import { matmul } from "./contraction.ts";
import { addMaybe, batched } from "./define.ts";
import { DividedDifferences } from "./divided-differences.ts";
import { flipMatrix, squareExtent } from "./factorization.ts";
import { reshape } from "./shape.ts";
import { eigh } from "./spectral.ts";
import { broadcast, constValue, full, reduceSum } from "./spread.ts";

interface Spectral extends OfScalar {
  /** How many directions follow the matrix; after them come the captured values of the function. */
  readonly order: number;
}

/** (X + Xᵀ)/2 of every matrix. */
export const symmetrized = (x: Node): Node => by(0.5, plus(x, flipMatrix(x)));
const captures = (node: Node<Spectral>): readonly Node[] => node.inputs.slice(1 + node.params.order);

/** Throws unless the inputs are [A, E₁, …, captured values]. */
function check(name: string, inputs: readonly Node[], { order, flags }: Spectral): Node {
  const a = inputs[0] as Node;
  const like = inputs.slice(0, 1 + order).every((x) => String(x.shape) === String(a.shape) && x.dtype === a.dtype);
  const rank = a.shape.length;
  if (
    !like ||
    squareExtent(a.shape.slice(-2)) === undefined ||
    (rank !== 2 && rank !== 3) ||
    inputs.length !== 1 + order + flags.length
  )
    fail("shape", `${name}: ${inputs.map(showAval).join(" and ")} do not fit`);
  return a;
}

/** Inputs for a batch: matrices merge their batch axes, captured values are repeated where some of them differ. */
function merged(
  node: Node<Spectral>,
  inputs: readonly Node[],
  has: readonly boolean[],
  size: number,
): [Node[], Spectral, Shape] {
  const { order, flags } = node.params;
  const own = node.inputs[0]?.shape.slice(0, -2) as Shape;
  const count = own[0] ?? 1;
  const matrices = inputs.slice(0, 1 + order).map((x, i) => {
    const y = batched(x, has[i] as boolean, size);
    return reshape(y, [size * count, ...y.shape.slice(-2)]);
  });
  const first = 1 + order;
  const { values, flags: moving } = repeated(inputs.slice(first), has.slice(first), flags, size, own[0]);
  return [[...matrices, ...values], { ...node.params, flags: moving }, [size, ...own]];
}

/** The matrix function or its derivative from eigenvalues and eigenvectors. */
function formula(node: Node<Spectral>): Node {
  const { fn, order, flags } = node.params;
  const [lambda, v] = eigh(node.inputs[0] as Node);
  const vt = flipMatrix(v);
  const f = new DividedDifferences(fn, lambda, captures(node), flags);
  const shape = v.shape;
  const lead = shape.slice(0, -2).map((_, i) => i);
  const k = lead.length;
  if (order === 0) return matmul(mul(v, broadcast(f.values(), shape, [...lead, k + 1])), vt);
  const e = node.inputs.slice(1, 1 + order).map((x) => matmul(vt, matmul(symmetrized(x), v)));
  if (order === 1) return matmul(v, matmul(mul(f.pairs(), e[0] as Node), vt));
  const differences = f.tensor(order);
  const chain = (list: readonly Node[]): Node =>
    list.map((x, i) => broadcast(x, differences.shape, [...lead, k + i, k + i + 1])).reduce((x, y) => mul(x, y));
  const chains = permutations(e)
    .map(chain)
    .reduce((x, y) => add(x, y));
  const inner = Array.from({ length: order - 1 }, (_, i) => k + 1 + i);
  return matmul(v, matmul(reduceSum(mul(differences, chains), inner), vt));
}
const permutations = (list: readonly Node[]): Node[][] =>
  list.length < 2
    ? [[...list]]
    : list.flatMap((x, i) => permutations(list.filter((_, j) => j !== i)).map((rest) => [x, ...rest]));

/** Inputs: A, directions E₁, …, Eₘ, captured values of the function. The derivative of f at A along the directions. */
export const matrixFunctionPrim: Primitive<Spectral> = {
  name: "matrixFunction",
  aval(inputs, params) {
    const { shape, dtype } = check("matrixFunction", inputs, params);
    return { shape, dtype };
  },
  simplify: (inputs, { order }, { shape, dtype }) =>
    inputs.slice(1, 1 + order).some((e) => constValue(e) === 0) ? full(shape, 0, dtype) : undefined,
  jvp(node, ds) {
    const { fn, order, flags } = node.params;
    let sum: MaybeNode;
    ds.forEach((d, i) => {
      if (!d) return;
      const replaced = (): Node =>
        make(
          matrixFunctionPrim,
          node.inputs.map((x, k) => (k === i ? d : x)),
          node.params,
        );
      const term =
        i === 0
          ? make(matrixFunctionPrim, [...node.inputs.slice(0, 1 + order), d, ...captures(node)], {
              fn,
              order: order + 1,
              flags,
            })
          : i <= order
            ? replaced()
            : alongCaptured(matrixFunctionPrim, node, 1 + order, i - 1 - order, d);
      sum = addMaybe(sum, term, plus);
    });
    return sum;
  },
  transpose(node, ct, linear) {
    const { order } = node.params;
    return node.inputs.map((_, i) => {
      if (!linear[i] || i === 0) return undefined;
      if (i > order) return capturedCotangent(matrixFunctionPrim, node, 1 + order, i - 1 - order, ct);
      return make(
        matrixFunctionPrim,
        node.inputs.map((x, k) => (k === i ? ct : x)),
        node.params,
      );
    });
  },
  batch(node, inputs, has, size) {
    const [all, params, lead] = merged(node, inputs, has, size);
    const y = make(matrixFunctionPrim, all, params);
    return reshape(y, [...lead, ...y.shape.slice(1)]);
  },
  lower: { kind: "composition", of: formula },
};

/** Inputs: A, captured values of the function (`order` is 0). Σ f(λᵢ) = tr f(A), with the gradient f'(A). */
export const spectralSumPrim: Primitive<Spectral> = {
  name: "spectralSum",
  aval(inputs, params) {
    const a = check("spectralSum", inputs, params);
    return { shape: a.shape.slice(0, -2), dtype: a.dtype };
  },
  jvp(node, ds) {
    const { fn, flags } = node.params;
    const [da, ...rest] = ds;
    let sum: MaybeNode;
    if (da) {
      const gradient = make(matrixFunctionPrim, node.inputs, { fn: fn.derivative(), order: 0, flags });
      const k = node.shape.length;
      sum = reduceSum(by(da, gradient), [k, k + 1]);
    }
    rest.forEach((d, i) => {
      if (d) sum = addMaybe(sum, alongCaptured(spectralSumPrim, node, 1, i, d), plus);
    });
    return sum;
  },
  transpose: (node, ct, linear) =>
    node.inputs.map((_, i) =>
      linear[i] && i > 0 ? capturedCotangent(spectralSumPrim, node, 1, i - 1, ct) : undefined,
    ),
  batch(node, inputs, has, size) {
    const [all, params, lead] = merged(node, inputs, has, size);
    return reshape(make(spectralSumPrim, all, params), lead);
  },
  lower: {
    kind: "composition",
    of(node) {
      const [lambda] = eigh(node.inputs[0] as Node);
      const f = new DividedDifferences(node.params.fn, lambda, captures(node), node.params.flags).values();
      return reduceSum(f, [f.shape.length - 1]);
    },
  },
};

/**
 * f(A) of every symmetric matrix, `fn` with the values that it captures. @shape a [n, n] or [batch, n, n] → the same
 */
export function matrixFunction(a: Node, fn: ScalarFunction, captured: readonly Node[]): Node {
  return make(matrixFunctionPrim, [a, ...captured], { fn, order: 0, flags: captured.map(() => false) });
}
/** Σ f(λᵢ) of every symmetric matrix. @shape a [n, n] or [batch, n, n] → [] or [batch] */
export function spectralSum(a: Node, fn: ScalarFunction, captured: readonly Node[]): Node {
  return make(spectralSumPrim, [a, ...captured], { fn, order: 0, flags: captured.map(() => false) });
}
