// What is stored and what is computed again: demand, from users to inputs, and levels, from inputs to users.
import { sizeOf } from "../../ir/aval.ts";
import { Explorer, Refusal } from "../../ir/box.ts";
import type { Lowering, Node } from "../../ir/graph.ts";
import { collect, NodeMap } from "../../ir/walk.ts";
import { isScalarConstant, isStored } from "../../primitives/leaf.ts";
import { constValue } from "../../primitives/spread.ts";
import {
  INLINE_NS,
  INLINE_TERMS,
  ITERATION_FACTOR,
  RECOMPUTE_NS,
  STRAIGHT_COLUMNS,
  STRAIGHT_ELEMENTS,
} from "../cost.ts";
import { type Domain, domainOf, identityMap, isAligned } from "./domain.ts";
import { type IndexMap, Maps } from "./maps.ts";
import { inputAccesses, materializedBase } from "./pull.ts";
import { type Region, regionOf } from "./regions.ts";
import type { Root } from "./root.ts";

/** The loops of a domain, for analysis: no cuts, every question answered both ways. */
interface Scope {
  readonly key: string;
  readonly sizes: readonly number[];
  readonly maps: Maps;
  readonly explorer: Explorer;
  readonly volume: number;
}
/** The maps under which one domain reads a node. */
interface Access {
  readonly scope: Scope;
  readonly maps: Set<IndexMap>;
  /** Whether all of `maps` are aligned with the node's own domain: asked by each of its users. */
  aligned?: boolean;
}

export class Planner {
  private readonly nodes: readonly Node[];
  private readonly stored: Set<Node>;
  private readonly accesses: NodeMap<Access[]>;
  private readonly scopes = new Map<string, Scope>();
  /** How straight-line code reads a scalar: one object for all of them, since programs may have very many. */
  private readonly scalarAccess: Access[];
  private readonly scalars: Scope;
  private readonly scalarMap: IndexMap;
  private readonly cost: NodeMap<number>;
  private readonly flatOk: NodeMap<boolean>;
  readonly roots = new Map<Node, Root>();

  /**
   * `results`: the outputs of the program; `given`: what others have stored before; `own`: the region that is planned.
   */
  constructor(
    outputs: readonly Node[],
    private readonly results: ReadonlySet<Node>,
    forced: ReadonlySet<Node>,
    private readonly given: (n: Node) => boolean,
    private readonly tiny: number,
    private readonly own?: Region,
  ) {
    this.nodes = collect(outputs, (n) => (given(n) ? [] : (this.regionOf(n)?.inputs ?? n.inputs)));
    this.accesses = new NodeMap(this.nodes);
    this.cost = new NodeMap(this.nodes);
    this.flatOk = new NodeMap(this.nodes);
    this.scalars = this.scope({ key: "", sizes: [] });
    this.scalarMap = this.scalars.maps.axes([]);
    this.scalarAccess = [{ scope: this.scalars, maps: new Set([this.scalarMap]) }];
    this.stored = new Set([...forced, ...this.nodes.filter(given), ...outputs.filter((o) => !isStored(o))]);
    for (const n of this.nodes) this.measure(n);
  }

  /** The region that `n` is a result of, unless that is the one planned here. */
  regionOf(n: Node): Region | undefined {
    const region = regionOf(n);
    return region === this.own ? undefined : region;
  }
  /** Whether `n` is in memory before this plan begins. */
  private isGiven(n: Node): boolean {
    return isStored(n) || this.given(n);
  }
  /** Whether a step of its own computes `n`. */
  private isCalled(n: Node): boolean {
    return n.prim.lower.kind === "call" || this.regionOf(n) !== undefined;
  }

