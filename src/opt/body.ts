// The body of a loop nest over one box: a hash-consed expression of lanes for every element that one iteration stores or
// folds. Built by pulling from the roots; views dissolve into load addresses, and pads into the absence of a term.
import type { DType } from "../ir/aval.ts";
import type { KernelFamily, Node, ReduceOp } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import type { Lane, LaneOp, Lanes } from "../ir/lanes.ts";
import { isScalarConstant, isStored } from "../primitives/leaf.ts";
import { Box, type Ranges, Refusal, Split } from "./box.ts";
import { identityMap } from "./domain.ts";
import { type IndexMap, Maps } from "./maps.ts";
import type { Nest, Root } from "./plan.ts";
import { coordinates, gatherMaps, reducedMaps, resolve, viewSource } from "./pull.ts";

export type ValueOp = LaneOp | "load" | "gather" | "const" | "iota" | "call";

/** One lane expression. `depends` is a bit set of the loops it varies with. */
export interface Value extends Lane {
  readonly id: number;
  readonly op: ValueOp;
  readonly args: readonly Value[];
  readonly dtype: DType;
  readonly depends: number;
  /** load, gather: the array and the position of the element (gather: plus index · stride). iota: the index. */
  readonly source: Node | undefined;
  readonly position: Affine | undefined;
  readonly stride: number | undefined;
  readonly extent: number | undefined;
  readonly value: number | undefined;
  readonly kernel:
    | {
        readonly family: KernelFamily;
        readonly name: string;
        readonly pair?: { readonly kernel: string; readonly result: 0 | 1; readonly other: string };
      }
    | undefined;
  uses: number;
  /** Its only use is in the same loop, so that it may be computed right there. */
  local: boolean;
}

export interface Store {
  readonly kind: "store";
  readonly root: Root;
  readonly position: Affine;
  readonly value: Value;
}
export interface Fold {
  readonly kind: "fold";
  readonly root: Root;
  readonly op: ReduceOp;
  readonly position: Affine;
  readonly value: Value;
}
export type Sink = Store | Fold;

/** Thrown when a node turns out not to be computable inside the loops of its users: plan again with it stored. */
export class MustStore {
  constructor(readonly node: Node) {}
}

/** The bodies of a nest, one per box, boxes cut where views begin and end. */
export function bodiesOf(nest: Nest, roots: ReadonlyMap<Node, Root>): Body[] {
  const bodies: Body[] = [];
  const boxes: Ranges[] = [nest.sizes.map((s) => [0, s] as const)];
  for (let ranges = boxes.pop(); ranges; ranges = boxes.pop()) {
    try {
      bodies.push(new Body(nest, new Box(ranges), roots));
    } catch (e) {
      if (!(e instanceof Split)) throw e;
      const [lo, hi] = ranges[e.loop] as readonly [number, number];
      boxes.push(ranges.with(e.loop, [e.at, hi]), ranges.with(e.loop, [lo, e.at]));
    }
  }
  return bodies;
}

/** Positions where an affine function varies with loop `l`, as a bit set. */
const varies = (a: Affine): number => a.reduce((bits, c, i) => (i > 0 && c !== 0 ? bits | (1 << (i - 1)) : bits), 0);

type Fields = Pick<Value, "op" | "args" | "dtype" | "depends"> &
  Partial<Pick<Value, "source" | "position" | "stride" | "extent" | "value" | "kernel">>;
const OPS: readonly LaneOp[] = [
  "add",
  "sub",
  "mul",
  "div",
  "min",
  "max",
  "neg",
  "abs",
  "sqrt",
  "floor",
  "ceil",
  "trunc",
  "nearest",
  "lt",
  "le",
  "gt",
  "ge",
  "eq",
  "ne",
  "and",
  "or",
  "not",
];

/** Values by node and map; scalars, of which there may be very many, by node alone. */
class Done {
  private readonly scalars = new Map<Node, Value>();
  private readonly others = new Map<IndexMap, Map<Node, Value>>();
  get(n: Node, m: IndexMap): Value | undefined {
    return n.shape.length === 0 ? this.scalars.get(n) : this.others.get(m)?.get(n);
  }
  set(n: Node, m: IndexMap, v: Value): void {
    if (n.shape.length === 0) this.scalars.set(n, v);
    else {
      const of = this.others.get(m);
      if (of) of.set(n, v);
      else this.others.set(m, new Map([[n, v]]));
    }
  }
}

