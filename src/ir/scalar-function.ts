// What primitives that apply a function of one number, or differentiate eigenvalues, need of the calculus of graphs.
import type { Node } from "./graph.ts";

/** A function of one number, traced: what a function of a matrix does to each eigenvalue. */
export interface ScalarFunction {
  /**
   * Its values at `x`, a vector, with the captured values `captured`. Where some of them are `batched`, axis 0 of
   * these and of
   * `x` [batch, n] is a batch.
   */
  at(x: Node, captured: readonly Node[], batched: readonly boolean[]): Node;
  /** The derivative in the number. */
  derivative(): ScalarFunction;
  /**
   * The tangent along captured value `k`, a further captured value; undefined where the function does not depend on
   * it.
   */
  along(k: number): ScalarFunction | undefined;
  /** Whether captured value `k` is a tangent, in which the function is linear. */
  linearIn(k: number): boolean;
}

/**
 * What the rules of eigenvalues do with the graph of a cotangent: a symmetric function of eigenvalues is smooth where
 * they are equal, but only the graph of its gradient says what a quotient of differences tends to.
 */
export interface SpectralCalculus {
  /**
   * `y`, which depends on the parameter `x` and on `stand`, parameters in the place of captured values, as a
   * function.
   */
  scalar(y: Node, x: Node, stand: readonly Node[]): ScalarFunction;
  /**
   * Derivatives of `g` where the node `at` moves along each of `directions`. @shape directions [m, ...at] → [m, ...g]
   */
  along(g: Node, at: Node, directions: Node): Node;
}
