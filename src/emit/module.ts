// Compilation: a graph in, a WebAssembly module out (several for a very large program), which computes all outputs in
// one call. plan (opt/plan.ts) → bodies (opt/body.ts) → memory (layout.ts) → code (nest.ts, straight.ts, calls.ts).

import { bytesOf } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import type { Kernel, Static } from "../ir/kernel.ts";
import { reachable } from "../ir/walk.ts";
import { type Body, bodiesOf, type Fold, MustStore } from "../opt/plan/body.ts";
import { type Nest, type Plan, plan } from "../opt/plan/plan.ts";
import { Arena, Bump, byteSize, DATA, POINT, type Ref, WORK } from "../opt/steps/layout.ts";
import { packing } from "../opt/steps/pack.ts";
import { callsOf, loopOf, type Pairs, type Step, sharePasses } from "../opt/steps/steps.ts";
import { checkParameters, isLiteral } from "../primitives/leaf.ts";
import type { Fn, Module } from "./assembler.ts";
import { type CallContext, emitCall, kernelsOf, prepareCall } from "./calls.ts";
import { constant, identity, memoryName } from "./lane-code.ts";
import { foldsIntoMemory, NestEmitter } from "./nest.ts";
import { I32 } from "./opcodes.ts";
import { emitPacking } from "./pack.ts";
import { LONG, Parts } from "./parts.ts";
import { hasRelaxedSimd } from "./relaxed.ts";
import type { Context } from "./scalar-code.ts";
import { emitChunks, isLarge } from "./straight.ts";
import { emitStream, placeWindows, planStream, type Stream } from "./stream.ts";

/** A compiled program, independent of where its memory lies. */
export interface Compiled {
  /** Its modules, whose functions `run` are called in this order. */
  readonly modules: readonly Uint8Array[];
  /** The kernels on whole arrays that it imports, numbered in this order. */
  readonly kernels: readonly Kernel[];
  /** Static data of the kernels that are part of it. */
  readonly statics: ReadonlySet<Static>;
  readonly parameters: readonly Ref[];
  readonly outputs: readonly Ref[];
  /** Captured arrays and where they are copied, in the data region. */
  readonly literals: readonly { readonly node: Node; readonly offset: number }[];
  /** Bytes of each region. */
  readonly sizes: readonly [work: number, data: number];
  /** Set when the program is run piece by piece. */
  readonly stream?: Stream;
  /** The node whose memory holds output i. */
  readonly held: readonly Node[];
  /** What the program is made of: the counts that tests hold fast. */
  readonly stats: Stats;
}
export interface Stats {
  readonly nests: number;
  readonly loops: number;
  readonly calls: number;
  readonly stored: number;
  readonly bytes: number;
}

export interface CompileOptions {
  /** Parameters and outputs that live in the point region (residuals of a linearization), and their offsets there. */
  readonly atPoint?: ReadonlyMap<Node, number>;
  /** Offsets of captured arrays in a data region that several programs share. */
  readonly shared?: ReadonlyMap<Node, number>;
  /** Fused multiply-adds where the engine has them. */
  readonly relaxed?: boolean;
  readonly pairs?: Pairs | undefined;
}

export function compile(outputs: readonly Node[], parameters: readonly Node[], options: CompileOptions = {}): Compiled {
  checkParameters(outputs, parameters);
  const forced = new Set<Node>();
  for (;;) {
    try {
      return generate(plan(outputs, forced), parameters, outputs, options);
    } catch (e) {
      if (!(e instanceof MustStore) || forced.has(e.node)) throw e;
      forced.add(e.node);
    }
  }
}

