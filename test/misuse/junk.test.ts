// Every exported function with every kind of junk in every place: what is refused is refused with an HvpError, never
// with an error of the engine. (Which message: the other files here. Calls may also be accepted:
// `undefined` leaves an option out.)
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { HvpError, NdArray } from "../../src/index.ts";
import { type Any, checkMisuse, TENSOR } from "../harness/misuse.ts";

const {
  add,
  eye,
  grad,
  jvp,
  linspace,
  makeGraph,
  moveaxis,
  mul,
  objective,
  oneHot,
  pad,
  quantile,
  sin,
  stack,
  sum,
  zeros,
} = library as Any;

const transferred = (): Float64Array => {
  const a = Float64Array.of(1, 2, 3);
  structuredClone(a.buffer, { transfer: [a.buffer] });
  return a;
};
const shrunk = (): Float64Array => {
  const buffer = new (ArrayBuffer as Any)(32, { maxByteLength: 64 });
  const a = new Float64Array(buffer, 0, 3);
  buffer.resize(8);
  return a;
};
const cycle: unknown[] = [];
cycle.push(cycle);
let leaked: Any;
grad((x: Any) => {
  leaked = x;
  return sum(x);
})([1, 2]);
const hole: unknown[] = [1, 2, 3];
delete hole[1];
const rowHole: unknown[] = [[1, 2], 0, [3, 4]];
delete rowHole[1];

const JUNK: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  NaN: () => Number.NaN,
  infinity: () => Number.POSITIVE_INFINITY,
  negative: () => -7,
  half: () => 0.5,
  string: () => "x",
  function: () => (x: unknown) => x,
  symbol: () => Symbol("s"),
  bigint: () => 5n,
  boolean: () => true,
  hole: () => hole,
  rowHole: () => rowHole,
  bigints: () => BigInt64Array.of(1n, 2n),
  transferred,
  shrunk,
  growable: () => new Float64Array(new (ArrayBuffer as Any)(16, { maxByteLength: 64 })),
  shared: () => new Float64Array(new SharedArrayBuffer(16)),
  dataView: () => new DataView(new ArrayBuffer(16)),
  buffer: () => new ArrayBuffer(16),
  map: () => new Map(),
  date: () => new Date(0),
  object: () => ({}),
  bare: () => Object.create(null),
  empty: () => [],
  emptyRows: () => [[]],
  cycle: () => cycle,
  hugeExtent: () => ({ data: [], shape: [0, 2 ** 53] }),
  wrongSize: () => ({ data: [1, 2], shape: [2 ** 40] }),
  stringExtent: () => ({ data: [1], shape: ["1"] }),
  noData: () => ({ data: null, shape: [1] }),
  outside: () => ({ data: [1, 2], shape: [2], stride: [-1] }),
  halfAxis: () => ({ axis: 0.5 }),
  farAxis: () => ({ axis: -5 }),
  nanAxis: () => ({ axis: Number.NaN }),
  stringAxis: () => ({ axis: "0" }),
  twice: () => ({ axis: [0, 0] }),
  symbolAxis: () => ({ axis: Symbol("a") }),
  bigintAxis: () => ({ axis: 0n }),
  typedAxis: () => ({ axis: Float64Array.of(0) }),
  unknownOption: () => ({ nonsense: 1 }),
  listOfHalf: () => [0.5],
  listOfNull: () => [null],
  listOfString: () => ["0"],
  listOfSymbol: () => [Symbol("q")],
  listOfBigint: () => [0n],
  promise: () => Promise.resolve(1),
  regexp: () => /x/,
  wrapped: () => Object(3),
  dtype: () => ({ dtype: "float16" }),
  lyingArray: () => new NdArray(Float64Array.of(1, 2), [3], "float64"),
  unsigned: () => Uint32Array.of(2 ** 31),
  leaked: () => leaked,
  leakedList: () => [leaked, leaked],
};

const M = [
  [1, 2],
  [3, 4],
];
const f = (x: Any): Any => sum(sin(x));
const BASES: (() => unknown[])[] = [
  () => [M, 1],
  () => [M, [0, 1], [1, 2], 0],
  () => [M, Int32Array.of(0, 1), M, 1],
  () => [[1, 2, 3], 2],
  () => [3, 3, 1],
  () => [f, [1, 2], [1, 1]],
  () => ["ij,jk->ik", M, M],
];

// debugNans and loopHints change how everything else behaves.
const FUNCTIONS = Object.entries(library as Any).filter(
  ([name, v]) => typeof v === "function" && !["debugNans", "loopHints", "HvpError", "NdArray"].includes(name),
);

/** Calls `run` and gives the engine's error, if that is what comes. */
function rawError(run: () => unknown): string | undefined {
  try {
    const result = run();
    if (typeof result === "function") result([1, 2]); // a transform: use what it made
  } catch (e) {
    if (!(e instanceof HvpError)) return String(e);
  }
  return undefined;
}

