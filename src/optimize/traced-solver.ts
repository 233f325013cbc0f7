// A solver and a traced function as programs: one that runs to the end, and one that runs an iteration, for those who
// look on.

import type { Data } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { at } from "../ops/indexing.ts";
import { parameter } from "../primitives/leaf.ts";
import { Tensor } from "../trace/tracer.ts";
import { type Calling, withoutCalls } from "./calling.ts";
import type { Captures, Home, Housed, Runnable } from "./homes.ts";
import { isRunning, type Method, type Progress, SETTINGS, type Settings } from "./progress.ts";
import { type Asked, nothingAsked, repeat, type State } from "./requests.ts";
import type { Told, Values } from "./result.ts";
import type { Solver } from "./search.ts";
import { traced } from "./traced-host.ts";
import type { Unknowns } from "./unknowns.ts";

/** A method at work on a function that is traced. */
export class TracedSolver implements Solver {
  readonly unknowns: Unknowns;
  private readonly programs: Programs;
  private readonly captures: Captures;

  constructor({ home, unknowns, captures }: Housed, method: Method) {
    this.unknowns = unknowns;
    this.captures = captures;
    this.programs = home.kept(method.name, () => new Programs(home, unknowns, method));
  }
  solve(x0: Data, settings: Told): Values {
    return this.programs.solve([x0, ...settings], this.captures);
  }
  begin(x0: Data, settings: Told): Calling<Values> {
    return withoutCalls(() => this.programs.begin([x0, ...settings], this.captures));
  }
  step(before: Values, settings: Told): Calling<Values> {
    return withoutCalls(() => this.programs.step(before, settings, this.captures));
  }
}

/** The programs of a method at a home, made when they are first asked for. */
class Programs {
  private readonly size: number;
  private readonly dtype: Unknowns["dtype"];
  private whole: Runnable | undefined;
  private single: Runnable | undefined;
  private first: Runnable | undefined;
  /** The leaves of states, in the order of programs. */
  private names: readonly string[] = [];

  constructor(
    private readonly home: Home,
    { size, dtype }: Unknowns,
    private readonly method: Method,
  ) {
    this.size = size;
    this.dtype = dtype;
  }
  solve(start: readonly Data[], captures: Captures): Values {
    const { method } = this;
    this.whole ??= this.ofStart((x, set) =>
      repeat<Progress>(method.begin(x, set), isRunning, (state) => method.iterate(state, set)),
    );
    return this.named(this.whole(start, captures));
  }
  begin(start: readonly Data[], captures: Captures): Values {
    const { method } = this;
    this.first ??= this.ofStart((x, set) => nothingAsked(() => method.begin(x, set)));
    return this.named(this.first(start, captures));
  }
  step(before: Values, settings: Told, captures: Captures): Values {
    this.single ??= this.ofState(before);
    return this.named(this.single([...this.names.map((k) => before[k] as Data), ...settings], captures));
  }
  private named(data: readonly Data[]): Values {
    return Object.fromEntries(this.names.map((k, i) => [k, data[i] as Data]));
  }
  private ofStart(asked: (x0: Tensor, settings: Settings) => Asked<State>): Runnable {
    const { home } = this;
    return home.open(() => {
      const x0 = this.vector();
      const told = this.told();
      return this.programFor(traced(asked(new Tensor(x0), settingsOf(told.map((n) => new Tensor(n)))), home.f), [
        x0,
        ...told,
      ]);
    });
  }
  private ofState(before: Values): Runnable {
    const { home, method } = this;
    return home.open(() => {
      const told = this.told();
      const settings = settingsOf(told.map((n) => new Tensor(n)));
      const x0 = this.vector();
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
  private vector(): Node {
    return parameter([this.size], this.dtype);
  }
  private told(): Node[] {
    const ends = this.method.bounded ? [0, 1].map(() => this.vector()) : [];
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
