// The cost model: every number of the compiler that decides between programs of the same values. Costs of single
// operations are in the records of the primitives, in nanoseconds of one float64 element (`cost`, ir/graph.ts). What
// only one rule weighs stands beside that rule, as in primitives/fixed-index.ts.
//
// Each has its unit and what was measured (quotients of times, new over old; workloads of the benchmark). "Not
// recorded" says that no measurement is known. A number is changed with a measurement, which takes its place here.

// ---- plan: what is stored, what is computed again ----

/**
 * Nanoseconds an element: recomputing is preferred while it costs at most this much more than one store and load.
 * Measured: 2.5 and 6 instead of 4, a mixture at a point 42 to 54 µs instead of 42, no row faster.
 */
export const RECOMPUTE_NS = 4;
/**
 * Quotient: an array of which single iterations need more elements than so many times the straight ones have is
 * computed in a loop of its own, however seldom each is read. Measured: the derivative of a product of 262,144
 * elements, a tree of halves, is compiled in 40 ms, not 10 s.
 */
export const ITERATION_FACTOR = 8;
/** Terms: reductions of at most so many elements become sums of that many terms. Not recorded. */
export const INLINE_TERMS = 8;
/** Nanoseconds: and these terms cost at most so much together. Not recorded. */
export const INLINE_NS = 64;
/**
 * Elements: of a kernel that is run once with captured arrays, least read and written together, most written. Not
 * recorded.
 */
export const CONSTANT_ELEMENTS: readonly [least: number, most: number] = [4096, 4194304];
/** Elements: a product of few terms with fewer stays a kernel's. */
export const THIN_ELEMENTS = 1024;
/** Elements: arrays of at most so many are computed one by one, in straight-line code. Not recorded. */
export const STRAIGHT_ELEMENTS = 8;
/** Elements of what a kernel on matrices in a body may have to be formulas instead: packed factors of 8 × 8. */
export const SMALL_MATRIX_ELEMENTS = 72;
/**
 * Matrices: from so many on, a batch of small ones is computed with one in each lane. Measured on 5000 matrices, new
 * over old: Cholesky factors 3 × 3 0.14, 8 × 8 0.21; solutions by LU factors 3 × 3 0.16, 6 × 6 0.39.
 */
export const BATCH_LANES = 64;
/** Extents up to which it is so by Cholesky's factors: 8 × 8 compile in 0.1 s, their gradients in 0.25 s. */
export const BATCH_CHOLESKY = 8;
/** Extents up to which it is so by LU factors: gradients of 8 × 8 compile in 0.3 s, of 5 × 5 in 0.1 s. */
export const BATCH_LU = 6;
/** Operations of such a kernel, at most: those of these factors. Not recorded. */
export const SMALL_MATRIX_OPERATIONS = 576;
/** Elements: the body of a loop with kernels on matrices of at most so many is straight-line code. Not recorded. */
export const STRAIGHT_BODY_ELEMENTS = 72;
/**
 * Elements: that of one without kernels, whose arrays have at most so many. Measured: loops over 16 elements make a
 * product in 0.5 to 0.8, over 64 in 0.2 to 0.3; values of 12 take 3 times as long where elements change places.
 */
export const STRAIGHT_VECTOR_ELEMENTS = 12;
/**
 * Nanoseconds of an element from which a function is worth vectors beyond STRAIGHT_ELEMENTS: one at a time, it leaves
 * half of a vector idle. Measured: tanh of 12 carries 0.23; ADBench's LSTM with 14 units, value 0.35, product 0.15.
 */
export const STRAIGHT_BODY_NS = 5;
/** Operations on single elements, at most, of such a body. Not recorded. */
export const STRAIGHT_BODY_WORK = 4096;
/**
 * Elements: so many of a row are, where each comes from an array of its own. Measured: eleven columns put together were
 * 10 % of the gradient of bundle adjustment; stored by their own loop they are none.
 */
export const STRAIGHT_COLUMNS = 16;
/**
 * Bytes of residuals beyond which a loop over pairs that computes them anew, once a pair, is faster than reading them
 * at both places. Measured: Lennard-Jones, a product for 64 points in 18 µs instead of 22, the point in 12 instead of
 * 19; for 512 points 0.64 ms instead of 1.8.
 */
export const RESIDUAL_BYTES = 16384;

// ---- pairs, and points side by side ----

/** Partners: with fewer a loop over pairs is not worth another form. Not recorded. */
export const PAIR_PARTNERS = 8;
/**
 * Quotient: a body that grows by more to hold both terms of a pair is not worth visiting half as often. It is below 2,
 * the most that visiting half as often can gain. Measured with it: Lennard-Jones, product, 0.49.
 */
export const PAIR_GROWTH = 1.5;
/** Elements: largest step between those that the innermost loop reads: the short axes of points. Not recorded. */
export const MIRROR_STEP = 8;
/** Elements: largest stride that is packed away: the short trailing axes that domains unroll. */
export const PACK_STRIDE = 8;
/** Passes over an array that repay one for packing it. Measured: Lennard-Jones 0.68, bundle adjustment 0.88. */
export const PACK_PASSES = 4;

