// Pytrees: arrays and plain objects of values, flattened to a list of leaves and put together again.
// A leaf is a number, a boolean, a typed array, `{ data, shape }`, a traced value, or an array of numbers however
// nested:
// `[1, 2]` is one vector, while `[x, y]` with arrays or objects in it is a tree of two.
import { fail } from "../errors.ts";
import { describe, isNdArrayLike, isNumeric, isPlain } from "./convert.ts";
import { NdArray } from "./ndarray.ts";
import { Tensor } from "./tracer.ts";

/** The shape of a tree: `"leaf"`, or its children in order, with their keys if it is an object. */
export type Structure =
  | "leaf"
  | {
      readonly keys?: readonly string[];
      readonly children: readonly Structure[];
      /** Whether it is an object made by {@link parts}. */
      readonly listed?: true;
    };

export interface Flat {
  readonly leaves: unknown[];
  /** Where each leaf is: `""`, `.w`, `[0].b`. */
  readonly paths: string[];
  readonly structure: Structure;
}

/** Names the leaf at `path` of what `where` names: `hvp: x.w`, `grad: the argument at w`. */
export const place = (where: string, path: string): string =>
  path === ""
    ? where
    : / (x0?|v|out|outs\[\d+\]|vs\[\d+\])$/.test(where)
      ? where + path
      : `${where} at ${path.replace(/^\./, "")}`;

/** The name of an argument without that of its transform, where a message has named the transform before. */
export const unprefixed = (where: string): string => where.replace(/^.*?: /, "");

function isLeaf(value: unknown): boolean {
  if (typeof value === "number" || typeof value === "boolean" || value instanceof Tensor) return true;
  if (Array.isArray(value)) return isNumeric(value);
  return (
    typeof value === "object" &&
    value !== null &&
    (ArrayBuffer.isView(value) || value instanceof NdArray || isNdArrayLike(value))
  );
}

/** Levels that a tree may have: what is deeper is a mistake, mostly a tree that contains itself. */
const DEEPEST = 256;

/** The leaves of `value`; `where` names it in messages. */
export function flatten(where: string, value: unknown): Flat {
  const leaves: unknown[] = [];
  const paths: string[] = [];
  const walk = (v: unknown, path: string, depth: number): Structure => {
    if (isLeaf(v)) {
      leaves.push(v);
      paths.push(path);
      return "leaf";
    }
    if (depth > DEEPEST) {
      const start = path.length > 40 ? `${path.slice(0, 40)}…` : path;
      return fail(
        "value",
        `${place(where, start)} is nested more than ${DEEPEST} levels deep, or contains itself; pass a finite ` +
          "tree of arrays",
      );
    }
    if (Array.isArray(v)) return { children: Array.from(v, (child, i) => walk(child, `${path}[${i}]`, depth + 1)) };
    if (!isPlain(v)) {
      return fail(
        "value",
        `${place(where, path)} is ${describe(v)}; expected numbers, arrays of numbers, or arrays and plain ` +
          "objects of these",
      );
    }
    const keys = Object.keys(v);
    const children = keys.map((key) => walk((v as Record<string, unknown>)[key], `${path}.${key}`, depth + 1));
    return { keys, children, ...(Symbol.iterator in v && { listed: true as const }) };
  };
  return { structure: walk(value, "", 0), leaves, paths };
}

/** The tree of `structure` with the given leaves, taken from `from` on. */
export function unflatten(structure: Structure, leaves: readonly unknown[], from = 0): unknown {
  if (structure === "leaf") return leaves[from];
  let next = from;
  const build = (s: Structure): unknown => {
    if (s === "leaf") return leaves[next++];
    const children = s.children.map(build);
    if (!s.keys) return children;
    return s.listed ? parts(s.keys, children) : Object.fromEntries(s.keys.map((key, i) => [key, children[i]]));
  };
  return build(structure);
}

/**
 * Results with names and an order: `const { q, r } = qr(a)` and `const [q, r] = qr(a)`. A plain object to trees,
 * which keep the order.
 */
export function parts(keys: readonly string[], values: readonly unknown[]): object {
  const all = Object.fromEntries(keys.map((key, i) => [key, values[i]]));
  return Object.defineProperty(all, Symbol.iterator, { value: () => keys.map((key) => all[key])[Symbol.iterator]() });
}

/** How many leaves `structure` has. */
export const leafCount = (structure: Structure): number =>
  structure === "leaf" ? 1 : structure.children.reduce((n, child) => n + leafCount(child), 0);

/**
 * `value` flattened in the order of `structure`, whatever the order of its own keys; undefined if it has another
 * structure. Where
 * `structure` has a list, nested numbers are read as one: `[2, [3, 4]]` fits `[*, *]`. */
export function flattenLike(where: string, value: unknown, structure: Structure): unknown[] | undefined {
  const leaves: unknown[] = [];
  const walk = (v: unknown, s: Structure): boolean => {
    if (s === "leaf") {
      leaves.push(v);
      return isLeaf(v);
    }
    if (typeof v !== "object" || v === null || Array.isArray(v) !== !s.keys || (s.keys && isLeaf(v))) return false;
    const children = s.keys ? s.keys.map((key) => (v as Record<string, unknown>)[key]) : (v as unknown[]);
    const count = Object.keys(v).length;
    return count === s.children.length && s.children.every((child, i) => walk(children[i], child));
  };
  if (structure === "leaf" && isLeaf(value)) return [value];
  flatten(where, value);
  return walk(value, structure) ? leaves : undefined;
}

/** A tree's outline for messages: `*` for leaves. */
export function showStructure(structure: Structure): string {
  if (structure === "leaf") return "*";
  const children = structure.children.map(showStructure);
  return structure.keys
    ? `{${structure.keys.map((key, i) => `${key}: ${children[i]}`).join(", ")}}`
    : `[${children.join(", ")}]`;
}