export class Body implements Lanes {
  readonly values: Value[] = [];
  readonly sinks: Sink[] = [];
  private readonly known = new Map<string, Value>();
  private readonly ops = new Map<number | string, Value>();
  readonly maps: Maps;
  /** Loops with more than one iteration, outermost first. */
  readonly active: readonly number[];

  constructor(
    readonly nest: Nest,
    readonly box: Box,
    private readonly roots: ReadonlyMap<Node, Root>,
  ) {
    this.maps = new Maps(nest.sizes.length);
    const fixed = box.ranges.map(([lo, hi]) => (hi - lo === 1 ? lo : undefined));
    this.active = fixed.map((_, l) => l).filter((l) => fixed[l] === undefined);
    const here = new Set(nest.roots.map((r) => r.node));
    const pulled = new Done();
    for (const root of nest.roots) {
      for (const copy of root.domain.copies) {
        const m = identityMap(root.domain, copy, this.maps, fixed);
        if (root.reduces) {
          const kept = root.node.prim.lower.kind === "reduce" ? this.keptPosition(root, m) : this.maps.position(m, root.node.shape);
          const value = this.pull(root.node.inputs[0] as Node, m, here, pulled);
          this.sinks.push({ kind: "fold", root, op: (root.node.prim.lower as { op: ReduceOp }).op, position: kept, value });
        } else {
          const value = this.pull(root.node, m, here, pulled);
          this.sinks.push({ kind: "store", root, position: this.maps.position(m, root.node.shape), value });
        }
      }
    }
    this.prune();
  }

  /** Position in the output of a reduction, from coordinates in its operand. */
  private keptPosition(root: Root, m: IndexMap): Affine {
    const { axes } = root.node.params as { axes: readonly number[] };
    if (root.node.size === 1) return new Array<number>(this.maps.loops + 1).fill(0);
    const kept = (m.axes as readonly Affine[]).filter((_, i) => !axes.includes(i));
    return this.maps.position(this.maps.axes(kept), root.node.shape);
  }