function generate(p: Plan, parameters: readonly Node[], outputs: readonly Node[], options: CompileOptions): Compiled {
  const { roots } = p;
  const prepared = p.steps.map((s): Step => {
    if (s.kind === "call") return { call: prepareCall(s.node, roots) };
    const bodies = bodiesOf(s, roots);
    const pairs = options.pairs?.(bodies);
    return { nest: { nest: s, bodies, packing: packing(bodies), pairs } };
  });
  const steps = sharePasses?.(prepared, roots) ?? prepared;
  /** Kernels on whole arrays, and how many arguments they take. */
  const kernels = new Map<Kernel, number>();
  let scratch = 0;
  for (const call of steps.flatMap(callsOf)) {
    for (const { kernel, arity, workspace } of kernelsOf(call.commands)) {
      kernels.set(kernel, arity);
      scratch = Math.max(scratch, workspace);
    }
  }

  const memory = placeArrays(p, steps, parameters, outputs, options, scratch);
  const ref = (n: Node): Ref => {
    const r = memory.refs.get(n);
    if (!r) throw new TypeError(`no memory for ${n.prim.name} ${n.id}`);
    return r;
  };
  const relaxed = options.relaxed === true && hasRelaxedSimd();
  const parts = new Parts(kernels, (bytes) => memory.spillBase + memory.spills.place(bytes));
  const context: Context = {
    ref,
    relaxed,
    get linker() {
      return parts.linker;
    },
  };
  const newFunction = (): Fn => parts.next();
  let loops = 0;
  const only = steps.length === 1 ? steps[0]?.nest : undefined;
  const stream = only && planStream(only.nest, only.bodies, p, (n) => ref(n).region);
  if (stream && only) return generateStream(stream, only, p, parameters, memory, parts.module, context);
  const imports = new Map([...kernels.keys()].map((kernel, k) => [kernel, k]));
  const calls: CallContext = { ref, functionIndex: (k) => imports.get(k) as number, workspace: memory.workspace };
  for (const step of steps) {
    const { nest, call, sweep } = step;
    if (call) {
      emitCall(newFunction(), call, calls);
      continue;
    }
    const bodies = loopOf(step)?.bodies ?? [];
    const pairs = nest?.pairs;
    if (bodies.length === 1 && isLarge(bodies[0] as Body)) {
      emitChunks(bodies[0] as Body, context, newFunction, memory.spills, () => memory.spillBase);
      continue;
    }
    let fn = newFunction();
    for (const x of nest?.packing.reads ?? []) emitPacking(fn, x, ref, false);
    const accumulates = (f: Fold): boolean =>
      pairs !== undefined || bodies.length > 1 || foldsIntoMemory(f, bodies[0] as Body);
    const cleared = new Set<Node>();
    for (const f of bodies[0]?.sinks ?? []) {
      if (f.kind !== "fold" || !accumulates(f) || cleared.has(f.root.node)) continue;
      cleared.add(f.root.node);
      initialize(fn, f, ref);
    }
    if (sweep) {
      sweep.emit(fn, calls, context, accumulates);
      if (!sweep.loop) loops++;
    }
    for (const body of bodies) {
      if (!sweep && !pairs && fn.code.length > LONG) fn = newFunction();
      if (pairs) pairs(fn, body, context);
      else if (!sweep) new NestEmitter(fn, body, context, accumulates).emit();
      loops += body.box.ranges.filter(([lo, hi]) => hi - lo > 1).length;
    }
    for (const x of nest?.packing.folds ?? []) emitPacking(fn, x, ref, true);
  }
  const modules = parts.encode();
  return {
    modules,
    kernels: [...kernels.keys()],
    statics: parts.statics,
    parameters: parameters.map((x) => ref(x)),
    outputs: p.outputs.map((x) => ref(x)),
    literals: memory.literals,
    sizes: [memory.work + memory.spills.size, memory.data],
    held: p.outputs,
    stats: {
      nests: steps.filter(loopOf).length,
      loops,
      calls: steps.flatMap(callsOf).length,
      stored: roots.size,
      bytes: modules.reduce((n, m) => n + m.length, 0),
    },
  };
}

/** A program that is run piece by piece (stream.ts). */
function generateStream(
  stream: Stream,
  { nest, bodies }: { nest: Nest; bodies: readonly Body[] },
  p: Plan,
  parameters: readonly Node[],
  memory: Memory,
  module: Module,
  context: Context,
): Compiled {
  const working = [...parameters, ...p.outputs].filter((n) => memory.refs.get(n)?.region === WORK);
  const { refs, size } = placeWindows(stream, working);
  const ref = (n: Node): Ref => refs.get(n) ?? context.ref(n);
  emitStream(module, stream, nest, bodies, p, { ...context, ref }, (fn, f) => initialize(fn, f, ref));
  const bytes = module.encode();
  return {
    modules: [bytes],
    kernels: [],
    statics: context.linker.statics,
    parameters: parameters.map(ref),
    outputs: p.outputs.map(ref),
    literals: memory.literals,
    sizes: [size, memory.data],
    stream,
    held: p.outputs,
    stats: { nests: 1, loops: 1, calls: 0, stored: p.roots.size, bytes: bytes.length },
  };
}

