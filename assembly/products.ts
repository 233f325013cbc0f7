// The kernels of the linear-algebra family that emitted programs call, as a module of their own: what bundles carry.
// The whole family (linalg.ts) is built beside it and tested.
export {
  gemm_workspace, gemm_f64, gemm_f32, gemv_f64, gemv_f32, gemv2_f64, gemv2_f32, gemvt_f64, gemvt_f32, scatter_add_f64, scatter_add_f32,
  scatter_add_at_f64, scatter_add_at_f32, gather_add_f64, gather_add_f32,
} from "./linalg";