  /** The value of element `m` of `node`, without recursion: inputs are put on the stack until all are known. */
  private pull(node: Node, m: IndexMap, here: ReadonlySet<Node>, done: Done): Value {
    const stack: [Node, IndexMap][] = [[node, m]];
    for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
      const [n, map] = frame;
      const depth = stack.length;
      if (done.get(n, map) === undefined) {
        const { lower } = n.prim;
        if (lower.kind === "lane" && (here.has(n) || !this.roots.has(n))) {
          for (let i = n.inputs.length - 1; i >= 0; i--) {
            const x = n.inputs[i] as Node;
            if (done.get(x, map) === undefined) stack.push([x, map]);
          }
          if (stack.length === depth) {
            const values = n.inputs.map((x) => done.get(x, map) as Value);
            done.set(n, map, lower.emit(this, values, n) as Value);
          }
        } else {
          const needs: [Node, IndexMap][] = [];
          const finish = this.tryStep(n, map, here, needs);
          for (let i = needs.length - 1; i >= 0; i--) {
            const [x, xm] = needs[i] as [Node, IndexMap];
            if (done.get(x, xm) === undefined) stack.push([x, xm]);
          }
          if (stack.length === depth) done.set(n, map, finish(needs.map(([x, xm]) => done.get(x, xm) as Value)));
        }
      }
      if (stack.length === depth) stack.pop();
    }
    return done.get(node, m) as Value;
  }

  private tryStep(n: Node, m: IndexMap, here: ReadonlySet<Node>, needs: [Node, IndexMap][]): (values: Value[]) => Value {
    try {
      return this.step(n, m, here, needs);
    } catch (e) {
      if (e instanceof Refusal) throw new MustStore(n);
      throw e;
    }
  }

  /** What element `m` of `n` needs, and how it is made of that. */
  private step(n: Node, m: IndexMap, here: ReadonlySet<Node>, needs: [Node, IndexMap][]): (values: Value[]) => Value {
    const { maps, box } = this;
    if (isStored(n) || (this.roots.has(n) && !here.has(n))) return () => this.load(n, maps.position(m, n.shape));
    const { lower } = n.prim;
    switch (lower.kind) {
      case "leaf":
        if (!isScalarConstant(n)) throw new TypeError(`unexpected leaf ${n.prim.name}`);
        return () => this.constant((n.params as { value: number }).value, n.dtype);
      case "view": {
        const s = viewSource(n, m, maps, box);
        if (s === "zero") return () => this.constant(0, n.dtype);
        needs.push([s.x, s.map]);
        return ([v]) => v as Value;
      }
      case "iota": {
        const a = coordinates(m, n.shape, box)[lower.axis(n)] as Affine;
        return () => this.iota(a, n.dtype);
      }
      case "reduce": {
        for (const map of reducedMaps(n, m, maps, box)) needs.push([n.inputs[0] as Node, map]);
        const op = lower.op;
        return (values) => values.reduce((a, b) => this.op(op, a, b));
      }
      case "gather": {
        const { index, source, axis } = gatherMaps(n, m, maps, box);
        needs.push([n.inputs[1] as Node, index]);
        const x = n.inputs[0] as Node;
        const at = resolve(x, true, this.roots);
        const position = maps.dot(source, at.strides) as number[];
        position[0] = (position[0] as number) + at.offset;
        return ([i]) => this.gather(at.base, position, i as Value, at.strides[axis] as number, x.shape[axis] as number);
      }
      default:
        throw new TypeError(`${n.prim.name} cannot be computed element by element`);
    }
  }

  private add(fields: Fields): Value {
    const { op, args, dtype, depends, source, position, stride, extent, value, kernel } = fields;
    const v: Value = {
      id: this.values.length,
      op,
      args,
      dtype,
      depends,
      source,
      position,
      stride,
      extent,
      value,
      kernel,
      uses: 0,
      local: false,
    };
    this.values.push(v);
    return v;
  }
  private make(key: string, fields: Fields): Value {
    let v = this.known.get(key);
    if (!v) {
      v = this.add(fields);
      this.known.set(key, v);
    }
    return v;
  }
  private load(source: Node, position: Affine): Value {
    return this.make(`load ${source.id} ${position.join()}`, {
      op: "load",
      args: [],
      dtype: source.dtype,
      depends: varies(position),
      source,
      position,
    });
  }
  private iota(a: Affine, dtype: DType): Value {
    const depends = varies(a);
    if (depends === 0) return this.constant(a[0] as number, dtype);
    return this.convert(this.make(`iota ${a.join()}`, { op: "iota", args: [], dtype: "int32", depends, position: a }), dtype);
  }
  private gather(source: Node, position: Affine, index: Value, stride: number, extent: number): Value {
    if (index.op === "const") {
      const i = (index.value as number) < 0 ? (index.value as number) + extent : (index.value as number);
      return this.load(source, position.with(0, (position[0] as number) + Math.min(Math.max(i, 0), extent - 1) * stride) as Affine);
    }
    // Negative indices count from the end; then indices are clamped, so that no address leaves the array.
    const zero = this.constant(0, "int32");
    const wrapped = this.op("select", this.op("lt", index, zero), this.op("add", index, this.constant(extent, "int32")), index);
    const at = this.op("min", this.op("max", wrapped, zero), this.constant(extent - 1, "int32"));
    return this.make(`gather ${source.id} ${position.join()} ${at.id} ${stride}`, {
      op: "gather",
      args: [at],
      dtype: source.dtype,
      depends: varies(position) | at.depends,
      source,
      position,
      stride,
      extent,
    });
  }

  constant(value: number, dtype: DType): Value {
    const v = dtype === "float32" ? Math.fround(value) : value;
    return this.make(`const ${Object.is(v, -0) ? "-0" : v} ${dtype}`, { op: "const", args: [], dtype, depends: 0, value: v });
  }
  convert(x: Lane, dtype: DType): Value {
    const v = x as Value;
    if (v.dtype === dtype) return v;
    if (v.op === "const")
      return this.constant(
        dtype === "bool" ? Number(v.value !== 0) : dtype === "int32" ? Math.trunc(v.value as number) : (v.value as number),
        dtype,
      );
    return this.make(`convert ${v.id} ${dtype}`, { op: "convert", args: [v], dtype, depends: v.depends });
  }
  call(family: KernelFamily, name: string, args: readonly Lane[], pair?: { kernel: string; result: 0 | 1; other: string }): Value {
    const vs = args as readonly Value[];
    return this.make(`call ${name} ${vs.map((v) => v.id).join()}`, {
      op: "call",
      args: vs,
      dtype: (vs[0] as Value).dtype,
      depends: vs.reduce((d, v) => d | v.depends, 0),
      kernel: pair ? { family, name, pair } : { family, name },
    });
  }
  /** The value that another kernel computes of the same arguments, if the body needs it too. */
  sibling(v: Value): Value | undefined {
    const pair = v.kernel?.pair;
    const other = pair && this.known.get(`call ${pair.other} ${v.args.map((x) => x.id).join()}`);
    return other && other.uses > 0 ? other : undefined;
  }

  op(name: LaneOp, ...args: Lane[]): Value {
    const vs = args as Value[];
    const simple = this.simplify(name, vs);
    if (simple) return simple;
    const compares = name === "lt" || name === "le" || name === "gt" || name === "ge" || name === "eq" || name === "ne";
    const dtype = compares ? "bool" : (vs[name === "select" ? 1 : 0] as Value).dtype;
    const [a, b, c] = vs as [Value, Value?, Value?];
    const key = c ? `${name}${a.id},${b?.id},${c.id}` : (OPS.indexOf(name) * 2 ** 22 + a.id) * 2 ** 22 + (b ? b.id : 0);
    let v = this.ops.get(key);
    if (!v) {
      v = this.add({ op: name, args: vs, dtype, depends: a.depends | (b?.depends ?? 0) | (c?.depends ?? 0) });
      this.ops.set(key, v);
    }
    return v;
  }

  /** Structural zeros (from pads) and masks: the same algebra that nodes obey, for what only a box can know. */
  private simplify(name: LaneOp, [a, b, c]: readonly Value[]): Value | undefined {
    const zero = (v: Value | undefined): boolean => v?.op === "const" && v.value === 0;
    const masked = (v: Value | undefined): boolean => v?.op === "select" && zero(v.args[2]);
    const int = a?.dtype === "int32";
    switch (name) {
      case "add":
        return zero(b)
          ? a
          : zero(a)
            ? b
            : int && a?.op === "const" && b?.op === "const"
              ? this.constant(((a.value as number) + (b.value as number)) | 0, "int32")
              : undefined;
      case "sub":
        return zero(b) ? a : zero(a) ? this.op("neg", b as Value) : undefined;
      case "neg":
        return zero(a) ? a : undefined;
      case "mul":
        if (zero(a)) return a;
        if (zero(b)) return b;
        if (masked(a))
          return this.op(
            "select",
            (a as Value).args[0] as Value,
            this.op("mul", (a as Value).args[1] as Value, b as Value),
            (a as Value).args[2] as Value,
          );
        if (masked(b))
          return this.op(
            "select",
            (b as Value).args[0] as Value,
            this.op("mul", a as Value, (b as Value).args[1] as Value),
            (b as Value).args[2] as Value,
          );
        return undefined;
      case "div":
        if (zero(a) && !zero(b)) return a;
        if (masked(a))
          return this.op(
            "select",
            (a as Value).args[0] as Value,
            this.op("div", (a as Value).args[1] as Value, b as Value),
            (a as Value).args[2] as Value,
          );
        return undefined;
      case "select":
        return a?.op === "const" ? (a.value !== 0 ? b : c) : b === c ? b : undefined;
      case "and":
        return a?.op === "const" ? (a.value ? b : a) : b?.op === "const" ? (b.value ? a : b) : undefined;
      case "or":
        return a?.op === "const" ? (a.value ? a : b) : b?.op === "const" ? (b.value ? b : a) : undefined;
      case "not":
        return a?.op === "const" ? this.constant(1 - (a.value as number), "bool") : undefined;
      case "lt":
        return int && a?.op === "const" && b?.op === "const"
          ? this.constant(Number((a.value as number) < (b.value as number)), "bool")
          : undefined;
      case "eq":
        return int && a?.op === "const" && b?.op === "const" ? this.constant(Number(a.value === b.value), "bool") : undefined;
      default:
        return undefined;
    }
  }

  /** Position in `active` of the innermost loop in the bit set, -1 for none. */
  level(bits: number): number {
    for (let k = this.active.length - 1; k >= 0; k--) if ((bits >> (this.active[k] as number)) & 1) return k;
    return -1;
  }

  /** Counts uses from the sinks, so that what algebra made superfluous is not emitted. */
  private prune(): void {
    const live = new Uint8Array(this.values.length);
    for (const s of this.sinks) {
      s.value.uses++;
      s.value.local = this.level(s.value.depends) === this.active.length - 1;
      live[s.value.id] = 1;
    }
    for (let i = this.values.length - 1; i >= 0; i--) {
      if (!live[i]) continue;
      const v = this.values[i] as Value;
      for (const a of v.args) {
        a.uses++;
        a.local = a.uses === 1 && this.level(a.depends) === this.level(v.depends);
        live[a.id] = 1;
      }
    }
  }
}
