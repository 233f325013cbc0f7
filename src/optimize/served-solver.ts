// A solver and functions of JavaScript: what traced-solver.ts is for a function that can be traced.
import type { Aval, Data } from "../ir/aval.ts";
import type { Tensor } from "../trace/tracer.ts";
import type { Calling } from "./calling.ts";
import { type Method, type Progress, SETTINGS, type Settings } from "./progress.ts";
import { nothingAsked, type State } from "./requests.ts";
import type { Told, Values } from "./result.ts";
import type { Solver } from "./search.ts";
import { type Oracle, Served } from "./served-host.ts";
import type { Unknowns } from "./unknowns.ts";

export class ServedSolver implements Solver {
  /** What the leaves of states are, in the order of programs. */
  private types: readonly (readonly [name: string, Aval])[] = [];

  constructor(
    readonly unknowns: Unknowns,
    private readonly oracle: Partial<Oracle>,
    private readonly method: Method,
  ) {}

  *begin(x0: Data, settings: Told): Calling<Values> {
    const { method } = this;
    const { size, dtype } = this.unknowns;
    const served = new Served(this.oracle);
    const first = (): State =>
      method.begin(served.given(x0, { shape: [size], dtype }), given(served, settings, this.unknowns));
    const state = yield* served.run(() => nothingAsked(first));
    this.types = Object.entries(state).map(([name, { node }]) => [name, node]);
    return this.values(served, state);
  }
  *step(before: Values, settings: Told): Calling<Values> {
    const served = new Served(this.oracle);
    const state = yield* served.run(() => {
      const leaves = this.types.map(([name, type]) => [name, served.given(before[name] as Data, type)]);
      return this.method.iterate(Object.fromEntries(leaves) as Progress, given(served, settings, this.unknowns));
    });
    return this.values(served, state);
  }
  private values(served: Served, state: State): Values {
    const data = served.force(this.types.map(([name]) => state[name] as Tensor));
    return Object.fromEntries(this.types.map(([name], i) => [name, data[i] as Data]));
  }
}

function given(served: Served, [numbers, ...bounds]: Told, { size, dtype }: Unknowns): Settings {
  const all = SETTINGS.map((name, i) => [name, served.given([numbers[i] as number], { shape: [], dtype: "float64" })]);
  const [lower, upper] = bounds.map((end) => served.given(end as Float64Array, { shape: [size], dtype }));
  return { ...Object.fromEntries(all), lower, upper } as Settings;
}
