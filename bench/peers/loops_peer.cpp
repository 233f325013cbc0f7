// The short loops by hand, as a peer: loops_peer ID FOLDER (protocol: README.md here). Gradients are written in
// reverse; with numbers that carry a tangent the same code is the Hessian-vector product.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

static void uniform(uint32_t a, size_t count, double scale, double *out) {
  for (size_t i = 0; i < count; i++) {
    a += 0x6D2B79F5u;
    uint32_t t = (a ^ (a >> 15)) * (a | 1u);
    t = (t + (t ^ (t >> 7)) * (t | 61u)) ^ t;
    out[i] = scale * (2 * ((t ^ (t >> 14)) / 4294967296.0) - 1);
  }
}

struct Dual { double x, d; Dual(double x = 0, double d = 0) : x(x), d(d) {} };
static inline Dual operator+(Dual a, Dual b) { return {a.x + b.x, a.d + b.d}; }
static inline Dual operator-(Dual a, Dual b) { return {a.x - b.x, a.d - b.d}; }
static inline Dual operator*(Dual a, Dual b) { return {a.x * b.x, a.d * b.x + a.x * b.d}; }
static inline Dual &operator+=(Dual &a, Dual b) { return a = a + b; }

static size_t steps;
static std::vector<double> observed;

/** x' = a x - b x y, y' = d x y - c y by the classical Runge–Kutta method; p holds a, b, c, d. */
template <class T> struct Lotka {
  static inline void rates(const T *p, T x, T y, T &dx, T &dy) { T xy = x * y; dx = p[0] * x - p[1] * xy; dy = p[3] * xy - p[2] * y; }
  static inline void back(const T *p, T x, T y, T bx, T by, T *g, T &cx, T &cy) {
    T xy = x * y, bxy = p[3] * by - p[1] * bx;
    g[0] += x * bx; g[1] += T(-1) * xy * bx; g[2] += T(-1) * y * by; g[3] += xy * by;
    cx = p[0] * bx + y * bxy; cy = x * bxy - p[2] * by;
  }
  static inline void stages(const T *p, T x, T y, T *X, T *Y, T *u, T *w) {
    const T h(0.05), half(0.025);
    X[0] = x; Y[0] = y; rates(p, x, y, u[0], w[0]);
    X[1] = x + half * u[0]; Y[1] = y + half * w[0]; rates(p, X[1], Y[1], u[1], w[1]);
    X[2] = x + half * u[1]; Y[2] = y + half * w[1]; rates(p, X[2], Y[2], u[2], w[2]);
    X[3] = x + h * u[2]; Y[3] = y + h * w[2]; rates(p, X[3], Y[3], u[3], w[3]);
  }
  static T value(const T *p) {
    const T sixth(0.05 / 6), two(2);
    T x(1), y(0.5), loss(0), X[4], Y[4], u[4], w[4];
    for (size_t i = 0; i < steps; i++) {
      stages(p, x, y, X, Y, u, w);
      x = x + sixth * (u[0] + two * (u[1] + u[2]) + u[3]); y = y + sixth * (w[0] + two * (w[1] + w[2]) + w[3]);
      T ex = x - T(observed[2 * i]), ey = y - T(observed[2 * i + 1]);
      loss += ex * ex + ey * ey;
    }
    return loss * T(1.0 / steps);
  }
  static void gradient(const T *p, T *g) {
    static std::vector<T> kept; kept.resize(2 * steps + 2);
    const T h(0.05), half(0.025), sixth(0.05 / 6), third(0.05 / 3), two(2), weight(2.0 / steps);
    T x(1), y(0.5), X[4], Y[4], u[4], w[4];
    for (size_t i = 0; i < steps; i++) {
      kept[2 * i] = x; kept[2 * i + 1] = y;
      stages(p, x, y, X, Y, u, w);
      x = x + sixth * (u[0] + two * (u[1] + u[2]) + u[3]); y = y + sixth * (w[0] + two * (w[1] + w[2]) + w[3]);
    }
    kept[2 * steps] = x; kept[2 * steps + 1] = y;
    T bx(0), by(0);
    for (int j = 0; j < 4; j++) g[j] = T(0);
    for (size_t i = steps; i-- > 0;) {
      bx += weight * (kept[2 * i + 2] - T(observed[2 * i])); by += weight * (kept[2 * i + 3] - T(observed[2 * i + 1]));
      stages(p, kept[2 * i], kept[2 * i + 1], X, Y, u, w);
      T cx, cy, sx = bx, sy = by;
      back(p, X[3], Y[3], sixth * bx, sixth * by, g, cx, cy); sx += cx; sy += cy;
      back(p, X[2], Y[2], third * bx + h * cx, third * by + h * cy, g, cx, cy); sx += cx; sy += cy;
      back(p, X[1], Y[1], third * bx + half * cx, third * by + half * cy, g, cx, cy); sx += cx; sy += cy;
      back(p, X[0], Y[0], sixth * bx + half * cx, sixth * by + half * cy, g, cx, cy); bx = sx + cx; by = sy + cy;
    }
  }
};

