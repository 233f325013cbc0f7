// TensorFlow.js on its WebAssembly backend, float32, one thread: the gradient of ⟨gradient, v⟩.
import { createRequire } from "node:module";
import path from "node:path";
import { guarded, load, resolvePeer, serve } from "./common.mjs";
import { objectivesIn } from "./tfjs_objectives.mjs";

await guarded(async () => {
  console.warn = console.info = console.log = () => {};
  const require = createRequire(import.meta.url);
  const tf = require(resolvePeer("@tensorflow/tfjs"));
  const entry = resolvePeer("@tensorflow/tfjs-backend-wasm");
  const wasm = require(entry);
  wasm.setWasmPaths(`${path.dirname(entry)}/`);
  wasm.setThreadsCount?.(1);
  await tf.setBackend("wasm");
  await tf.ready();
  if (tf.getBackend() !== "wasm") throw new Error("the WebAssembly backend does not start");
  const D = load();
  const { make, T } = objectivesIn(tf);
  const f = make(D);
  const g = tf.grad(f);
  const product = () =>
    tf.tidy(() => {
      const v = T(D.v);
      return tf
        .grad((t) => g(t).mul(v).sum())(T(D.x))
        .dataSync();
    });
  const value = () => tf.tidy(() => f(T(D.x)).dataSync()[0]);
  const gradient = () => tf.tidy(() => g(T(D.x)).dataSync());
  const start = performance.now();
  const hvp = product();
  const firstMs = performance.now() - start;
  await serve({
    version: tf.version.tfjs,
    firstMs,
    value: value(),
    grad: gradient(),
    hvp,
    operations: { value, grad: gradient, hvp: product },
  });
});
