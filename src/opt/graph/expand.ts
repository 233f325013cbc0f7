// Functions with rules of their own are what they are made of, once no derivative is taken any more.
import { markers } from "../../ir/markers.ts";
import type { GraphPass } from "../pass.ts";

export const expand: GraphPass = {
  name: "expand",
  list: "lowered",
  run: (outputs) => markers?.expand(outputs) ?? outputs,
};