  /** Forward facts: cost of computing one element from stored arrays, and whether row-major positions suffice. */
  private measure(n: Node): void {
    const { lower } = n.prim;
    if (this.given(n) || this.regionOf(n)) {
      this.stored.add(n);
      this.cost.set(n, 0.3);
      this.flatOk.set(n, true);
      return;
    }
    if (lower.kind === "lane") {
      let { cost } = lower;
      let flat = this.stored.has(n);
      if (!flat) flat = n.inputs.every((x) => this.flatOk.get(x));
      for (const x of n.inputs) cost += this.cost.get(x) as number;
      this.cost.set(n, Math.min(1e6, cost));
      this.flatOk.set(n, flat);
      return;
    }
    const inputCost = (): number => n.inputs.reduce((s, x) => s + (this.cost.get(x) as number), 0);
    const flat = (): boolean => n.inputs.every((x) => this.flatOk.get(x));
    if (lower.kind === "view") {
      this.cost.set(n, inputCost() / Math.max(1, n.inputs.length));
      this.flatOk.set(n, (lower.flat === true && flat()) || (lower.repeats === true && n.inputs[0]?.size === 1));
    } else if (lower.kind === "reduce" && this.isInline(n)) {
      this.cost.set(n, Math.min(1e6, this.reducedCount(n) * (inputCost() + 0.5)));
      this.flatOk.set(n, false);
    } else {
      this.cost.set(n, isScalarConstant(n) ? 0 : lower.kind === "gather" ? 1 : 0.3);
      this.flatOk.set(n, lower.kind === "leaf" || lower.kind === "call" || lower.kind === "reduce");
    }
    if (this.stored.has(n)) this.flatOk.set(n, true);
    if (lower.kind === "call" || (lower.kind === "reduce" && !this.isInline(n))) this.stored.add(n);
  }
  private reducedCount(n: Node): number {
    return (n.inputs[0] as Node).size / Math.max(1, n.size);
  }
  private isInline(n: Node): boolean {
    const count = this.reducedCount(n);
    if (this.isStraight(n) && count <= this.tiny && (n.inputs[0] as Node).size <= this.many) return n.size > 0;
    return n.size > 0 && count <= INLINE_TERMS && count * (this.cost.get(n.inputs[0] as Node) as number) <= INLINE_NS;
  }

  private get many(): number {
    return ITERATION_FACTOR * this.tiny;
  }
  /** Whether `n` is straight-line code because this plan has a higher limit than usual. */
  private isStraight(n: Node): boolean {
    return this.tiny > STRAIGHT_ELEMENTS && n.size <= this.tiny;
  }

  private domain(n: Node): Domain {
    const reduces = n.prim.lower.kind === "reduce" && !this.isInline(n);
    const x = reduces ? (n.inputs[0] as Node) : n;
    const all = !reduces || n.size === 1;
    const flat = all && (reduces ? this.flatOk.get(x) || this.stored.has(x) : this.ownFlat(n));
    const columns =
      n.prim.lower.kind === "view" && n.inputs.length === n.shape.at(-1) && n.inputs[0]?.shape.at(-1) === 1;
    return domainOf(x.shape, flat === true, !reduces && n.size <= this.tiny, columns ? STRAIGHT_COLUMNS : undefined);
  }
  /** Whether the expression of root `n` needs positions only (a stored node is flat to others, but not to itself). */
  private ownFlat(n: Node): boolean {
    const { lower } = n.prim;
    if (lower.kind === "lane" || (lower.kind === "view" && lower.flat))
      return n.inputs.every((x) => this.flatOk.get(x) || this.stored.has(x));
    return lower.kind === "view" && lower.repeats === true && n.inputs[0]?.size === 1;
  }

  private access(n: Node, scope: Scope, m: IndexMap): void {
    const of = this.accesses.get(n);
    if (n.shape.length === 0 && scope.sizes.length === 0) {
      if (!of) this.accesses.set(n, this.scalarAccess);
      else if (!of.some((a) => a.scope === scope)) of.push(...this.scalarAccess);
      return;
    }
    const known = of?.find((a) => a.scope === scope);
    if (known) known.maps.add(m);
    else if (!of) this.accesses.set(n, [{ scope, maps: new Set([m]) }]);
    else if (of === this.scalarAccess) this.accesses.set(n, [...of, { scope, maps: new Set([m]) }]);
    else of.push({ scope, maps: new Set([m]) });
  }
  private scope(domain: { key: string; sizes: readonly number[] }): Scope {
    let c = this.scopes.get(domain.key);
    if (!c) {
      const { key, sizes } = domain;
      c = {
        key,
        sizes,
        maps: new Maps(sizes.length),
        explorer: new Explorer(sizes.map((s) => [0, Math.max(1, s)] as const)),
        volume: sizeOf(sizes),
      };
      this.scopes.set(key, c);
    }
    return c;
  }

