// Misuse of loops and branches: every bad call gets an HvpError with its code and a message that names what is wrong,
// with the place in a tree and both types, and the remedy.
import * as library from "../../src/index.ts";
import { type Any, checkMisuse, type Row, TREE, traced } from "../harness/misuse.ts";

const h = library as Any;
const pair = (c: Any, x: Any) => [h.add(c, x), c];
const PAIR = "return [carry, y] with a carry like the first, from f(carry, x)";

const ARGUMENTS: Row[] = [
  ["the state first", () => h.scan(0, pair, [1]), "value", "scan: the function comes first: write scan(f, init, xs)"],
  ["no function", () => h.scan([1], 0, [1]), "value", "scan: expected a function, got an array"],
  [
    "an option that is none",
    () => h.scan(pair, 0, [1], { steps: 3 }),
    "value",
    "scan: unknown option steps; the options are length, reverse, unroll, checkpoint",
  ],
  [
    "a checkpoint that is none",
    () => h.scan(pair, 0, [1], { checkpoint: 3 }),
    "value",
    'scan: checkpoint is 3; expected "none", "sqrt" or { slots: number of states }',
  ],
  [
    "slots that are no number",
    () => h.scan(pair, 0, [1], { checkpoint: { slots: 1.5 } }),
    "value",
    "scan: checkpoint.slots is 1.5; expected a positive integer",
  ],
  [
    "too few slots",
    () => h.scan((c: Any) => [c, null], 0, null, { length: 1000, checkpoint: { slots: 10 } }),
    "value",
    "scan: checkpoint.slots is 10; 1000 iterations need at least 20",
  ],
  [
    "a checkpoint of traced bounds",
    () => h.jit((n: Any) => h.foriLoop(0, n, (_: Any, c: Any) => c, 0, { checkpoint: "sqrt" }))(h.astype(3, "int32")),
    "value",
    "foriLoop: checkpoint needs bounds that are known when it is traced; give numbers, or leave it out",
  ],
  [
    "a length that is no object",
    () => h.scan(pair, 0, null, 5),
    "value",
    "scan: expected options, got number 5; write scan(f, init, xs, { length })",
  ],
  [
    "too many",
    () => h.scan(pair, 0, [1], {}, 1),
    "value",
    "scan: 1 argument too many; write scan(f, init, xs, options)",
  ],
  [
    "no length",
    () => h.scan((c: Any) => [c, c], 0, null),
    "value",
    "scan: without xs it needs a length: write { length: 10 }",
  ],
  [
    "a length that is no integer",
    () => h.scan((c: Any) => [c, c], 0, null, { length: 2.5 }),
    "value",
    "scan: length is 2.5; expected a non-negative integer",
  ],
  [
    "a length that is not that of xs",
    () => h.scan(pair, 0, [1, 2], { length: 3 }),
    "shape",
    "scan: xs has shape [2] with 2 slices along axis 0, but length is 3; they must be equal",
  ],
  [
    "lengths that differ",
    () => h.scan((c: Any) => [c, c], 0, { a: { u: Float64Array.of(1, 2) }, b: [[1], [2], [3]] }),
    "shape",
    "scan: xs at b has shape [3, 1] with 3 slices along axis 0, but xs at a.u has 2; they must be equal",
  ],
  [
    "a number to walk along",
    () => h.scan(pair, 0, { a: 3 }),
    "shape",
    "scan: xs at a is a number; xs has arrays, whose slices along axis 0 are taken",
  ],
  [
    "unroll 0",
    () => h.scan(pair, 0, [1], { unroll: 0 }),
    "value",
    "scan: unroll is 0; expected a positive integer or a boolean",
  ],
  [
    "a state with a string",
    () => h.scan(pair, { a: "b" }, [1]),
    "value",
    `scan: init at a is the string "b"; expected ${TREE}`,
  ],
  ["a state that is missing", () => h.scan(pair, undefined, [1]), "value", `scan: init is undefined; expected ${TREE}`],
  [
    "nothing at all",
    () => h.scan(() => [null, 1], null, null, { length: 3 }),
    "value",
    "scan: nothing goes into the loop: no carry, no xs and no array; compute its result without it",
  ],
  [
    "a bound that is no integer",
    () => h.foriLoop(0, 2.5, (_: Any, v: Any) => v, 1),
    "value",
    "foriLoop: the upper bound is 2.5; expected an integer",
  ],
  [
    "bounds too far apart",
    () => h.foriLoop(-(2 ** 31), 2 ** 31 - 1, (_: Any, v: Any) => v, 1),
    "value",
    "foriLoop: the bounds -2147483648 and 2147483647 are 4294967295 iterations apart, beyond int32; nest two loops",
  ],
  [
    "a bound that is an array",
    () => h.foriLoop([0], 2, (_: Any, v: Any) => v, 1),
    "shape",
    "foriLoop: the lower bound is an array of 1; expected an integer",
  ],
  [
    "a traced bound that is no integer",
    () => traced((x) => h.foriLoop(0, x.at(0), (_: Any, v: Any) => v, 1)),
    "dtype",
    'foriLoop: the upper bound is float64[]; convert it with astype(x, "int32")',
  ],
  [
    "state and body swapped",
    () => h.foriLoop(0, 2, 1, (_: Any, v: Any) => v),
    "value",
    "foriLoop: the function comes before the state: write foriLoop(lo, hi, body, init)",
  ],
  [
    "a body without its counter",
    () => h.foriLoop(0, 2, (v: Any) => v, 1),
    "value",
    "foriLoop: the function takes 1 argument, but was called with 2; write (i, value) => …",
  ],
  [
    "the state before the functions",
    () =>
      h.whileLoop(
        1,
        () => true,
        (x: Any) => x,
      ),
    "value",
    "whileLoop: the state comes last: write whileLoop(condition, body, init)",
  ],
  [
    "a bound of a loop that is none",
    () =>
      h.whileLoop(
        () => true,
        (x: Any) => x,
        1,
        { maxIterations: -1 },
      ),
    "value",
    "whileLoop: maxIterations is -1; expected a non-negative integer",
  ],
  ["the slices first", () => h.map([1], (x: Any) => x), "value", "map: the function comes first: write map(f, xs)"],
  [
    "a batch of none",
    () => h.map((x: Any) => x, [1], { batchSize: 0 }),
    "value",
    "map: batchSize is 0; expected a positive integer",
  ],
  [
    "map of a number",
    () => h.map((x: Any) => x, 1),
    "shape",
    "map: xs is a number; xs has arrays, whose slices along axis 0 are taken",
  ],
  [
    "elements first",
    () => h.associativeScan([1], h.add),
    "value",
    "associativeScan: the function comes first: write associativeScan(fn, xs)",
  ],
  [
    "unequal extents",
    () =>
      h.associativeScan((a: Any) => a, {
        a: [[1, 2]],
        b: [
          [1, 2],
          [3, 4],
        ],
      }),
    "shape",
    "associativeScan: xs at b has shape [2, 2] with 2 elements along axis 0, but xs at a has 1; they must be equal",
  ],
  [
    "an axis that is none",
    () => h.associativeScan(h.add, [1, 2], { axis: 1 }),
    "axis",
    "associativeScan: xs: axis 1 is out of range for an array of 1 axis; expected an integer from -1 to 0",
  ],
];

