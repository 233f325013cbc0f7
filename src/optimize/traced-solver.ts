// A solver and a traced function as programs: one that runs to the end, and one that runs an iteration, for those who
// look on. Programs of a function are cached by structure, as those of one-shot transforms; those of an objective
// belong to it.

import type { CompiledObjective } from "../api/compiled-objective.ts";
import type { Data } from "../ir/aval.ts";
import { inSession, newSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { at } from "../ops/indexing.ts";
import { parameter } from "../primitives/leaf.ts";
import { prepare } from "../run/evaluate.ts";
import { checkedCall } from "../run/nan-check.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { programOf } from "../run/program.ts";
import { requireFunction, trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import type { Structure } from "../trace/tree.ts";
import { isRunning, type Method, type Progress, SETTINGS, type Settings } from "./progress.ts";
import { type Asked, nothingAsked, repeat, type State } from "./requests.ts";
import { type TracedFunction, traced } from "./traced-host.ts";
import { Unknowns } from "./unknowns.ts";

/** What a state is outside of programs: by the names of its leaves. */
export type Values = Readonly<Record<string, Data>>;
/** What programs are told: the numbers of `SETTINGS`, and the bounds if the method takes them. */
export type Told = readonly [numbers: Data, ...bounds: readonly Data[]];

/** A method at work on a function. A state is that after an iteration, none before the first. */
export interface Solver {
  readonly unknowns: Unknowns;
  /** The last state, all iterations in one call. */
  solve(x0: Data, settings: Told): Values;
  /** The state after one more iteration. */
  step(before: Values, settings: Told): Values;
  begin(x0: Data, settings: Told): Values;
}

type Runnable = (values: readonly Data[]) => Data[];

/** A function that solvers are traced with: its graph, and where its nodes and programs are at home. */
export interface Home {
  readonly unknowns: Unknowns;
  /** What it returns is like this node. */
  readonly result: Node;
  readonly f: TracedFunction;
  open<T>(make: () => T): T;
  program(outputs: readonly Node[], parameters: readonly Node[]): Runnable;
}

/** `f`, traced anew: captured arrays are read as they are now. `check` takes the one array that it must return. */
export function homeOfFunction(
  name: string,
  f: (...args: never[]) => unknown,
  x0: unknown,
  check: (name: string, nodes: readonly Node[], structure: Structure) => Node,
  what = "x0",
): Home {
  requireFunction(name, f);
  const session = newSession();
  const open = <T>(make: () => T): T => inSession(make, session);
  return open(() => {
    const unknowns = Unknowns.like(name, x0, what);
    const { nodes } = unknowns.shape;
    const result = trace(name, f, [unknowns.shape.tree(nodes.map((n) => new Tensor(n)))], "close over its data");
    const y = check(name, result.nodes, result.structure);
    return {
      unknowns,
      result: y,
      f: (x) => new Tensor(substitute([y], nodes, unknowns.leavesOf(x.node))[0] as Node),
      open,
      program: (outputs, parameters) => prepare(outputs, parameters),
    };
  });
}

/** An objective with its present data. */
export function homeOfObjective(of: CompiledObjective): Home {
  const { graph, captured, x } = of;
  return {
    unknowns: new Unknowns(x),
    result: graph.y,
    f: (v) => new Tensor(substitute([graph.y], x.nodes, new Unknowns(x).leavesOf(v.node))[0] as Node),
    open: (make) => graph.open(make),
    program(outputs, parameters) {
      const program = programOf(outputs, parameters, { captured, passes: passesHere(compiled), facts: graph.facts });
      return (values) => {
        graph.requireAlive();
        return checkedCall(program, values, (before) => ({ outputs, parameters, values: before }));
      };
    },
  };
}

/** Programs of `method` for a function, made when they are first asked for. */
export class TracedSolver implements Solver {
  readonly unknowns: Unknowns;
  private whole: Runnable | undefined;
  private single: Runnable | undefined;
  private first: Runnable | undefined;
  /** The leaves of states, in the order of programs. */
  private names: readonly string[] = [];

  constructor(
    private readonly home: Home,
    private readonly method: Method,
  ) {
    this.unknowns = home.unknowns;
  }
  solve(x0: Data, settings: Told): Values {
    const { method } = this;
    this.whole ??= this.ofStart((x, set) =>
      repeat<Progress>(method.begin(x, set), isRunning, (state) => method.iterate(state, set)),
    );
    return this.named(this.whole([x0, ...settings]));
  }
  begin(x0: Data, settings: Told): Values {
    const { method } = this;
    this.first ??= this.ofStart((x, set) => nothingAsked(() => method.begin(x, set)));
    return this.named(this.first([x0, ...settings]));
  }
  step(before: Values, settings: Told): Values {
    this.single ??= this.ofState(before);
    return this.named(this.single([...this.names.map((k) => before[k] as Data), ...settings]));
  }
  private named(data: readonly Data[]): Values {
    return Object.fromEntries(this.names.map((k, i) => [k, data[i] as Data]));
  }
  private ofStart(asked: (x0: Tensor, settings: Settings) => Asked<State>): Runnable {
    const { home, unknowns } = this;
    return home.open(() => {
      const x0 = parameter([unknowns.size], unknowns.dtype);
      const told = this.told();
      return this.programFor(traced(asked(new Tensor(x0), settingsOf(told.map((n) => new Tensor(n)))), home.f), [
        x0,
        ...told,
      ]);
    });
  }
  private ofState(before: Values): Runnable {
    const { home, unknowns, method } = this;
    return home.open(() => {
      const told = this.told();
      const settings = settingsOf(told.map((n) => new Tensor(n)));
      const x0 = parameter([unknowns.size], unknowns.dtype);
      // The types are those that the method begins with.
      const like = method.begin(new Tensor(x0), settings);
      const stand = Object.keys(before).map((k) =>
        parameter((like[k] as Tensor).node.shape, (like[k] as Tensor).dtype),
      );
      const state = Object.fromEntries(
        Object.keys(before).map((k, i) => [k, new Tensor(stand[i] as Node)]),
      ) as Progress;
      const next = traced(method.iterate(state, settings), home.f);
      this.names = Object.keys(before);
      return this.programFor(next, [...stand, ...told]);
    });
  }
  private told(): Node[] {
    const { unknowns, method } = this;
    const ends = method.bounded ? [0, 1].map(() => parameter([unknowns.size], unknowns.dtype)) : [];
    return [parameter([SETTINGS.length], "float64"), ...ends];
  }
  private programFor(state: State, parameters: readonly Node[]): Runnable {
    if (this.names.length === 0) this.names = Object.keys(state);
    return this.home.program(
      this.names.map((k) => (state[k] as Tensor).node),
      parameters,
    );
  }
}

export function settingsOf([numbers, lower, upper]: readonly Tensor[]): Settings {
  const all = SETTINGS.map((name, i) => [name, at(numbers as Tensor, i)]);
  return { ...Object.fromEntries(all), lower, upper } as Settings;
}
