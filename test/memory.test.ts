// Memory is steady: a hundred thousand calls leave neither JavaScript heap nor WebAssembly memory behind.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { add, exp, hvp, mul, objective, square, sub, sum, type Tensor } from "../src/index.ts";
import { doubles } from "../src/run/runtime.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const CALLS = 100_000;
/** Heap that may remain after all calls: ten bytes a call would be 1 MB; engine caches move it by some hundred KB. */
const HEAP_SLACK = 1_000_000;

let grows = 0;
const { grow } = WebAssembly.Memory.prototype;
beforeAll(() => {
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number) {
    grows++;
    return grow.call(this, pages);
  };
});
afterAll(() => {
  WebAssembly.Memory.prototype.grow = grow;
});

/** Bytes in use once garbage is gone. */
function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
const wasm = (): number => doubles().buffer.byteLength;

const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = [x.slice([0, -1]), x.slice([1])];
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
};
const x = Float64Array.of(0.5, -0.3, 0.8, 1.2);
const v = Float64Array.of(1, 2, -1, 0.5);

/** Runs `body` a tenth of the calls to warm up, then all of them, and compares. */
function expectSteady(body: (i: number) => void, calls = CALLS): void {
  for (let i = 0; i < calls / 10; i++) body(i);
  const before = { heap: heap(), wasm: wasm(), grows };
  for (let i = 0; i < calls; i++) body(i);
  expect(grows - before.grows, "memory.grow calls").toBe(0);
  expect(wasm() - before.wasm, "bytes of WebAssembly memory").toBe(0);
  expect(heap() - before.heap, "bytes of heap").toBeLessThan(HEAP_SLACK);
}

test("objective.hvp", () => {
  const problem = objective(rosenbrock, x);
  expectSteady(() => problem.hvp(x, v));
});

test("objective.value, grad and hvp into given arrays", () => {
  const problem = objective(rosenbrock, x);
  const out = new Float64Array(4);
  expectSteady(() => {
    problem.value(x);
    problem.grad(x, out);
    problem.hvp(x, v, out);
  });
});

test("products at a linearized point", () => {
  const at = objective(rosenbrock, x).at(x);
  const out = new Float64Array(4);
  expectSteady(() => at.hvp(v, out));
});

test("a new linearization now and then", () => {
  const problem = objective(rosenbrock, x);
  expectSteady(() => {
    const at = problem.at(x);
    at.hvp(v);
  });
});

test("one-shot hvp with a fresh closure each time", { timeout: 120_000 }, () => {
  // Traced again at each call (some twenty microseconds), compiled once.
  expectSteady((i) => {
    const shift = i % 2 ? v : x;
    hvp((y: Tensor) => sum(exp(mul(y, shift))), x, v);
  });
});

test("one-shot hvp with scalars that change at each call", { timeout: 120_000 }, () => {
  // Every constant is a program of its own: the cache throws the oldest away.
  const one = (i: number) => hvp((y: Tensor) => sum(exp(mul(i / 7, y))), x, v);
  for (let i = 0; i < 300; i++) one(i);
  const before = { heap: heap(), wasm: wasm() };
  for (let i = 300; i < 1500; i++) one(i);
  expect(wasm() - before.wasm).toBe(0);
  // 64 cached programs of changing size.
  expect(heap() - before.heap).toBeLessThan(4_000_000);
});

test("objectives that are disposed of give their memory back", () => {
  const n = 5000;
  const data = new Float64Array(n).fill(0.5);
  const point = new Float64Array(n);
  const once = () => {
    const problem = objective((y: Tensor) => sum(square(sub(y, data))), point);
    problem.hvp(point, data);
    problem.at(point).hvp(data);
    problem.dispose();
  };
  for (let i = 0; i < 20; i++) once();
  const before = wasm();
  for (let i = 0; i < 300; i++) once();
  expect(wasm() - before).toBe(0);
});