  /** Users before inputs: by the time a node is reached, all that is asked of it is known. */
  analyse(): void {
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const n = this.nodes[i] as Node;
      if (this.given(n)) continue;
      if (isStored(n) || n.prim.lower.kind === "leaf") {
        if (this.stored.has(n)) this.addRoot(n); // a constant that is an output
        continue;
      }
      const asked = this.accesses.get(n);
      if (asked === this.scalarAccess && n.prim.lower.kind === "lane" && !this.stored.has(n)) {
        // Straight-line code reads it once: large scalar programs consist of such nodes, whose inputs are scalars too.
        for (const x of n.inputs) this.access(x, this.scalars, this.scalarMap);
        continue;
      }
      if (!this.stored.has(n) && this.worthStoring(n)) this.stored.add(n);
      if (!this.stored.has(n)) {
        if (!asked) continue; // nothing stored depends on it
        try {
          const found: [Node, Scope, IndexMap][] = [];
          for (const { scope, maps } of asked) {
            for (const m of maps)
              for (const [x, map] of inputAccesses(n, m, scope.maps, scope.explorer)) found.push([x, scope, map]);
          }
          for (const [x, scope, map] of found) this.request(n, x, scope, map);
        } catch (e) {
          if (!(e instanceof Refusal)) throw e;
          this.stored.add(n);
        }
      }
      if (this.stored.has(n)) this.addRoot(n);
    }
  }

  private worthStoring(n: Node): boolean {
    const kind = n.prim.lower.kind;
    const asked = this.accesses.get(n);
    if (!asked || kind === "view" || kind === "iota") return false;
    let evaluations = 0;
    let maps = 0;
    for (const a of asked) {
      evaluations += a.maps.size * a.scope.volume;
      maps += a.maps.size;
    }
    if (maps > this.many && n.size > this.many) return true;
    // Straight-line code has each element once, whatever the maps it is read by.
    if (this.tiny > STRAIGHT_ELEMENTS && asked.every((a) => a.scope.sizes.length === 0)) return false;
    return (evaluations / Math.max(1, n.size) - 1) * (this.cost.get(n) as number) > RECOMPUTE_NS;
  }

  /** `user`, computed in `domain`, needs `x` under `map`. */
  private request(user: Node, x: Node, scope: Scope, map: IndexMap): void {
    this.access(x, scope, map);
    // What is spread along a loop is computed once, before it is spread (along unrolled axes it is at hand anyway).
    const { lower } = user.prim;
    if (lower.kind === "view" && lower.repeats && x.size < Math.min(user.size, scope.volume) && !this.isViewOfStored(x))
      this.stored.add(x);
  }
  private isViewOfStored(x: Node): boolean {
    let n = x;
    while (n.prim.lower.kind === "view" && n.inputs.length === 1) n = n.inputs[0] as Node;
    return n.prim.lower.kind === "leaf" || n.prim.lower.kind === "iota" || this.stored.has(n);
  }

  private addRoot(n: Node): void {
    const { lower } = n.prim;
    if (this.isCalled(n)) {
      for (const x of this.operands(n)) this.store(x);
      this.root(n, domainOf(n.shape, true, false), false);
      return;
    }
    const reduces = lower.kind === "reduce" && !this.isInline(n);
    const domain = this.domain(n);
    this.root(n, domain, reduces);
    const scope = this.scope(domain);
    for (const copy of domain.copies) {
      const m = identityMap(domain, copy, scope.maps);
      if (reduces) this.request(n, n.inputs[0] as Node, scope, m);
      else for (const [x, map] of inputAccesses(n, m, scope.maps, scope.explorer)) this.request(n, x, scope, map);
    }
  }
  /** What a step of its own that computes `n` finds in memory. */
  private operands(n: Node): Node[] {
    const inMemory = (x: Node, strided = true): Node => materializedBase(x, strided, this.stored);
    const region = this.regionOf(n);
    if (region) return region.inputs.map((x) => inMemory(x, !region.control));
    const { strided, init } = (n.prim.lower as Lowering & { kind: "call" }).call(n);
    // Zeros to begin with are filled in, not copied.
    return n.inputs.flatMap((x, i) => (i === init && constValue(x) === 0 ? [] : [inMemory(x, strided[i])]));
  }
  private root(node: Node, domain: Domain, reduces: boolean): void {
    this.roots.set(node, { node, domain, reduces, output: this.results.has(node), level: 0 });
  }
  private store(n: Node): void {
    if (!isStored(n)) this.stored.add(n);
  }

  /** Storage needed before `n` can be gathered from: `inputAccesses` leaves the gathered array to this. */
  private gathered(n: Node): Node | undefined {
    return n.prim.lower.kind === "gather" && !this.isCalled(n) && !this.given(n)
      ? materializedBase(n.inputs[0] as Node, true, this.stored)
      : undefined;
  }

  /** Gather sources must be stored before the analysis reaches them. */
  prepareGathers(): void {
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const base = this.gathered(this.nodes[i] as Node);
      if (base) this.store(base);
    }
  }

  /** Levels: a root may share a nest with what it needs only when it reads just the elements of the same iteration. */
  levels(): void {
    if (this.roots.size <= 1) return; // all at level 0
    /** Level at which a node that is not stored can be computed in a domain; most scalars need no entry. */
    const at = new Map<Node, Map<string, number>>();
    const need = (x: Node, key: string): number => {
      if (this.isGiven(x) || x.prim.lower.kind === "leaf") return 0;
      const root = this.roots.get(x);
      if (!root) return at.get(x)?.get(key) ?? 0;
      if (this.isCalled(x)) return root.level;
      const asked = this.accesses.get(x)?.find((a) => a.scope.key === key);
      const aligned =
        !root.reduces &&
        root.domain.key === key &&
        asked !== undefined &&
        (asked.aligned ??= [...asked.maps].every((m) => isAligned(root.domain, x, m, asked.scope.maps)));
      return aligned ? root.level : root.level + 1;
    };
    const highest = (n: Node, key: string, floor: number): number => {
      let level = floor;
      for (const x of n.inputs) level = Math.max(level, need(x, key));
      return level;
    };
    const after = (x: Node): number => (this.roots.get(x)?.level ?? -1) + (this.isCalled(x) ? 0 : 1);
    for (const n of this.nodes) {
      const { lower } = n.prim;
      if (this.isGiven(n) || lower.kind === "leaf") continue;
      const root = this.roots.get(n);
      const gathered = this.gathered(n);
      const floor = gathered && !this.isGiven(gathered) ? after(gathered) : 0;
      if (root) {
        root.level = this.isCalled(n)
          ? Math.max(0, ...this.operands(n).map(after))
          : highest(n, root.domain.key, floor);
        continue;
      }
      for (const { scope } of this.accesses.get(n) ?? []) {
        const level = highest(n, scope.key, floor);
        if (level === 0) continue;
        const mine = at.get(n);
        if (mine) mine.set(scope.key, level);
        else at.set(n, new Map([[scope.key, level]]));
      }
    }
  }

  /**
   * Expensive values that nests of several levels would each compute: to be stored instead. So is one that a dual
   * kernel computes along with a root of another level: the derivative of an activation, needed long after the
   * activation itself.
   */
  storeAcrossLevels(): Node[] {
    if (![...this.roots.values()].some((r) => r.level > 0)) return [];
    const twins = new Map<string, number>();
    for (const { node, level } of this.roots.values())
      if (node.prim.twin) twins.set(`${node.prim.twin}${node.inputs[0]?.id}`, level);
    const users = new Map<Node, Map<string, Set<number>>>();
    const found: Node[] = [];
    const give = (x: Node, key: string, levels: Iterable<number>): void => {
      let m = users.get(x);
      if (!m) users.set(x, (m = new Map()));
      const s = m.get(key);
      if (s) for (const l of levels) s.add(l);
      else m.set(key, new Set(levels));
    };
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const n = this.nodes[i] as Node;
      const { kind } = n.prim.lower;
      const root = this.roots.get(n);
      if (root) {
        if (!this.isCalled(n)) for (const x of n.inputs) give(x, root.domain.key, [root.level]);
        continue;
      }
      if (this.isGiven(n) || kind === "leaf") continue;
      const twin = twins.get(`${n.prim.name}${n.inputs[0]?.id}`) ?? -1;
      for (const [key, levels] of users.get(n) ?? []) {
        // Computed along with its twin, it costs about a third.
        const times = levels.size - (twin < 0 || levels.has(twin) ? 1 : 0.3);
        if (kind !== "view" && kind !== "iota" && times * (this.cost.get(n) as number) > RECOMPUTE_NS) {
          found.push(n);
          break;
        }
        for (const x of n.inputs) give(x, key, levels);
      }
    }
    return found;
  }
}
