// The workloads in jax-js (WebAssembly backend, float64), where the running Node can load it. It is no dependency of this package:
//
//     npm install --no-save @jax-js/jax        and Node 24 or newer
//
// JAX_JS may hold the path of its entry module instead.
import { pathToFileURL } from "node:url";

/** @returns {Promise<{ make?: Function, why?: string }>} how to build a workload, or why it cannot be had. */
export async function loadJaxJs() {
  let jax;
  try {
    jax = await import(process.env.JAX_JS ? pathToFileURL(process.env.JAX_JS).href : "@jax-js/jax");
    await jax.init("wasm");
    jax.defaultDevice("wasm");
  } catch (error) {
    return { why: error.code === "ERR_MODULE_NOT_FOUND" ? "not installed" : String(error.message).split("\n")[0] };
  }
  const { numpy: np, grad, jit, jvp, linearize } = jax;
  const array = (data, shape) => {
    const a = np.array(Float64Array.from(data), { dtype: np.float64 });
    return shape ? a.reshape(shape) : a;
  };
  const square = (x) => x.ref.mul(x);
  // Values are reference counted: `.ref` takes another reference, every other use consumes one.
  const objectives = {
    sinSum: () => (x) => np.sin(x).sum(),
    rosenbrock:
      ({ n }) =>
      (x) => {
        const b = x.ref.slice([1, n]);
        const a = x.slice([0, n - 1]);
        return square(b.sub(square(a.ref)))
          .mul(100)
          .add(square(a.neg().add(1)))
          .sum();
      },
    // Xw as multiply and sum: under jit, the derivative of its dot is wrong in release 0.1.
    logistic: ({ data, n }) => {
      const X = array(data.X, [data.rows, n]);
      const minusY = array(data.y.map((t) => -t));
      return (w) => {
        const t = X.ref.mul(w.ref).sum(1).mul(minusY.ref);
        return np.log(np.exp(t).add(1)).mean().add(square(w).sum().mul(0.5e-3));
      };
    },
  };
  const make = (workload) => {
    const f = objectives[workload.kind](workload);
    const g = grad(f);
    const value = jit(f);
    const gradient = jit(g);
    const product = jit((x, v) => {
      const [primal, tangent] = jvp(g, [x], [v]);
      primal.dispose();
      return tangent;
    });
    return {
      value: (x) => value(array(x)).dataSync()[0],
      grad: (x) => gradient(array(x)).dataSync(),
      hvp: (x, v) => product(array(x), array(v)).dataSync(),
      at(x) {
        const [primal, linear] = linearize(g, [array(x)]);
        primal.dispose();
        const apply = jit((t) => linear(t));
        return { hvp: (v) => apply(array(v)).dataSync() };
      },
    };
  };
  return { make };
}
