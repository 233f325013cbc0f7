// Values, gradients and Hessian-vector products by hand in C, vectors of VW numbers: what 128-bit SIMD without fused multiply-add can
// do (VW = 2, x86-64). No -ffast-math. Derivatives on paper; elementary functions in the range the workloads need.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifndef VW
#define VW 2
#endif
#ifndef PEER
#define PEER "c-hand-sse2"
#endif
#ifndef HERE
#define HERE "."
#endif
typedef double V __attribute__((vector_size(8 * VW)));
typedef double VU __attribute__((vector_size(8 * VW), aligned(8), may_alias));
typedef int64_t VI __attribute__((vector_size(8 * VW)));
#define INL static inline __attribute__((always_inline))
INL V ld(const double *p) { return (V)*(const VU *)p; }
INL void st(double *p, V a) { *(VU *)p = (VU)a; }
INL V bc(double x) { V r; for (int i = 0; i < VW; i++) r[i] = x; return r; }
INL VI bci(int64_t x) { VI r; for (int i = 0; i < VW; i++) r[i] = x; return r; }
INL double hs(V a) { double s = 0; for (int i = 0; i < VW; i++) s += a[i]; return s; }
INL V vabs(V a) { return (V)((VI)a & bci(0x7fffffffffffffffLL)); }
INL V sel(VI m, V a, V b) { return (V)(((VI)a & m) | ((VI)b & ~m)); }
INL V vmin(V a, V b) { return sel(a < b, a, b); }
INL V vmax(V a, V b) { return sel(a > b, a, b); }
INL V vsqrt(V a) { V r; for (int i = 0; i < VW; i++) r[i] = sqrt(a[i]); return r; }
#define MAGIC 6755399441055744.0
// exp, |rel err| ~ 1e-16 for -708 <= x <= 709 (clamped)
INL V vexp(V x) {
  x = vmin(vmax(x, bc(-708.0)), bc(709.0));
  V t = x * bc(1.4426950408889634074) + bc(MAGIC), n = t - bc(MAGIC);
  V r = x - n * bc(6.93147180369123816490e-01); r = r - n * bc(1.90821492927058770002e-10);
  V p = bc(1.0 / 479001600);
  p = p * r + bc(1.0 / 39916800); p = p * r + bc(1.0 / 3628800); p = p * r + bc(1.0 / 362880); p = p * r + bc(1.0 / 40320);
  p = p * r + bc(1.0 / 5040); p = p * r + bc(1.0 / 720); p = p * r + bc(1.0 / 120); p = p * r + bc(1.0 / 24);
  p = p * r + bc(1.0 / 6); p = p * r + bc(0.5); p = p * r + bc(1.0); p = p * r + bc(1.0);
  return (V)((VI)p + ((VI)t << 52));
}
// sin(r) for |r| <= pi/2, times (-1)^n taken from the low bit of t
INL V sinpoly(V r, V t) {
  V z = r * r, p = bc(1.9572941063391263e-20);
  p = p * z + bc(-8.2206352466243297e-18); p = p * z + bc(2.8114572543455208e-15); p = p * z + bc(-7.6471637318198165e-13);
  p = p * z + bc(1.6059043836821614e-10); p = p * z + bc(-2.5052108385441719e-08); p = p * z + bc(2.7557319223985891e-06);
  p = p * z + bc(-1.9841269841269841e-04); p = p * z + bc(8.3333333333333333e-03); p = p * z + bc(-1.6666666666666667e-01);
  p = r + r * z * p;
  return (V)((VI)p ^ ((VI)t << 63));
}
#define PI1 (2 * 1.57079632673412561417e+00)
#define PI2 (2 * 6.07710050630396597660e-11)
#define PI3 (2 * 2.02226624879595063154e-21)
INL V vsin(V x) { // |x| < 2^20
  V t = x * bc(0.31830988618379067154) + bc(MAGIC), n = t - bc(MAGIC);
  V r = x - n * bc(PI1); r = r - n * bc(PI2); r = r - n * bc(PI3);
  return sinpoly(r, t);
}
INL V vcos(V x) {
  V t = x * bc(0.31830988618379067154) - bc(0.5) + bc(MAGIC), n = t - bc(MAGIC) + bc(0.5);
  V r = x - n * bc(PI1); r = r - n * bc(PI2); r = r - n * bc(PI3);
  return -sinpoly(r, t);
}
INL V vlog1p01(V t) { // log(1+t), 0 <= t <= 1
  V s = t / (bc(2) + t), z = s * s, p = bc(1.0 / 35);
  for (int k = 33; k >= 1; k -= 2) p = p * z + bc(1.0 / k);
  return (s + s) * p;
}
INL V vtanh(V x) {
  V e = vexp(bc(-2) * vabs(x)), r = (bc(1) - e) / (bc(1) + e);
  return (V)((VI)r | ((VI)x & bci((int64_t)0x8000000000000000ULL)));
}