const BODIES: Row[] = [
  [
    "no pair",
    () => h.scan((c: Any, x: Any) => h.add(c, x), 0, [1]),
    "value",
    `scan: the body must return a pair, got a traced float64[]; ${PAIR}`,
  ],
  [
    "no return",
    () => h.scan((_c: Any, _x: Any) => {}, 0, [1]),
    "value",
    "scan: the function returned undefined; did you forget `return`?",
  ],
  [
    "an async body",
    () => h.scan(async (c: Any, _x: Any) => [c, c], 0, [1]),
    "trace",
    "scan: the function returned a Promise; traced functions are synchronous, so await data before and pass it in",
  ],
  [
    "a carry that is missing",
    () => h.scan((_c: Any, x: Any) => [undefined, x], { a: 1 }, [1]),
    "shape",
    `scan: the carry has the structure {a: *} at the start, but the body returned undefined; ${PAIR}`,
  ],
  [
    "another structure",
    () => h.scan((c: Any, x: Any) => [[c.a, c.b], x], { a: 1, b: [Float64Array.of(1)] }, [1]),
    "shape",
    `scan: the carry has the structure {a: *, b: [*]} at the start, but the body returned [*, [*]]; ${PAIR}`,
  ],
  [
    "a slice as the carry",
    () => h.scan((x: Any, c: Any) => [c, x], { a: 1 }, [1]),
    "shape",
    `scan: the carry has the structure {a: *} at the start, but the body returned *; ${PAIR}`,
  ],
  [
    "a carry where there is none",
    () => h.scan((_: Any, x: Any) => [x, x], null, [1]),
    "shape",
    `scan: the carry is null at the start, but the body returned a traced float64[]; ${PAIR}`,
  ],
  [
    "a shape that changes",
    () =>
      h.scan(
        (c: Any, _x: Any) => [{ pos: { x: h.concat([c.pos.x, [1]]) } }, 0],
        { pos: { x: Float64Array.of(1, 2) } },
        [1],
      ),
    "shape",
    `scan: the carry at pos.x is float64[2] at the start, but the body returned float64[3]; ${PAIR}`,
  ],
  [
    "a number that becomes an array",
    () => h.scan(pair, 0, [[1, 2, 3]]),
    "shape",
    "scan: the carry is a number at the start, but the body returned numbers of shape [3]; start with an array of " +
      "shape [3]",
  ],
  [
    "a type that changes",
    () => h.scan(pair, Float32Array.of(1), { data: Float64Array.of(1.5), shape: [1, 1] }),
    "dtype",
    "scan: the carry is float32[1] at the start, but the body returned float64[1]; convert what it returns with " +
      'astype(x, "float32"), or what it starts with',
  ],
  [
    "a number that becomes a truth",
    () => h.scan((c: Any, x: Any) => [h.gt(c, x), c], 0, [1]),
    "dtype",
    "scan: the carry is a number at the start, but the body returned bool[]; start with false or true",
  ],
  [
    "a fraction that becomes an integer",
    () => h.scan((_: Any, x: Any) => [x, x], 0.5, Int32Array.of(1)),
    "dtype",
    "scan: the carry is a number at the start, but the body returned int32[]; start with an integer, or return a " +
      "floating-point number",
  ],
  [
    "a fraction where an integer is carried",
    () => h.foriLoop(0, 3, (_: Any, v: Any) => h.mul(v, 0.5), Int32Array.of(1)),
    "dtype",
    "foriLoop: the state is int32[1] at the start, but the body returned float64[1]; convert what it returns with " +
      'astype(x, "int32"), or what it starts with',
  ],
  [
    "a result that is none",
    () => h.scan((c: Any, _x: Any) => [c, { a: "b" }], 0, [1]),
    "value",
    `scan: y at a is the string "b"; expected ${TREE}`,
  ],
  [
    "one parameter where there are slices",
    () => h.scan((c: Any) => [c, c], 0, [1]),
    "value",
    "scan: the function takes 1 argument, but was called with 2; write (carry, x) => …, or pass null and a length",
  ],
  [
    "a condition on a number",
    () =>
      h.whileLoop(
        (x: Any) => h.sub(x, 1),
        (x: Any) => h.sub(x, 1),
        3,
      ),
    "dtype",
    "whileLoop: the condition must return a boolean scalar, got a number; compare, as in gt(x, 0)",
  ],
  [
    "a condition on an array",
    () =>
      h.whileLoop(
        (x: Any) => h.gt(x, 1),
        (x: Any) => h.sub(x, 1),
        [3, 4],
      ),
    "shape",
    "whileLoop: the condition must return a boolean scalar, got bool[2]; reduce it with any or all",
  ],
  [
    "a condition that never fails",
    () =>
      h.whileLoop(
        () => true,
        (x: Any) => h.sub(x, 1),
        3,
      ),
    "value",
    "whileLoop: the condition is true whatever the state is; compare the state, or give maxIterations",
  ],
  [
    "JavaScript's comparison",
    () =>
      h.whileLoop(
        (x: Any) => x > 1,
        (x: Any) => h.sub(x, 1),
        3,
      ),
    "trace",
    "a traced float64[] cannot be used as a number: operators (x + 1, x > 0) and Math functions do not work on it; use " +
      "add(x, 1), gt(x, 0), sin(x), and where(condition, a, b) to choose by value",
  ],
  [
    "a result of map that is none",
    () => h.map((_: Any) => null, [1]),
    "value",
    "map: the function returned null; return an array or a tree of arrays",
  ],
  [
    "a function that drops an axis",
    () => h.associativeScan((a: Any, _b: Any) => h.sum(a), [1, 2]),
    "shape",
    "associativeScan: the element is numbers of shape [1] at the start, but the body returned a number; fn(a, b) must " +
      "return elements like its arguments",
  ],
];

