// Misuse of the settings of operations: axes, shapes, indices, types.
import * as h from "../../src/index.ts";
import { any, checkMisuse, type Row, traced } from "../harness/misuse.ts";

const SETTINGS: Row[] = [
  [
    "an axis out of range",
    () => h.sum([1, 2], { axis: 1 }),
    "axis",
    "sum: axis 1 is out of range for an array of 1 axis; expected an integer from -1 to 0",
  ],
  ["an axis of a scalar", () => h.sum(1, { axis: 0 }), "axis", "sum: axis 0 of a scalar; a scalar has no axes"],
  [
    "a fractional axis",
    () => h.max([[1]], 0.5),
    "axis",
    "max: axis 0.5 is out of range for an array of 2 axes; expected an integer from -2 to 1",
  ],
  ["an axis twice", () => h.sum([[1]], { axis: [0, -2] }), "axis", "sum: axes [0, -2] name an axis twice"],
  [
    "an unknown option",
    () => h.sum([1], any({ axes: 0 })),
    "value",
    "sum: unknown option axes; the options are axis, keepdims",
  ],
  [
    "the maximum of nothing",
    () => h.max([]),
    "shape",
    "max: an axis of extent 0 in float64[0] has no max; give the array at least one element there",
  ],
  [
    "a reshape that does not fit",
    () => h.reshape([1, 2, 3], [2, 2]),
    "shape",
    "reshape: an array of shape [3] has 3 elements, which do not fit shape [2, 2]",
  ],
  [
    "a reshape that cannot be worked out",
    () => h.reshape([1, 2, 3], [2, -1]),
    "shape",
    "reshape: an array of shape [3] has 3 elements, which do not fit shape [2, -1]",
  ],
  [
    "two unknown extents",
    () => h.reshape([1, 2], [-1, -1]),
    "shape",
    "reshape: [-1, -1] has -1 more than once; only one extent can be worked out",
  ],
  [
    "a bad extent",
    () => h.reshape([1, 2], [2.5]),
    "shape",
    "reshape: [2.5] is not a shape; extents must be non-negative integers, or -1 once",
  ],
  [
    "a bad permutation",
    () => h.transpose([[1]], [0, 0]),
    "axis",
    "transpose: [0, 0] is not a permutation of the 2 axes of shape [1, 1]",
  ],
  [
    "a squeeze of a wide axis",
    () => h.squeeze([[1, 2]], 1),
    "shape",
    "squeeze: axis 1 of shape [1, 2] has extent 2; only axes of extent 1 can be dropped",
  ],
  [
    "a broadcast that does not fit",
    () => h.broadcastTo([1, 2], [3]),
    "shape",
    "broadcastTo: shape [2] does not broadcast to [3]: aligned at the last axis, each extent must be equal or 1",
  ],
  [
    "negative padding",
    () => h.pad([1], -1),
    "shape",
    "pad: -1 does not say how far to pad shape [1]; expected a count, [before, after], or one [before, after] per axis, not negative",
  ],
  [
    "concat of other shapes",
    () => h.concat([[[1]], [[1, 2]]]),
    "shape",
    "concat: shapes [1, 1], [1, 2] differ outside axis 0; all other extents must agree",
  ],
  [
    "concat of scalars",
    () => h.concat([1, 2]),
    "shape",
    "concat: a scalar has no axis to join along; use stack, or reshape it to [1]",
  ],
  [
    "concat of nothing",
    () => h.concat([]),
    "value",
    "concat: expected a list of arrays that is not empty: concat([a, b])",
  ],
  [
    "stack of other shapes",
    () => h.stack([[1], [1, 2]]),
    "shape",
    "stack: shapes [1], [2] differ; all must be one shape",
  ],
  ["a fractional shift", () => h.roll([1], 0.5), "value", "roll: the shift must be an integer, got 0.5"],
  ["an index out of range", () => h.at([1, 2], 2), "axis", "at: index 2 is out of range for axis 0 of shape [2]"],
  ["too many indices", () => h.at([1, 2], 0, 0), "axis", "at: 2 indices for an array of shape [2], which has 1 axes"],
  [
    "an array as an index",
    () => h.at([1, 2], [0, 1]),
    "shape",
    "at: an index has shape [2]; indices are scalars, use take for arrays of them",
  ],
  [
    "a slice index out of range",
    () => h.slice([1, 2], -3),
    "axis",
    "slice: index -3 is out of range for axis 0 of shape [2]",
  ],
  [
    "too many ranges",
    () => h.slice([1], [0], [0]),
    "axis",
    "slice: 2 ranges for an array of shape [1], which has 1 axes",
  ],
  ["step 0", () => h.slice([1], [0, 1, 0]), "value", "slice: range 0 has step 0; the step must not be 0"],
  [
    "a fractional bound",
    () => h.slice([1], [0.5]),
    "value",
    "slice: range 0 is [0.5]; expected [start, stop?, step?] of integers, null, or an integer",
  ],
  ["take out of range", () => h.take([1, 2], [0, 5]), "axis", "take: index 5 is out of range for axis 0 of shape [2]"],
  [
    "fractional indices",
    () => h.take([1, 2], [0.5]),
    "dtype",
    "take: indices must be integers, got numbers that are not; use an Int32Array",
  ],
  [
    "indices of floating point",
    () => h.take([1, 2], Float64Array.of(1)),
    "dtype",
    "take: indices must be integers, got float64; use an Int32Array",
  ],
  [
    "a traced index of floating point",
    () => traced((x) => x.at(x.at(0))),
    "dtype",
    'at: a traced index must be int32, got float64; convert it with astype(i, "int32")',
  ],
  [
    "an unknown type",
    () => h.astype([1], any("float16")),
    "dtype",
    'astype: unknown type the string "float16"; expected "float64", "float32", "int32" or "bool"',
  ],
  ["a bad shape", () => h.zeros([-1]), "shape", "zeros: [-1] is not a shape; extents must be non-negative integers"],
  ["an endless range", () => h.arange(0, 1, 0), "value", "arange: cannot count from 0 to 1 in steps of 0"],
  [
    "indices of NdArray.get",
    () => any(h.eye(2)).get(0),
    "axis",
    "get: an array of shape [2, 2] takes 2 indices, got 1",
  ],
  [
    "out of range in NdArray.get",
    () => any(h.eye(2)).get(0, 2),
    "axis",
    "get: index 2 is out of range for axis 1 of shape [2, 2]",
  ],
];

checkMisuse("settings", SETTINGS);