/** Sets the output of a fold that is accumulated in memory to the neutral element (once per copy of the body). */
function initialize(fn: Fn, f: Fold, ref: (n: Node) => Ref): void {
  const { node } = f.root;
  const d = node.dtype;
  const { region, offset } = ref(node);
  const bytes = bytesOf(d);
  const [at, end] = [fn.local(I32), fn.local(I32)];
  if (node.size === 0) return;
  fn.get(region);
  fn.i32(offset);
  fn.op("i32.add");
  fn.tee(at);
  fn.i32(node.size * bytes);
  fn.op("i32.add");
  fn.set(end);
  fn.doWhile(() => {
    fn.get(at);
    constant(fn, identity(f.op, d), d);
    fn.mem(memoryName(d, "store"), 0);
    fn.get(at);
    fn.i32(bytes);
    fn.op("i32.add");
    fn.tee(at);
    fn.get(end);
    fn.op("i32.ne");
  });
}

interface Memory {
  readonly refs: Map<Node, Ref>;
  readonly literals: { node: Node; offset: number }[];
  readonly work: number;
  readonly data: number;
  readonly workspace: number;
  readonly spills: Bump;
  readonly spillBase: number;
}

/** Gives every stored array its place: parameters first, results and temporaries by lifetime. */
function placeArrays(
  p: Plan,
  steps: readonly Step[],
  parameters: readonly Node[],
  outputs: readonly Node[],
  options: CompileOptions,
  scratch: number,
): Memory {
  const atPoint = options.atPoint ?? new Map<Node, number>();
  const refs = new Map<Node, Ref>();
  // A little room before the first array, so that loads one element before it need no pointer of their own.
  const fixed = new Bump(64);
  const data = new Bump();
  for (const x of parameters) {
    const offset = atPoint.get(x);
    refs.set(x, offset === undefined ? { region: WORK, offset: fixed.place(byteSize(x)) } : { region: POINT, offset });
  }
  const literals: { node: Node; offset: number }[] = [];
  for (const n of reachable(outputs)) {
    if (!isLiteral(n)) continue;
    const offset = options.shared ? (options.shared.get(n) as number) : data.place(byteSize(n));
    refs.set(n, { region: DATA, offset });
    literals.push({ node: n, offset });
  }
  // Lifetimes: from the step that writes to the last that reads (outputs: to the end).
  const born = new Map<Node, number>();
  const last = new Map<Node, number>();
  steps.forEach((step, i) => {
    const { nest } = step;
    const loop = loopOf(step);
    for (const r of loop?.nest.roots ?? []) born.set(r.node, i);
    for (const b of loop?.bodies ?? []) for (const v of b.values) if (v.source && v.uses > 0) last.set(v.source, i);
    for (const x of nest?.packing.reads ?? []) {
      born.set(x.packed, i);
      last.set(x.array, i);
    }
    for (const x of nest?.packing.folds ?? []) born.set(x.packed, i);
    for (const call of callsOf(step)) {
      for (const n of call.nodes) born.set(n, i);
      for (const o of call.operands) last.set(o.base, i);
    }
  });
  const isOutput = new Set(p.outputs);
  const scalars = new Bump();
  const arena = new Arena();
  const placed: { node: Node; at: number; scalar: boolean }[] = [];
  p.outputs.forEach((n, i) => {
    const offset = atPoint.get(outputs[i] as Node);
    if (offset !== undefined && !refs.has(n)) refs.set(n, { region: POINT, offset });
  });
  for (const [node, from] of [...born].sort((a, b) => a[1] - b[1])) {
    if (refs.has(node)) continue;
    const until = isOutput.has(node) ? Number.POSITIVE_INFINITY : Math.max(from, last.get(node) ?? from);
    if (node.size <= 8) placed.push({ node, at: scalars.place(byteSize(node)), scalar: true });
    else placed.push({ node, at: arena.place(byteSize(node), from, until), scalar: false });
  }
  const scalarBase = fixed.size;
  const arenaBase = scalarBase + scalars.size;
  for (const { node, at, scalar } of placed)
    refs.set(node, { region: WORK, offset: (scalar ? scalarBase : arenaBase) + at });
  const workspace = arenaBase + arena.size;
  const spillBase = workspace + scratch;
  return { refs, literals, work: spillBase, data: data.size, workspace, spills: new Bump(), spillBase };
}
