// Misuse of axes and settings of reductions, scans, sorting and shapes: every one an HvpError that names the
// operation and the remedy.
import { expect, test } from "vitest";
import * as h from "../../src/index.ts";
import { any, checkMisuse, type Row, TENSOR } from "../harness/misuse.ts";

const SETTINGS = "expected an axis, or settings { axis, keepdims }, got";
const DEFAULT = "leave it out for the default";
const AXES: Row[] = [
  ["null for settings", () => h.sum([1], any(null)), "value", `sum: ${SETTINGS} null; ${DEFAULT}`],
  ["a string for settings", () => h.sum([1], any("0")), "value", `sum: ${SETTINGS} the string "0"; ${DEFAULT}`],
  [
    "an array for settings",
    () => h.max([1], any(Float64Array.of(1))),
    "value",
    "max: reduces one array; of two it is maximum(a, b)",
  ],
  [
    "a string for an axis",
    () => h.sum([1], any({ axis: "0" })),
    "axis",
    'sum: the axis must be an integer or a list of integers, got the string "0"',
  ],
  [
    "a string among axes",
    () => h.sum([1], any({ axis: ["0"] })),
    "axis",
    'sum: an axis must be an integer, got the string "0"',
  ],
  [
    "a fractional axis in a list",
    () => h.sum([1], { axis: [0.5] }),
    "axis",
    "sum: axis 0.5 is out of range for an array of 1 axis; expected an integer from -1 to 0",
  ],
  [
    "a string for a scan's axis",
    () => h.cumsum([1], any({ axis: "0" })),
    "axis",
    'cumsum: an axis must be an integer, got the string "0"',
  ],
  [
    "settings of a scan",
    () => h.cumprod([1], any({ keepdims: true })),
    "value",
    "cumprod: unknown option keepdims; the options are axis, reverse",
  ],
  [
    "an axis of a scan",
    () => h.cummax([1], 1),
    "axis",
    "cummax: axis 1 is out of range for an array of 1 axis; expected an integer from -1 to 0",
  ],
  ["sorting a scalar", () => h.sort(1), "axis", "sort: axis -1 of a scalar; a scalar has no axes"],
  [
    "a list of axes to sort",
    () => h.argsort([1], any({ axis: [0] })),
    "axis",
    "argsort: an axis must be an integer, got an array of 1",
  ],
  [
    "too many of the largest",
    () => h.topK([[1, 2]], 3),
    "value",
    "topK: k must be an integer from 0 to 2, the extent of axis 1 of shape [1, 2], got 3",
  ],
  [
    "half an element",
    () => h.topK([1, 2], 0.5),
    "value",
    "topK: k must be an integer from 0 to 2, the extent of axis 0 of shape [2], got 0.5",
  ],
  [
    "a quantile beyond 1",
    () => h.quantile([1], 50),
    "value",
    "quantile: q must be a number or numbers from 0 to 1, got 50",
  ],
  [
    "a quantile that is none",
    () => h.quantile([1], any(undefined)),
    "value",
    `quantile: q is undefined; expected ${TENSOR}`,
  ],
  [
    "where the maximum of nothing is",
    () => h.argmax({ data: [], shape: [2, 0] }, 1),
    "shape",
    "argmax: an array of shape [2, 0] has no element to find along axis 1",
  ],
  [
    "where the minimum of nothing is",
    () => h.argmin([]),
    "shape",
    "argmin: an array of shape [0] has no element to find along it",
  ],
  [
    "degrees of freedom",
    () => h.std([1], any({ ddof: "1" })),
    "value",
    'std: ddof must be a number, got the string "1"; the divisor is n - ddof',
  ],
  [
    "a vector's norm of a matrix",
    () => h.norm([[1]], { ord: 3 }),
    "value",
    'norm: unknown ord 3 of a matrix; the norms are "fro", "nuc", 2, -2, 1, -1, Infinity and -Infinity',
  ],
  [
    "an unknown norm",
    () => h.norm([1], { ord: NaN }),
    "value",
    "norm: unknown ord NaN of a vector; the norms are numbers, among them 1, 2, Infinity and -Infinity",
  ],
  [
    "the norm of a matrix for a vector",
    () => h.norm([1], { ord: "fro" }),
    "value",
    'norm: unknown ord the string "fro" of a vector; the norms are numbers, among them 1, 2, Infinity and -Infinity',
  ],
  [
    "the norm of three axes",
    () => h.norm([[[1]]], { ord: 1 }),
    "axis",
    "norm: ord 1 is over one axis (vectors) or two (matrices), got 3 of shape [1, 1, 1]; pass axis, or ravel the array",
  ],
  [
    "the slope of leakyRelu",
    () => h.leakyRelu([1], any("x")),
    "value",
    "leakyRelu: the slope must be a number, got string",
  ],
  [
    "null for the axis of concat",
    () => h.concat([[1]], any(null)),
    "value",
    "concat: expected an axis, or settings { axis }, got null; leave it out for the default",
  ],
  [
    "a string for the axis of stack",
    () => h.stack([[1]], any({ axis: "0" })),
    "axis",
    'stack: an axis must be an integer, got the string "0"',
  ],
  [
    "a number for a permutation",
    () => h.transpose([[1]], any(1)),
    "axis",
    "transpose: 1 is not a permutation of the 2 axes of shape [1, 1]; pass one list of them: transpose(x, [1, 0])",
  ],
  [
    "null for a permutation",
    () => h.transpose([[1]], any(null)),
    "axis",
    "transpose: null is not a permutation of the 2 axes of shape [1, 1]; pass one list of them: transpose(x, [1, 0])",
  ],
  ["no axis to expand", () => h.expandDims([1], any(null)), "axis", "expandDims: an axis must be an integer, got null"],
  [
    "a string for an axis to squeeze",
    () => h.squeeze([[1]], any("0")),
    "axis",
    'squeeze: the axis must be an integer or a list of integers, got the string "0"',
  ],
  [
    "a string for an axis to flip",
    () => h.flip([1], any("0")),
    "axis",
    'flip: the axis must be an integer or a list of integers, got the string "0"',
  ],
  [
    "a misspelt setting of roll",
    () => h.roll([1], 1, any({ axes: 0 })),
    "value",
    "roll: unknown option axes; the options are axis",
  ],
  ["a list for a shift", () => h.roll([1], any([1])), "value", "roll: the shift must be an integer, got [1]"],
  [
    "two arrays to stack up",
    () => any(h.vstack)([1], [2]),
    "value",
    "vstack: 1 argument too many; pass one list of arrays: vstack([a, b]), not vstack(a, b)",
  ],
  [
    "two arrays side by side",
    () => any(h.hstack)([1], [2]),
    "value",
    "hstack: 1 argument too many; pass one list of arrays: hstack([a, b]), not hstack(a, b)",
  ],
  [
    "two arrays of coordinates",
    () => any(h.meshgrid)([1], Float64Array.of(2)),
    "value",
    "meshgrid: pass one list of arrays: meshgrid([a, b]), not meshgrid(a, b)",
  ],
  [
    "a string for an axis to roll",
    () => h.roll([1], 1, any("0")),
    "axis",
    'roll: an axis must be an integer, got the string "0"',
  ],
];

