// AssemblyScript. Kernels by hand: the limit of what WebAssembly's 128-bit SIMD can do. Compiled by ../limit.mjs.
export { bratu_f, bratu_g, bratu_h, minsurf_f, minsurf_g, minsurf_h } from "./grids";
export { lj_f, lj_g, lj_h } from "./lj";
export { logreg_f, logreg_g, logreg_h } from "./logreg";
export { mlp_f, mlp_g, mlp_h, mlp_init } from "./mlp";
export { peak_f32, peak_f64 } from "./peak";
export { rosen_f, rosen_g, rosen_h, sinsum_f, sinsum_g, sinsum_h } from "./vectors";
