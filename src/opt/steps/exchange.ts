// Exchange of two loops: what becomes of each value of a body when the counters i and j swap places. Where an
// all-pairs loop computes the same for (i, j) and (j, i), or its negative, every pair need be visited only once
// (pairs.ts).
import { type Data, isFloat } from "../../ir/aval.ts";
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { withElement } from "../../ir/lists.ts";
import type { Body } from "../plan/body.ts";
import type { Value } from "../plan/lane-builder.ts";

/** What is read of a body. */
type Loops = Pick<Body, "box" | "values">;

/** `sign · base`, where `base` is no negative itself. */
export interface Signed {
  readonly base: Value;
  readonly sign: 1 | -1;
  /**
   * Where it is zero, the sign may be the other one: x - y is +0 for equal x and y, as y - x is, and -(y - x) is -0.
   */
  readonly loose?: boolean;
}

/** Values of a body under the exchange of its loops. */
export interface Exchange {
  /** A value without its sign. */
  norm(v: Value): Signed;
  /** What the value is at (j, i), in terms of the values at (i, j); undefined where the body has no such value. */
  image(v: Value): Signed | undefined;
  /** 1 or -1 if the value at (j, i) is so many times the value at (i, j); else undefined. */
  parity(v: Value): 1 | -1 | undefined;
  /** The position with i and j exchanged. */
  swap(p: Affine): Affine;
}

const COMMUTES = new Set(["add", "mul", "min", "max", "eq", "ne", "and", "or"]);
const times = (a: 1 | -1, b: 1 | -1): 1 | -1 => (a === b ? 1 : -1);

/**
 * Whether the result of `v` is more than a zero of another sign where only the sign of a zero in operand `k` is
 * another one: kernels may have a jump there (atan2), quotients by zeros are infinities. All other operations hand
 * the sign on, or forget it.
 */
export const tellsZeros = ({ op }: Value, k: number): boolean => op === "call" || (op === "div" && k === 1);

/**
 * Whether the result of `v` is the same whatever the signs of zeros in its operands. No integer and no boolean has a
 * sign of zero; a square of one value (not of x - y and y - x, which may differ in it) is never -0.
 */
export const forgetsZeros = ({ op, dtype, operands: [a, b] }: Value): boolean =>
  dtype === "bool" || dtype === "int32" || op === "abs" || (op === "mul" && a === b);

/**
 * The exchange of loops i and j of `body`. Rounding is the same on both sides of zero, so what these rules call equal
 * is equal bit for bit, the signs of zeros apart; what tells these signs is called equal to nothing where they may
 * differ.
 * `isFixed` says whether the content of a captured array will never change.
 */
