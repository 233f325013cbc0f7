// What graphs have in common: their structure, without the content of captured arrays and, where it may differ, without
// their numbers. What is made for a structure is kept by it.
import { entriesOf, keyOf } from "../ir/build.ts";
import { Closed, type Node } from "../ir/graph.ts";
import { reachable } from "../ir/walk.ts";
import { CACHED_PROGRAMS } from "../opt/cost.ts";
import { isLiteral, isParameter, isScalarConstant, isStored } from "../primitives/leaf.ts";
import { constValue } from "../primitives/spread.ts";

/** What tells graphs apart, and what they may differ in. */
export interface Structure {
  /** Equal for graphs that differ only in node identities and the content of captured arrays. */
  readonly exact: string;
  /** Equal also where the numbers `numbers` differ. */
  readonly loose: string;
  readonly literals: readonly Node[];
  readonly numbers: readonly Node[];
}

/** The number that a constant is. */
export const valueIn = (n: Node): number => (n.params as { value: number }).value;
/** Numbers that shape code (zeros are not stored, ones not multiplied by) are part of the structure. */
const isFree = (n: Node): boolean =>
  isScalarConstant(n) && (Math.abs(valueIn(n)) > 1 || !Number.isInteger(valueIn(n) * 2));

/**
 * Numbers that places are computed with or compared to, which divide loops, and those of which an operation makes
 * other code.
 */
function known(nodes: readonly Node[]): Set<Node> {
  const [places, numbers] = [new Set<Node>(), new Set<Node>()];
  for (const n of nodes) {
    const ofPlaces = !isStored(n) && n.inputs.every((x) => places.has(x));
    if (ofPlaces) places.add(n);
    // Of numbers alone there is no operation left, but broadcasts.
    if (n.prim.specializes || (ofPlaces && n.inputs.length > 1))
      for (const x of n.inputs) if (constValue(x) !== undefined) numbers.add(x.inputs[0] ?? x);
  }
  return numbers;
}

/**
 * What stands for objects among parameters: for a closed graph a number, in the order in which distinct ones appear;
 * `write` takes the text of each. A text that held those of the graphs inside would be exponentially long.
 */
function numbered(write: (text: string) => void): (object: object) => string {
  const known = new Map<object, string>();
  const texts = new Map<string, string>();
  const nameOf = (object: object): string => {
    if (!(object instanceof Closed)) return keyOf(object);
    let name = known.get(object);
    if (name !== undefined) return name;
    const text = object.text(nameOf);
    name = texts.get(text);
    if (name === undefined) {
      name = `@${texts.size}`;
      texts.set(text, name);
      write(`${name}: ${text}`);
    }
    known.set(object, name);
    return name;
  };
  return nameOf;
}

/** The structure of a graph of `parameters`. */
export function structureOf(outputs: readonly Node[], parameters: readonly Node[]): Structure {
  const place = new Map<Node, number>();
  const literals: Node[] = [];
  const numbers: Node[] = [];
  const parts: string[] = [];
  parameters.forEach((p, i) => {
    place.set(p, i);
    parts.push(`${p.dtype}${p.shape.join("x")}`);
  });
  const nodes = reachable(outputs);
  const fixed = known(nodes);
  const body = numbered((text) => parts.push(text));
  for (const n of nodes) {
    if (place.has(n)) continue;
    place.set(n, place.size);
    if (isLiteral(n)) {
      parts.push(`literal ${n.dtype}${n.shape.join("x")}`);
      literals.push(n);
    } else if (isParameter(n)) parts.push(`foreign ${n.id}`);
    else if (isFree(n) && !fixed.has(n)) {
      parts.push(`number ${n.dtype}`);
      numbers.push(n);
    } else {
      let s = n.prim.name + entriesOf(n.params, body);
      for (const x of n.inputs) s += `,${place.get(x)}`;
      parts.push(s);
    }
  }
  parts.push(`> ${outputs.map((o) => place.get(o)).join()}`);
  const loose = parts.join("|");
  return { exact: `${loose}|${numbers.map(valueIn).join()}`, loose, literals, numbers };
}

/** The last things that were asked for, by structure. */
export interface ByStructure<T> {
  /** The numbers that the thing for a graph takes as arguments: all, where it came with other ones before. */
  moving(structure: Structure): readonly Node[];
  /** The thing for a graph whose numbers `moving` are arguments. */
  find(structure: Structure, moving: readonly Node[], make: () => T): T;
}

/** Keeps things; `drop` is told of one that goes. */
export function byStructure<T>(drop?: (thing: T) => void): ByStructure<T> {
  const things = new Map<string, T>();
  /** Structures, without their numbers, that have been met: bounded like the things. */
  const met = new Set<string>();
  return {
    moving({ exact, loose, numbers }) {
      if (numbers.length > 0 && !things.has(exact) && met.has(loose)) return numbers;
      if (met.size >= 16 * CACHED_PROGRAMS) met.clear();
      met.add(loose);
      return [];
    },
    find({ exact, loose }, moving, make) {
      const key = moving.length > 0 ? loose : exact;
      let thing = things.get(key);
      if (thing !== undefined) things.delete(key);
      else {
        thing = make();
        if (things.size >= CACHED_PROGRAMS) {
          const [oldest, old] = things.entries().next().value as [string, T];
          things.delete(oldest);
          drop?.(old);
        }
      }
      things.set(key, thing);
      return thing;
    },
  };
}
