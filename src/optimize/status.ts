// Why a solver ended: codes inside programs, words outside.

/** Why a solver ended. */
export type Status =
  | "gtol"
  | "xtol"
  | "ftol"
  | "maxIterations"
  | "stalled"
  | "notFinite"
  | "unbounded"
  | "stopped"
  | "timeLimit"
  | "aborted";

interface Reason {
  readonly status: Status;
  readonly converged: boolean;
  readonly message: string;
}

const reason = (status: Status, converged: boolean, message: string): Reason => ({ status, converged, message });

/** In the order of their codes, from 1; 0 means that it goes on. */
const REASONS: readonly Reason[] = [
  reason("gtol", true, "no element of the gradient is larger than gtol"),
  reason("xtol", true, "the last step was shorter than xtol times the length of x"),
  reason("ftol", true, "the last decrease was less than ftol times the value, or less than rounding shows"),
  reason("maxIterations", false, "maxIterations steps were not enough; raise it, or begin at a better x0"),
  reason(
    "stalled",
    false,
    "no shorter step decreases the value though the gradient is larger than gtol: it may not be the derivative of " +
      "the value, or the value may have a kink or be dominated by rounding here",
  ),
  reason("notFinite", false, "value or gradient is not finite where the solver stands; begin at another x0"),
  reason("unbounded", false, "the value is -Infinity: the function has no minimum"),
  reason("stopped", false, "onIteration returned false"),
  reason("timeLimit", false, "timeLimit milliseconds have passed"),
  reason("aborted", false, "the signal was aborted"),
];

export const RUNNING = 0;
/** The code of a status. */
export const codeOf = (status: Status): number => REASONS.findIndex((r) => r.status === status) + 1;
export const reasonOf = (code: number): Reason => REASONS[code - 1] as Reason;
