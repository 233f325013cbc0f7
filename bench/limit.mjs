// Hand-written AssemblyScript kernels (limit/) as systems to be measured: the limit inside WebAssembly. Arguments and
// results are copied between the caller's arrays and WebAssembly memory, as the library has to do it. Float64 only.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = path.join(root, "bench", "limit");
const file = path.join(root, "build", "limit.wasm");

/** The kernels' module, compiled unless it is newer than its sources. */
export async function compiled() {
  const sources = [...readdirSync(folder).map((name) => path.join(folder, name)), fileURLToPath(import.meta.url)];
  const fresh = existsSync(file) && sources.every((name) => statSync(name).mtimeMs < statSync(file).mtimeMs);
  if (!fresh) {
    const { default: asc } = await import("assemblyscript/asc");
    const settings = ["--runtime", "stub", "--enable", "simd", "-O3", "--converge", "--noAssert", "--use", "abort="];
    const memory = ["--importMemory", "--noExportMemory", "--disableWarning", "112"];
    const { error, stdout, stderr } = await asc.main(
      ["index.ts", "--baseDir", folder, "--outFile", "limit.wasm", ...settings, ...memory],
      {
        writeFile(_name, contents) {
          mkdirSync(path.dirname(file), { recursive: true });
          writeFileSync(file, contents);
        },
      },
    );
    if (error) throw new Error(`bench/limit does not compile: ${error.message}\n${stdout}${stderr}`);
  }
  return new WebAssembly.Module(readFileSync(file));
}

/** Below this many elements a loop copies faster than `set` and `slice`. */
const SHORT = 24;

/**
 * What comes before the arrays among a kernel's arguments, given a function that places data in memory and returns
 * the address.
 */
const leading = {
  sinsum: ({ n }) => [n],
  rosen: ({ n }) => [n],
  logreg: ({ rows, columns, X, y }, place) => [rows, columns, place(X), place(y), place(new Float64Array(8))],
  lj: ({ N }, place) => [N, place(new Float64Array(9 * (N + 2)))],
  bratu: ({ m, h, lambda }) => [m, h, lambda],
  minsurf: ({ m, h }, place) => [m, h, place(new Float64Array(3 * (m + 4)))],
  mlp({ I, H, O, B, X, labels }, place, exports) {
    const padded = O + (O & 1);
    const work = new Float64Array(4 * B * H + 2 * B * padded + 5 * H * padded + padded);
    exports.mlp_init(I, H, O, B, place(X), place(labels), place(work));
    return [];
  },
};

let module;
/** `{ value, grad, hvp }` of a workload by hand in AssemblyScript, or undefined where there is no such kernel. */
export async function limit(workload) {
  const name = workload.name === "rosen2" ? "rosen" : workload.name;
  if (!leading[name] || workload.Real !== Float64Array) return undefined;
  module ??= await compiled();
  const { n } = workload;
  const memory = new WebAssembly.Memory({ initial: 2 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  let end = 65536; // below: tables of the compiler's own logarithm
  const reserve = (bytes) => {
    const at = end;
    end = Math.ceil((end + bytes) / 16) * 16 + 64; // room for a vector beyond the end
    if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / 65536));
    return at;
  };
  const place = (data) => {
    const at = reserve(data.byteLength);
    new data.constructor(memory.buffer, at, data.length).set(data);
    return at;
  };
  const first = leading[name](workload, place, exports);
  const [x, v, out] = [reserve(8 * n), reserve(8 * n), reserve(8 * n)];
  const all = new Float64Array(memory.buffer);
  const write = (at, a) => {
    if (n >= SHORT) all.set(a, at / 8);
    else for (let i = 0; i < n; i++) all[at / 8 + i] = a[i];
  };
  const read = (to) => {
    if (!to) return all.slice(out / 8, out / 8 + n);
    if (n >= SHORT) to.set(all.subarray(out / 8, out / 8 + n));
    else for (let i = 0; i < n; i++) to[i] = all[out / 8 + i];
    return to;
  };
  const [f, g, h] = ["f", "g", "h"].map((kind) => exports[`${name}_${kind}`].bind(null, ...first));
  return {
    value(a) {
      write(x, a);
      return f(x);
    },
    grad(a, to) {
      write(x, a);
      g(x, out);
      return read(to);
    },
    hvp(a, b, to) {
      write(x, a);
      write(v, b);
      h(x, v, out);
      return read(to);
    },
  };
}
