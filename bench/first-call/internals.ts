// The steps of a first call, as a library of its own: the package, bundled as dist/ is, with the parts behind its face.
export { pushforward } from "../../src/ad/jvp.ts";
export { cotangents } from "../../src/ad/linearize.ts";
export * from "../../src/index.ts";
export { inSession } from "../../src/ir/build.ts";
export { attachMethods } from "../../src/ops/methods.ts";
export { plan } from "../../src/opt/plan/plan.ts";
export { parameter } from "../../src/primitives/leaf.ts";
export { full } from "../../src/primitives/spread.ts";
export { programOf } from "../../src/run/program.ts";
export { Tensor } from "../../src/trace/tracer.ts";
