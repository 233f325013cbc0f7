// What stands behind an objective: the traced function, the programs derived from it, and the one linearization whose
// residuals are in memory.
import { pushforward, requireFloats } from "../ad/jvp.ts";
import { cotangents } from "../ad/linearize.ts";
import { pairs } from "../emit/pairs.ts";
import { fail } from "../errors.ts";
import { type Data, isArrayOf, showAval, zeros } from "../ir/aval.ts";
import { inSession, newSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { reachable } from "../ir/walk.ts";
import { expand } from "../opt/graph/expand.ts";
import { tellIndices } from "../opt/graph/fixed.ts";
import { foldOnce } from "../opt/steps/pairs.ts";
import { sub } from "../primitives/arithmetic.ts";
import { isLiteral, literal, parameter } from "../primitives/leaf.ts";
import { unitVector } from "../primitives/seed.ts";
import { reshape } from "../primitives/shape.ts";
import { full, zerosLike } from "../primitives/spread.ts";
import { direct } from "../run/direct.ts";
import { Linearized } from "../run/linearized.ts";
import { type Computation, nanCheck } from "../run/nan-check.ts";
import { Captured, Program } from "../run/program.ts";
import { operandOf, standard, toValue } from "../trace/convert.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { flatten, flattenLike, place, type Structure, showStructure, unflatten } from "../trace/tree.ts";
import type { Like, Mirror } from "../trace/types.ts";
import { checkedData, outData, requireApart, unwritten } from "./arrays.ts";
import { requireScalar } from "./common.ts";
import { settingsRemedy } from "./settings.ts";

export class CompiledObjective<X> {
  private readonly session = newSession();
  private readonly structure: Structure;
  private readonly xs: readonly Node[];
  /** Whether x is one array with one axis, and so may be given as a typed array. */
  private readonly isVector: boolean;
  private readonly y: Node;
  private data: readonly { structure: Structure; nodes: readonly Node[] }[] = [];
  private readonly captured = new Captured();
  private valueProgram: Program | undefined;
  private gradProgram: Program | undefined;
  private bothProgram: Program | undefined;
  private hvpProgram: Program | undefined;
  private linearized: Linearized | undefined;
  private columns: Linearized | undefined;
  private gradients: readonly Node[] | undefined;
  private disposed = false;
  private readonly paths: readonly string[];
  /** The linearization whose residuals are in memory; none after `bind` and `dispose`. */
  private current: object | undefined;
  /** How often the data has been replaced: a linearization belongs to the data it was made with. */
  version = 0;

  constructor(
    f: (...args: never[]) => unknown,
    x0: X,
    data: readonly unknown[],
    private readonly relaxed: boolean,
  ) {
    requireFunction("objective", f);
    const { leaves, paths, structure } = flatten("objective: x0", x0);
    this.structure = structure;
    this.paths = paths;
    const traced = inSession(() => {
      const xs = leaves.map((leaf, i) => {
        if (leaf instanceof Tensor)
          return fail(
            "trace",
            "objective: x0 is a traced value; compile objectives outside of traced functions, or use hvp and " +
              "grad inside",
          );
        const x = operandOf(place("objective: x0", paths[i] as string), leaf);
        return parameter(x.shape, x.dtype);
      });
      requireFloats("objective", xs);
      const bound = data.map((d, k) => {
        const flat = flatten(`objective: data argument ${k + 1}`, d);
        const weak: boolean[] = [];
        return {
          structure: flat.structure,
          nodes: flat.leaves.map((leaf, i) => {
            const x = operandOf(place(`objective: data argument ${k + 1}`, flat.paths[i] as string), leaf);
            weak.push(x.weak);
            return literal(x.data(x.dtype).slice(), x.shape, x.dtype);
          }),
          weak,
        };
      });
      const args = [
        unflatten(
          structure,
          xs.map((x) => new Tensor(x)),
        ),
        ...bound.map((b) =>
          unflatten(
            b.structure,
            b.nodes.map((n, i) => new Tensor(n, b.weak[i])),
          ),
        ),
      ];
      const result = trace("objective", f, args, settingsRemedy(data.at(-1)));
      this.data = bound;
      const [y] = tellIndices([requireScalar("objective", result.nodes, result.structure)], this.isFixed);
      return { xs, y: y as Node };
    }, this.session);
    this.xs = traced.xs;
    this.isVector = this.structure === "leaf" && traced.xs[0]?.shape.length === 1;
    this.y = traced.y;
    this.one = zeroData(this.y);
    const known = inSession(() => reachable([this.y, ...expand([this.y])]), this.session);
    this.captured.add([...known, ...this.data.flatMap((d) => d.nodes)]);
  }

  /** Whether `n` is a captured array that is not bound to data, which may be replaced. */
  private readonly isFixed = (n: Node): boolean => isLiteral(n) && !this.data.some(({ nodes }) => nodes.includes(n));
  /** Where the value goes that `direct` computes. */
  private readonly one: Data;
  private build(make: () => Program): Program {
    if (this.disposed) fail("disposed", DISPOSED);
    return inSession(make, this.session);
  }
  private gradient(): readonly Node[] {
    this.gradients ??= foldOnce(
      cotangents([this.y], this.xs, [full([], 1, this.y.dtype)]).map((g, i) => g ?? zerosLike(this.xs[i] as Node)),
      this.isFixed,
    );
    return this.gradients;
  }
  private derivative(vs: readonly Node[]): Node[] {
    return pushforward(this.gradient(), this.xs, vs).map((h, i) => h ?? zerosLike(this.xs[i] as Node));
  }
  private compile(outputs: () => readonly Node[], parameters: readonly Node[] = this.xs): Program {
    return this.build(
      () =>
        new Program(outputs(), parameters, {
          captured: this.captured,
          relaxed: this.relaxed,
          pairs: pairs(this.isFixed),
        }),
    );
  }

  value(x: Like<X>): number {
    this.valueProgram ??= this.compile(() => [this.y]);
    const p = this.valueProgram;
    if (this.isVector && direct(p, x, false, x, this.one)) return this.one[0] as number;
    const given = this.leaves(x, "objective.value: x");
    this.run(p, given);
    return this.checkedValue(p.readScalar(0), given);
  }
  grad(x: Like<X>, out?: Mirror<X>): Mirror<X> {
    this.gradProgram ??= this.compile(() => this.gradient());
    const p = this.gradProgram;
    return this.quick(p, x, false, x, out) ?? this.call(p, undefined, "objective.grad", undefined, x, false, x, out);
  }
  valueAndGrad(x: Like<X>, out?: Mirror<X>): [number, Mirror<X>] {
    this.bothProgram ??= this.compile(() => [...this.gradient(), this.y]);
    const p = this.bothProgram;
    const before = nanCheck && this.copies(x, "objective.valueAndGrad: x"); // `out` may be `x`
    const grad =
      this.quick(p, x, false, x, out) ?? this.call(p, undefined, "objective.valueAndGrad", undefined, x, false, x, out);
    return [this.checkedValue(p.readScalar(this.xs.length), before), grad];
  }
  hvp(x: Like<X>, v: Like<X>, out?: Mirror<X>): Mirror<X> {
    if (!this.hvpProgram) {
      const vs = this.xs.map((n) => parameter(n.shape, n.dtype));
      this.hvpProgram = this.compile(() => this.derivative(vs), [...this.xs, ...vs]);
    }
    const p = this.hvpProgram;
    return this.quick(p, x, true, v, out) ?? this.call(p, undefined, "objective.hvp", undefined, x, true, v, out);
  }
  hessian(x: Like<X>): unknown {
    const at = this.copies(x, "objective.hessian: x");
    const { apply } = this.enter({}, at, this.version);
    const sizes = this.xs.map((n) => n.size);
    const blocks = this.xs.map((row) => this.xs.map((column) => zeros(row.dtype, row.size * column.size)));
    const unit = this.xs.map((n) => zeroData(n));
    let exact: Program | undefined;
    let first = 0;
    sizes.forEach((size, j) => {
      for (let k = 0; k < size; k++) {
        (unit[j] as Data)[k] = 1;
        this.run(apply, unit);
        const columns = this.xs.map((_, i) => apply.read(i));
        (unit[j] as Data)[k] = 0;
        // Zeros of a direction in memory are numbers: times an infinity of another column they are NaN. Those of a
        // seed are not.
        if (!columns.every(allFinite)) {
          exact ??= this.seeded(at);
          this.run(exact, [Int32Array.of(first + k)]);
          for (let i = 0; i < columns.length; i++) columns[i] = exact.read(i);
        }
        columns.forEach((column, i) => {
          const block = (blocks[i] as Data[])[j] as Data;
          for (let r = 0; r < column.length; r++) block[r * size + k] = column[r] as number;
        });
      }
      first += size;
    });
    // What is NaN in a column is NaN in the sum of all.
    nanCheck?.(blocks.flat(), () =>
      this.product(
        at,
        unit.map((u) => u.fill(1)),
      ),
    );
    // Column j of block (i, j) and column i of block (j, i) are the same numbers up to rounding: make them the same.
    // What is not finite belongs to its own column.
    sizes.forEach((n, i) => {
      const block = (blocks[i] as Data[])[i] as Data;
      for (let r = 0; r < n; r++)
        for (let c = 0; c < r; c++) {
          const below = block[r * n + c] as number;
          if (Number.isFinite(below - (block[c * n + r] as number))) block[c * n + r] = below;
        }
    });
    const row = (i: number): unknown =>
      unflatten(
        this.structure,
        this.xs.map((column, j) =>
          toValue((blocks[i] as Data[])[j] as Data, [...(this.xs[i] as Node).shape, ...column.shape], column.dtype),
        ),
      );
    return unflatten(
      this.structure,
      this.xs.map((_, i) => row(i)),
    );
  }
  bind(...data: unknown[]): void {
    if (this.disposed) fail("disposed", DISPOSED);
    if (data.length !== this.data.length)
      fail(
        "value",
        `objective.bind: expected ${this.data.length} data arguments as given to objective, got ${data.length}`,
      );
    const fresh = this.data.map(({ structure, nodes }, k) => {
      const leaves = flattenLike(`objective.bind: data argument ${k + 1}`, data[k], structure);
      if (!leaves)
        return fail(
          "shape",
          `objective.bind: data argument ${k + 1} has another structure than the one given to objective ` +
            `(${showStructure(structure)})`,
        );
      return leaves.map((leaf, i) =>
        checkedData(`objective.bind: data argument ${k + 1}`, leaf, nodes[i] as Node, "one"),
      );
    });
    this.data.forEach(({ nodes }, k) => {
      nodes.forEach((n, i) => {
        const elements = (fresh[k] as Data[])[i] as Data;
        ((n.params as { data: Data }).data as Float64Array).set(elements);
        this.captured.write(n, elements);
      });
    });
    this.current = undefined;
    this.version++;
  }
  dispose(): void {
    this.disposed = true;
    for (const p of [this.valueProgram, this.gradProgram, this.bothProgram, this.hvpProgram]) p?.dispose();
    this.linearized?.dispose();
    this.columns?.dispose();
    this.captured.block.dispose();
    this.valueProgram = this.gradProgram = this.bothProgram = this.hvpProgram = undefined;
    this.linearized = this.columns = undefined;
    this.current = undefined;
  }

  // ---- plumbing ----

  /** An HVP as a computation that can be looked through for NaN. */
  product(x: readonly Data[], v: readonly Data[]): Computation {
    const vs = this.xs.map((n) => parameter(n.shape, n.dtype));
    return {
      outputs: inSession(() => this.derivative(vs), this.session),
      parameters: [...this.xs, ...vs],
      values: [...x, ...v],
    };
  }
  slope(x: readonly Data[]): Computation {
    return { outputs: this.gradient(), parameters: this.xs, values: x };
  }
  /** The split programs of products at a point: value and gradient are outputs of the preparation. */
  private split(): Linearized {
    if (this.disposed) fail("disposed", DISPOSED);
    this.linearized ??= inSession(() => {
      const vs = this.xs.map((n) => parameter(n.shape, n.dtype));
      const wanted = [...this.gradient(), this.y];
      return new Linearized(wanted, this.derivative(vs), this.xs, vs, this.captured, this.relaxed, pairs(this.isFixed));
    }, this.session);
    return this.linearized;
  }
  /**
   * A program at `x` from the number of a column of the Hessian to the column, along a unit vector that the graph
   * knows.
   */
  private seeded(x: readonly Data[]): Program {
    this.columns ??= inSession(() => {
      const index = parameter([], "int32");
      let first = 0;
      const seeds = this.xs.map((n) => {
        const seed = unitVector(n.size, sub(index, first), n.dtype);
        first += n.size;
        return reshape(seed, n.shape);
      });
      return new Linearized([], this.derivative(seeds), this.xs, [index], this.captured, this.relaxed);
    }, this.session);
    this.run(this.columns.prepare, x);
    return this.columns.apply;
  }
  /**
   * The programs at a point, with the residuals of `x` in memory: put there unless `point` was the last one to do so.
   */
  enter(point: object, x: readonly Data[], version: number): Linearized {
    if (this.current === point) return this.linearized as Linearized;
    if (version !== this.version) fail("value", "this linearization was made before bind(); call at(x) again");
    const split = this.split();
    const p = split.prepare;
    this.current = undefined; // should the preparation fail, no point's residuals are in memory
    this.run(p, x);
    this.current = point;
    return split;
  }
  /** The leaves of `tree`, which is like x0. */
  private parts(tree: unknown, where: string): readonly unknown[] {
    return (
      (this.structure === "leaf" ? [tree] : flattenLike(where, tree, this.structure)) ??
      fail("shape", `${where} has another structure than x0, ${showStructure(this.structure)}; pass the same tree`)
    );
  }
  leaves(x: Like<X>, where: string): Data[] {
    return this.parts(x, where).map((leaf, i) => {
      const node = this.xs[i] as Node;
      // Before names are made for messages, what has the very type and size.
      if (node.shape.length === 1 && isArrayOf(leaf, node.dtype === "float64" ? Float64Array : Float32Array)) {
        const data = standard(leaf);
        if (data.length === node.size && data.length > 0) return data;
      }
      const path = this.paths[i] as string;
      return checkedData(place(where, path), leaf, node, `x${path}`);
    });
  }
  copies(x: Like<X>, where: string): Data[] {
    return this.leaves(x, where).map((a) => a.slice());
  }
  /** What a point is, for printing. */
  describePoint(): string {
    return JSON.stringify(unflatten(this.structure, this.xs.map(showAval))).replaceAll('"', "");
  }
  private run(p: Program, given: readonly Data[], targets?: readonly Data[]): void {
    p.begin();
    for (let i = 0; i < given.length; i++) p.load(i, given[i] as Data);
    if (targets) for (let i = 0; i < targets.length; i++) p.target(i, targets[i]);
    p.run();
  }
  checkedValue(y: number, x: readonly Data[] | undefined): number {
    nanCheck?.([y], () => ({ outputs: [this.y], parameters: this.xs, values: x as Data[] }));
    return y;
  }
  /** `call` for vectors in the type of the program; undefined for other arguments. */
  quick(p: Program, x: unknown, two: boolean, v: unknown, out: unknown): Mirror<X> | undefined {
    return this.isVector ? (direct(p, x, two, v, out) as Mirror<X> | undefined) : undefined;
  }
  /**
   * One call of `p`: on `x` (a direction if `point` is where it was linearized) and, if `two`, on `v`; its first
   * outputs are the result. All arguments are read before, since a getter in one of them may call the library;
   * `enter` is run after that.
   */
  call(
    p: Program,
    enter: (() => void) | undefined,
    name: string,
    point: readonly Data[] | undefined,
    x: Like<X>,
    two: boolean,
    v: Like<X>,
    out: Mirror<X> | undefined,
  ): Mirror<X> {
    const xs = this.leaves(x, point ? `${name}: v` : `${name}: x`);
    const vs = two ? this.leaves(v, `${name}: v`) : [];
    const targets = out === undefined ? undefined : this.targets([out], () => `${name}: out`)[0];
    const [before, direction] = nanCheck
      ? ([xs, vs].map((list) => list.map((a) => a.slice())) as [Data[], Data[]])
      : [xs, vs]; // `out` may be one of them
    enter?.();
    this.run(p, two ? [...xs, ...vs] : xs, targets);
    const computation = (): Computation =>
      point ? this.product(point, before) : two ? this.product(before, direction) : this.slope(before);
    return this.read(p, computation, out, targets);
  }
  /**
   * Products with each of `vs` at `point`, whose residuals `enter` puts into memory. All of `vs` are read before any
   * of `outs` is written, and before `enter` is run.
   */
  products(
    enter: () => Linearized,
    point: readonly Data[],
    vs: readonly Like<X>[],
    outs?: readonly Mirror<X>[],
  ): Mirror<X>[] {
    const targets = outs && this.targets(outs, (i) => `at.hvps: outs[${i}]`);
    const written = targets?.flat() ?? [];
    const directions = Array.from(vs, (v, i) => unwritten(this.leaves(v, `at.hvps: vs[${i}]`), written));
    return directions.map((v, i) => {
      const { apply } = enter();
      const out = outs?.[i] as Mirror<X> | undefined;
      const target = targets?.[i];
      const quick = this.quick(apply, v[0], false, v[0], target?.[0]);
      if (quick) return out ?? quick;
      this.run(apply, v, target);
      return this.read(apply, () => this.product(point, v), out, target);
    });
  }
  /** The arrays behind `outs`, which are like x and share no memory. */
  private targets(outs: readonly Mirror<X>[], name: (i: number) => string): Data[][] {
    const all = Array.from(outs, (out, i) =>
      this.parts(out, name(i)).map((leaf, k) => outData(name(i), leaf, this.xs[k] as Node)),
    );
    const leaves = this.xs.length;
    requireApart(all.flat(), (i) => place(name(Math.floor(i / leaves)), this.paths[i % leaves] as string));
    return all;
  }
  /** The first outputs of `p`, one per leaf of x; in `out`, whose leaves are `targets`, if given. */
  read(p: Program, computation: () => Computation, out?: Mirror<X>, targets?: readonly Data[]): Mirror<X> {
    const datas = this.xs.map((_, i) => p.read(i, targets?.[i]));
    nanCheck?.(datas, computation);
    if (out !== undefined) return out;
    const leaves = datas.map((data, i) => toValue(data, (this.xs[i] as Node).shape, (this.xs[i] as Node).dtype));
    return unflatten(this.structure, leaves) as Mirror<X>;
  }
}

const DISPOSED = "this objective was used after dispose(); create it again, or dispose of it later";
const zeroData = (n: Node): Data => zeros(n.dtype, n.size);
const allFinite = (x: Data): boolean => x.every((value: number) => Number.isFinite(value));