static void U(uint32_t a, long n, double scale, double *o) {
  for (long i = 0; i < n; i++) {
    a += 0x6D2B79F5u;
    uint32_t t = (a ^ (a >> 15)) * (1u | a);
    t = (t + (t ^ (t >> 7)) * (61u | t)) ^ t;
    o[i] = scale * (2.0 * ((double)(t ^ (t >> 14)) / 4294967296.0) - 1.0);
  }
}
static double *al(long n) { void *p = 0; if (posix_memalign(&p, 64, 8 * (n + 64))) exit(1); memset(p, 0, 8 * (n + 64)); return p; }

static long n; static double *X_, *x, *v, *out;
static int N_, d_, I_, H_, O_, OP_, B_, *lab; static double *yv;

// ---------------------------------------------------------------- rosen2 / wood / helical / biggs
static double rosen2_f(const double *x) { double t = x[1] - x[0] * x[0], u = 1 - x[0]; return 100 * t * t + u * u; }
static void rosen2_g(const double *x, double *g) { double t = x[1] - x[0] * x[0]; g[0] = -400 * x[0] * t - 2 * (1 - x[0]); g[1] = 200 * t; }
static void rosen2_h(const double *x, const double *v, double *o) {
  double t = x[1] - x[0] * x[0], dt = v[1] - 2 * x[0] * v[0];
  o[0] = -400 * (v[0] * t + x[0] * dt) + 2 * v[0]; o[1] = 200 * dt;
}
static double wood_f(const double *x) {
  double a = x[0], b = x[1], c = x[2], d = x[3], t = b - a * a, s = d - c * c, p = b + d - 2, q = b - d;
  return 100 * t * t + (1 - a) * (1 - a) + 90 * s * s + (1 - c) * (1 - c) + 10 * p * p + 0.1 * q * q;
}
static void wood_g(const double *x, double *g) {
  double a = x[0], b = x[1], c = x[2], d = x[3], t = b - a * a, s = d - c * c, p = b + d - 2, q = b - d;
  g[0] = -400 * a * t - 2 * (1 - a); g[1] = 200 * t + 20 * p + 0.2 * q; g[2] = -360 * c * s - 2 * (1 - c); g[3] = 180 * s + 20 * p - 0.2 * q;
}
static void wood_h(const double *x, const double *v, double *o) {
  double a = x[0], b = x[1], c = x[2], d = x[3], t = b - a * a, s = d - c * c, dt = v[1] - 2 * a * v[0], ds = v[3] - 2 * c * v[2], p = v[1] + v[3], q = v[1] - v[3];
  o[0] = -400 * (v[0] * t + a * dt) + 2 * v[0]; o[1] = 200 * dt + 20 * p + 0.2 * q; o[2] = -360 * (v[2] * s + c * ds) + 2 * v[2]; o[3] = 180 * ds + 20 * p - 0.2 * q;
}
#define C50PI (50 / M_PI) // d(100*theta) = 50/pi * d(atan)
static double hel_f(const double *x) {
  double th = atan(x[1] / x[0]) / (2 * M_PI) + (x[0] > 0 ? 0 : .5), a = 10 * x[2] - 100 * th, b = 10 * (sqrt(x[0] * x[0] + x[1] * x[1]) - 1);
  return a * a + b * b + x[2] * x[2];
}
static void hel_g(const double *x, double *g) {
  double th = atan(x[1] / x[0]) / (2 * M_PI) + (x[0] > 0 ? 0 : .5), a = 10 * x[2] - 100 * th, r2 = x[0] * x[0] + x[1] * x[1], r = sqrt(r2), q = C50PI / r2, k = 200 * (r - 1) / r;
  g[0] = 2 * a * q * x[1] + k * x[0]; g[1] = -2 * a * q * x[0] + k * x[1]; g[2] = 20 * a + 2 * x[2];
}
static void hel_h(const double *x, const double *v, double *o) {
  double th = atan(x[1] / x[0]) / (2 * M_PI) + (x[0] > 0 ? 0 : .5), a = 10 * x[2] - 100 * th, r2 = x[0] * x[0] + x[1] * x[1], r = sqrt(r2), ir = 1 / r, ir2 = ir * ir, q = C50PI * ir2;
  double xv = x[0] * v[0] + x[1] * v[1], cr = x[1] * v[0] - x[0] * v[1];
  double da = 10 * v[2] + q * cr, dq = -2 * q * ir2 * xv, k = 200 * (1 - ir), dk = 200 * ir * ir2 * xv;
  o[0] = 2 * (da * q * x[1] + a * dq * x[1] + a * q * v[1]) + dk * x[0] + k * v[0];
  o[1] = -2 * (da * q * x[0] + a * dq * x[0] + a * q * v[0]) + dk * x[1] + k * v[1];
  o[2] = 20 * da + 2 * v[2];
}
static double bt[16] __attribute__((aligned(64))), by[16] __attribute__((aligned(64))), bw[16] __attribute__((aligned(64)));
static double big_f(const double *x) {
  V s = bc(0);
  for (int i = 0; i < 16; i += VW) { V t = -ld(bt + i), r = bc(x[2]) * vexp(t * bc(x[0])) - bc(x[3]) * vexp(t * bc(x[1])) + bc(x[5]) * vexp(t * bc(x[4])) - ld(by + i); s += ld(bw + i) * r * r; }
  return hs(s);
}
static void big_g(const double *x, double *g) {
  V s[6]; for (int k = 0; k < 6; k++) s[k] = bc(0);
  for (int i = 0; i < 16; i += VW) {
    V t = ld(bt + i), e1 = vexp(-t * bc(x[0])), e2 = vexp(-t * bc(x[1])), e5 = vexp(-t * bc(x[4]));
    V r = (bc(x[2]) * e1 - bc(x[3]) * e2 + bc(x[5]) * e5 - ld(by + i)) * ld(bw + i) * bc(2), rt = r * t;
    s[0] -= rt * e1; s[1] += rt * e2; s[2] += r * e1; s[3] -= r * e2; s[4] -= rt * e5; s[5] += r * e5;
  }
  for (int k = 0; k < 6; k++) g[k] = hs(s[k]);
  g[0] *= x[2]; g[1] *= x[3]; g[4] *= x[5];
}
static void big_h(const double *x, const double *v, double *o) {
  V s[6]; for (int k = 0; k < 6; k++) s[k] = bc(0);
  V x3 = bc(x[2]), x4 = bc(x[3]), x6 = bc(x[5]);
  for (int i = 0; i < 16; i += VW) {
    V t = ld(bt + i), w2 = ld(bw + i) * bc(2), e1 = vexp(-t * bc(x[0])), e2 = vexp(-t * bc(x[1])), e5 = vexp(-t * bc(x[4]));
    V r = (x3 * e1 - x4 * e2 + x6 * e5 - ld(by + i)) * w2;
    V p1 = t * bc(v[0]), p2 = t * bc(v[1]), p5 = t * bc(v[4]);
    V a = bc(v[2]) - x3 * p1, b = bc(v[3]) - x4 * p2, c = bc(v[5]) - x6 * p5; // d(x3 e1) = e1*a etc.
    V dr = (e1 * a - e2 * b + e5 * c) * w2;
    // grad comps: g0=-x3 t e1 r, g2=e1 r ; d: -t[ (x3 e1)' r + x3 e1 dr ], e1' = -p1 e1
    s[0] -= t * e1 * (a * r + x3 * dr); s[1] += t * e2 * (b * r + x4 * dr); s[4] -= t * e5 * (c * r + x6 * dr);
    s[2] += e1 * (dr - p1 * r); s[3] -= e2 * (dr - p2 * r); s[5] += e5 * (dr - p5 * r);
  }
  for (int k = 0; k < 6; k++) o[k] = hs(s[k]);
}
// ---------------------------------------------------------------- rosen
static double ros_f(const double *x) {
  V s0 = bc(0), s1 = bc(0); long i = 0;
  for (; i + 2 * VW < n; i += 2 * VW) {
    V a = ld(x + i), t = ld(x + i + 1) - a * a, u = bc(1) - a; s0 += bc(100) * t * t + u * u;
    V b = ld(x + i + VW), q = ld(x + i + VW + 1) - b * b, w = bc(1) - b; s1 += bc(100) * q * q + w * w;
  }
  double s = hs(s0 + s1);
  for (; i < n - 1; i++) { double t = x[i + 1] - x[i] * x[i], u = 1 - x[i]; s += 100 * t * t + u * u; }
  return s;
}
static void ros_g(const double *x, double *g) {
  double t = x[1] - x[0] * x[0]; g[0] = -400 * x[0] * t - 2 * (1 - x[0]); long i = 1;
  for (; i + VW < n; i += VW) {
    V a = ld(x + i), p = ld(x + i - 1), t = ld(x + i + 1) - a * a;
    st(g + i, bc(-400) * a * t - bc(2) * (bc(1) - a) + bc(200) * (a - p * p));
  }
  for (; i < n - 1; i++) g[i] = -400 * x[i] * (x[i + 1] - x[i] * x[i]) - 2 * (1 - x[i]) + 200 * (x[i] - x[i - 1] * x[i - 1]);
  g[n - 1] = 200 * (x[n - 1] - x[n - 2] * x[n - 2]);
}
static void ros_h(const double *x, const double *v, double *o) {
  double t = x[1] - x[0] * x[0], dt = v[1] - 2 * x[0] * v[0]; o[0] = -400 * (v[0] * t + x[0] * dt) + 2 * v[0]; long i = 1;
  for (; i + VW < n; i += VW) {
    V a = ld(x + i), p = ld(x + i - 1), w = ld(v + i), q = ld(v + i - 1), nx = ld(x + i + 1), nv = ld(v + i + 1);
    V aw = a * w; // t*w + a*(nv-2aw) = nx*w + a*nv - 3*a*aw
    st(o + i, bc(202) * w - bc(400) * (nx * w + a * nv - bc(3) * a * aw + p * q));
  }
  for (; i < n - 1; i++) { double t = x[i + 1] - x[i] * x[i], dt = v[i + 1] - 2 * x[i] * v[i]; o[i] = -400 * (v[i] * t + x[i] * dt) + 2 * v[i] + 200 * (v[i] - 2 * x[i - 1] * v[i - 1]); }
  o[n - 1] = 200 * (v[n - 1] - 2 * x[n - 2] * v[n - 2]);
}
// ---------------------------------------------------------------- sinsum
static double sin_f(const double *x) { V s = bc(0), s2 = bc(0); long i = 0; for (; i + 2 * VW <= n; i += 2 * VW) { s += vsin(ld(x + i)); s2 += vsin(ld(x + i + VW)); } double r = hs(s + s2); for (; i < n; i++) r += sin(x[i]); return r; }
static void sin_g(const double *x, double *g) { long i = 0; for (; i + VW <= n; i += VW) st(g + i, vcos(ld(x + i))); for (; i < n; i++) g[i] = cos(x[i]); }
static void sin_h(const double *x, const double *v, double *o) { long i = 0; for (; i + VW <= n; i += VW) st(o + i, -vsin(ld(x + i)) * ld(v + i)); for (; i < n; i++) o[i] = -sin(x[i]) * v[i]; }
// ---------------------------------------------------------------- logreg: one pass over X, RB rows at a time
#define RB (VW > 4 ? VW : 4)
INL void lr_rows(const double *R, const double *w, int dv, double *z) {
  V a[RB]; for (int r = 0; r < RB; r++) a[r] = bc(0);
  for (int j = 0; j + VW <= d_; j += VW) { V q = ld(w + j); for (int r = 0; r < RB; r++) a[r] += ld(R + (long)r * d_ + j) * q; }
  for (int r = 0; r < RB; r++) { double s = hs(a[r]); for (int j = dv; j < d_; j++) s += R[(long)r * d_ + j] * w[j]; z[r] = s; }
}
INL void lr_acc(const double *R, const double *u, int dv, double *o) {
  for (int j = 0; j + VW <= d_; j += VW) { V s = ld(o + j); for (int r = 0; r < RB; r++) s += ld(R + (long)r * d_ + j) * bc(u[r]); st(o + j, s); }
  for (int j = dv; j < d_; j++) for (int r = 0; r < RB; r++) o[j] += R[(long)r * d_ + j] * u[r];
}
static double lr_f(const double *w) {
  int dv = d_ / VW * VW; V s = bc(0); double z[RB] __attribute__((aligned(64)));
  for (int i = 0; i < N_; i += RB) {
    lr_rows(X_ + (long)i * d_, w, dv, z);
    for (int r = 0; r < RB; r += VW) { V m = -ld(yv + i + r) * ld(z + r); s += vmax(m, bc(0)) + vlog1p01(vexp(-vabs(m))); }
  }
  double q = 0; for (int j = 0; j < d_; j++) q += w[j] * w[j];
  return hs(s) / N_ + 0.5e-3 * q;
}
static void lr_g(const double *w, double *g) {
  int dv = d_ / VW * VW; double z[RB] __attribute__((aligned(64)));
  for (int j = 0; j < d_; j++) g[j] = 1e-3 * w[j];
  V iN = bc(1.0 / N_);
  for (int i = 0; i < N_; i += RB) {
    const double *R = X_ + (long)i * d_; lr_rows(R, w, dv, z);
    for (int r = 0; r < RB; r += VW) { V y = ld(yv + i + r); st(z + r, -y * iN / (bc(1) + vexp(y * ld(z + r)))); }
    lr_acc(R, z, dv, g);
  }
}
static void lr_h(const double *w, const double *v, double *o) {
  int dv = d_ / VW * VW; double z[RB] __attribute__((aligned(64))), dz[RB] __attribute__((aligned(64)));
  for (int j = 0; j < d_; j++) o[j] = 1e-3 * v[j];
  V iN = bc(1.0 / N_);
  for (int i = 0; i < N_; i += RB) {
    const double *R = X_ + (long)i * d_; V a[RB], b[RB];
    for (int r = 0; r < RB; r++) a[r] = b[r] = bc(0);
    for (int j = 0; j + VW <= d_; j += VW) { V q = ld(w + j), p = ld(v + j); for (int r = 0; r < RB; r++) { V t = ld(R + (long)r * d_ + j); a[r] += t * q; b[r] += t * p; } }
    for (int r = 0; r < RB; r++) { double s = hs(a[r]), t = hs(b[r]); for (int j = dv; j < d_; j++) { double c = R[(long)r * d_ + j]; s += c * w[j]; t += c * v[j]; } z[r] = s; dz[r] = t; }
    for (int r = 0; r < RB; r += VW) { V e = vexp(-vabs(ld(z + r))), q = bc(1) + e; st(z + r, e / (q * q) * iN * ld(dz + r)); }
    lr_acc(R, z, dv, o);
  }
}
// ---------------------------------------------------------------- mlp
// C[M,Nn] (=|+=) A[M,K] B[K,Nn]; ta: A stored [K,M].  Nn multiple of NR*VW, M multiple of MR.
#define GEMM(NAME, MR, NR, TA)                                                                                              \
  static void NAME(int M, int Nn, int K, const double *restrict A, int lda, const double *restrict B, int ldb, double *restrict C, int ldc, int acc) { \
    for (int j = 0; j < Nn; j += NR * VW)                                                                                   \
      for (int i = 0; i < M; i += MR) {                                                                                     \
        V c[MR][NR];                                                                                                        \
        for (int r = 0; r < MR; r++) for (int s = 0; s < NR; s++) c[r][s] = acc ? ld(C + (i + r) * ldc + j + s * VW) : bc(0); \
        for (int k = 0; k < K; k++) {                                                                                       \
          V b[NR]; for (int s = 0; s < NR; s++) b[s] = ld(B + k * ldb + j + s * VW);                                        \
          for (int r = 0; r < MR; r++) { V a = bc(TA ? A[k * lda + i + r] : A[(i + r) * lda + k]); for (int s = 0; s < NR; s++) c[r][s] += a * b[s]; } \
        }                                                                                                                   \
        for (int r = 0; r < MR; r++) for (int s = 0; s < NR; s++) st(C + (i + r) * ldc + j + s * VW, c[r][s]);              \
      }                                                                                                                     \
  }
