// What accumulates along one axis: cumulative sum, product, maximum and minimum, and the linear recurrence that carries
// their derivatives. Forward mode is a recurrence, reverse mode is the recurrence walked the other way, and the
// recurrence is closed under both: every order costs O(n), divides by nothing, and so is right where factors are
// zero.
import { fail } from "../errors.ts";
import { sameShape, showAval, sizeOf } from "../ir/aval.ts";
import { make } from "../ir/build.ts";
import type { CallArgs, KernelArg, MaybeNode, Node, Primitive } from "../ir/graph.ts";
import { type ArrayKernel, instanceOf } from "../ir/kernel.ts";
import { withElement } from "../ir/lists.ts";
import * as kernels from "../kernels/cumulative.gen.ts";
import { by, per, plus } from "./arithmetic.ts";
import { convert } from "./cast.ts";
import { addMaybe, batched } from "./define.ts";
import { eq, gt, select } from "./logic.ts";
import { concat, slice } from "./shape.ts";
import { constValue, full } from "./spread.ts";
import { neededSupport } from "./support.ts";

interface Cumulative {
  readonly axis: number;
  /** From the last element to the first. */
  readonly reverse: boolean;
}

/** Kernels see an array as [outer, n, inner] around an axis. */
export const around = (x: Node, axis: number): [number, number, number] => [
  sizeOf(x.shape.slice(0, axis)),
  x.shape[axis] as number,
  sizeOf(x.shape.slice(axis + 1)),
];

function cumulative(
  name: string,
  kernel: ArrayKernel,
  spec: Pick<Primitive<Cumulative>, "jvp" | "transpose" | "simplify" | "support">,
  scratch = 0,
): Primitive<Cumulative> {
  const prim: Primitive<Cumulative> = {
    name,
    aval(inputs) {
      const x = inputs[0] as Node;
      if (x.dtype === "bool") fail("dtype", `${name}: takes numbers, got ${showAval(x)}; convert booleans with astype`);
      for (const y of inputs) {
        if (!sameShape(y.shape, x.shape) || y.dtype !== x.dtype)
          fail("shape", `${name}: operands must agree, got ${inputs.map(showAval).join(" and ")}`);
      }
      return { shape: x.shape, dtype: x.dtype };
    },
    ...spec,
    reads: "running",
    batch: (node, inputs, has, size) =>
      make(
        prim,
        inputs.map((x, i) => batched(x, has[i] as boolean, size)),
        { ...node.params, axis: node.params.axis + 1 },
      ),
    lower: {
      kind: "call",
      call: (node) => ({
        strided: node.inputs.map(() => false),
        emit(args: CallArgs) {
          const { axis, reverse } = node.params;
          const pointers: KernelArg[] = [...node.inputs.map((_, i) => ({ ptr: i })), { ptr: -1 }];
          const last: KernelArg[] = scratch > 0 ? [Number(reverse), { workspace: scratch }] : [Number(reverse)];
          args.call(instanceOf(kernel, node.dtype), [...around(node, axis), ...pointers, ...last]);
        },
      }),
    },
  };
  return prim;
}

/** Nothing to accumulate: at most one element along the axis, or none at all. */
const isTrivial = (x: Node, { axis }: Cumulative): boolean => (x.shape[axis] as number) <= 1 || x.size === 0;

/** Each element's predecessor in its direction, `first` for the first. */
export function previous(x: Node, { axis, reverse }: Cumulative, first: number): Node {
  const n = x.shape[axis] as number;
  const border = full(withElement(x.shape, axis, 1), first, x.dtype);
  return reverse ? concat([slice(x, axis, 1, n), border], axis) : concat([border, slice(x, axis, 0, n - 1)], axis);
}

/** The support of a linear one: what only zeros reach is zero. */
const reached = (support: MaybeNode, params: Cumulative): MaybeNode =>
  support && gt(make(cumsumPrim, [convert(support, "int32")], params), 0);
const reversed = ({ axis, reverse }: Cumulative): Cumulative => ({ axis, reverse: !reverse });

export const cumsumPrim: Primitive<Cumulative> = /* @__PURE__ */ cumulative(
  "cumsum",
  kernels.cumsum,
  {
    simplify: ([x], params) => (isTrivial(x!, params) || Object.is(constValue(x!), 0) ? x : undefined),
    jvp: (node, [d]) => d && make(cumsumPrim, [d], node.params),
    transpose: (node, ct) => [make(cumsumPrim, [ct], reversed(node.params))],
    support: (node, of) => reached(of(node.inputs[0] as Node), node.params),
  },
  kernels.CARRIED,
);

