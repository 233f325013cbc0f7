// Derivatives and batches of loops and of choices: loops and choices again, made of derived graphs.
import { fail } from "../errors.ts";
import type { Choice, ControlRules, Loop } from "../primitives/control.ts";

type Rules<P extends object> = Omit<ControlRules<P>, "expanded" | "opened">;

const missing = (): never => fail("rule", "loop: no rule yet");
export const loopRules: Rules<Loop> = { jvp: missing, transpose: missing, batch: missing };
export const choiceRules: Rules<Choice> = { jvp: missing, transpose: missing, batch: missing };