GEMM(mmH, 4, 2, 0) GEMM(mmHt, 4, 2, 1) GEMM(mmO, 8, 1, 0) GEMM(mmOt, 8, 1, 1)
static double *h_, *dh_, *z_, *dz_, *W2p, *V2p, *W2t, *V2t, *G_, *dG_, *o2;
static void pack2(const double *W, double *P, double *T) { // [H,O] -> padded [H,OP] and transposed [O,H]
  for (int i = 0; i < H_; i++) for (int j = 0; j < O_; j++) { P[i * OP_ + j] = W[i * O_ + j]; T[j * H_ + i] = W[i * O_ + j]; }
}
static double mlp_fwd(const double *p) { // h_ = tanh, z_ -> softmax probabilities; returns loss
  const double *b1 = p + I_ * H_, *W2 = b1 + H_, *b2 = W2 + H_ * O_;
  pack2(W2, W2p, W2t);
  mmH(B_, H_, I_, X_, I_, p, H_, h_, H_, 0);
  for (int i = 0; i < B_; i++) for (int j = 0; j < H_; j += VW) st(h_ + i * H_ + j, vtanh(ld(h_ + i * H_ + j) + ld(b1 + j)));
  mmO(B_, OP_, H_, h_, H_, W2p, OP_, z_, OP_, 0);
  double bb[32] __attribute__((aligned(64))); for (int j = 0; j < OP_; j++) bb[j] = j < O_ ? b2[j] : -1e4;
  double L = 0;
  for (int i = 0; i < B_; i++) {
    double *z = z_ + i * OP_, m = -1e300; for (int j = 0; j < OP_; j++) z[j] += bb[j];
    for (int j = 0; j < O_; j++) m = z[j] > m ? z[j] : m;
    double zl = z[lab[i]]; V s = bc(0);
    for (int j = 0; j < OP_; j += VW) { V e = vexp(ld(z + j) - bc(m)); st(z + j, e); s += e; }
    double S = hs(s), is = 1 / S; L += log(S) + m - zl;
    for (int j = 0; j < OP_; j += VW) st(z + j, ld(z + j) * bc(is));
  }
  return L / B_;
}
static double mlp_f(const double *p) { return mlp_fwd(p); }
static void mlp_g(const double *p, double *g) {
  mlp_fwd(p);
  double iB = 1.0 / B_, *g1 = g + I_ * H_, *gW2 = g1 + H_, *g2 = gW2 + H_ * O_;
  memset(g1, 0, 8 * H_); memset(g2, 0, 8 * O_);
  for (int i = 0; i < B_; i++) { double *z = z_ + i * OP_; for (int j = 0; j < OP_; j++) z[j] *= iB; z[lab[i]] -= iB; for (int j = 0; j < O_; j++) g2[j] += z[j]; }
  mmOt(H_, OP_, B_, h_, H_, z_, OP_, o2, OP_, 0);
  for (int i = 0; i < H_; i++) for (int j = 0; j < O_; j++) gW2[i * O_ + j] = o2[i * OP_ + j];
  mmH(B_, H_, O_, z_, OP_, W2t, H_, G_, H_, 0);
  for (int i = 0; i < B_; i++) for (int j = 0; j < H_; j += VW) { V h = ld(h_ + i * H_ + j), t = ld(G_ + i * H_ + j) * (bc(1) - h * h); st(G_ + i * H_ + j, t); st(g1 + j, ld(g1 + j) + t); }
  mmHt(I_, H_, B_, X_, I_, G_, H_, g, H_, 0);
}
static void mlp_h(const double *p, const double *v, double *o) {
  const double *vb1 = v + I_ * H_, *V2 = vb1 + H_, *vb2 = V2 + H_ * O_;
  double iB = 1.0 / B_, *o1 = o + I_ * H_, *oW2 = o1 + H_, *ob2 = oW2 + H_ * O_;
  mlp_fwd(p); pack2(V2, V2p, V2t);
  mmH(B_, H_, I_, X_, I_, v, H_, dh_, H_, 0);
  for (int i = 0; i < B_; i++) for (int j = 0; j < H_; j += VW) { V h = ld(h_ + i * H_ + j); st(dh_ + i * H_ + j, (ld(dh_ + i * H_ + j) + ld(vb1 + j)) * (bc(1) - h * h)); }
  mmO(B_, OP_, H_, dh_, H_, W2p, OP_, dz_, OP_, 0); mmO(B_, OP_, H_, h_, H_, V2p, OP_, dz_, OP_, 1);
  double bb[32] __attribute__((aligned(64))); for (int j = 0; j < OP_; j++) bb[j] = j < O_ ? vb2[j] : 0;
  memset(o1, 0, 8 * H_); memset(ob2, 0, 8 * O_);
  for (int i = 0; i < B_; i++) { // delta = (p-y)/B, ddelta = p*(dz - p.dz)/B
    double *z = z_ + i * OP_, *dz = dz_ + i * OP_; V s = bc(0);
    for (int j = 0; j < OP_; j += VW) { V t = ld(dz + j) + ld(bb + j); st(dz + j, t); s += t * ld(z + j); }
    V S = bc(hs(s));
    for (int j = 0; j < OP_; j += VW) { V q = ld(z + j) * bc(iB); st(dz + j, q * (ld(dz + j) - S)); st(z + j, q); }
    z[lab[i]] -= iB; for (int j = 0; j < O_; j++) ob2[j] += dz[j];
  }
  mmOt(H_, OP_, B_, h_, H_, dz_, OP_, o2, OP_, 0); mmOt(H_, OP_, B_, dh_, H_, z_, OP_, o2, OP_, 1);
  for (int i = 0; i < H_; i++) for (int j = 0; j < O_; j++) oW2[i * O_ + j] = o2[i * OP_ + j];
  mmH(B_, H_, O_, z_, OP_, W2t, H_, G_, H_, 0);
  mmH(B_, H_, O_, dz_, OP_, W2t, H_, dG_, H_, 0); mmH(B_, H_, O_, z_, OP_, V2t, H_, dG_, H_, 1);
  for (int i = 0; i < B_; i++) for (int j = 0; j < H_; j += VW) {
    long q = i * H_ + j; V h = ld(h_ + q), t = ld(dG_ + q) * (bc(1) - h * h) - bc(2) * ld(G_ + q) * h * ld(dh_ + q); st(dG_ + q, t); st(o1 + j, ld(o1 + j) + t);
  }
  mmHt(I_, H_, B_, X_, I_, dG_, H_, o, H_, 0);
}
// ---------------------------------------------------------------- lj (SoA, i<j, padded with far particles)
static double *P[3], *Q[3], *F[3];
static void lj_in(const double *x) { for (int i = 0; i < N_; i++) for (int c = 0; c < 3; c++) P[c][i] = x[3 * i + c]; }
static double lj_f(const double *x) {
  lj_in(x); V s = bc(0);
  for (int i = 0; i < N_; i++) { V a = bc(P[0][i]), b = bc(P[1][i]), c = bc(P[2][i]);
    for (int j = i + 1; j < N_; j += VW) { V dx = a - ld(P[0] + j), dy = b - ld(P[1] + j), dz = c - ld(P[2] + j), u = bc(1) / (dx * dx + dy * dy + dz * dz), w = u * u * u; s += w * w - w; } }
  return 4 * hs(s);
}
static void lj_g(const double *x, double *g) {
  lj_in(x); for (int c = 0; c < 3; c++) memset(F[c], 0, 8 * (N_ + VW));
  for (int i = 0; i < N_; i++) { V a = bc(P[0][i]), b = bc(P[1][i]), c = bc(P[2][i]), f0 = bc(0), f1 = bc(0), f2 = bc(0);
    for (int j = i + 1; j < N_; j += VW) {
      V dx = a - ld(P[0] + j), dy = b - ld(P[1] + j), dz = c - ld(P[2] + j), u = bc(1) / (dx * dx + dy * dy + dz * dz), w = u * u * u, k = u * w * (bc(24) - bc(48) * w);
      dx *= k; dy *= k; dz *= k; f0 += dx; f1 += dy; f2 += dz; st(F[0] + j, ld(F[0] + j) - dx); st(F[1] + j, ld(F[1] + j) - dy); st(F[2] + j, ld(F[2] + j) - dz);
    }
    F[0][i] += hs(f0); F[1][i] += hs(f1); F[2][i] += hs(f2); }
  for (int i = 0; i < N_; i++) for (int c = 0; c < 3; c++) g[3 * i + c] = F[c][i];
}
static void lj_h(const double *x, const double *v, double *o) {
  lj_in(x); for (int i = 0; i < N_; i++) for (int c = 0; c < 3; c++) Q[c][i] = v[3 * i + c];
  for (int c = 0; c < 3; c++) memset(F[c], 0, 8 * (N_ + VW));
  for (int i = 0; i < N_; i++) {
    V a = bc(P[0][i]), b = bc(P[1][i]), c = bc(P[2][i]), va = bc(Q[0][i]), vb = bc(Q[1][i]), vc = bc(Q[2][i]), f0 = bc(0), f1 = bc(0), f2 = bc(0);
    for (int j = i + 1; j < N_; j += VW) {
      V dx = a - ld(P[0] + j), dy = b - ld(P[1] + j), dz = c - ld(P[2] + j), ex = va - ld(Q[0] + j), ey = vb - ld(Q[1] + j), ez = vc - ld(Q[2] + j);
      V u = bc(1) / (dx * dx + dy * dy + dz * dz), w = u * u * u, uw = u * w, k = uw * (bc(24) - bc(48) * w), q = u * uw * (bc(672) * w - bc(192)) * (dx * ex + dy * ey + dz * ez);
      V hx = k * ex + q * dx, hy = k * ey + q * dy, hz = k * ez + q * dz;
      f0 += hx; f1 += hy; f2 += hz; st(F[0] + j, ld(F[0] + j) - hx); st(F[1] + j, ld(F[1] + j) - hy); st(F[2] + j, ld(F[2] + j) - hz);
    }
    F[0][i] += hs(f0); F[1][i] += hs(f1); F[2][i] += hs(f2);
  }
  for (int i = 0; i < N_; i++) for (int c = 0; c < 3; c++) o[3 * i + c] = F[c][i];
}
// ---------------------------------------------------------------- bratu
static int m_; static double hh, lam = 5.0;
#define VLOOP(lo, hi, ...) do { long _l = (lo), _h = (hi); for (long j = _l; j < _h; j += VW) { if (j + VW > _h) j = _h - VW; __VA_ARGS__ } } while (0) /* idempotent bodies, hi-lo >= VW */
static double br_f(const double *u) {
  V s = bc(0), e = bc(0); double r = 0, re = 0; long m = m_;
  for (long i = 0; i < m; i++) { const double *p = u + i * m; long j = 0;
    for (; j + VW <= m; j += VW) { V a = ld(p + j); e += vexp(a); if (i + 1 < m) { V t = ld(p + m + j) - a; s += t * t; } }
    for (; j < m; j++) { re += exp(p[j]); if (i + 1 < m) { double t = p[m + j] - p[j]; r += t * t; } }
    for (j = 0; j + VW <= m - 1; j += VW) { V t = ld(p + j + 1) - ld(p + j); s += t * t; }
    for (; j < m - 1; j++) { double t = p[j + 1] - p[j]; r += t * t; } }
  return 0.5 * (hs(s) + r) - lam * hh * hh * (hs(e) + re);
}
#define BR(NAME, ARGS, S, TAILV, TAILS)                                                                       \
  static void NAME ARGS {                                                                                     \
    long m = m_; double L = lam * hh * hh;                                                                    \
    for (long i = 0; i < m; i++) {                                                                            \
      const double *p = S + i * m, *up = i ? p - m : p, *dn = i < m - 1 ? p + m : p, *uu = u + i * m; double *q = o + i * m, k = 2 + (i > 0) + (i < m - 1), kk = k - 1, z = 4 - k; \
      (void)uu; /* missing neighbours: up/dn point at p itself, so each adds one p */                         \
      VLOOP(1, m - 1, { V c = ld(p + j); st(q + j, bc(k + z) * c - ld(p + j - 1) - ld(p + j + 1) - ld(up + j) - ld(dn + j) TAILV); }); \
      { long j = 0; q[0] = (kk + z) * p[0] - p[1] - up[0] - dn[0] TAILS; j = m - 1; q[j] = (kk + z) * p[j] - p[j - 1] - up[j] - dn[j] TAILS; } \
    }                                                                                                         \
  }
