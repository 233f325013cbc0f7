// Which loops of a graph may become one, and which choices: those that run alike, of which none needs another.
import type { Node } from "../../ir/graph.ts";
import { collect } from "../../ir/walk.ts";
import { isChoice, isLoop } from "../../primitives/control.ts";
import { countOf } from "../../primitives/open-loop.ts";
import { type Member, related } from "./joined.ts";

/** Equal for what runs alike. */
function kindOf(n: Node): string {
  if (isChoice(n)) return `choice ${n.inputs[0]?.id} ${n.params.branches.length}`;
  if (!isLoop(n)) return "";
  const { trip, length, reverse } = n.params;
  return `${trip} ${length} ${reverse} ${countOf(n)?.id}`;
}

/** Groups of at least two of `members`, which come inputs before users. */
export function groupsIn(members: readonly Member[]): Member[][] {
  const kinds = new Map<string, number[]>();
  members.forEach((m, i) => {
    const kind = kindOf(m.node);
    kinds.set(kind, [...(kinds.get(kind) ?? []), i]);
  });
  if ([...kinds.values()].every((list) => list.length < 2)) return [];
  const needs = needsOf(members);
  const bit = (i: number): bigint => 1n << BigInt(i);
  const found: number[][] = [];
  for (const list of kinds.values()) {
    const groups: number[][] = [];
    for (const i of list) {
      const own = members[i] as Member;
      const home = groups.find(
        (g) =>
          g.every((k) => ((needs[i] as bigint) & bit(k)) === 0n && ((needs[k] as bigint) & bit(i)) === 0n) &&
          related([...g.map((k) => members[k] as Member), own]),
      );
      if (!home) {
        groups.push([i]);
        continue;
      }
      home.push(i);
      together(needs, home.map(bit));
    }
    found.push(...groups.filter((g) => g.length > 1));
  }
  return found.map((g) => g.map((i) => members[i] as Member));
}

/** For each member the set of those that it needs, as bits. */
function needsOf(members: readonly Member[]): bigint[] {
  const place = new Map(members.map((m, i) => [m.node, BigInt(i)]));
  const all = new Map<Node, bigint>();
  for (const n of collect(members.map((m) => m.node))) {
    let of = 0n;
    for (const x of n.inputs) {
      of |= all.get(x) as bigint;
      const i = place.get(x);
      if (i !== undefined) of |= 1n << i;
    }
    all.set(n, of);
  }
  return members.map((m) => all.get(m.node) as bigint);
}

/** What needs one of a group needs all of it, and what it needs. */
function together(needs: bigint[], bits: readonly bigint[]): void {
  const group = bits.reduce((a, b) => a | b);
  const theirs = needs.reduce((a, n, i) => (group & (1n << BigInt(i)) ? a | n : a), 0n);
  needs.forEach((n, i) => {
    if (group & (1n << BigInt(i))) needs[i] = theirs;
    else if (n & group) needs[i] = n | group | theirs;
  });
}
