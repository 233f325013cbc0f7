// Misuse of odeint, rootFind, fixedPoint and cg: every bad call gets an HvpError with its code and a message that names
// what is wrong, with the place in a tree and both types, and the remedy.
import * as library from "../../src/index.ts";
import { type Any, checkMisuse, type Row } from "../harness/misuse.ts";

const h = library as Any;
const decay = (y: Any) => h.neg(y);
const SWAPPED = "odeint: f takes the state before the time, as in JAX; write (y, t) => …, not (t, y) => …";

checkMisuse("odeint", [
  [
    "the state first",
    () => h.odeint([1], decay, [0, 1]),
    "value",
    "odeint: the function comes first: write odeint(f, y0, ts)",
  ],
  ["no function", () => h.odeint([1], [1], [0, 1]), "value", "odeint: expected a function, got an array"],
  [
    "an option of another solver",
    () => h.odeint(decay, 1, [0, 1], { mxstep: 3 }),
    "value",
    "odeint: unknown option mxstep; the options are args, method, rtol, atol, maxSteps, steps",
  ],
  [
    "a method that there is not",
    () => h.odeint(decay, 1, [0, 1], { method: "rk45" }),
    "value",
    'odeint: method is the string "rk45"; expected "dopri5" or "rk4"',
  ],
  [
    "a negative tolerance",
    () => h.odeint(decay, 1, [0, 1], { rtol: -1 }),
    "value",
    "odeint: rtol is -1; expected a number of at least 0",
  ],
  [
    "no step at all",
    () => h.odeint(decay, 1, [0, 1], { steps: 0 }),
    "value",
    "odeint: steps is 0; expected an integer of at least 1",
  ],
  [
    "half a step",
    () => h.odeint(decay, 1, [0, 1], { maxSteps: 2.5 }),
    "value",
    "odeint: maxSteps is 2.5; expected an integer of at least 0",
  ],
  [
    "one time that is a number",
    () => h.odeint(decay, 1, 1),
    "shape",
    "odeint: ts has shape []; expected a vector of times, the first one that of y0, such as [0, 1]",
  ],
  [
    "times in a tree",
    () => h.odeint(decay, 1, { from: 0, to: 1 }),
    "shape",
    "odeint: ts is a tree; expected a vector of times",
  ],
  [
    "an integer state",
    () => h.odeint(decay, { n: Int32Array.of(1) }, [0, 1]),
    "dtype",
    "odeint: y0 at n is int32[1], which has no derivative; pass floating-point numbers",
  ],
  [
    "an empty state",
    () => h.odeint(decay, {}, [0, 1]),
    "value",
    "odeint: y0 has no numbers in it; pass arrays or numbers",
  ],
  [
    "another shape of a leaf",
    () => h.odeint(({ p, q }: Any) => ({ p: q, q: h.sum(p) }), { p: [1, 2], q: [3, 4] }, [0, 1]),
    "shape",
    "odeint: the state at q is numbers of shape [2] at the start, but f returned a number; return dy/dt with the structure of y0",
  ],
  [
    "another structure",
    () => h.odeint(({ p }: Any) => [p], { p: [1, 2] }, [0, 1]),
    "shape",
    "odeint: the state has the structure {p: *} at the start, but f returned [*]; return dy/dt with the structure of y0",
  ],
  [
    "another type",
    () => h.odeint((y: Any) => h.astype(y, "float64"), Float32Array.of(1), [0, 1]),
    "dtype",
    'odeint: the state is float32[1] at the start, but f returned float64[1]; convert what it returns with astype(x, "float32"), or what it starts with',
  ],
  [
    "the time first, a state of another shape",
    () => h.odeint((_: Any, y: Any) => h.neg(y), [1, 2], [0, 1]),
    "shape",
    `${SWAPPED} (odeint: the state is numbers of shape [2] at the start, but f returned a number; return dy/dt with the structure of y0)`,
  ],
  [
    "the time first, elements of the state",
    () => h.odeint((_: Any, y: Any) => h.stack([h.at(y, 1), h.neg(h.at(y, 0))]), [1, 2], [0, 1]),
    "axis",
    `${SWAPPED} (at: 1 indices for an array of shape [], which has 0 axes)`,
  ],
  [
    "arguments that f does not take",
    () => h.odeint((y: Any, _t: Any) => y, 1, [0, 1], { args: 2 }),
    "value",
    "odeint: the function takes 2 arguments, but was called with 3; write odeint((y, t, args) => …, y0, ts, { args })",
  ],
] satisfies Row[]);

checkMisuse("roots", [
  ["x0 first", () => h.rootFind(1, decay), "value", "rootFind: the function comes first: write rootFind(f, x0)"],
  [
    "fewer equations than unknowns",
    () => h.rootFind(({ a, b }: Any) => h.sub(a, b), { a: 1, b: 2 }),
    "shape",
    "rootFind: the unknown has the structure {a: *, b: *} at the start, but f returned *; return as many equations, in the structure of x0",
  ],
  [
    "one equation for two unknowns",
    () => h.rootFind((x: Any) => h.sum(x), [1, 2]),
    "shape",
    "rootFind: the unknown is numbers of shape [2] at the start, but f returned a number; return as many equations, in the structure of x0",
  ],
  [
    "arguments that f does not take",
    () => h.fixedPoint((x: Any) => x, 1, { args: 2 }),
    "value",
    "fixedPoint: the function takes 1 argument, but was called with 2; write fixedPoint((x, args) => …, x0, { args })",
  ],
  [
    "a tolerance that is none",
    () => h.fixedPoint(decay, 1, { tol: "1" }),
    "value",
    'fixedPoint: tol is the string "1"; expected a number of at least 0',
  ],
  [
    "integers",
    () => h.rootFind(decay, Int32Array.of(1)),
    "dtype",
    "rootFind: x0 is int32[1], which has no derivative; pass floating-point numbers",
  ],
] satisfies Row[]);

const LINEAR = "is not linear in its argument; pass its linear part, or solve with rootFind";
checkMisuse("cg", [
  ["b first", () => h.cg([1], decay), "value", "cg: the matrix or function comes first: write cg(A, b)"],
  ["no A", () => h.cg(null, [1]), "value", "cg: A is null; expected a symmetric matrix or a function"],
  ["an A that is not linear", () => h.cg((x: Any) => h.square(x), [1]), "rule", `cg: A ${LINEAR}`],
  ["an A that is affine", () => h.cg((x: Any) => h.add(x, 1), [1]), "rule", `cg: A ${LINEAR}`],
  ["an M that is not linear", () => h.cg([[1]], [1], { M: (x: Any) => h.abs(x) }), "rule", `cg: M ${LINEAR}`],
  [
    "a matrix that does not fit",
    () => h.cg([[1, 0]], [1, 2]),
    "shape",
    "cg: A has shape [1, 2]; expected [2, 2], as b has 2 elements",
  ],
  [
    "a matrix and a tree",
    () => h.cg([[1]], { b: [1] }),
    "shape",
    "cg: a matrix A needs a vector b; for trees and other arrays pass a function",
  ],
  [
    "an A of another shape",
    () => h.cg((x: Any) => h.sum(x), [1, 2]),
    "shape",
    "cg: the argument is numbers of shape [2] at the start, but A returned a number; return a tree like b",
  ],
  [
    "an x0 of another shape",
    () => h.cg([[1]], [1], { x0: [1, 2] }),
    "shape",
    "cg: x0 has shape [2], but b has shape [1]; they must be equal",
  ],
] satisfies Row[]);