checkMisuse("axes and settings", AXES);

test("an axis stands alone or in settings", () => {
  const x = [
    [1, 2],
    [3, 4],
  ];
  const rows = (y: unknown): unknown => any(y).toArray();
  expect(rows(h.flip(x, { axis: 1 }))).toEqual([
    [2, 1],
    [4, 3],
  ]);
  expect(rows(h.flip(x, { axis: [0, 1] }))).toEqual([
    [4, 3],
    [2, 1],
  ]);
  expect(rows(h.roll(x, 1, { axis: 0 }))).toEqual([
    [3, 4],
    [1, 2],
  ]);
  expect(h.vecdot(x, x, { axis: 0 })).toEqual(Float64Array.of(10, 20));
});

// A second axis or extent that stands beside the list it belongs to would be lost without a word.
const LISTS: Record<string, readonly unknown[]> = {
  sum: [0, 1],
  mean: [0, 1],
  prod: [0, 1],
  max: [0, 1],
  logsumexp: [0, 1],
  variance: [0, 1],
  norm: [0, 1],
  any: [0, 1],
  countNonzero: [0, 1],
  argmax: [0, 1],
  median: [0, 1],
  quantile: [0.5, 0, 1],
  softmax: [0, 1],
  logSoftmax: [0, 1],
  cumsum: [0, 1],
  sort: [0, 1],
  topK: [1, 0, 1],
  flip: [0, 1],
  squeeze: [0, 1],
  expandDims: [0, 1],
  reshape: [4, 1],
  broadcastTo: [2, 2],
  tile: [2, 2],
};
test.each(Object.entries(LISTS))("%s: one list, not several numbers", (name, args) => {
  const f = any(h)[name];
  const message = `${name}: 1 argument too many; pass several as one list, [${args.slice(-2).join(", ")}]`;
  const x = [
    [1, 2],
    [3, 4],
  ];
  expect(() => f(x, ...args)).toThrow(message);
  expect(() => h.jit((y: unknown) => f(y, ...args))(x)).toThrow(message);
});
test.each(["sum", "mean", "max", "min", "prod", "expandDims", "squeeze", "flip"])(
  "x.%s: one list, not several numbers",
  (name) => {
    expect(() => h.jit(any((x: Record<string, (...axes: number[]) => unknown>) => x[name]?.(0, 1)))([[1, 2]])).toThrow(
      `${name}: 1 argument too many`,
    );
  },
);
test.each(["diagonal", "trace"])("%s: NumPy's positions of axes are settings here", (name) => {
  expect(() => any(h)[name]({ data: new Float64Array(8), shape: [2, 2, 2] }, 0, 1, 2)).toThrow(
    `${name}: 2 arguments too many; axes are settings, { offset, axis1, axis2 }`,
  );
});
test("what array methods pass beside the element is no surprise to element-wise operations", () => {
  expect([0, 1].map(h.exp as never)).toEqual([1, Math.E]);
  expect([1, 2, 3].reduce(h.add as never)).toBe(6);
});
