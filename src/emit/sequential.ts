// Loops whose body is straight-line code of numbers: one function makes many iterations and holds the carries in
// variables. What does not change is computed before.
import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Affine } from "../ir/index-map.ts";
import { HELD_LOADS } from "../opt/cost.ts";
import type { Body, Sink } from "../opt/plan/body.ts";
import type { Value } from "../opt/plan/lane-builder.ts";
import type { Block, Inside, LoopStep } from "../opt/steps/steps.ts";
import type { Loop } from "../primitives/control.ts";
import { branch, repeat } from "./arrays.ts";
import type { Fn } from "./assembler.ts";
import { memoryName, scalarType, toMask } from "./lane-code.ts";
import { NestEmitter } from "./nest.ts";
import type { Target } from "./target.ts";

/** The one body of a block of straight-line code. */
function bodyIn({ steps }: Block): Body | undefined {
  const [only] = steps as readonly (LoopStep | undefined)[];
  return steps.length === 1 && only?.kind === "loop" && only.form.kind === "boxes" && only.nest.sizes.length === 0
    ? only.bodies[0]
    : undefined;
}

/** Whether the carries of a loop can live in variables: nothing asks for an element by a number made at run time. */
export function isSequential({ blocks }: Inside): boolean {
  const [main] = blocks as [Block];
  const written = new Set<Node | undefined>([...main.parameters, ...main.outputs]);
  return blocks.every((b) => {
    const body = bodyIn(b);
    const isFree = (v: Value): boolean => v.op !== "gather" || !(isCarried(b, v.source) || written.has(v.source));
    return body?.live.every(isFree) ?? false;
  });
}
const isCarried = ({ parameters }: Block, n: Node | undefined): boolean => n !== undefined && parameters.includes(n);

/** One time through straight-line code. */
function once(e: NestEmitter, values: readonly Value[], sinks: readonly Sink[]): void {
  for (const v of values) if (v.op !== "const") e.scalarValue(v);
  for (const s of sinks) e.scalarSink(s);
}

/** Addresses that move: arguments from `first` on, by so many bytes; and where the function says how far it came. */
export interface Moving {
  readonly first: number;
  readonly strides: readonly number[];
  readonly words: number;
}

/** A function of addresses and a number of iterations, at least one, which makes them unless the condition ends it. */
export function blockFunction(
  blocks: readonly Block[],
  loop: Loop,
  targets: readonly Target[],
  { first, strides, words }: Moving,
): Fn {
  const [main, condition] = blocks as [Block, Block | undefined];
  const [inside, testing] = targets as [Target, Target | undefined];
  const fn = inside.inner(inside.addresses + 1);
  const left = inside.addresses;
  const state = new State(fn, main, loop, inside);
  const code = state.begin(bodyIn(main) as Body, main, inside);
  const test = condition && testing && state.begin(bodyIn(condition) as Body, condition, testing);
  const iteration = (): void => {
    const body = bodyIn(main) as Body;
    const carried = new Set<Node | undefined>(main.outputs.slice(0, loop.carries));
    once(
      code,
      body.live,
      body.sinks.filter((s) => !carried.has(s.root.node)),
    );
    state.replace(code, body.sinks);
    strides.forEach((bytes, k) => {
      fn.get(first + k);
      fn.i32(bytes);
      fn.op("i32.add");
      fn.set(first + k);
    });
    fn.get(left);
    fn.i32(1);
    fn.op("i32.sub");
    fn.tee(left);
  };
  if (!test || !condition) {
    fn.doWhile(iteration);
    state.end();
    return fn;
  }
  const asked = fn.local(0x7f);
  fn.get(left);
  fn.set(asked);
  const body = bodyIn(condition) as Body;
  repeat(fn, () => {
    once(test, body.live, []);
    test.pushScalar((body.sinks[0] as Sink).value);
    fn.op("i32.eqz");
    branch(fn, "out");
    iteration();
    branch(fn, "again");
  });
  state.end();
  fn.get(0);
  fn.get(asked);
  fn.get(left);
  fn.op("i32.sub");
  fn.mem("i32.store", words);
  return fn;
}

