// Misuse: every bad input gets an HvpError with its code and a message that names the operation, the shapes and the remedy.
import { describe, expect, test } from "vitest";
import * as h from "../src/index.ts";
import { type ErrorCode, HvpError, type Tensor } from "../src/index.ts";

/** A row: what is wrong, the call, the code, the whole message. Calls get arguments that types forbid. */
type Row = [what: string, call: () => unknown, code: ErrorCode, message: string];
// biome-ignore lint/suspicious/noExplicitAny: misuse is what types are there to prevent.
type Any = any;
const any = (v: unknown): Any => v;
/** Runs `f` on a traced [2] vector, without differentiating. */
const traced = (f: (x: Any) => unknown): unknown => h.makeGraph(f as (x: Tensor) => unknown)([1, 2]);

const notANumber = (type: string): string =>
  `a traced ${type} cannot be used as a number: JavaScript operators (x + 1, x > 0) and Math functions do not work on traced values; use add(x, 1), gt(x, 0), sin(x) and so on, and where(condition, a, b) to choose by value`;
const TENSOR = "a number, a typed array, (nested) arrays of numbers, or { data, shape }";
const TREE = "numbers, arrays of numbers, or arrays and plain objects of these";
const TRACED: Row[] = [
  [
    "x + 1",
    () => traced((x) => x + 1),
    "trace",
    notANumber("float64[2]"),
  ],
  [
    "x > 0",
    () => traced((x) => (x > 0 ? 1 : x)),
    "trace",
    notANumber("float64[2]"),
  ],
  [
    "Math.sin(x)",
    () => h.grad((x) => Math.sin(any(x)))(1),
    "trace",
    notANumber("float64[]"),
  ],
  [
    "a template string",
    () => traced((x) => `${x}`),
    "trace",
    "a traced float64[2] has no value to print while its function is traced; return it, or print its shape and dtype",
  ],
  [
    "JSON.stringify(x)",
    () => traced((x) => JSON.stringify({ x })),
    "trace",
    "a traced float64[2] has no value to print while its function is traced; return it, or print its shape and dtype",
  ],
  ["x[0]", () => traced((x) => x[0]), "trace", "x[0] does not work on a traced value of shape [2]; use x.at(0)"],
  [
    "x[1] = …",
    () =>
      traced((x) => {
        x[1] = 0;
        return x;
      }),
    "trace",
    "x[1] = … does not work: traced values cannot be changed; build a new one with where, concat or stack",
  ],
  ["iterating over a scalar", () => h.grad((x) => [...x][0] as Tensor)(1), "axis", "cannot iterate over a traced scalar"],
  ["length of a scalar", () => h.grad((x) => x.length)(1), "axis", "length: a traced scalar has no axes, so no length"],
  [
    "a leaked tracer",
    () => {
      let kept: Any;
      traced((x) => (kept = x));
      return h.sin(kept);
    },
    "trace",
    "sin: an operand is a traced value whose trace has ended; return it from the traced function instead of keeping it in an outer variable",
  ],
  [
    "a leaked tracer as an argument",
    () => {
      let kept: Any;
      traced((x) => (kept = x));
      return h.grad(f)(kept);
    },
    "trace",
    "grad: the argument is a traced value whose trace has ended; return it from the traced function instead of keeping it in an outer variable",
  ],
  [
    "traced values in an array operand",
    () => traced((x) => h.add([x.at(0), 1] as Any, 1)),
    "trace",
    "add: operand 1 is an array with a traced value at [0]; join traced values with stack([...]) or array([...])",
  ],
];