const BRANCHES: Row[] = [
  [
    "the branches first",
    () =>
      h.cond(
        (x: Any) => x,
        (x: Any) => x,
        true,
      ),
    "value",
    "cond: the predicate comes first: write cond(pred, then, otherwise)",
  ],
  ["one branch", () => h.cond(true, () => 1), "value", "cond: expected a function, got undefined"],
  ["a value as a branch", () => h.cond(true, 1, 2), "value", "cond: expected a function, got number 1"],
  [
    "an array as predicate",
    () =>
      h.cond(
        [true, false],
        () => 1,
        () => 2,
      ),
    "shape",
    "cond: the predicate must be a scalar, got bool[2]; choose element by element with where(condition, a, b)",
  ],
  [
    "no predicate",
    () =>
      h.cond(
        null,
        () => 1,
        () => 2,
      ),
    "value",
    `cond: the predicate is null; expected ${TREE}`,
  ],
  [
    "other structures",
    () =>
      h.cond(
        true,
        () => ({ a: 1 }),
        () => ({ b: 1 }),
      ),
    "shape",
    "cond: otherwise returns {b: *}, but then returns {a: *}; all branches must return the same structure",
  ],
  [
    "other shapes",
    () =>
      h.cond(
        true,
        () => ({ a: Float64Array.of(1) }),
        () => ({ a: Float64Array.of(1, 2) }),
      ),
    "shape",
    "cond: otherwise returns float64[2] at a, but then returns float64[1]; all branches must return the same shapes",
  ],
  [
    "other types",
    () => h.switchCase(0, [() => 1.5, () => Int32Array.of(1), () => Float32Array.of(1)].slice(1)),
    "dtype",
    "switchCase: branch 0 returns int32[1], but branch 1 returns float32[1]; all branches must return the same types: " +
      "convert with astype",
  ],
  [
    "a fraction beside integers",
    () =>
      traced((x) =>
        h.cond(
          x.at(0),
          () => 0.5,
          () => h.argmax(x),
        ),
      ),
    "dtype",
    "cond: otherwise returns int32[], but then returns a number; all branches must return the same types: convert with " +
      "astype",
  ],
  [
    "a branch without a return",
    () =>
      h.cond(
        true,
        () => {},
        () => 1,
      ),
    "value",
    "cond: the function returned undefined; did you forget `return`?",
  ],
  [
    "branches that are none",
    () => h.switchCase(0, []),
    "value",
    "switchCase: branches is an array of 0; expected a list of functions",
  ],
  [
    "a branch in the place of branches",
    () => h.switchCase(0, (x: Any) => x, 1),
    "value",
    "switchCase: branches is a function; expected a list of functions",
  ],
  [
    "a fraction as index",
    () => h.switchCase(0.5, [() => 1]),
    "value",
    "switchCase: the index is 0.5; expected an integer",
  ],
  [
    "a truth as index",
    () => h.switchCase(true, [() => 1]),
    "value",
    "switchCase: the index is boolean true; expected an integer",
  ],
  [
    "a traced fraction as index",
    () => traced((x) => h.switchCase(x.at(0), [() => 1, () => 2])),
    "dtype",
    'switchCase: the index is float64[]; convert it with astype(x, "int32")',
  ],
  [
    "an argument that the branch does not read",
    () =>
      h.cond(
        true,
        (x: Any) => x,
        (x: Any) => x,
        1,
        2,
      ),
    "value",
    "cond: the function takes 1 argument, but was called with 2; write a function of 2 arguments",
  ],
];

checkMisuse("arguments of loops", ARGUMENTS);
checkMisuse("bodies", BODIES);
checkMisuse("branches", BRANCHES);
