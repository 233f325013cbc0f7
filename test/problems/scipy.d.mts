export type ScipyMethod = "trust-ncg" | "trust-krylov" | "trust-exact" | "Newton-CG" | "L-BFGS-B" | "lm" | "trf";

/** One run. Where it failed with an error there are only `problem`, `n`, `success` and `message`. */
export interface ScipyRun {
  /** The name of a problem, of a regression of NIST, or of an application. */
  readonly problem: string;
  readonly n: number;
  readonly method?: ScipyMethod;
  /** The start was multiplied by it. */
  readonly scale?: number;
  /** Which start of NIST: 1 is far, 2 near. */
  readonly start?: 1 | 2;
  /** Of a displaced cluster. */
  readonly seed?: number;
  /** Seeds from which 13 atoms ended at the published minimum. */
  readonly hits?: readonly number[];
  /** Of lm and trf: Jacobians. */
  readonly iterations?: number;
  readonly evaluations?: Readonly<
    Partial<Record<"value" | "grad" | "hvp" | "hessian" | "residual" | "jacobian", number>>
  >;
  readonly value?: number;
  /** With bounds, of the projected gradient. */
  readonly gradNorm?: number;
  readonly success?: boolean;
  readonly message?: string;
  /** The fastest of three runs, without compilation. */
  readonly seconds?: number;
  /** Correct digits of the worst parameter, and of the worst standard error, by what NIST certifies. */
  readonly digits?: number;
  readonly digitsOfErrors?: number;
}

export const scipy: {
  readonly versions: Readonly<Record<"scipy" | "jax" | "numpy", string>>;
  readonly options: Readonly<Record<ScipyMethod, Readonly<Record<string, number>>>>;
  readonly runs: readonly ScipyRun[];
};