/** h[i] = a[i]·h[i-1] + b[i] along the axis; h is b at the first element. */
export const recurrencePrim: Primitive<Cumulative> = /* @__PURE__ */ cumulative(
  "recurrence",
  kernels.recurrence,
  {
    simplify: ([a, b], params) =>
      isTrivial(b!, params) ? b : constValue(a!) === 1 ? make(cumsumPrim, [b!], params) : undefined,
    // ḣ[i] = a[i]·ḣ[i-1] + (ȧ[i]·h[i-1] + ḃ[i])
    jvp(node, [da, db]) {
      const a = node.inputs[0] as Node;
      const b = addMaybe(da && by(da, previous(node as unknown as Node, node.params, 0)), db, plus);
      return b && recurrenceBy(a, b, node.params);
    },
    // b̄[i] = h̄[i] + a[i+1]·b̄[i+1]
    transpose(node, ct) {
      const back = reversed(node.params);
      const next = previous(node.inputs[0] as Node, back, 0);
      return [undefined, recurrenceBy(next, ct, back)];
    },
    support: (node, of) => reached(of(node.inputs[1] as Node), node.params),
  },
  kernels.CARRIED,
);

/** The linear recurrence h[i] = a[i]·h[i-1] + b[i] along an axis. */
export const recurrence = (a: Node, b: Node, params: Cumulative): Node => make(recurrencePrim, [a, b], params);
/** The same of a derivative `b`: factors that only structural zeros would meet are left out. */
function recurrenceBy(a: Node, b: Node, params: Cumulative): Node {
  if (constValue(a) === 0 || constValue(b) === 0) return b;
  const met = reached(neededSupport(b, a), params);
  return recurrence(met ? select(met, a, 0) : a, b, params);
}

export const cumprodPrim: Primitive<Cumulative> = /* @__PURE__ */ cumulative("cumprod", kernels.cumprod, {
  simplify: ([x], params) => (isTrivial(x!, params) ? x : undefined),
  // ẏ[i] = x[i]·ẏ[i-1] + y[i-1]·ẋ[i]
  jvp: (node, [d]) =>
    d && recurrenceBy(node.inputs[0] as Node, by(previous(node as unknown as Node, node.params, 1), d), node.params),
});

/**
 * The tangent of a running extremum: the mean of the tangents where it is attained so far, as for `max`. While it
 * stays the same, tangents and their number add up; a new one starts again.
 */
const extremumJvp = (node: Node<Cumulative>, [d]: readonly MaybeNode[]): MaybeNode => {
  if (!d) return undefined;
  const y = node as unknown as Node;
  const { params } = node;
  const hit = eq(node.inputs[0] as Node, y);
  const same = convert(eq(y, previous(y, params, 0)), y.dtype);
  return per(recurrenceBy(same, select(hit, d, 0), params), recurrence(same, convert(hit, y.dtype), params));
};
export const cummaxPrim: Primitive<Cumulative> = /* @__PURE__ */ cumulative("cummax", kernels.cummax, {
  simplify: ([x], params) => (isTrivial(x!, params) || constValue(x!) !== undefined ? x : undefined),
  jvp: extremumJvp,
});
export const cumminPrim: Primitive<Cumulative> = /* @__PURE__ */ cumulative("cummin", kernels.cummin, {
  simplify: ([x], params) => (isTrivial(x!, params) || constValue(x!) !== undefined ? x : undefined),
  jvp: extremumJvp,
});

/** Running sum along `axis`, from the other end if `reverse`; its transpose is the sum from the other end. */
export const cumsum = (x: Node, axis: number, reverse = false): Node => make(cumsumPrim, [x], { axis, reverse });
/** Running product. */
export const cumprod = (x: Node, axis: number, reverse = false): Node => make(cumprodPrim, [x], { axis, reverse });
/** Running maximum: NaN from the first NaN on. */
export const cummax = (x: Node, axis: number, reverse = false): Node => make(cummaxPrim, [x], { axis, reverse });
/** Running minimum: NaN from the first NaN on. */
export const cummin = (x: Node, axis: number, reverse = false): Node => make(cumminPrim, [x], { axis, reverse });
