// Compilation: a graph in, a WebAssembly module out (several for a very large program), which computes all outputs in
// one call. Steps (opt/pipeline.ts) → memory (opt/steps/place.ts) → code, step by step.
import type { Node } from "../ir/graph.ts";
import type { Kernel, Static } from "../ir/kernel.ts";
import { type Facts, NO_FACTS } from "../opt/facts.ts";
import { type Schedule, schedule, type Watcher } from "../opt/pipeline.ts";
import { type Ref, regionsOf } from "../opt/steps/layout.ts";
import { type Memory, place } from "../opt/steps/place.ts";
import { callsOf, type LoopStep, type Step, type Stream } from "../opt/steps/steps.ts";
import { checkParameters } from "../primitives/leaf.ts";
import { emitCall } from "./calls.ts";
import { emitPacking } from "./pack.ts";
import { Parts } from "./parts.ts";
import { type Passes, passesHere } from "./passes.ts";
import type { Forms, NestForm, Target } from "./target.ts";

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
  readonly stream?: Stream | undefined;
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

/** The program that computes `outputs`, made by `passes` from what the facts tell. */
export function compile(
  outputs: readonly Node[],
  parameters: readonly Node[],
  passes: Passes = passesHere(),
  facts: Facts = NO_FACTS,
  watcher?: Watcher,
): Compiled {
  checkParameters(outputs, parameters);
  const scheduled = schedule(outputs, passes.list, facts, watcher);
  const memory = place(scheduled.steps, parameters, scheduled.outputs, outputs, facts);
  const { modules, statics } = emit(scheduled.steps, memory, passes.forms, facts);
  const { ref } = memory;
  return {
    modules,
    kernels: [...memory.kernels.keys()],
    statics,
    parameters: parameters.map(ref),
    outputs: scheduled.outputs.map(ref),
    literals: memory.literals,
    sizes: [memory.work.size, memory.data],
    stream: streamOf(scheduled.steps),
    held: scheduled.outputs,
    stats: statsOf(scheduled, modules),
  };
}

/** The code of `steps`, whose arrays lie in `memory`. */
function emit(
  steps: readonly Step[],
  memory: Memory,
  forms: Forms,
  { relaxed, placed }: Facts,
): { modules: readonly Uint8Array[]; statics: ReadonlySet<Static> } {
  const addresses = regionsOf(placed.values());
  const parts = new Parts(memory.kernels, memory.spill, addresses);
  const imports = new Map([...memory.kernels.keys()].map((kernel, k) => [kernel, k]));
  const target: Target = {
    ref: memory.ref,
    relaxed,
    get linker() {
      return parts.linker;
    },
    functionIndex: (kernel) => imports.get(kernel) as number,
    workspace: memory.workspace,
    next: () => parts.next(),
    named: (name) => parts.named(name),
    spill: memory.spill,
    addresses,
    inner: (count) => parts.inner(count),
    emit(step, to) {
      if (step.kind === "call") emitCall(to.next(), step.call, to);
      else if (step.kind === "copy") emitPacking(to.next(), step, to.ref);
      else if (step.kind === "loop") (forms[step.form.kind] as NestForm)(step, to);
      else (forms.control as NonNullable<Forms["control"]>)(step, to);
    },
  };
  for (const step of steps) target.emit(step, target);
  return { modules: parts.encode(), statics: parts.statics };
}

function streamOf(steps: readonly Step[]): Stream | undefined {
  const [only] = steps;
  return only?.kind === "loop" && only.form.kind === "windows" ? only.form.stream : undefined;
}

function statsOf({ steps, stored }: Schedule, modules: readonly Uint8Array[]): Stats {
  const nests = steps.filter((s): s is LoopStep => s.kind === "loop");
  return {
    nests: nests.filter((s) => s.bodies.length > 0).length,
    loops: nests.reduce((n, s) => n + loopsIn(s), 0),
    calls: steps.flatMap(callsOf).length,
    stored,
    bytes: modules.reduce((n, m) => n + m.length, 0),
  };
}
/** Loops in the code of a nest; blocks without bodies are one. */
const loopsIn = ({ bodies }: LoopStep): number =>
  bodies.length === 0 ? 1 : bodies.reduce((n, { box }) => n + box.ranges.filter(([lo, hi]) => hi - lo > 1).length, 0);