describe("junk in every place", () => {
  test.each(FUNCTIONS)("%s", (_name, fn: Any) => {
    const raw: string[] = [];
    const traced = (args: unknown[], at: number): unknown =>
      // Without a program being compiled: that would take most of the time.
      makeGraph((x: Any) =>
        fn(...(at > 0 && Array.isArray(args[0]) ? [add(mul(x, 0), args[0]), ...args.slice(1)] : args)),
      )(0);
    const proper = BASES.filter((base) => {
      try {
        traced(base(), 1);
        return true;
      } catch {
        return false;
      }
    });
    for (const base of proper.length > 0 ? proper.slice(0, 2) : BASES)
      for (let at = 0; at <= base().length; at++)
        for (const [what, make] of Object.entries(JUNK)) {
          const args = base();
          args[at] = make();
          const inTrace = rawError(() => traced(args, at));
          if (inTrace) raw.push(`${what} as argument ${at + 1} of ${base().length}, in a trace: ${inTrace}`);
        }
    const base = BASES[0] as () => unknown[];
    for (let at = 0; at < 2; at++)
      for (const [what, make] of Object.entries(JUNK)) {
        const args = base();
        args[at] = make();
        const outside = rawError(() => fn(...args));
        if (outside) raw.push(`${what} as argument ${at + 1}: ${outside}`);
      }
    expect(raw).toEqual([]);
  });
});

const problem = objective((x: Any, w: Any) => sum(mul(w, mul(x, x))), [1, 2], [3, 4]);
const EXTRA = "1 argument too many; data is replaced with bind(data), not passed with x";
checkMisuse("messages", [
  [
    "an array that was sent away",
    () => add(transferred(), 1),
    "value",
    "add: operand 1 is a Float64Array whose buffer was transferred or made shorter; pass a copy",
  ],
  [
    "an array whose buffer shrank",
    () => grad(f)(shrunk()),
    "value",
    "grad: the argument is a Float64Array whose buffer was transferred or made shorter; pass a copy",
  ],
  ["a hole in a list of arrays", () => stack(rowHole), "value", `stack: operand 2 is undefined; expected ${TENSOR}`],
  [
    "a hole in the primals",
    () => jvp(f, rowHole, rowHole),
    "value",
    "jvp: argument 2 is undefined; expected numbers, arrays of numbers, or arrays and plain objects of these",
  ],
  [
    "a huge extent",
    () => sum({ data: [], shape: [0, 2 ** 53] }),
    "shape",
    `sum: the operand has shape [0, ${2 ** 53}]: extent 1 must be a non-negative integer`,
  ],
  [
    "null for settings",
    () => oneHot([0], 1, null),
    "value",
    "oneHot: expected settings { axis, dtype }, got null; leave it out for the default",
  ],
  [
    "a string for settings",
    () => pad([0], 1, "edge"),
    "value",
    'pad: expected settings { value }, got the string "edge"; leave it out for the default',
  ],
  [
    "a shape of symbols",
    () => zeros([Symbol("n")]),
    "shape",
    "zeros: [symbol Symbol(n)] is not a shape; extents must be non-negative integers",
  ],
  ["no rows", () => eye(), "shape", "eye: undefined is not a shape; extents must be non-negative integers"],
  ["bigints to space", () => linspace(0n, 1), "value", "linspace: expected numbers, got [the bigint 0n, 1]"],
  ["no destination", () => moveaxis([[1]], 0), "axis", "moveaxis: an axis must be an integer, got undefined"],
  ["no quantile", () => quantile([1], []), "value", "quantile: q must be a number or numbers from 0 to 1, got []"],
  ["data given to value", () => problem.value([1, 2], [3, 4]), "value", `objective.value: ${EXTRA}`],
  [
    "data given to hessian",
    () => problem.hessian([1, 2], undefined, {}, [3, 4]),
    "value",
    `objective.hessian: ${EXTRA}`,
  ],
  ["data given to at", () => problem.at([1, 2], [3, 4]), "value", `objective.at: ${EXTRA}`],
  [
    "a hole in directions",
    () => problem.at([1, 2]).hvps([[1, 2], ...new Array(1)]),
    "value",
    `at.hvps: vs[1] is undefined; expected ${TENSOR}`,
  ],
  [
    "a leaked value in a printed graph",
    () => makeGraph((x: Any) => add(x, leaked))([1, 2]),
    "trace",
    "a traced value of another trace was used; return it from the traced function instead of keeping it in an outer variable",
  ],
  [
    "an objective of booleans",
    () => objective((x: Any) => x.at(0).gt(0), [1]),
    "dtype",
    "objective: the function must return a floating-point scalar, got bool[]; its derivative is not defined",
  ],
]);

test("a length-tracking array, a shared one and an empty one are arrays", () => {
  const growable = new Float64Array(new (ArrayBuffer as Any)(16, { maxByteLength: 64 }));
  growable.set([1, 2]);
  expect(grad((x: Any) => sum(mul(x, x)))(growable)).toEqual(Float64Array.of(2, 4));
  const shared = new Float64Array(new SharedArrayBuffer(16));
  shared.set([1, 2]);
  expect(problem.grad(shared)).toEqual(Float64Array.of(6, 16));
  expect(sum(new Float64Array(0))).toBe(0);
});
