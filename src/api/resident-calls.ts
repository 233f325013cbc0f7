// Calls of an objective with resident vectors among the arguments: programs whose arrays are regions of their own, so
// that nothing is copied. What is no vector is put into one that is kept for that.
import { fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import type { Ref } from "../opt/steps/layout.ts";
import { nanCheck } from "../run/nan-check.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { type Maybe, type Program, programOf } from "../run/program.ts";
import type { Calls, CompiledObjective } from "./compiled-objective.ts";
import type { DirectionOptions } from "./directions.ts";
import type { Kind } from "./objective-graph.ts";
import type { Point } from "./point-programs.ts";
import { ResidentVector } from "./resident-vector.ts";
import { VectorSpace } from "./vector-space.ts";

type Method = "value" | "grad" | "valueAndGrad" | "hvp" | "valueGradAndHvp";
/** What methods compute. */
const KINDS: Readonly<Record<Method, Kind>> = {
  value: "value",
  grad: "grad",
  valueAndGrad: "both",
  hvp: "hvp",
  valueGradAndHvp: "all",
};

/** Names of arguments and outs in messages. */
interface Names {
  readonly args: readonly string[];
  readonly out: (k: number) => string;
}
type Outs = readonly (ResidentVector | readonly Data[] | undefined)[];

const isVector = (v: unknown): v is ResidentVector => v instanceof ResidentVector;
const anyVector = (...lists: readonly unknown[]): boolean =>
  lists.some((list) => Array.isArray(list) && list.some(isVector));

export class ResidentCalls implements Calls {
  private readonly space: VectorSpace;
  private readonly programs: { [K in Kind]?: Program } = {};
  /** A product at a point. */
  private apply: Program | undefined;
  /** What stands for arguments and results that are no vectors, by their region. */
  private readonly stages: { [region: number]: ResidentVector } = {};
  /** Those that live or have lived; looked through when there are many. */
  private made: WeakRef<ResidentVector>[] = [];
  private room = 16;

  constructor(private readonly of: CompiledObjective) {
    this.space = new VectorSpace(of.x);
  }

  vector(values: unknown): ResidentVector {
    this.of.graph.requireAlive();
    const vector = new ResidentVector(this.space);
    if (values !== undefined) vector.set(values as never);
    if (this.made.length >= this.room) {
      this.made = this.made.filter((v) => v.deref());
      this.room = 2 * this.made.length + 16;
    }
    this.made.push(new WeakRef(vector));
    return vector;
  }

  // ---- the calls, with vectors and without ----

  value(x: unknown): number {
    return (this.call("value", [x], [])?.[0] as number | undefined) ?? this.of.value(x);
  }
  grad(x: unknown, out?: unknown): unknown {
    return this.call("grad", [x], [out])?.[0] ?? this.of.grad(x, out);
  }
  valueAndGrad(x: unknown, out?: unknown): [number, unknown] {
    return (this.call("valueAndGrad", [x], [out]) as [number, unknown]) ?? this.of.valueAndGrad(x, out);
  }
  hvp(x: unknown, v: unknown, out?: unknown): unknown {
    return this.call("hvp", [x, v], [out])?.[0] ?? this.of.hvp(x, v, out);
  }
  valueGradAndHvp(x: unknown, v: unknown, outs?: readonly unknown[]): [number, unknown, unknown] {
    const results = this.call("valueGradAndHvp", [x, v], outs ?? [undefined, undefined]);
    return (results as [number, unknown, unknown]) ?? this.of.valueGradAndHvp(x, v, outs);
  }
  hessian(x: unknown, out: unknown, options: DirectionOptions): unknown {
    return this.of.hessian(this.plain(x, "objective.hessian: x"), out, options);
  }
  linearize(x: unknown, where = "objective.at: x"): Point {
    return this.of.linearize(this.plain(x, where), where);
  }
  hvpAt(point: Point, v: unknown, out?: unknown): unknown {
    return this.product(point, v, out)?.[0] ?? this.of.hvpAt(point, v, out);
  }
  hvps(point: Point | undefined, x: unknown, vs: unknown, outs: unknown, options: DirectionOptions): unknown {
    const at = point ? undefined : this.plain(x, "objective.hvps: x");
    if (!anyVector(vs, outs)) return this.of.hvps(point, at, vs, outs, options);
    return this.products(point ? "at.hvps" : "objective.hvps", point ?? this.of.linearize(at), vs, outs, options);
  }
  dispose(): void {
    this.of.dispose();
    for (const p of Object.values(this.programs)) p.dispose();
    for (const v of Object.values(this.stages)) v.dispose();
    for (const v of this.made) v.deref()?.dispose();
    this.apply?.dispose();
    this.space.dispose();
  }

  private plain(x: unknown, where: string): unknown {
    if (!isVector(x)) return x;
    return this.space.x.values(this.space.read(ResidentVector.addressOf(x, this.space, where)));
  }
  private call(method: Method, args: readonly unknown[], outs: readonly unknown[]): unknown[] | undefined {
    if (!anyVector(args, outs)) return undefined;
    const where = `objective.${method}`;
    const names: Names = {
      args: [`${where}: x`, `${where}: v`],
      out: (k) => `${where}: ${outs.length > 1 ? `outs[${k}]` : "out"}`,
    };
    if (nanCheck) {
      const call = this.of[method] as (...args: unknown[]) => unknown;
      return this.throughArrays(args, outs, names, (plain) => {
        const result = call.apply(this.of, [...plain]);
        return outs.length > 0 && method.startsWith("value") ? (result as unknown[]) : [result];
      });
    }
    const kind = KINDS[method];
    this.programs[kind] ??= this.compile(kind, args.length);
    return this.run(this.programs[kind], args, outs, names, kind !== "grad" && kind !== "hvp");
  }
  private product(point: Point, v: unknown, out: unknown): unknown[] | undefined {
    if (!anyVector([v, out])) return undefined;
    const names: Names = { args: ["at.hvp: v"], out: () => "at.hvp: out" };
    if (nanCheck) return this.throughArrays([v], [out], names, ([plain]) => [this.of.hvpAt(point, plain)]);
    const { x, graph, points } = this.of;
    const linearized = points.enter(point);
    this.apply ??= graph.open(() =>
      linearized.applyTo({ inputs: this.space.refs(0), outputs: x.nodes.map((_, i) => this.space.refs(1)[i]) }),
    );
    return this.run(this.apply, [v], [out], names, false, point);
  }
  private products(where: string, point: Point, vs: unknown, outs: unknown, options: DirectionOptions): unknown {
    if (!Array.isArray(vs) || (outs !== undefined && !(Array.isArray(outs) && outs.length === vs.length)))
      return fail("value", `${where}: expected a list of directions, and as many outs if any`);
    const names: Names = { args: vs.map((_, i) => `${where}: vs[${i}]`), out: (k) => `${where}: outs[${k}]` };
    const given: readonly unknown[] = outs ?? vs.map(() => undefined);
    const several = (options.chunk ?? this.of.graph.atOnce) > 1;
    const isRead = (o: unknown, k: number): boolean => vs.some((v, i) => v === o && i !== k);
    if (!several && [...vs, ...(outs ?? [])].every(isVector) && !given.some(isRead)) {
      this.targets(given, names);
      for (const [k, v] of vs.entries()) ResidentVector.addressOf(v, this.space, names.args[k] as string);
      const products = vs.map((v, k) => this.hvpAt(point, v, given[k]));
      return outs ?? products;
    }
    const products = this.throughArrays(
      vs,
      given,
      names,
      (plain) => this.of.hvps(point, undefined, plain, undefined, options) as unknown[],
    );
    return outs ?? products;
  }

  // ---- one call ----

  /**
   * Runs `p` on `args`. Results go to `outs`; the first ones of all are returned, before them the value if it is
   * `valued`.
   */
  private run(
    p: Program,
    args: readonly unknown[],
    outs: readonly unknown[],
    names: Names,
    valued: boolean,
    point?: Point,
  ): unknown[] {
    const { space } = this;
    const { x } = space;
    // What may run code of the caller comes first.
    const elements = args.map((a, i) => (isVector(a) ? undefined : space.elements(a, names.args[i] as string)));
    const targets = this.targets(outs, names);
    if (point) this.of.points.enter(point);
    const at = args.map((a, i) => this.placed(i, a, elements[i], names.args[i] as string));
    const stand = targets.map((to, k) => (isVector(to) && !args.includes(to) ? to : this.stage(args.length + k)));
    p.run([], [...at, ...stand.map((to, k) => ResidentVector.addressOf(to, space, names.out(k)))]);
    const count = x.nodes.length;
    const y = valued ? [p.scalar(outs.length > 0 ? count : 0)] : [];
    const results = targets.map((to, k) => {
      const first = k * (count + 1);
      const own = stand[k] as ResidentVector;
      if (isVector(to))
        space.refs(0).forEach((ref, i) => p.moveTo(first + i, ResidentVector.addressOf(own, space, "") + ref.offset));
      const arrays = isVector(to) ? [] : x.nodes.map((_, i) => p.read(first + i, to?.[i]));
      return outs[k] ?? x.values(arrays);
    });
    // A result in place of an argument: addresses change hands, elements stay where they are.
    for (const [k, to] of targets.entries())
      if (isVector(to) && to !== stand[k]) ResidentVector.exchange(to, stand[k] as ResidentVector);
    return [...y, ...results];
  }
  /** The address of argument `i`. */
  private placed(i: number, arg: unknown, elements: readonly Data[] | undefined, name: string): number {
    const vector = elements ? this.stage(i) : (arg as ResidentVector);
    const at = ResidentVector.addressOf(vector, this.space, name);
    if (elements) this.space.write(at, elements);
    return at;
  }
  /** Where results go: vectors, arrays that share no memory, or nowhere. */
  private targets(outs: readonly unknown[], names: Names): Outs {
    const given = outs.map((_, k) => k).filter((k) => outs[k] !== undefined);
    const [vectors, others] = [given.filter((k) => isVector(outs[k])), given.filter((k) => !isVector(outs[k]))];
    for (const k of vectors) {
      ResidentVector.addressOf(outs[k] as ResidentVector, this.space, names.out(k));
      const other = outs.indexOf(outs[k]);
      if (other !== k)
        fail("value", `${names.out(other)} and ${names.out(k)} are one vector; give every result one of its own`);
    }
    const arrays = this.space.x.targets(
      others.map((k) => outs[k]),
      (i) => names.out(others[i] as number),
    );
    return outs.map((out, k) => (isVector(out) ? out : arrays[others.indexOf(k)]));
  }
  private stage(region: number): ResidentVector {
    this.stages[region] ??= new ResidentVector(this.space);
    return this.stages[region];
  }
  /** The same by `compute`, which takes and returns arrays; the last of its results go to `outs`. */
  private throughArrays(
    args: readonly unknown[],
    outs: readonly unknown[],
    names: Names,
    compute: (args: readonly unknown[]) => readonly unknown[],
  ): unknown[] {
    const { space } = this;
    const targets = this.targets(outs, names);
    const plain = args.map((a, i) => this.plain(a, names.args[i] as string));
    const results = [...compute(plain)];
    const before = results.length - outs.length;
    for (const [k, to] of targets.entries()) {
      if (!to) continue;
      const elements = space.elements(results[before + k], names.out(k));
      if (isVector(to)) space.write(ResidentVector.addressOf(to, space, names.out(k)), elements);
      else elements.forEach((data, i) => (to[i] as Data).set(data));
      results[before + k] = outs[k];
    }
    return results;
  }

  private compile(kind: Kind, count: number): Program {
    const { graph, captured } = this.of;
    const { outputs, parameters } = graph.formula(kind);
    const inputs = Array.from({ length: count }, (_, k) => this.space.refs(k)).flat();
    // The value stands between gradient and product.
    const results: Maybe<Ref> =
      kind === "value" ? [] : [...this.space.refs(count), undefined, ...this.space.refs(count + 1)];
    const vectors = { inputs, outputs: results };
    return graph.open(() =>
      programOf(outputs, parameters, { captured, vectors, passes: passesHere(compiled), facts: graph.facts }),
    );
  }
}
