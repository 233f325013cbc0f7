// Large scalar programs: their straight-line code is spread over several functions.
import { CHUNK_VALUES } from "../cost.ts";
import type { StepPass } from "../pass.ts";
import type { Body } from "../plan/body.ts";
import type { Value } from "../plan/lane-builder.ts";
import { eachLoop } from "./steps.ts";

/** Values in a body without loops that are computed (not immediates). */
export const scalarWork = (body: Body): Value[] => body.live.filter((v) => v.op !== "const");

/** Bodies without loops of more values than one function should have become several functions. */
export const chunking: StepPass = {
  name: "chunks",
  list: "steps",
  makes: "chunks",
  run: (steps) =>
    eachLoop(steps, (s) => {
      const [body] = s.bodies as [Body];
      const large = s.nest.sizes.length === 0 && s.bodies.length === 1 && scalarWork(body).length > CHUNK_VALUES;
      return [large ? { ...s, form: { kind: "chunks" } } : s];
    }),
};