BR(br_g, (const double *u, double *o), u, -bc(L) * vexp(c), -L * exp(uu[j]))
BR(br_h, (const double *u, const double *v, double *o), v, -bc(L) * vexp(ld(uu + j)) * c, -L * exp(uu[j]) * p[j])
// ---------------------------------------------------------------- minsurf
static double *mP, *mQ; // rows, index shifted so that [-1] is readable and zero
static double ms_f(const double *u) {
  long m = m_; V s = bc(0), ih = bc(1 / hh); double r = 0;
  for (long i = 0; i < m - 1; i++) { const double *p = u + i * m; long j = 0;
    for (; j + VW <= m - 1; j += VW) { V c = ld(p + j), a = (ld(p + m + j) - c) * ih, b = (ld(p + j + 1) - c) * ih; s += vsqrt(bc(1) + a * a + b * b); }
    for (; j < m - 1; j++) { double a = (p[m + j] - p[j]) / hh, b = (p[j + 1] - p[j]) / hh; r += sqrt(1 + a * a + b * b); } }
  return hh * hh * (hs(s) + r);
}
#define MS(NAME, ARGS, ...)                                                                                  \
  static void NAME ARGS {                                                                                     \
    long m = m_; V ih = bc(1 / hh), h = bc(hh); double *Pc = mP + 16, *Pp = mP + 16 + m + 32, *Qc = mQ + 16;  \
    memset(mP, 0, 8 * (2 * m + 64)); memset(mQ, 0, 8 * (m + 32));                                            \
    for (long i = 0; i < m; i++) {                                                                            \
      const double *p = u + i * m;                                                                            \
      if (i < m - 1) VLOOP(0, m - 1, { V c = ld(p + j), a = (ld(p + m + j) - c) * ih, b = (ld(p + j + 1) - c) * ih; __VA_ARGS__ }); \
      else { memset(Pc, 0, 8 * m); memset(Qc, 0, 8 * m); }                                                    \
      VLOOP(0, m, { st(o + i * m + j, h * (ld(Pp + j) + ld(Qc + j - 1) - ld(Pc + j) - ld(Qc + j))); });       \
      double *t = Pc; Pc = Pp; Pp = t;                                                                        \
    }                                                                                                         \
  }
MS(ms_g, (const double *u, double *o), V w = bc(1) / vsqrt(bc(1) + a * a + b * b); st(Pc + j, a * w); st(Qc + j, b * w);)
MS(ms_h, (const double *u, const double *v, double *o), const double *q = v + i * m; V d = ld(q + j), da = (ld(q + m + j) - d) * ih, db = (ld(q + j + 1) - d) * ih;
   V w2 = bc(1) / (bc(1) + a * a + b * b), w = vsqrt(w2), k = (a * da + b * db) * w2; st(Pc + j, w * (da - a * k)); st(Qc + j, w * (db - b * k));)
