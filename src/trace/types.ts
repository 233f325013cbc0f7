// The types a user meets: what operations and transforms take, and what they give back.
import type { NdArray } from "./ndarray.ts";
import type { Tensor } from "./tracer.ts";

export type { Tensor };

/** Arrays of numbers with a type of their own. */
export type TypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | Uint8ClampedArray;

/** Nested arrays of numbers, all rows of one length: an n-dimensional array. */
export type NestedArray = readonly (number | boolean | NestedArray)[];

/** Row-major data with a shape; `stride` and `offset` as in scijs `ndarray` are honoured. */
export interface NdArrayLike {
  readonly data: TypedArray | readonly number[];
  readonly shape: readonly number[];
  readonly stride?: readonly number[];
  readonly offset?: number;
}

/**
 * An ordinary value: number (scalar), typed array or `number[]` (vector), nested arrays or `{ data, shape }` (n-d
 * array).
 */
export type Concrete = number | boolean | TypedArray | NestedArray | NdArrayLike;

/** What an operation takes. */
export type TensorLike = Tensor | Concrete;

/**
 * What comes back outside a trace: a number or boolean for a scalar, a typed array for a vector, an NdArray from rank
 * 2 up.
 */
export type Value = number | boolean | Float64Array | Float32Array | Int32Array | Uint8Array | NdArray;

/**
 * What may be passed where a function has a parameter of type `P`: an array for a tensor, the same tree for a tree of
 * them.
 */
export type Input<P> = P extends TensorLike ? TensorLike : { readonly [K in keyof P]: Input<P[K]> };

/**
 * The arguments that may be passed to a function with parameters `P`. (Read-only: what is inferred for an argument
 * list is.)
 */
export type Inputs<P extends readonly unknown[]> = { readonly [K in keyof P]: Input<P[K]> };

/** What a traced function sees of an argument of type `X`: a tensor for an array, the same tree for a tree of them. */
export type Traced<X> = X extends TensorLike ? Tensor : { -readonly [K in keyof X]: Traced<X[K]> };

/** What may stand for a point: arrays of the shapes of `X`, whatever their kind. */
export type Like<X> = Input<Traced<X>>;

/** Whether a tree has a traced value in it. */
export type HasTensor<T> = T extends Tensor
  ? true
  : T extends Concrete
    ? false
    : T extends readonly (infer E)[]
      ? HasTensor<E>
      : T extends object
        ? { [K in keyof T]: HasTensor<T[K]> }[keyof T]
        : false;

/** The result of a function that returns `R`, called with `A`: traced if anything in `A` is, else concrete. */
export type Result<R, A> = true extends HasTensor<A> ? Leaves<R, Tensor> : Leaves<R, Value>;
/** A tree like `R` whose leaves are `L`. */
export type Leaves<R, L> = R extends TensorLike
  ? L
  : R extends readonly unknown[]
    ? { -readonly [K in keyof R]: Leaves<R[K], L> }
    : R extends { [Symbol.iterator]: unknown }
      ? Parts<Extract<keyof R, string>, L>
      : { -readonly [K in keyof R]: Leaves<R[K], L> };

/** Results with names and an order: `const { q, r } = qr(a)` and `const [q, r] = qr(a)` are the same. */
export type Parts<K extends string, T> = Record<K, T> & Iterable<T>;

/** A value of the same kind as `A`: gradients mirror their arguments. */
export type Mirror<A> = A extends Tensor
  ? Tensor
  : A extends number | boolean
    ? number
    : A extends Float32Array
      ? Float32Array
      : A extends TypedArray | readonly (number | boolean)[]
        ? Float64Array
        : A extends NdArray | NestedArray
          ? NdArray
          : A extends NdArrayLike
            ? MirrorOfShape<A>
            : { -readonly [K in keyof A]: Mirror<A[K]> };

/** What mirrors `{ data, shape }`: a value of its rank and element type, as far as its type tells. */
type MirrorOfShape<A extends NdArrayLike> = A["shape"] extends readonly []
  ? number
  : A["shape"] extends readonly [number]
    ? Floats<A["data"]>
    : A["shape"] extends readonly [number, number, ...number[]]
      ? NdArray
      : NdArray | Floats<A["data"]>;
/** The typed array that mirrors `data`; either where its type is open. */
type Floats<D> = D extends Float32Array ? Float32Array : Float64Array;

/** Where a result that mirrors `A` may be written: a typed array, or an n-dimensional array of one. */
export type Out<A> = A extends number | boolean
  ? Float64Array
  : A extends NdArray
    ? OutArray<Float64Array | Float32Array>
    : A extends NdArrayLike
      ? OutArray<Floats<A["data"]>>
      : A extends NestedArray | TypedArray
        ? OutArray<Mirror<A> extends Float32Array ? Float32Array : Float64Array>
        : { readonly [K in keyof A]: Out<A[K]> };
/** An array for results with elements in a `D`. */
export type OutArray<D> = D | NdArray | { readonly data: D; readonly shape: readonly number[] };

/** A tree like `A`, each array with an axis more in front. */
export type Batch<A> = A extends number | boolean
  ? TypedArray | NdArrayLike
  : A extends Concrete
    ? NdArrayLike
    : { readonly [K in keyof A]: Batch<A[K]> };
/** The same as results come back. */
export type MirrorBatch<A> = A extends number | boolean
  ? Float64Array
  : A extends Concrete
    ? NdArray
    : { -readonly [K in keyof A]: MirrorBatch<A[K]> };