const OPERANDS: Row[] = [
  [
    "undefined",
    () => h.add(any(undefined), 1),
    "value",
    `add: operand 1 is undefined; expected ${TENSOR}`,
  ],
  [
    "null",
    () => h.sin(any(null)),
    "value",
    `sin: the operand is null; expected ${TENSOR}`,
  ],
  [
    "a missing operand",
    () => any(h.mul)(2),
    "value",
    `mul: operand 2 is undefined; expected ${TENSOR}`,
  ],
  [
    "a string",
    () => h.add(1, any("2")),
    "value",
    `add: operand 2 is the string "2"; expected ${TENSOR}`,
  ],
  [
    "a bigint",
    () => h.exp(any(2n)),
    "value",
    `exp: the operand is the bigint 2n; expected ${TENSOR}`,
  ],
  [
    "a function",
    () => h.exp(any(Math.exp)),
    "value",
    `exp: the operand is a function; expected ${TENSOR}`,
  ],
  [
    "a Map",
    () => h.exp(any(new Map())),
    "value",
    `exp: the operand is an object of class Map; expected ${TENSOR}`,
  ],
  ["a string in an array", () => h.exp(any([1, "2"])), "value", 'exp: the operand has the string "2" at [1]; expected a number'],
  [
    "a hole",
    () =>
      h.exp(
        any([
          [1, 2],
          [3, undefined],
        ]),
      ),
    "value",
    "exp: the operand has undefined at [1][1]; expected a number",
  ],
  [
    "ragged rows",
    () => h.exp([[1, 2], [3]]),
    "shape",
    "exp: the operand is a ragged array: [1] has 1 elements, others have 2; all rows must have one length",
  ],
  [
    "a row among numbers",
    () => h.exp([1, [2]]),
    "shape",
    "exp: the operand is a ragged array: [1] is an array where its neighbours are numbers",
  ],
  [
    "a number among rows",
    () => h.exp([[2], 1]),
    "shape",
    "exp: the operand is a ragged array: [1] is a number where its neighbours are arrays",
  ],
  ["numbers and booleans", () => h.exp([1, true]), "dtype", "exp: the operand mixes numbers and booleans, first at [1]"],
  [
    "64-bit integers",
    () => h.exp(any(BigInt64Array.of(1n))),
    "dtype",
    "exp: the operand is a BigInt64Array; 64-bit integers do not fit, convert it to Int32Array or Float64Array",
  ],
  [
    "too large unsigned integers",
    () => h.add(Uint32Array.of(1, 2 ** 31), 1),
    "dtype",
    "add: operand 1 is a Uint32Array whose element 1 is 2147483648, beyond int32; convert it to Float64Array",
  ],
  [
    "data that does not fit its shape",
    () => h.exp({ data: [1, 2, 3], shape: [2, 2] }),
    "shape",
    "exp: the operand is { data, shape } with 3 elements of data, but shape [2, 2] has 4",
  ],
  [
    "a NaN extent",
    () => h.exp({ data: [1], shape: [Number.NaN] }),
    "shape",
    "exp: the operand has shape [NaN]: extent 0 must be a non-negative integer",
  ],
  [
    "a strided view out of bounds",
    () => h.exp({ data: [1, 2], shape: [2], stride: [2] }),
    "shape",
    "exp: the operand is a strided view that reaches element 2 of 2; check shape, stride and offset",
  ],
  [
    "shapes that do not broadcast",
    () => h.add([1, 2], [1, 2, 3]),
    "shape",
    "add: shapes [2] and [3] do not broadcast: aligned at the last axis, extents must be equal or 1, got 2 and 3 at axis -1",
  ],
  [
    "matrices that do not fit",
    () => h.matmul([[1, 2]], [[1, 2]]),
    "shape",
    "matmul: shapes [1, 2] and [1, 2] do not fit: the last axis of the first must equal the last but one of the second (its only one, if it is a vector)",
  ],
  ["matmul of a scalar", () => h.matmul(2, [1]), "shape", "matmul: shapes [] and [1] do not fit: a scalar is not a matrix; use mul"],
  [
    "dot of other lengths",
    () => h.dot([1], [1, 2]),
    "shape",
    "dot: shapes [1] and [2] do not fit: the last axis of the first must equal the last but one of the second (its only one, if it is a vector)",
  ],
  [
    "vdot of other sizes",
    () => h.vdot([1], [1, 2]),
    "shape",
    "vdot: shapes [1] and [2] do not fit: they have 1 and 2 elements, which must be equal",
  ],
];

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
  ["an axis twice", () => h.sum([[1]], { axis: [0, -2] }), "axis", "sum: axes [0,-2] name an axis twice"],
  ["an unknown option", () => h.sum([1], any({ axes: 0 })), "value", "sum: unknown option axes; the options are axis, keepdims"],
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
  ["a bad permutation", () => h.transpose([[1]], [0, 0]), "axis", "transpose: [0,0] is not a permutation of the 2 axes of shape [1, 1]"],
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
  ["concat of scalars", () => h.concat([1, 2]), "shape", "concat: a scalar has no axis to join along; use stack, or reshape it to [1]"],
  ["concat of nothing", () => h.concat([]), "value", "concat: expected a non-empty array of arrays"],
  ["stack of other shapes", () => h.stack([[1], [1, 2]]), "shape", "stack: shapes [1], [2] differ; all must be one shape"],
  ["a fractional shift", () => h.roll([1], 0.5), "value", "roll: the shift must be an integer, got 0.5"],
  ["an index out of range", () => h.at([1, 2], 2), "axis", "at: index 2 is out of range for axis 0 of shape [2]"],
  ["too many indices", () => h.at([1, 2], 0, 0), "axis", "at: 2 indices for an array of shape [2], which has 1 axes"],
  [
    "an array as an index",
    () => h.at([1, 2], [0, 1]),
    "shape",
    "at: an index has shape [2]; indices are scalars, use take for arrays of them",
  ],
  ["a slice index out of range", () => h.slice([1, 2], -3), "axis", "slice: index -3 is out of range for axis 0 of shape [2]"],
  ["too many ranges", () => h.slice([1], [0], [0]), "axis", "slice: 2 ranges for an array of shape [1], which has 1 axes"],
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
    'astype: unknown type float16; expected "float64", "float32", "int32" or "bool"',
  ],
  ["a bad shape", () => h.zeros([-1]), "shape", "zeros: [-1] is not a shape; extents must be non-negative integers"],
  ["an endless range", () => h.arange(0, 1, 0), "value", "arange: cannot count from 0 to 1 in steps of 0"],
  ["indices of NdArray.get", () => any(h.eye(2)).get(0), "axis", "get: an array of shape [2, 2] takes 2 indices, got 1"],
  ["out of range in NdArray.get", () => any(h.eye(2)).get(0, 2), "axis", "get: index 2 is out of range for axis 1 of shape [2, 2]"],
];

