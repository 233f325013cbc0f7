// Running a graph once. Programs are cached by the structure of the graph, so that a one-shot transform of a fresh
// closure traces again but does not compile again; captured arrays are read anew at each call. A structure that comes
// back with other numbers in it (`hvp((x) => f(x, t), …)` for many t) is compiled once more, with its numbers as
// arguments.
import type { Data } from "../ir/aval.ts";
import { entriesOf, inSession, keyOf } from "../ir/build.ts";
import { Closed, type Node } from "../ir/graph.ts";
import { reachable, substitute } from "../ir/walk.ts";
import { CACHED_PROGRAMS } from "../opt/cost.ts";
import { NO_FACTS } from "../opt/facts.ts";
import { runGraph } from "../opt/pipeline.ts";
import { isLiteral, isParameter, isScalarConstant, isStored, parameter } from "../primitives/leaf.ts";
import { constValue } from "../primitives/spread.ts";
import { checkedCall } from "./nan-check.ts";
import { type Passes, passesHere } from "./passes.ts";
import { type Program, programOf } from "./program.ts";

const cache = new Map<string, Program>();
/** Structures, without their numbers, that have been compiled: bounded like the cache. */
const seen = new Set<string>();

interface Structure {
  /** Equal for graphs that differ only in node identities and the content of captured arrays. */
  readonly exact: string;
  /** Equal also where the numbers `numbers` differ. */
  readonly loose: string;
  readonly literals: readonly Node[];
  readonly numbers: readonly Node[];
}

const valueIn = (n: Node): number => (n.params as { value: number }).value;
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

function structure(outputs: readonly Node[], parameters: readonly Node[]): Structure {
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

/** The cached program under `key`, made the most recent one; or a new one. */
function cached(key: string, literals: readonly Node[], make: () => Program): Program {
  let program = cache.get(key);
  if (program) {
    cache.delete(key);
    program.rebind(literals.map((l) => (l.params as { data: Data }).data));
  } else {
    program = inSession(make);
    if (cache.size >= CACHED_PROGRAMS) {
      const [oldest, old] = cache.entries().next().value as [string, Program];
      cache.delete(oldest);
      old.dispose();
    }
  }
  cache.set(key, program);
  return program;
}

/** The values of `outputs` when the parameters have `values` (row-major, one array a node; booleans as int32 0/1). */
export const evaluate = (
  graph: readonly Node[],
  parameters: readonly Node[],
  values: readonly ArrayLike<number>[],
  passes: Passes = passesHere(),
): Data[] => prepare(graph, parameters, passes)(values);

/** The same as a function of the values, for many calls. */
export function prepare(
  graph: readonly Node[],
  parameters: readonly Node[],
  passes: Passes = passesHere(),
): (values: readonly ArrayLike<number>[]) => Data[] {
  const outputs = inSession(() => runGraph("lowered", graph, passes.list, NO_FACTS));
  const { exact, loose, literals, numbers } = structure(outputs, parameters);
  return (values) => {
    const general = numbers.length > 0 && !cache.has(exact) && seen.has(loose);
    const moving = general ? numbers : [];
    if (!general) {
      if (seen.size >= 16 * CACHED_PROGRAMS) seen.clear();
      seen.add(loose);
    }
    const program = cached(general ? loose : exact, literals, () => {
      const stand = moving.map((n) => parameter([], n.dtype));
      return programOf(substitute(outputs, moving, stand), [...parameters, ...stand], { passes, lowered: true });
    });
    return checkedCall(program, [...values, ...moving.map((n) => [valueIn(n)])], () => ({
      outputs,
      parameters,
      values,
    }));
  };
}
