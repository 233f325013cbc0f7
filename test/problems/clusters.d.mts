import type { Application } from "./data-sets.mjs";
import type { Library } from "./index.mjs";

export type Atoms = 13 | 38 | 55;

export function cluster(
  library: Library,
  atoms: Atoms,
): Omit<Application, "start"> & {
  /** The energy as the Cambridge Cluster Database prints it. */
  readonly published: number;
  readonly minimum: {
    readonly gradNorm: number;
    /** The least and greatest eigenvalue of the Hessian but the six that are 0, and how many are negative. */
    readonly least: number;
    readonly greatest: number;
    readonly negative: number;
  };
};
export function displaced(atoms: Atoms, seed: number, by?: number): number[];
export function randomCluster(atoms: number, seed: number, halfWidth?: number): number[];
