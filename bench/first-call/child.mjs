// One fresh process of the first-call benchmark: `node child.mjs WHAT LIBRARY`, one line of JSON out: phase → [clock,
// processor] ms.
const began = { wall: performance.now(), cpu: process.cpuUsage() };
const [what, objective, library] = process.argv.slice(2);
const phases = {};
const since = ({ wall, cpu }) => {
  const { user, system } = process.cpuUsage(cpu);
  return [performance.now() - wall, (user + system) / 1000];
};
const now = () => ({ wall: performance.now(), cpu: process.cpuUsage() });
const add = (name, start) => {
  const times = since(start);
  phases[name] = (phases[name] ?? [0, 0]).map((t, k) => t + times[k]);
  return times;
};

/** The engine's part: every module and instance. */
let engine = [0, 0];
for (const name of ["Module", "Instance"]) {
  WebAssembly[name] = new Proxy(WebAssembly[name], {
    construct(original, args) {
      const start = now();
      const made = Reflect.construct(original, args);
      const times = add(`WebAssembly.${name}`, start);
      engine = engine.map((t, k) => t + times[k]);
      return made;
    },
  });
}

if (what !== "bare") {
  let start = now();
  const lib = await import(library);
  add("load: read, parse, set up the package", start);
  const objectives = {
    "sum(sin(x))": (x) => lib.sum(lib.sin(x)),
    rosenbrock: (x) => {
      const [a, b] = [lib.slice(x, [0, -1]), lib.slice(x, [1])];
      return lib.sum(lib.add(lib.mul(100, lib.square(lib.sub(b, lib.square(a)))), lib.square(lib.sub(1, a))));
    },
  };
  const f = objectives[objective];
  const x0 = Array.from({ length: 10 }, (_, k) => (k % 3) - 0.7);
  const v0 = x0.map((x) => 1 - x);
  if (what === "whole") {
    start = now();
    lib.hvp(f, x0, v0);
    add("first hvp", start);
    start = now();
    lib.hvp(f, x0, v0);
    add("second hvp, the same function", start);
    start = now();
    lib.objective(f, x0).at(x0).hvp(v0);
    add("then objective(f, x).at(x).hvp(v)", start);
  } else {
    const { attachMethods, inSession, parameter, cotangents, pushforward, full, plan, programOf, Tensor } = lib;
    attachMethods();
    inSession(() => {
      start = now();
      const [x, v] = [parameter([10], "float64"), parameter([10], "float64")];
      const y = f(new Tensor(x)).node;
      add("trace", start);
      start = now();
      const [g] = cotangents([y], [x], [full([], 1, "float64")]);
      const [h] = pushforward([g], [x], [v]);
      add("differentiate", start);
      start = now();
      plan([h]);
      add("plan", start);
      start = now();
      engine = [0, 0];
      const program = programOf([h], [x, v]);
      const [wall, cpu] = since(start);
      phases["link and emit (and a second, warm plan)"] = [wall - engine[0], cpu - engine[1]];
      start = now();
      const [result] = program.call([x0, v0]);
      add("run", start);
      if (!result.every(Number.isFinite)) throw new Error("the product is not finite");
    });
  }
}
const { user, system } = process.cpuUsage();
phases["everything after the start of the script"] = since(began);
phases["processor time of the whole process"] = [performance.now(), (user + system) / 1000];
console.log(JSON.stringify(phases));
