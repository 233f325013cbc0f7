// The loops that bench/functions.mjs times: the library's, as the compiled program has it, and the one in JavaScript.
import * as hvp from "hvp";
import * as S from "./special.mjs";

/** What the program that was called last exports as `run`, and the arguments of that call. */
let latest;
const { Instance } = WebAssembly;
// The library instantiates programs with this constructor and calls their `run(work, data, point)`. While arguments
// lie in the working memory, from one call through the library to the next, the same call can be repeated without
// copying them again.
WebAssembly.Instance = function observed(module, imports) {
  const { exports } = new Instance(module, imports);
  if (!exports.run) return { exports };
  const run = (...addresses) => {
    latest = { run: exports.run, addresses };
    exports.run(...addresses);
  };
  return { exports: { ...exports, run } };
};

/**
 * @returns `run`: the compiled loop alone; `call`: the same through the library, copies included; `result`: what it
 * computes.
 */
export function compiledLoop(f, inputs) {
  const compiled = hvp.jit(f);
  const result = compiled(...inputs);
  const { run, addresses } = latest;
  const [work, data, point] = addresses;
  return {
    result,
    run() {
      run(work, data, point);
      return 0;
    },
    call: () => compiled(...inputs)[0],
  };
}

/**
 * The loop over `by`, a formula in x and y with M for Math and S for special.mjs: a function of its own for each, so
 * that the engine compiles it for these arrays alone.
 */
export function jsLoop({ by }, inputs, out) {
  const body = `"use strict";
return (a, b, out) => {
  for (let i = 0; i < out.length; i++) {
    const x = a[i], y = b[i];
    out[i] = ${by};
  }
  return out[0];
};`;
  const loop = new Function("M", "S", body)(Math, S);
  const [a, b = a] = inputs;
  return { out, run: () => loop(a, b, out) };
}