/** Arrays for such results. */
export type OutBatch<A> = A extends number | boolean | Concrete
  ? OutArray<Float64Array | Float32Array>
  : { readonly [K in keyof A]: OutBatch<A[K]> };

/** One value of the same kind as each of `A`. */
export type Mirrors<A> = { -readonly [K in keyof A]: Mirror<A[K]> };

/**
 * The entry of the list `A` that the argnums `N` name: entry `N`, counted from the end if negative, or the list of
 * these entries.
 */
export type ArgumentAt<A, N> = N extends readonly number[]
  ? { -readonly [K in keyof N]: ArgumentAt<A, N[K]> }
  : `${N & number}` extends `-${infer K extends number}`
    ? FromEnd<A, K>
    : A[N & keyof A];
type FromEnd<A, K extends number, Seen extends unknown[] = [unknown]> = A extends readonly [...infer Rest, infer X]
  ? Seen["length"] extends K
    ? X
    : FromEnd<Rest, K, [...Seen, unknown]>
  : A[number & keyof A];

/** The value of a scalar function called with `A`. */
export type ScalarOf<A> = true extends HasTensor<A> ? Tensor : number;

/** The parameters of a function whose parameters have no types of their own. */
export type Tensors = [x: Tensor, ...rest: Tensor[]];

/** A function of tensors and trees of them. */
export type Fn<P extends readonly unknown[], R> = (...args: P) => R;

type Vector = TypedArray | readonly (number | boolean)[];

/**
 * What an element-wise operation on numbers makes of operands of types `A` and `B`: the larger rank, the common
 * element type.
 */
export type Elementwise<A, B = number> = OfKinds<Kind<A>, Kind<B>>;
/**
 * The rank of an operand, as far as its type tells: a number, a vector with its element type, or an NdArray for all
 * others.
 */
type Kind<A> = A extends NdArray
  ? NdArray
  : A extends number | boolean | Vector
    ? A
    : A extends NdArrayLike
      ? A["shape"] extends readonly []
        ? number
        : A["shape"] extends readonly [number]
          ? A["data"]
          : A["shape"] extends readonly [number, number, ...number[]]
            ? NdArray
            : NdArray | A["data"]
      : NdArray;
type OfKinds<A, B> = A extends NdArray
  ? NdArray
  : B extends NdArray
    ? NdArray
    : A extends number | boolean
      ? B extends number | boolean
        ? number
        : TypeOfVectors<A, B>
      : B extends unknown
        ? TypeOfVectors<A, B>
        : never;
type TypeOfVectors<A, B> = [A] extends [Float64Array]
  ? Float64Array
  : [B] extends [Float64Array]
    ? Float64Array
    : [A] extends [Float32Array]
      ? Float32Array
      : [B] extends [Float32Array]
        ? Float32Array
        : [A | B] extends [number | readonly number[]]
          ? Float64Array
          : Float64Array | Int32Array;

/** What a comparison of operands of types `A` and `B` gives. */
export type Compared<A, B = number> =
  Elementwise<A, B> extends number
    ? boolean
    : Elementwise<A, B> extends NdArray
      ? NdArray
      : boolean | Uint8Array | NdArray;

// Where the type of a result cannot be told from those of the operands, `O` is inferred from what the result is used
// as:
// `const y: Float64Array = matmul(a, x)`.

/** An operation on one array, element by element. */
export interface Unary {
  (x: Tensor): Tensor;
  <const A extends Concrete, O extends Elementwise<A> = Elementwise<A>>(x: A): O;
  (x: TensorLike): Value;
}

/** An operation on two arrays, element by element, broadcast against each other. */
export interface Binary {
  (a: Tensor, b: TensorLike): Tensor;
  (a: TensorLike, b: Tensor): Tensor;
  <const A extends Concrete, const B extends Concrete, O extends Elementwise<A, B> = Elementwise<A, B>>(a: A, b: B): O;
  (a: TensorLike, b: TensorLike): Value;
}

/** A comparison, or a connection of truths, element by element. */
export interface Comparison {
  (a: Tensor, b: TensorLike): Tensor;
  (a: TensorLike, b: Tensor): Tensor;
  <const A extends Concrete, const B extends Concrete, O extends Compared<A, B> = Compared<A, B>>(a: A, b: B): O;
  (a: TensorLike, b: TensorLike): Value;
}

/** A question asked of every element. */
export interface Predicate {
  (x: Tensor): Tensor;
  <const A extends Concrete, O extends Compared<A> = Compared<A>>(x: A): O;
  (x: TensorLike): Value;
}

/** An operation on two arrays whose result has a shape of its own. */
export interface Product {
  (a: Tensor, b: TensorLike): Tensor;
  (a: TensorLike, b: Tensor): Tensor;
  <O extends Value = Value>(a: TensorLike, b: TensorLike): O;
}

/** An operation on one array with settings, whose result has a shape of its own. */
export interface With<Options extends unknown[]> {
  (x: Tensor, ...options: Options): Tensor;
  <O extends Value = Value>(x: TensorLike, ...options: Options): O;
}

/** An operation on a list of arrays. */
export interface OfList<Options extends unknown[]> {
  (
    xs: readonly [Tensor, ...TensorLike[]] | readonly [TensorLike, Tensor, ...TensorLike[]] | readonly Tensor[],
    ...options: Options
  ): Tensor;
  <O extends Value = Value>(xs: readonly TensorLike[], ...options: Options): O;
}
