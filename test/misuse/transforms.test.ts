// Misuse of transforms and of what they return: every bad call gets an HvpError with its code and a message that names
// the transform and the remedy.
import type { Tensor } from "../../src/index.ts";
import * as h from "../../src/index.ts";
import { any, checkMisuse, type Row, TENSOR, TREE } from "../harness/misuse.ts";

const f = (x: Tensor) => h.sum(h.sin(x));
const TRANSFORMS: Row[] = [
  ["a vector instead of a function", () => h.grad(any([1, 2])), "value", "grad: expected a function, got an array"],
  [
    "nothing instead of a function",
    () => h.hvp(any(undefined), [1], [1]),
    "value",
    "hvp: expected a function, got undefined",
  ],
  [
    "no return",
    () => h.grad(any(() => {}))(1),
    "value",
    "grad: the function returned undefined; did you forget `return`?",
  ],
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
    `jvp: the result of the function at a[1] is the string "b"; expected ${TREE}`,
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
    "grad: the function must return one scalar, got {a: *, b: *}; return only the value to differentiate, or use grad with hasAux",
  ],
  [
    "grad of a comparison",
    () => h.grad((x) => x.gt(0))(1),
    "dtype",
    "grad: the function must return a floating-point scalar, got bool[]; its derivative is not defined",
  ],
  [
    "hasAux without aux",
    () => h.grad(any(f), { hasAux: true })([1]),
    "value",
    "grad: with hasAux the function must return [value, aux]",
  ],
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
  [
    "an unknown option",
    () => h.grad(f, any({ argnum: 1 })),
    "value",
    "grad: unknown option argnum; the options are argnums, hasAux",
  ],
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
    `grad: the argument at w[0] is undefined; expected ${TREE}`,
  ],
  [
    "hvp with another length",
    () => h.hvp(f, [1, 2], [1, 2, 3]),
    "shape",
    "hvp: v has shape [3], but x has shape [2]; they must be equal",
  ],
  [
    "hvp with a missing direction",
    () => any(h.hvp)(f, [1, 2]),
    "value",
    "hvp: v is undefined; write hvp(f, x, v), v a direction with the shapes of x",
  ],
  [
    "hvp with another tree",
    () => h.hvp((p: { w: Tensor }) => f(p.w), { w: [1] }, any({ b: [1] })),
    "shape",
    "hvp: v must have the structure of x, {w: *}; got {b: *}",
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
    "jvp: the tangent has shape [1], but the argument has shape [2]; they must be equal",
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
    "linearTranspose: the function is not linear in its arguments: its derivative depends on them; use vjp",
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
    "vmap: argument 2 has shape [3] with a batch of 3 on axis 0, but argument 1 has a batch of 2; they must be equal",
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
  [
    "vmap over a scalar",
    () => h.vmap((x: Tensor) => x)(1),
    "axis",
    "vmap: the argument: axis 0 of a scalar; a scalar has no axes",
  ],
];

checkMisuse("transforms", TRANSFORMS);

const rows = [Float64Array.of(1, 2), Float64Array.of(3, 4)];
checkMisuse("calls written another way", [
  ...(["grad", "valueAndGrad", "hessian", "hessianDiagonal", "laplacian", "jacfwd", "jacrev", "vmap"] as const).map(
    (name): Row => [
      `${name}(f, x)`,
      () => any(h)[name](f, [1, 2]),
      "value",
      `${name}: expected options, got an array of 2; for the value at x write ${name}(f)(x)`,
    ],
  ),
  [
    "grad(f, [])",
    () => h.grad(f, any([])),
    "value",
    "grad: expected options, got an array of 0; for the value at x write grad(f)(x)",
  ],
  [
    "grad(f, 3)",
    () => h.grad(f, any(3)),
    "value",
    "grad: expected options, got number 3; for the value at x write grad(f)(x), for its argument 3 { argnums: 3 }",
  ],
  [
    "jit(f, x)",
    () => any(h.jit)(f, [1, 2]),
    "value",
    "jit: expected options, got an array of 2; for the value at x write jit(f)(x)",
  ],
  [
    "makeGraph(f, x)",
    () => any(h.makeGraph)(f, [1, 2]),
    "value",
    "makeGraph: 1 argument too many; write makeGraph(f)(x)",
  ],
  ["explain(f, x)", () => any(h.explain)(f, [1, 2]), "value", "explain: 1 argument too many; write explain(f)(x)"],
  [
    "hvp(f, x, v, out)",
    () => any(h.hvp)(f, [1], [1], new Float64Array(1)),
    "value",
    "hvp: 1 argument too many; write hvp(f, x, v) or objective(f, x).hvp(x, v, out)",
  ],
  [
    "jvp(f, [x], [v], out)",
    () => any(h.jvp)(f, [1], [1], 0),
    "value",
    "jvp: expected options, got number 0; write jvp(f, [x], [v])",
  ],
  [
    "concat(a, b)",
    () => any(h.concat)([1, 2], [3]),
    "value",
    "concat: pass one list of arrays: concat([a, b]), not concat(a, b)",
  ],
  [
    "stack(a, b)",
    () => any(h.stack)(rows[0], rows[1]),
    "value",
    "stack: pass one list of arrays: stack([a, b]), not stack(a, b)",
  ],
  [
    "hvp of a function of two arguments",
    () =>
      h.hvp(
        any((x: Tensor, y: Tensor) => h.sum(h.mul(x, y))),
        [1],
        [1],
      ),
    "value",
    `hvp: the function takes 2 arguments, but was called with 1; write hvp((x) => f(x, y), x, v), or put all arguments in one tree (mul: operand 2 is undefined; expected ${TENSOR})`,
  ],
  [
    "grad of a function of two arguments, called with one",
    () => any(h.grad((x: Tensor, y: Tensor) => h.sum(x.mul(y.sum()))))([1]),
    "value",
    "grad: the function takes 2 arguments, but was called with 1; pass them all (Cannot read properties of undefined (reading 'sum'))",
  ],
  [
    "rows as an operand",
    () => h.add(any(rows), 1),
    "value",
    "add: operand 1 is a list of arrays (Float64Array at [0]); to make one array of them write stack([...])",
  ],
  [
    "argnums that are no number",
    () => any(h.grad)(f, { argnums: "x" })([1]),
    "value",
    'grad: argnums must be an integer, or a list of them, got the string "x"',
  ],
  [
    "an argument named twice",
    () => any(h.grad)(f, { argnums: [0, 0] })([1]),
    "value",
    "grad: argnums [0, 0] names an argument twice",
  ],
  [
    "the Hessian of a vector",
    () => h.hessian((x: Tensor) => h.sin(x))([1, 2]),
    "shape",
    "hessian: the function must return a scalar, got shape [2]; reduce it with sum or mean, or use jacrev for the Jacobian",
  ],
  [
    "the Hessian at integers",
    () => h.hessian(f)(Int32Array.of(1)),
    "dtype",
    "hessian: can only differentiate with respect to float64 or float32 arrays, got int32; convert the argument, or leave it out of argnums",
  ],
]);
