// One point of the growth benchmark in a process of its own: `node --expose-gc point.mjs KIND SHAPE SIZE`, one line
// of JSON out. The phases are those of src/api/objective-graph.ts, called one by one.
import { pushforward } from "../../src/ad/jvp.ts";
import { cotangents } from "../../src/ad/linearize.ts";
import { compile } from "../../src/emit/module.ts";
import { inSession } from "../../src/ir/build.ts";
import { reachable } from "../../src/ir/walk.ts";
import { attachMethods } from "../../src/ops/methods.ts";
import { plan } from "../../src/opt/plan/plan.ts";
import { parameter } from "../../src/primitives/leaf.ts";
import { full, zerosLike } from "../../src/primitives/spread.ts";
import { Captured } from "../../src/run/captured.ts";
import { programOf } from "../../src/run/program.ts";
import { memoryUse } from "../../src/run/runtime.ts";
import { Tensor } from "../../src/trace/tracer.ts";
import { lengths, nodes, spread } from "./shapes.mjs";

const [kind, shape, sizeText, timeText] = process.argv.slice(2);
const size = Number(sizeText);
/** Phases are repeated for about so long. */
const budget = Number(timeText);
const make = (kind === "nodes" ? nodes : lengths)[shape];
const collect = globalThis.gc;
const heap = () => {
  collect();
  return process.memoryUsage().heapUsed;
};

/** Engines keep the code of a module and find it again by its bytes: a section of nonsense makes them new ones. */
let modules = 0;
function unseen(bytes) {
  const name = [...new TextEncoder().encode(`n${String(modules++).padStart(6, "0")}`)];
  const section = [0, name.length + 1, name.length, ...name];
  const out = new Uint8Array(bytes.length + section.length);
  out.set(bytes);
  out.set(section, bytes.length);
  return out;
}

/**
 * Milliseconds that `body` takes from this process: by the clock or by the processor, whichever is less, since the
 * clock counts other work of the machine and the processor's time that of helper threads of the engine.
 */
function time(body) {
  const cpu = process.cpuUsage();
  const t = performance.now();
  const result = body();
  const wall = performance.now() - t;
  const { user, system } = process.cpuUsage(cpu);
  const own = (user + system) / 1000;
  return { result, ms: own > 1 ? Math.min(wall, own) : wall };
}
const least = (values) => values.reduce((a, b) => Math.min(a, b));

attachMethods(); // as the entry "hvp" does

/** All phases once; what came out of them, and their milliseconds. */
function phases({ f, x: x0 }) {
  const ms = {};
  const timed = (name, body) => {
    const timed = time(body);
    ms[name] = timed.ms;
    return timed.result;
  };
  const session = new Map();
  const inside = (body) => inSession(body, session);
  const [x, v] = inside(() => [parameter([x0.length], "float64"), parameter([x0.length], "float64")]);
  const y = timed("trace", () => inside(() => f(new Tensor(x)).node));
  const [g] = timed("gradient", () =>
    inside(() => cotangents([y], [x], [full([], 1, "float64")]).map((t) => t ?? zerosLike(x))),
  );
  const [h] = timed("product", () => inside(() => pushforward([g], [x], [v]).map((t) => t ?? zerosLike(x))));
  const planned = timed("plan", () => inside(() => plan([h])));
  const compiled = timed("plan + emit", () => inside(() => compile([h], [x, v])));
  timed("wasm", () => compiled.modules.map((bytes) => new WebAssembly.Module(unseen(bytes))));
  return { ms, session, x, v, y, g, h, compiled, planned };
}

const subject = make(size);
const small = kind === "nodes" ? make(200) : subject;
for (let k = 0, until = performance.now() + 150; k < 30 && performance.now() < until; k++) phases(small);

const before = heap();
const rssBefore = process.memoryUsage.rss();
let last = phases(subject);
const graphHeap = (() => {
  const { session, x, v, y, g, h } = last;
  last = { session, x, v, y, g, h };
  return heap() - before;
})();
last = undefined;

const runs = [];
for (let k = 0, until = performance.now() + budget; k < 3 || (performance.now() < until && k < 50); k++) {
  last = undefined;
  collect();
  last = phases(subject);
  runs.push(last.ms);
}
const ms = Object.fromEntries(Object.keys(runs[0]).map((name) => [name, least(runs.map((r) => r[name]))]));
const { session, x, v, y, h, compiled } = last;
last = undefined;

const usedBefore = memoryUse().used;
const program = inSession(() => programOf([h], [x, v], { captured: new Captured() }), session);
const direction = spread(subject.x.length, 2);
const out = new Float64Array(subject.x.length);
const once = () => program.call([subject.x, direction], [out]);
once();
if (!out.every(Number.isFinite)) throw new Error("the product is not finite");
let calls = 1;
for (; ; calls *= 2) {
  const t = performance.now();
  for (let k = 0; k < calls; k++) once();
  if (performance.now() - t > 20) break;
}
const samples = [];
for (let k = 0, until = performance.now() + budget; k < 5 || (performance.now() < until && k < 50); k++) {
  const { ms } = time(() => {
    for (let j = 0; j < calls; j++) once();
  });
  samples.push(ms / calls);
}
console.log(
  JSON.stringify({
    size,
    nodes: reachable([y]).length,
    derived: reachable([h]).length,
    ms: { ...ms, run: least(samples) },
    bytes: {
      heap: graphHeap,
      peak: Math.max(0, process.resourceUsage().maxRSS * 1024 - rssBefore),
      code: compiled.stats.bytes,
      wasm: memoryUse().used - usedBefore,
    },
  }),
);
