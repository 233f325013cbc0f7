// Functions that solvers are traced with, as graphs, and where their programs are kept: those of an objective with it,
// those of other functions by structure, so that a fresh closure is traced, but not the solver with it.
import type { CompiledObjective } from "../api/compiled-objective.ts";
import { arraysOf } from "../api/flat.ts";
import type { Data } from "../ir/aval.ts";
import { inSession, newSession, type Session } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { dataIn, parameter } from "../primitives/leaf.ts";
import { checkedCall, nanCheck } from "../run/nan-check.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { programOf } from "../run/program.ts";
import { byStructure, structureOf, valueIn } from "../run/structure.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Structure } from "../trace/tree.ts";
import type { TracedFunction } from "./requests.ts";
import { Unknowns } from "./unknowns.ts";

/** What a function has captured: arrays, and numbers that programs for its structure take as arguments. */
export interface Captures {
  readonly arrays: readonly Data[];
  readonly numbers: readonly Data[];
}
/** A program, for a function with these captures. */
export type Runnable = (values: readonly Data[], captures: Captures) => Data[];

/** Where the programs of a function, or of all of one structure, are made and kept. */
export interface Home {
  /** The function, in the open trace. */
  readonly f: TracedFunction;
  open<T>(make: () => T): T;
  program(outputs: readonly Node[], parameters: readonly Node[]): Runnable;
  /** What was made for `key` before, or is made now. */
  kept<T>(key: string, make: () => T): T;
}

/** A function at home. */
export interface Housed {
  readonly home: Home;
  readonly captures: Captures;
  readonly unknowns: Unknowns;
  /** What it returns is like this node. */
  readonly result: Node;
}

const homes = /* @__PURE__ */ byStructure<Home>();

/**
 * `f`, traced anew: captured arrays are read as they are now. `check` takes the one array that it must return; `what`
 * is the name of `x0` in messages.
 */
export function houseFunction(
  name: string,
  f: (...args: never[]) => unknown,
  x0: unknown,
  check: (name: string, nodes: readonly Node[], structure: Structure) => Node,
  what = "x0",
): Housed {
  requireFunction(name, f);
  const session = newSession();
  return inSession(() => {
    const unknowns = Unknowns.like(name, x0, what);
    const { nodes } = unknowns.shape;
    const traced = trace(name, f, [unknowns.shape.tree(nodes.map((n) => new Tensor(n)))], "close over its data");
    const result = check(name, traced.nodes, traced.structure);
    const structure = structureOf([result], nodes);
    const moving = homes.moving(structure);
    const make = (): Home => homeOf(result, unknowns, moving, structure.literals, session);
    // Where results are looked through for NaN, programs know what they compute, which is not kept.
    const home = nanCheck ? make() : homes.find(structure, moving, make);
    return { home, unknowns, result, captures: capturesOf(structure.literals, moving) };
  }, session);
}

function homeOf(
  result: Node,
  { shape }: Unknowns,
  moving: readonly Node[],
  literals: readonly Node[],
  { brought }: Session,
): Home {
  const { y, program } = template(result, moving, literals);
  return {
    f: (x) => new Tensor(substitute([y], shape.nodes, arraysOf(x.node, shape.nodes))[0] as Node),
    // Nodes of a solver are thousands: a session that knew them would keep them for as long as the programs.
    open: (make) => inSession(make, { ...newSession(), brought }),
    program,
    kept: keeping(),
  };
}

/** A graph of some structure, its numbers `moving` arguments, and programs that take what others have captured. */
export function template(result: Node, moving: readonly Node[], literals: readonly Node[]): Template {
  const stand = moving.map((n) => parameter([], n.dtype));
  const [y] = substitute([result], moving, stand) as [Node];
  const places = new Map(literals.map((n, i) => [n, i]));
  return {
    y,
    program(outputs, parameters) {
      const all = [...parameters, ...stand];
      const program = programOf(outputs, all);
      const computed = nanCheck && { outputs, parameters: all };
      let bound: Captures | undefined;
      return (values, captures) => {
        if (bound !== captures) program.rebind((n) => captures.arrays[places.get(n) ?? -1]);
        bound = captures;
        const given = [...values, ...captures.numbers];
        return computed ? checkedCall(program, given, () => ({ ...computed, values: given })) : program.call(given);
      };
    },
  };
}
interface Template extends Pick<Home, "program"> {
  readonly y: Node;
}

/** What a graph has captured: its `literals`, and the numbers that are arguments. */
export const capturesOf = (literals: readonly Node[], moving: readonly Node[]): Captures => ({
  arrays: literals.map(dataIn),
  numbers: moving.map((n) => Float64Array.of(valueIn(n))),
});

const NONE: Captures = { arrays: [], numbers: [] };

/** Homes of objectives: they end with these. */
const ofObjectives = /* @__PURE__ */ new WeakMap<CompiledObjective, Home>();

/** An objective with its present data. */
export function houseObjective(of: CompiledObjective): Housed {
  of.graph.requireAlive();
  const { graph, captured, x } = of;
  const known = ofObjectives.get(of);
  const home: Home = known ?? {
    f: (v) => new Tensor(substitute([graph.y], x.nodes, arraysOf(v.node, x.nodes))[0] as Node),
    open: (make) => graph.open(make),
    program(outputs, parameters) {
      const program = programOf(outputs, parameters, { captured, passes: passesHere(compiled), facts: graph.facts });
      return (values) => {
        graph.requireAlive();
        return checkedCall(program, values, (before) => ({ outputs, parameters, values: before }));
      };
    },
    kept: keeping(),
  };
  if (!known) ofObjectives.set(of, home);
  return { home, captures: NONE, unknowns: new Unknowns(x), result: graph.y };
}

/** What has been made, by key. */
function keeping(): Home["kept"] {
  const made = new Map<string, unknown>();
  return <T>(key: string, make: () => T): T => {
    if (!made.has(key)) made.set(key, make());
    return made.get(key) as T;
  };
}
