// npm run bench:matmul [-- --quick]
//
// The matrix product as a share of the peak of this machine: a loop of nothing but products and sums of vectors
// (limit/peak.ts). The kernel is called as programs call it, on n × n matrices; "A·B", "Aᵀ·B" and "A·Bᵀ" say which
// operand is stored the other way. The column "call" is `jit(matmul)`, with both matrices copied in and the product
// copied out. Results are checked first.
import { readFileSync } from "node:fs";
import os from "node:os";
import * as hvp from "../dist/index.js";
import { uniform } from "./inputs.mjs";
import { compiled } from "./limit.mjs";
import { measure, relativeError } from "./measure.mjs";

const flags = process.argv.slice(2);
const unknown = flags.find((t) => t !== "--quick");
if (unknown) {
  console.error(`unknown argument ${unknown}; the only flag is --quick`);
  process.exit(1);
}
const timing = flags.length > 0 ? { rounds: 5, batchMs: 4, warmUpMs: 20 } : { rounds: 9, batchMs: 15, warmUpMs: 40 };
const SIZES = [16, 32, 48, 64, 96, 128, 200, 256, 512];
const TYPES = { float64: ["f64", Float64Array, 1e-14], float32: ["f32", Float32Array, 1e-5] };

const memory = new WebAssembly.Memory({ initial: 256 });
const instantiate = (module) => new WebAssembly.Instance(module, { env: { memory } }).exports;
const kernels = instantiate(new WebAssembly.Module(readFileSync(new URL("../build/products.wasm", import.meta.url))));
const { exports: loops } = new WebAssembly.Instance(await compiled(), {
  env: { memory: new WebAssembly.Memory({ initial: 2 }) },
});

/** A·B by definition; element (i, j) of X is X[i·rows + j·columns]. */
function product(n, a, [ar, ac], b, [br, bc]) {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) c[i * n + j] += a[i * ar + k * ac] * b[k * br + j * bc];
  return c;
}

const WORKSPACE = 1 << 20;
const PLACES = [2 << 20, 4 << 20, 6 << 20];

/** Shares of the peak, in percent, for one size and type. */
function sharesOf(n, dtype) {
  const [suffix, Real, tolerance] = TYPES[dtype];
  const [A, B, C] = PLACES.map((at) => new Real(memory.buffer, at, n * n));
  A.set(Real.from(uniform(1, n * n)));
  B.set(Real.from(uniform(2, n * n)));
  const [straight, turned] = [
    [n, 1],
    [1, n],
  ];
  const layouts = { A·B: [straight, straight], Aᵀ·B: [turned, straight], A·Bᵀ: [straight, turned] };
  // 1000 rounds of twelve products and sums of whole vectors.
  const rounds = 1000;
  const tasks = { peak: () => loops[`peak_${suffix}`](rounds, 0.5, 1) };
  for (const [name, [a, b]] of Object.entries(layouts)) {
    const run = () => {
      kernels[`gemm_${suffix}`](n, n, n, PLACES[0], ...a, PLACES[1], ...b, PLACES[2], n, 1, 0, WORKSPACE);
      return C[0];
    };
    run();
    const error = relativeError(C, product(n, A, a, B, b));
    if (!(error < tolerance)) throw new Error(`${name} of ${n} × ${n} ${dtype} differs by ${error}`);
    tasks[name] = run;
  }
  const multiply = hvp.jit((a, b) => hvp.matmul(a, b));
  const [a, b] = [A, B].map((x) => new hvp.NdArray(x.slice(), [n, n]));
  const error = relativeError(multiply(a, b).data, product(n, A, straight, B, straight));
  if (!(error < tolerance)) throw new Error(`jit(matmul) of ${n} × ${n} ${dtype} differs by ${error}`);
  tasks.call = () => multiply(a, b).data[0];
  const times = measure(tasks, timing);
  const flops = { peak: 24 * (16 / Real.BYTES_PER_ELEMENT) * rounds };
  const rate = (name) => (flops[name] ?? 2 * n ** 3) / times.get(name).us / 1000;
  return {
    peak: rate("peak"),
    shares: Object.keys(tasks)
      .slice(1)
      .map((name) => (100 * rate(name)) / rate("peak")),
  };
}

console.log(`Node ${process.version}, ${os.cpus()[0].model}`);
for (const dtype of Object.keys(TYPES)) {
  console.log(`\n${dtype}: percent of the peak\n     n   peak GFLOP/s      A·B     Aᵀ·B     A·Bᵀ     call`);
  for (const n of SIZES) {
    const { peak, shares } = sharesOf(n, dtype);
    console.log(
      `${String(n).padStart(6)}${peak.toFixed(1).padStart(15)}${shares.map((s) => s.toFixed(0).padStart(9)).join("")}`,
    );
  }
}