/** x ← r x (1 - x); p holds r and the first x. */
template <class T> struct Logistic {
  static T value(const T *p) {
    T x = p[1];
    for (size_t i = 0; i < steps; i++) x = p[0] * x * (T(1) - x);
    return x;
  }
  static void gradient(const T *p, T *g) {
    static std::vector<T> kept; kept.resize(steps);
    T x = p[1], b(1), r(0);
    for (size_t i = 0; i < steps; i++) { kept[i] = x; x = p[0] * x * (T(1) - x); }
    for (size_t i = steps; i-- > 0;) { T t = kept[i]; r += t * (T(1) - t) * b; b = p[0] * (T(1) - t - t) * b; }
    g[0] = r; g[1] = b;
  }
};

static std::vector<double> x, v, out;
static volatile double sink;
template <template <class> class F> static void run(int what) {
  const size_t n = x.size();
  if (what == 0) sink = F<double>::value(x.data());
  else if (what == 1) F<double>::gradient(x.data(), out.data());
  else {
    Dual p[4], g[4];
    for (size_t i = 0; i < n; i++) p[i] = Dual(x[i], v[i]);
    F<Dual>::gradient(p, g);
    for (size_t i = 0; i < n; i++) out[i] = g[i].d;
  }
  __asm__ volatile("" ::: "memory");
}
static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
static void save(const std::string &folder, const char *name) {
  FILE *f = fopen((folder + "/" + name + ".out").c_str(), "wb");
  if (!f || fwrite(out.data(), 8, out.size(), f) != out.size()) exit(1);
  fclose(f);
}

int main(int argc, char **argv) {
  if (argc < 3) return 1;
  const std::string id = argv[1];
  void (*call)(int) = nullptr;
  std::vector<double> base;
  uint32_t seed = 0;
  double scale = 0;
  steps = id.find('-') == std::string::npos ? 0 : atol(id.c_str() + id.find('-') + 1);
  if (id.rfind("lotka-", 0) == 0) {
    call = run<Lotka>; base = {1, 0.75, 1.25, 0.5}; seed = 1600; scale = 0.125;
    observed.resize(2 * steps); uniform(seed + 3, 2 * steps, 1, observed.data());
    for (double &t : observed) t = 1 + 0.5 * t;
  } else if (id.rfind("logistic-", 0) == 0) { call = run<Logistic>; base = {2.4, 0.5}; seed = 2100; scale = 0.05; }
  if (!call) { printf("{\"skip\": \"not written in C++\"}\n"); return 0; }
  const size_t n = base.size();
  x.resize(n); v.resize(n); out.resize(n);
  uniform(seed + 1, n, scale, x.data()); uniform(seed + 2, n, 1, v.data());
  for (size_t i = 0; i < n; i++) x[i] += base[i];
  double t0 = now(); call(2); const double first = now() - t0;
  save(argv[2], "hvp"); call(1); save(argv[2], "grad"); call(0);
  printf("{\"version\": \"%s\", \"firstMs\": %.6f, \"value\": %.17g, \"operations\": [\"value\", \"grad\", \"hvp\"]}\n", __VERSION__, first * 1e3, sink);
  fflush(stdout);
  long calls[3] = {0};
  char name[32]; double ms;
  while (scanf("%31s %lf", name, &ms) == 2) {
    const int what = !strcmp(name, "value") ? 0 : !strcmp(name, "grad") ? 1 : 2;
    if (!calls[what]) {
      long k = 1; double t;
      for (;; k *= 2) { t = now(); for (long i = 0; i < k; i++) call(what); t = now() - t; if (t > ms / 2e3) break; }
      calls[what] = k * (ms / 1e3) / t; if (calls[what] < 1) calls[what] = 1;
    }
    for (long i = 0; i < calls[what] / 3; i++) call(what); // other processes ran meanwhile: warm the caches again
    double t = now();
    for (long i = 0; i < calls[what]; i++) call(what);
    printf("{\"us\": %.6f}\n", (now() - t) / calls[what] * 1e6); fflush(stdout);
  }
  return 0;
}
