// The core family of kernels, compiled to one module: elementary functions of whole vectors, v128 -> v128. Each is
// one generic function in assembly/lane, where its contract is stated; here are its two instances, f64x2 and f32x4.
// Kernels in the last section return their first result and store the second at address 16 (assembly/dual/second.ts).

import { atan } from "./lane/atan";
import { exp, expm1 } from "./lane/exp";
import { log, log1p } from "./lane/log";
import { pow32, pow64, powSlope32, powSlope64 } from "./lane/pow";
import { dsigmoid, sigmoid, softplus } from "./lane/sigmoid";
import { sech2, tanh } from "./lane/tanh";
import { cos32, cos64, sin32, sin64, tan32, tan64 } from "./lane/trig";
import { expExpm1 } from "./dual/exp";
import { sigmoidDsigmoid } from "./dual/sigmoid";
import { sincos32, sincos64 } from "./dual/sincos";
import { softplusSigmoid } from "./dual/softplus";
import { tanhSech2 } from "./dual/tanh";

export function exp_f64x2(x: v128): v128 { return exp<f64>(x); }
export function exp_f32x4(x: v128): v128 { return exp<f32>(x); }
export function expm1_f64x2(x: v128): v128 { return expm1<f64>(x); }
export function expm1_f32x4(x: v128): v128 { return expm1<f32>(x); }
export function log_f64x2(x: v128): v128 { return log<f64>(x); }
export function log_f32x4(x: v128): v128 { return log<f32>(x); }
export function log1p_f64x2(x: v128): v128 { return log1p<f64>(x); }
export function log1p_f32x4(x: v128): v128 { return log1p<f32>(x); }
export function sin_f64x2(x: v128): v128 { return sin64(x); }
export function sin_f32x4(x: v128): v128 { return sin32(x); }
export function cos_f64x2(x: v128): v128 { return cos64(x); }
export function cos_f32x4(x: v128): v128 { return cos32(x); }
export function tan_f64x2(x: v128): v128 { return tan64(x); }
export function tan_f32x4(x: v128): v128 { return tan32(x); }
export function tanh_f64x2(x: v128): v128 { return tanh<f64>(x); }
export function tanh_f32x4(x: v128): v128 { return tanh<f32>(x); }
export function sech2_f64x2(x: v128): v128 { return sech2<f64>(x); }
export function sech2_f32x4(x: v128): v128 { return sech2<f32>(x); }
export function sigmoid_f64x2(x: v128): v128 { return sigmoid<f64>(x); }
export function sigmoid_f32x4(x: v128): v128 { return sigmoid<f32>(x); }
export function dsigmoid_f64x2(x: v128): v128 { return dsigmoid<f64>(x); }
export function dsigmoid_f32x4(x: v128): v128 { return dsigmoid<f32>(x); }
export function softplus_f64x2(x: v128): v128 { return softplus<f64>(x); }
export function softplus_f32x4(x: v128): v128 { return softplus<f32>(x); }
export function atan_f64x2(x: v128): v128 { return atan<f64>(x); }
export function atan_f32x4(x: v128): v128 { return atan<f32>(x); }
export function pow_f64x2(x: v128, y: v128): v128 { return pow64(x, y); }
export function pow_f32x4(x: v128, y: v128): v128 { return pow32(x, y); }
export function powSlope_f64x2(x: v128, p: v128, k: v128): v128 { return powSlope64(x, p, k); }
export function powSlope_f32x4(x: v128, p: v128, k: v128): v128 { return powSlope32(x, p, k); }

// two results

export function sin_cos_f64x2(x: v128): v128 { return sincos64(x); }
export function sin_cos_f32x4(x: v128): v128 { return sincos32(x); }
export function exp_expm1_f64x2(x: v128): v128 { return expExpm1<f64>(x); }
export function exp_expm1_f32x4(x: v128): v128 { return expExpm1<f32>(x); }
export function sigmoid_dsigmoid_f64x2(x: v128): v128 { return sigmoidDsigmoid<f64>(x); }
export function sigmoid_dsigmoid_f32x4(x: v128): v128 { return sigmoidDsigmoid<f32>(x); }
export function softplus_sigmoid_f64x2(x: v128): v128 { return softplusSigmoid<f64>(x); }
export function softplus_sigmoid_f32x4(x: v128): v128 { return softplusSigmoid<f32>(x); }
export function tanh_sech2_f64x2(x: v128): v128 { return tanhSech2<f64>(x); }
export function tanh_sech2_f32x4(x: v128): v128 { return tanhSech2<f32>(x); }
