// The families of kernels, each one module, and the AssemblyScript entry of a family: its kernels, in all types.
//
// A kernel `name` is the function `name` of its file under assembly/, in camel case, where its contract is stated:
//   - `name<T>` has an instance for every type;
//   - `name` or `name64`, on vectors, is float64. In float32 it is `name32` where the file has one. Else each half is
//     computed in float64 and rounded once: by `nameShort`, as accurate as that needs, where the file has it, unless
//     `nameShortFails`;
//   - an `order` is that of the first lane: the first half of it serves both;
//   - a kernel on vectors whose name has an underscore leaves a second result (assembly/dual/second.ts);
//   - names in capitals are constants that src/ reads, or the global of second results.

import { readFileSync } from "node:fs";

/**
 * `memory`: the families share one memory; each owns [from, to) for its static data, and nothing else of it.
 * `relaxes`: in relaxed mode its products are fused with the sums they are part of, which the error-free
 * transformations of the others would not survive. `integers`: kernels that have an int32 instance too.
 */
export const FAMILIES = {
  // What most programs use, so that a bundle need not carry the rest.
  core: {
    memory: [0x400, 0x10000],
    kernels: {
      "lane/exp": ["exp", "expm1"],
      "lane/log": ["log", "log1p"],
      "lane/trig": ["sin", "cos", "tan"],
      "lane/tanh": ["tanh", "sech2"],
      "lane/sigmoid": ["sigmoid", "dsigmoid", "softplus"],
      "lane/atan": ["atan"],
      "lane/pow": ["pow", "powSlope"],
      "dual/second": ["SECOND"],
      "dual/sincos": ["sin_cos"],
      "dual/exp": ["exp_expm1"],
      "dual/sigmoid": ["sigmoid_dsigmoid"],
      "dual/softplus": ["softplus_sigmoid"],
      "dual/tanh": ["tanh_sech2"],
    },
  },
  elementary: {
    memory: [0x18000, 0x20000],
    kernels: {
      "lane/sinh": ["sinh", "cosh"],
      "lane/area": ["asinh", "acosh", "atanh", "logit"],
      "lane/arc": ["asin", "acos", "atan2"],
      "lane/powers": ["exp2", "log2", "log10", "cbrt", "hypot"],
      "lane/mod": ["mod"],
      "lane/gelu": ["geluSigmoid"],
      "lane/exprel": ["exprel", "exprelDerivative"],
      "lane/sinc": ["sinc", "sincDerivative"],
      "dual/second": ["SECOND"],
      "dual/sinhcosh": ["sinh_cosh"],
    },
  },
  special: {
    memory: [0x10000, 0x18000],
    kernels: {
      "lane/erf": ["erf", "erfc", "gauss", "ndtr", "normalDensity"],
      "lane/erfinv": ["erfinv", "erfinvSlope", "erfcinv", "ndtri", "erfcinvSlope"],
      "lane/gamma": ["lgamma", "digamma", "polygamma"],
      "dual/second": ["SECOND"],
      "dual/erf": ["erf_gauss", "erfc_gauss", "ndtr_normalDensity"],
      "dual/erfinv": ["erfinv_erfinvSlope", "erfcinv_erfcinvSlope"],
      "dual/gamma": ["lgamma_digamma"],
      "lane/erfcx": [
        ...["erfcx", "erfcxSlope", "erfcxCurvature"],
        ...["logNdtr", "inverseMills", "inverseMillsSlope", "inverseMillsCurvature"],
      ],
      "lane/gammainc": ["gammaincc", "gammainc", "gammaDensity", "logGammainc", "logGammaincc"],
      "lane/bessel": [
        ...["i0e", "i0eSlope", "i0eCurvature", "i1e", "i1eSlope", "i1eCurvature"],
        ...["j0", "j1", "besselJOverPower"],
      ],
    },
  },
  products: {
    memory: [0x20000, 0x30000],
    relaxes: true,
    kernels: {
      "linalg/gemm": ["GEMM_WORKSPACE", "gemm"],
      "linalg/gemv": ["gemv", "gemv2", "gemvt"],
      "linalg/mirror": ["mirror"],
      "adjoint/scatter": ["scatter_add"],
      "adjoint/fixed-index": ["scatter_add_at", "gather_add"],
    },
  },
  factor: {
    memory: [0x30000, 0x34000],
    relaxes: true,
    kernels: {
      "linalg/triangular": ["FACTOR_WORKSPACE", "triangular_solve"],
      "linalg/cholesky": ["cholesky"],
      "dual/cholesky": ["cholesky_tangent"],
      "adjoint/cholesky": ["cholesky_adjoint"],
      "linalg/lu": ["lu", "lu_solve"],
      "linalg/qr": ["qr"],
    },
  },
  // Apart from `factor`, so that a program with a Cholesky factor does not carry it.
  spectral: {
    memory: [0x34000, 0x38000],
    kernels: {
      "linalg/gemm": ["GEMM_WORKSPACE"],
      "linalg/triangular": ["FACTOR_WORKSPACE"],
      "linalg/eigh": ["eigh"],
      "linalg/svd": ["svd"],
      "linalg/expm": ["expm", "expm_frechet"],
    },
  },
  cumulative: {
    memory: [0x38000, 0x3c000],
    integers: ["cumsum", "cumprod", "cummax", "cummin", "argsort"],
    kernels: {
      "cumulative/block": ["CARRIED"],
      "cumulative/sum": ["cumsum"],
      "cumulative/fold": ["cumprod", "cummax", "cummin"],
      "cumulative/recurrence": ["recurrence"],
      "sort/argsort": ["COUNTERS", "argsort"],
    },
  },
  window: {
    memory: [0x3c000, 0x40000],
    kernels: {
      "window/conv": ["CONV_WORKSPACE", "conv"],
      "window/writer": ["last_writer", "scatter_set"],
    },
  },
};