// ---- rows of one matrix, read once ----

/**
 * Bytes of a block of rows: they stay in a second-level cache, and the loop over its rows is long enough to be worth
 * entering. Measured: logistic regression, product, 0.73; blocks for the first-level cache gain less.
 */
export const SWEEP_BYTES = 131072;
/** Steps: how far apart those that become one may be, so that searching takes linear time. */
export const JOIN_STEPS = 32;

// ---- long vectors in pieces ----

/** Elements of a piece: three windows of float64 take a fifth of a megabyte. Measured: Rosenbrock, 10⁶, 0.45. */
export const STREAM_PIECE = 8192;
/** Elements: shorter loops gain nothing. */
export const STREAM_LEAST = 65536;
/** Elements: longest run at either end that may have code of its own. Not recorded. */
export const STREAM_EDGE = 32;
/** Values of the loop, at most: beyond, variables need memory, which only whole programs give. */
export const STREAM_VALUES = 10_000;

// ---- many directions ----

/** Directions that a program takes at once, at most. Measured: logistic regression, 32 of them 0.74. */
export const AT_ONCE = 64;
/** Nodes: products of graphs with more are straight-line code, which vectors of directions only lengthen. */
export const AT_ONCE_NODES = 1000;
/**
 * Elements of all arrays of a product, up to which calling it costs more than it does itself. Measured: Rosenbrock,
 * n = 100, with some 1,000, takes 0.23 µs alone, 0.3 µs among 32; n = 4, 10,000 of them, 0.2.
 */
export const AT_ONCE_ELEMENTS = 256;
/** Directions of such products that a program takes at once. Not recorded. */
export const AT_ONCE_TINY = 1024;
/** Bytes of matrices that all directions meet, from which reading them once is worth it. Measured: a network with 24 KB
 * of them 1.0. */
export const AT_ONCE_SHARED_BYTES = 131072;
/** Bytes of the arrays between these matrices, of all directions at once. Not recorded. */
export const AT_ONCE_BYTES = 0x200_0000;

/** Elements of x, at most, for which the diagonals of a Hessian are looked for: as many squared are. Not recorded. */
export const BAND_EXTENT = 1024;
/**
 * Quotient: products that give all of a Hessian are worth looking for if they are fewer than its columns by that.
 * Measured: Rosenbrock, n = 100, three of them, 6 instead of 40 µs.
 */
export const BAND_SHARE = 4;

// ---- memory ----

/** Elements: arrays of at most so many keep their places, as there are many of them, and they are small. */
export const FIXED_PLACE_ELEMENTS = 8;

// ---- code ----

/**
 * Values of a function of straight-line code: large enough to amortize the call, small enough for the engine's
 * optimizing compiler. Measured: 300 to 2,400, no difference.
 */
export const CHUNK_VALUES = 1200;
/** Bytes of code after which the next box of a loop begins another function. */
export const FUNCTION_BYTES = 0x4_0000;
/**
 * Bytes of code after which the next function begins another module. Chrome compiles at most 8 MB at once on the main
 * thread of a page, and engines take functions of at most 7.6 MB: with both, the largest function has room.
 */
export const MODULE_BYTES = 0x10_0000;
/** Variables of a function: engines allow 50,000, and none can give so many a register. */
export const FUNCTION_LOCALS = 4096;
/** Values: longest chain that is kept on the operand stack instead of in variables. Not recorded. */
export const STACK_VALUES = 24;
/** Bytes of kernels that loops of one module hold as copies: a dozen. Measured: `sum(f(x))` 0.7 to 0.9. */
export const COPIED_KERNEL_BYTES = 8192;
/**
 * Iterations after which the sums of a loop are added up, so that rounding grows with the block, not the length. It is
 * part of what results are, bit for bit.
 */
export const SUM_BLOCK = 128;
/** Values of a loop that folds into at most two sums, four vectors of which fit the registers. Not recorded. */
export const FOUR_VECTORS_VALUES = 12;
/** Values of one that folds into at most four sums, of which two do. Not recorded. */
export const TWO_VECTORS_VALUES = 32;
/** Values of one that only stores, of which two do. Not recorded. */
export const TWO_STORED_VALUES = 24;
/** Loads from memory that are made once, before a loop: more would only be put to memory again. Not recorded. */
export const HELD_LOADS = 48;
/** Iterations per call of a function that holds the carries of a loop in variables. Not recorded. */
export const CALLED_ITERATIONS = 4096;

// ---- run ----

/** Programs of one-shot calls that are kept; the least recently used goes first. Compiling one takes about 1 ms. */
export const CACHED_PROGRAMS = 64;
/** Elements below which a loop copies faster than `set` and `slice`. Measured: calls on two elements 0.5. */
export const COPY_ELEMENTS = 24;
/** Bytes: modules above may be beyond other limits of engines than those that are known. */
export const SUSPECT_MODULE_BYTES = 0x100000;
/** Iterations for which a stack that grows makes room at once, a power of two. Not recorded. */
export const STACK_ROWS = 64;
/** Iterations for which the first piece of memory of such a stack has room. Not recorded. */
export const FIRST_STACK_ROWS = 256;
