// The methods of `minimize`: one row each, so that `minimizeWith` has the code of one alone.
import type { BoundsOption } from "./bounds.ts";
import { trustExact as byFactors } from "./exact.ts";
import { trustKrylov as byLanczos } from "./krylov.ts";
import { lBfgs as byPairs } from "./l-bfgs.ts";
import { lBfgsB as byPairsWithin } from "./l-bfgs-b.ts";
import type { Tolerances } from "./options.ts";
import type { Method as Solver } from "./progress.ts";
import { tron as byFaces } from "./tron.ts";
import { newtonCg as alongLines, trustNcg as withinRadius } from "./truncated-newton.ts";

/** The names of methods. */
export type MethodName = "trust-ncg" | "trust-exact" | "trust-krylov" | "newton-cg" | "l-bfgs" | "l-bfgs-b" | "tron";

/** Options that are for some methods. */
export interface OwnOptions<X = unknown> {
  /** How many of the last steps `l-bfgs` and `l-bfgs-b` remember: 10 unless given. */
  readonly memory?: number;
  /**
   * `[lower, upper]` of `l-bfgs-b` and `tron`, each a number for all unknowns or a tree like x0; infinite where there
   * is no bound. An `x0` outside is moved to the nearest point within, and the function is never evaluated outside.
   */
  readonly bounds?: BoundsOption<X>;
}

type Special = keyof OwnOptions | keyof Pick<Tolerances, "trustRadius" | "maxTrustRadius">;
/** Options that some methods have no use for. */
export const SPECIAL = ["memory", "bounds", "trustRadius", "maxTrustRadius"] as const satisfies readonly Special[];

/** A method, for {@link minimizeWith}. */
export interface Method {
  readonly name: MethodName;
}
/** The same with what belongs to it. */
export interface Row extends Method {
  /** Which options that are not for all methods it has. */
  readonly takes: readonly Special[];
  /** What solves by it. */
  readonly of: (memory: number) => Solver;
}
const TRUSTING = ["trustRadius", "maxTrustRadius"] as const;

/** Newton's method in a trust region, its equations solved by conjugate gradients. */
export const trustNcg: Row = { name: "trust-ncg", takes: TRUSTING, of: () => withinRadius };
/** Newton's method in a trust region, each step the exact minimum there, by factors of the Hessian. */
export const trustExact: Row = { name: "trust-exact", takes: TRUSTING, of: () => byFactors };
/** Newton's method in a trust region, each step the minimum there in a Krylov space. */
export const trustKrylov: Row = { name: "trust-krylov", takes: TRUSTING, of: () => byLanczos };
/** Newton's method with a line search, its equations solved by conjugate gradients. */
export const newtonCg: Row = { name: "newton-cg", takes: [], of: () => alongLines };
/** The BFGS method of limited memory, by gradients alone. */
export const lBfgs: Row = { name: "l-bfgs", takes: ["memory"], of: byPairs };
/** The same with bounds. */
export const lBfgsB: Row = { name: "l-bfgs-b", takes: ["memory", "bounds"], of: byPairsWithin };
/** Newton's method in a trust region with bounds. */
export const tron: Row = { name: "tron", takes: ["trustRadius", "maxTrustRadius", "bounds"], of: () => byFaces };