/** The source of a family's module, which lies one folder below the root, as assembly/ does. */
export function entryOf(family) {
  const { kernels, integers = [] } = FAMILIES[family];
  const imports = [
    importOf("highHalf, joined, lowHalf", "lane/lanes"),
    importOf("storeSecond, storedSecond", "dual/second"),
  ];
  const bodies = [];
  for (const [file, names] of Object.entries(kernels)) {
    const path = `assembly/${file}.ts`;
    const source = readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
    const called = new Set();
    /** The function `name` of the file, if it has one. */
    const find = (name) => {
      const f = signatureOf(name, source);
      if (f) called.add(name);
      return f;
    };
    for (const name of names) {
      if (name === name.toUpperCase()) bodies.push(`export { ${name} } from "../assembly/${file}";`);
      else bodies.push(...instancesOf(name, integers.includes(name), find, path));
    }
    if (called.size > 0) imports.push(importOf([...called].join(", "), file));
  }
  return `// generated by scripts/kernel-families.mjs\n${[...imports, ...bodies].join("\n")}\n`;
}

const importOf = (names, file) => `import { ${names} } from "../assembly/${file}";`;
const camelCase = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** What the exported function `name` of an AssemblyScript file takes and gives. */
function signatureOf(name, source) {
  const found = new RegExp(`export function ${name}(<T>)?\\(([^)]*)\\): (\\w+)`).exec(source);
  if (!found) return undefined;
  const parameters = found[2].split(",").flatMap((p) => p.trim() || []);
  return { name, generic: found[1] !== undefined, result: found[3], parameters };
}

/** A call of `callee` with the parameters of `f`, each in `form`. */
const callOf = (callee, { parameters }, form = (p) => p) =>
  `${callee}(${parameters.map((p) => form(p.split(":")[0])).join(", ")})`;
const exported = (name, { parameters, result }, body) =>
  `export function ${name}(${parameters.join(", ")}): ${result} { ${body}; }`;

/** The kernel `name` in all its types. */
function instancesOf(name, hasIntegers, find, path) {
  const own = camelCase(name);
  const f = find(own) ?? find(`${own}64`);
  if (!f) throw new Error(`${path} has no function ${own}`);
  const instance = (as, g, types = "") =>
    exported(as, g, `${g.result === "void" ? "" : "return "}${callOf(g.name + types, g)}`);
  if (f.result !== "v128") {
    if (!f.generic) return [instance(name, f)];
    return ["f64", "f32", ...(hasIntegers ? ["i32"] : [])].map((t) => instance(`${name}_${t}`, f, `<${t}>`));
  }
  const [double, single] = [`${name}_f64x2`, `${name}_f32x4`];
  if (f.generic) return [instance(double, f, "<f64>"), instance(single, f, "<f32>")];
  const own32 = find(`${own}32`);
  const rest = own32 ? instance(single, own32) : exported(single, f, halves(double, f, name.includes("_"), find));
  return [instance(double, f), rest];
}

/** float32 by way of float64, the kernel `double` or what is as accurate as float32 needs. */
function halves(double, f, hasSecond, find) {
  const [low, high] = ["lowHalf", "highHalf"].map(
    (half) => (callee) => callOf(callee, f, (p) => `${p === "order" ? "lowHalf" : half}(${p})`),
  );
  const both = (callee) => `joined(${low(callee)}, ${high(callee)})`;
  const [short, fails] = [find(`${f.name}Short`), find(`${f.name}ShortFails`)];
  if (short) return `return ${fails ? `${callOf(fails.name, f)} ? ${both(double)} : ` : ""}${both(short.name)}`;
  if (!hasSecond) return `return ${both(double)}`;
  return [
    `const low = ${low(double)}`,
    "const second = storedSecond()",
    `const high = ${high(double)}`,
    "storeSecond(joined(second, storedSecond()))",
    "return joined(low, high)",
  ].join("; ");
}