export function exchange(body: Loops, i: number, j: number, isFixed: (n: Node) => boolean): Exchange {
  const swap = (p: Affine): Affine => withElement(withElement(p, i + 1, p[j + 1] as number), j + 1, p[i + 1] as number);
  const norms: Signed[] = [];
  const norm = (v: Value): Signed => norms[v.id] as Signed;
  /**
   * A key, equal for values that are equal up to sign, the sign that is left, and whether that of a zero is; from
   * operands that are the value's own or their images.
   */
  const form = (
    v: Value,
    operands: readonly Signed[],
    position = v.position,
  ): [key: string, sign: 1 | -1, loose: boolean] | undefined => {
    const at = position ? ` ${v.source?.id} ${position.join()}` : "";
    let [ids, sign] = [operands.map((a) => a.base.id), 1 as 1 | -1];
    const [a, b, c] = operands as [Signed, Signed, Signed];
    let key: string = v.op;
    if (operands.some((x, k) => x.loose && tellsZeros(v, k))) return undefined;
    const forgets = forgetsZeros(v);
    let loose = !forgets && operands.some((x) => x.loose);
    if (v.op === "mul" || v.op === "div") sign = times(a.sign, b.sign);
    else if (v.op === "add" || v.op === "sub") {
      const second = v.op === "sub" ? times(b.sign, -1) : b.sign;
      sign = ids[0]! <= ids[1]! ? a.sign : second;
      key = a.sign === second ? "add" : "sub";
      loose ||= sign < 0 && !forgets;
    } else if (v.op === "select") {
      // The zero of a mask stays as it is when what it masks is negated.
      const masks = isZero(b) || isZero(c);
      if (b.sign !== c.sign && !masks) return undefined;
      sign = isZero(b) ? c.sign : b.sign;
      loose ||= sign < 0 && masks && !forgets;
    } else if (v.op === "convert" && isFloat(v.dtype) && isFloat(a.base.dtype)) sign = a.sign;
    else if (v.op !== "abs" && operands.some((x) => x.sign < 0)) return undefined;
    if (COMMUTES.has(v.op) || v.op === "sub") ids = ids.sort((x, y) => x - y);
    if (v.op === "gather") return undefined;
    return [`${key} ${v.kernel?.own.name} ${v.dtype} ${ids.join()}${at}`, sign, loose];
  };
  const known = new Map<string, Signed>();
  const images: (Signed | undefined)[] = [];
  const image = (v: Value): Signed | undefined => images[v.id];
  for (const v of body.values) {
    const operands = v.operands.map(norm);
    const f = v.op === "neg" || v.op === "const" ? undefined : form(v, operands);
    const same = f && known.get(f[0]);
    if (v.op === "neg") norms.push({ ...(operands[0] as Signed), sign: times(operands[0]!.sign, -1) });
    else
      norms.push(
        same ? { base: same.base, sign: times(same.sign, f[1]), loose: same.loose || f[2] } : { base: v, sign: 1 },
      );
    if (f && !same) known.set(f[0], { base: v, sign: f[1], loose: f[2] });
  }
  for (const v of body.values) {
    images.push(undefined);
    if (
      v.op === "const" ||
      (v.position && v.operands.length === 0 && swap(v.position).every((c, k) => c === v.position?.[k]))
    ) {
      images[v.id] = { base: v, sign: 1 };
      continue;
    }
    if (v.op === "load" && isFixed(v.source as Node) && isSymmetric(v, body, i, j)) {
      images[v.id] = { base: v, sign: 1 };
      continue;
    }
    const operands = v.operands.map((a) => {
      const x = image(norm(a).base);
      return x && { base: x.base, sign: times(x.sign, norm(a).sign), loose: x.loose || norm(a).loose };
    });
    if (operands.includes(undefined)) continue;
    if (v.op === "neg") images[v.id] = { ...(operands[0] as Signed), sign: times(operands[0]!.sign, -1) };
    else {
      const f = form(v, operands as Signed[], v.position && swap(v.position));
      const w = f && known.get(f[0]);
      if (w) images[v.id] = { base: w.base, sign: times(w.sign, f[1]), loose: w.loose || f[2] };
    }
  }
  const parity = (v: Value): 1 | -1 | undefined => {
    const [n, x] = [norm(v), image(v)];
    return x?.base === n.base ? times(x.sign, n.sign) : undefined;
  };
  return { norm, image, parity, swap };
}

const isZero = (s: Signed): boolean => s.base.op === "const" && s.base.value === 0;

/** Whether a captured array has the same element wherever the loops i and j exchange their counters. */
function isSymmetric(v: Value, body: Loops, i: number, j: number): boolean {
  const at = captured(v, i, j);
  const [lo, hi] = body.box.ranges[i] as readonly [number, number];
  for (let a = lo; at && a < hi; a++) for (let b = lo; b < a; b++) if (!Object.is(at(a, b), at(b, a))) return false;
  return at !== undefined;
}

/** The number that a captured array has wherever the counter of loop j is above that of loop i, if it is one. */
export function besideDiagonal(v: Value, body: Loops, i: number, j: number): number | undefined {
  const at = captured(v, i, j);
  const [lo, hi] = body.box.ranges[i] as readonly [number, number];
  const number = at?.(lo, lo + 1);
  for (let a = lo; at && a < hi; a++)
    for (let b = a + 1; b < hi; b++) if (!Object.is(at(a, b), number)) return undefined;
  return number;
}

/** The elements of a captured array by the counters of loops i and j, if it depends on no other. */
function captured(v: Value, i: number, j: number): ((a: number, b: number) => number) | undefined {
  const [data, p] = [((v.source as Node).params as { data: Data }).data, v.position as Affine];
  if (!data || p.some((c, k) => k > 0 && k - 1 !== i && k - 1 !== j && c !== 0)) return undefined;
  return (a, b) => data[(p[0] as number) + (p[i + 1] as number) * a + (p[j + 1] as number) * b] as number;
}