const f = (x: Tensor) => h.sum(h.sin(x));
const TRANSFORMS: Row[] = [
  ["a vector instead of a function", () => h.grad(any([1, 2])), "value", "grad: expected a function, got an array"],
  ["nothing instead of a function", () => h.hvp(any(undefined), [1], [1]), "value", "hvp: expected a function, got undefined"],
  ["no return", () => h.grad(any(() => {}))(1), "value", "grad: the function returned undefined; did you forget `return`?"],
  [
    "an async function",
    () => h.grad(any(async (x: Tensor) => x))(1),
    "trace",
    "grad: the function returned a Promise; traced functions are synchronous, so await data before and pass it in",
  ],
  [
    "null as a result",
    () =>
      h.jvp(
        any(() => null),
        [1],
        [1],
      ),
    "value",
    `jvp: the result of the function is null; expected ${TREE}`,
  ],
  [
    "a result with a string in it",
    () =>
      h.jvp(
        any((x: Tensor) => ({ a: [x, "b"] })),
        [1],
        [1],
      ),
    "value",
    `jvp: the result of the function.a[1] is the string "b"; expected ${TREE}`,
  ],
  [
    "grad of a vector",
    () => h.grad((x) => h.sin(x))([1, 2]),
    "shape",
    "grad: the function must return a scalar, got shape [2]; reduce it with sum or mean, or use jacrev for the Jacobian",
  ],
  [
    "hvp of a vector",
    () => h.hvp((x: Tensor) => h.sin(x), [[1, 2]], [[1, 2]]),
    "shape",
    "hvp: the function must return a scalar, got shape [1, 2]; reduce it with sum or mean, or use jacrev for the Jacobian",
  ],
  [
    "grad of a tree",
    () => h.grad(any((x: Tensor) => ({ a: f(x), b: 1 })))([1, 2]),
    "shape",
    "grad: the function must return one scalar, got {a: *, b: *}; return only the value to differentiate, or use hasAux",
  ],
  [
    "grad of a comparison",
    () => h.grad((x) => x.gt(0))(1),
    "dtype",
    "grad: the function must return a floating-point scalar, got bool[]; its derivative is not defined",
  ],
  ["hasAux without aux", () => h.grad(any(f), { hasAux: true })([1]), "value", "grad: with hasAux the function must return [value, aux]"],
  [
    "an integer argument",
    () => h.grad(f)(Int32Array.of(1)),
    "dtype",
    "grad: can only differentiate with respect to float64 or float32 arrays, got int32; convert the argument, or leave it out of argnums",
  ],
  [
    "argnums out of range",
    () => h.grad(f, any({ argnums: 1 }))([1]),
    "axis",
    "grad: argnums 1 is out of range: the function was called with 1 argument",
  ],
  ["an unknown option", () => h.grad(f, any({ argnum: 1 })), "value", "grad: unknown option argnum; the options are argnums, hasAux"],
  [
    "an undefined argument",
    () => h.grad(f)(any(undefined)),
    "value",
    `grad: the argument is undefined; expected ${TREE}`,
  ],
  [
    "undefined in a tree",
    () => any(h.grad)((p: { w: Tensor }) => f(p.w))({ w: [undefined] }),
    "value",
    `grad: the argument.w[0] is undefined; expected ${TREE}`,
  ],
  [
    "hvp with another length",
    () => h.hvp(f, [1, 2], [1, 2, 3]),
    "shape",
    "hvp: v has shape [3], but hvp: x has shape [2]; they must be equal",
  ],
  [
    "hvp with a missing direction",
    () => any(h.hvp)(f, [1, 2]),
    "value",
    `hvp: v is undefined; expected ${TREE}`,
  ],
  [
    "hvp with another tree",
    () => h.hvp((p: { w: Tensor }) => f(p.w), { w: [1] }, any({ b: [1] })),
    "shape",
    "hvp: v must have the structure of hvp: x, {w: *}; got {b: *}",
  ],
  [
    "hvp of integers",
    () => h.hvp(f, Int32Array.of(1), [1]),
    "dtype",
    "hvp: can only differentiate with respect to float64 or float32 arrays, got int32; convert the argument, or leave it out of argnums",
  ],
  [
    "jvp without the brackets",
    () => h.jvp(f, any(Float64Array.of(1)), any(Float64Array.of(1))),
    "value",
    "jvp: primals must be an array with one entry per argument of the function, got a typed array; write jvp(f, [x], [v])",
  ],
  [
    "jvp without the brackets, of numbers",
    () => h.jvp(f, any([0, 1]), any([10, 10])),
    "value",
    "jvp: primals has 2 numbers for a function of one argument; for one array argument write jvp(f, [x], [v])",
  ],
  [
    "jvp with too few tangents",
    () => h.jvp((x: Tensor, y: Tensor) => x.add(y), [1, 2], any([1])),
    "value",
    "jvp: got 2 primals and 1 tangents; every primal needs one tangent",
  ],
  [
    "jvp with another shape",
    () => h.jvp(f, [[1, 2]], [[1]]),
    "shape",
    "jvp: the tangent has shape [1], but jvp: the argument has shape [2]; they must be equal",
  ],
  [
    "vjp with another shape",
    () => h.vjp((x: Tensor) => h.sin(x), [1, 2])[1]([1]),
    "shape",
    "vjp: the cotangent has shape [1], but the result of the function has shape [2]; they must be equal",
  ],
  [
    "vjp with too many cotangents",
    () => any(h.vjp((x: Tensor) => h.sin(x), [1])[1])([1], [1]),
    "value",
    "vjp: the linear function takes 1 argument, got 2",
  ],
  [
    "linearize with another shape",
    () => h.linearize((x: Tensor) => h.sin(x), [1, 2])[1]([1]),
    "shape",
    "linearize: the tangent has shape [1], but the primal has shape [2]; they must be equal",
  ],
  [
    "a linear function after dispose",
    () => {
      const [, map] = h.linearize(f, [1]);
      map.dispose();
      return map([1]);
    },
    "disposed",
    "linearize: this linear function was used after dispose(); make it again, or dispose of it later",
  ],
  [
    "linearTranspose of a product",
    () => h.linearTranspose((x: Tensor) => h.mul(x, h.sin(x)), [1, 2]),
    "rule",
    "sin: has no transpose rule, so reverse mode cannot pass through it here",
  ],
  [
    "linearTranspose of a quotient",
    () => h.linearTranspose((x: Tensor, y: Tensor) => h.mul(x, y), 1, 2),
    "rule",
    "linearTranspose: the function is not linear in its arguments: its derivative depends on them; use vjp",
  ],
  [
    "the Jacobian of integers",
    () => h.jacrev((x) => h.astype(x, "int32"))([1]),
    "dtype",
    "jacrev: the function must return floating-point arrays, got int32[1]",
  ],
  [
    "vmap over other batches",
    () => h.vmap((x: Tensor, y: Tensor) => x.add(y))([1, 2], [1, 2, 3]),
    "shape",
    "vmap: argument 2 has shape [3] with a batch of 3 on axis 0, but vmap: argument 1 has a batch of 2; they must be equal",
  ],
  [
    "vmap over nothing",
    () => h.vmap((x: Tensor) => x, { inAxes: null })([1]),
    "value",
    "vmap: no argument has a batch axis; at least one entry of inAxes must be a number",
  ],
  [
    "vmap with too few axes",
    () => h.vmap((x: Tensor, y: Tensor) => x.add(y), { inAxes: [0] })([1], [2]),
    "value",
    "vmap: inAxes has 1 entries, but the function was called with 2 arguments",
  ],
  ["vmap over a scalar", () => h.vmap((x: Tensor) => x)(1), "axis", "vmap: the argument: axis 0 of a scalar; a scalar has no axes"],
];

for (const [group, rows] of Object.entries({ "traced values": TRACED, operands: OPERANDS, settings: SETTINGS, transforms: TRANSFORMS })) {
  describe(group, () => {
    test.each(rows)("%s", (_what, call, code, message) => {
      let error: unknown;
      try {
        call();
      } catch (e) {
        error = e;
      }
      expect(error).toBeInstanceOf(HvpError);
      expect((error as HvpError).message).toBe(message);
      expect((error as HvpError).code).toBe(code);
    });
  });
}

test("an error inside a trace leaves nothing behind", () => {
  expect(() => h.grad((x) => h.add(x, any(undefined)))(1)).toThrow();
  expect(h.add(1, 2)).toBe(3);
  expect(h.hvp(f, [0, 1], [10, 10])).toEqual(Float64Array.of(-0, -8.414709848078965));
});
