// The formulas of table.mjs as AssemblyScript: a loop over an array for each, with NativeMath and NativeMathf,
// AssemblyScript's own functions. Compiled when the benchmark starts.
import asc from "assemblyscript/asc";

/** One loop: x and y are read from memory, results are written. */
const loop = (name, expression, type, module) => `
export function ${name}(a: usize, b: usize, out: usize, n: i32): void {
  for (let i: usize = 0, end = <usize>n * sizeof<${type}>(); i < end; i += sizeof<${type}>()) {
    const x = load<${type}>(a + i);
    const y = load<${type}>(b + i);
    store<${type}>(out + i, ${expression.replaceAll("M.", `${module}.`)});
  }
}`;

const exportName = (k, Real) => `f${k}_${Real === Float64Array ? "f64" : "f32"}`;
const expressionOf = ({ native, by }) => native ?? (by.includes("S.") ? undefined : by);

/**
 * `(index of the function, constructor of the arrays, arguments) → { run, out }`, undefined where there is no such
 * formula.
 */
export async function nativeLoops(functions, n) {
  const source = functions
    .flatMap((f, k) => {
      const expression = expressionOf(f);
      return expression
        ? [
            loop(exportName(k, Float64Array), expression, "f64", "NativeMath"),
            loop(exportName(k, Float32Array), expression, "f32", "NativeMathf"),
          ]
        : [];
    })
    .join("\n");
  const files = {};
  const settings = ["--runtime", "stub", "--enable", "simd", "-O3", "--converge", "--noAssert", "--use", "abort="];
  const { error, stdout, stderr } = await asc.main(["native.ts", "--outFile", "native.wasm", ...settings], {
    readFile: (name) => (name === "native.ts" ? source : null), // no asconfig.json
    writeFile: (name, contents) => {
      files[name] = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`the loops with NativeMath do not compile: ${error.message}\n${stdout}${stderr}`);
  const module = new WebAssembly.Module(files["native.wasm"]);
  const { exports } = new WebAssembly.Instance(module, {});
  const { memory } = exports;
  memory.grow(1);
  const base = memory.buffer.byteLength - 65536;
  return (k, Real, inputs) => {
    if (!expressionOf(functions[k])) return undefined;
    const at = (i) => base + i * 8 * n;
    const arrays = [0, 1, 2].map((i) => new Real(memory.buffer, at(i), n));
    const f = exports[exportName(k, Real)];
    return {
      out: arrays[2],
      run() {
        f(at(0), at(1), at(2), n);
        return 0;
      },
      place: () => inputs.forEach((x, i) => arrays[i].set(x)),
    };
  };
}