/** The carries in variables, by parameter and element. */
class State {
  private readonly locals: readonly (readonly number[])[];

  constructor(
    private readonly fn: Fn,
    private readonly main: Block,
    private readonly loop: Loop,
    private readonly target: Target,
  ) {
    this.locals = this.carried.map((p) => Array.from({ length: p.size }, () => fn.local(scalarType(p.dtype))));
    this.each((p, e, local) => {
      const { region, offset } = target.ref(p);
      fn.get(region);
      fn.mem(memoryName(p.dtype, "load"), offset + e * bytesOf(p.dtype));
      if (p.dtype === "bool") toMask(fn, 1);
      fn.set(local);
    });
  }
  private get carried(): readonly Node[] {
    return this.main.parameters.slice(0, this.loop.carries);
  }
  private each(action: (p: Node, element: number, local: number) => void): void {
    this.carried.forEach((p, i) => {
      this.locals[i]?.forEach((local, e) => {
        action(p, e, local);
      });
    });
  }

  /** The emitter of `body`, with what does not change from iteration to iteration computed. */
  begin(body: Body, block: Block, target: Target): NestEmitter {
    const e = new NestEmitter(this.fn, body, target, { accumulates: () => false });
    const moving = new Set<Value>();
    const places = new Map(block.parameters.map((p, i) => [p, i]));
    const { carries, walked } = this.loop;
    for (const v of body.live) {
      const i = v.op === "load" ? (places.get(v.source as Node) as number) : -1;
      if (i >= 0 && i < carries) {
        const local = this.locals[i]?.[(v.position as Affine)[0] as number] as number;
        e.scalars.set(v, local);
      }
      const own = v.op === "load" ? i < carries + walked : v.op === "gather" && this.isMoving(v, places);
      if (own || v.operands.some((a) => moving.has(a))) moving.add(v);
    }
    this.prepare(e, body, moving);
    return e;
  }
  private isMoving(v: Value, places: ReadonlyMap<Node, number>): boolean {
    return (places.get(v.source as Node) ?? 0) < this.loop.carries + this.loop.walked;
  }
  /** Computes what stays the same and is asked for by what does not. */
  private prepare(e: NestEmitter, body: Body, moving: ReadonlySet<Value>): void {
    const asked = new Set<Value>();
    for (const v of body.live) if (moving.has(v)) for (const a of v.operands) if (!moving.has(a)) asked.add(a);
    for (const { value } of body.sinks) if (!moving.has(value)) asked.add(value);
    const loads = body.live.filter((v) => asked.has(v) && v.op === "load").length;
    for (const v of body.live) {
      if (moving.has(v) || v.op === "const" || (v.op === "load" && loads > HELD_LOADS)) continue;
      if (!asked.has(v)) e.scalarValue(v);
      else if (!e.scalars.has(v)) e.holdScalar(v);
    }
  }

  /** New values of the carries, all of which are known before the first is replaced. */
  replace(e: NestEmitter, sinks: readonly Sink[]): void {
    const { fn, main, loop } = this;
    const updates: number[] = [];
    main.outputs.slice(0, loop.carries).forEach((y, i) => {
      for (const s of sinks) {
        if (s.root.node !== y) continue;
        e.pushScalar(s.value);
        updates.push(this.locals[i]?.[s.position[0] as number] as number);
      }
    });
    for (const local of updates.reverse()) fn.set(local);
  }
  /** Puts the carries where they are looked for. */
  end(): void {
    const { fn } = this;
    this.each((p, e, local) => {
      const { region, offset } = this.target.ref(p);
      fn.get(region);
      fn.get(local);
      fn.mem(memoryName(p.dtype, "store"), offset + e * bytesOf(p.dtype));
    });
  }
}
