// The built package in one small program without dependencies, for engines of any age and kind:
//
//   node test/programs/smoke.mjs [--missing=Name,Object.name,…]
//
// Deletes the named globals and members before it uses the package (Node's loader needs some of them to import it).
// Prints one line of JSON: what each use gave, or its error's name, code and message.
const hvp = await import("hvp");
const {
  add,
  at,
  concat,
  expandDims,
  grad,
  hessian,
  jit,
  matmul,
  mul,
  objective,
  pad,
  sin,
  slice,
  solve,
  sort,
  sub,
  sum,
  takeAlongAxis,
} = hvp;
const places = Object.assign(Object.create(globalThis), { TypedArray: Object.getPrototypeOf(Int8Array) });
const flag = process.argv.find((a) => a.startsWith("--missing="));
for (const name of flag ? flag.slice(10).split(",") : []) {
  const keys = name.split(".");
  const last = keys.pop();
  const holder = keys.reduce((object, key) => object?.[key], places);
  if (holder === places) delete globalThis[last];
  else if (holder && !Reflect.deleteProperty(holder, last)) throw new Error(`${name} cannot be deleted`);
}

const results = {};
const use = (name, f) => {
  try {
    results[name] = f();
  } catch (e) {
    results[name] = { name: e.name, code: e.code, message: e.message };
  }
};

const f = (x) => sum(sin(x));
const [x, v] = [
  [0, 1],
  [10, 10],
];
use("hvp", () => [...hvp.hvp(f, x, v)]);
use("reverse over reverse", () => [...grad((y) => hvp.vdot(grad(f)(y), v))(x)]);
use("point", () => [...objective(f, x).at(x).hvp(v)]);
use("dispose", () => {
  const values = { objective: objective(f, x), jit: jit(f), linear: hvp.linearize(f, x)[1] };
  const key = Symbol.dispose || Symbol.for("Symbol.dispose");
  return Object.keys(values).filter((name) => "undefined" in values[name] || typeof values[name][key] !== "function");
});
use("disposed", () => {
  const g = jit(f);
  g(x);
  g[Symbol.dispose || Symbol.for("Symbol.dispose")]();
  return g(x);
});
use("relaxed", () => jit((y) => sum(mul(y, y)), { relaxed: true })([1, 2]));
// Shapes, masks, pairs and kernels: what the plan, the loops and the emitter do besides.
use("shapes", () =>
  hessian((y) => {
    const [a, b] = [slice(y, [0, -1]), slice(y, [1])];
    return add(
      sum(mul(pad(sub(b, mul(a, a)), 1), concat([y, [2, 1]].map((p) => slice(p, [0, 2])).concat([[1]])))),
      at(sort(y), 1),
    );
  })([1, 2, 3, 4]).toArray(),
);
use("pairs", () => {
  const energy = (y) => {
    const d = sub(expandDims(y, 0), expandDims(y, 1));
    return sum(mul(d, mul(d, mul(d, d))));
  };
  return [...objective(energy, [1, 2, 4]).grad([1, 2, 4])];
});
use("products", () =>
  matmul(
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ).toArray(),
);
use("solutions", () => [
  ...solve(
    [
      [2, 0],
      [0, 4],
    ],
    [1, 1],
  ),
]);
use("along", () => takeAlongAxis([[4, 5, 6]], [[2]], 1).toArray());
use("batch", () => [
  ...hvp.vmap(f)([
    [0, 0],
    [0, 0],
    [0, 0],
  ]),
]);
process.stdout.write(`${JSON.stringify(results)}\n`);
