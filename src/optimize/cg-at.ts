// `at.cg`: systems with the Hessian at a point of an objective, the whole iteration in one WebAssembly call. What
// depends on the point alone is computed once for all right-hand sides.
import { checkSettings } from "../api/common.ts";
import type { CompiledObjective } from "../api/compiled-objective.ts";
import { allElements } from "../api/flat.ts";
import { checkNumber } from "../api/leaves.ts";
import type { CgAtOptions, CgAtResult } from "../api/objective-types.ts";
import type { Point } from "../api/point-programs.ts";
import { checkCount, fail } from "../errors.ts";
import { type Data, sameShape, showAval } from "../ir/aval.ts";
import type { Node } from "../ir/graph.ts";
import { substitute } from "../ir/walk.ts";
import { add, div, mul, neg } from "../ops/arithmetic.ts";
import { at as item } from "../ops/indexing.ts";
import { parameter } from "../primitives/leaf.ts";
import { Linearized } from "../run/linearized.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { trace } from "../trace/trace.ts";
import { Tensor } from "../trace/tracer.ts";
import { nothingAsked } from "./requests.ts";
import { type Solved, type System, steihaug } from "./steihaug.ts";
import { traced } from "./traced-host.ts";
import { Unknowns } from "./unknowns.ts";
import { isolated, length, loose } from "./vectors.ts";

type Preconditioner = (...args: never[]) => unknown;

/** What a program is made for: whether there is a radius, and how residuals are preconditioned. */
interface Form {
  readonly within: boolean;
  readonly by: "nothing" | "diagonal" | Preconditioner;
}
interface Made extends Form {
  readonly program: Linearized;
  /** The point whose residuals are in memory. */
  current: Point | undefined;
}
/** Programs of objectives; the latest last. */
const kept = /* @__PURE__ */ new WeakMap<CompiledObjective, Made[]>();
const MOST_PROGRAMS = 4;

/** See `Linearization.cg`. */
export function cgAt(
  of: CompiledObjective,
  point: Point,
  b: unknown,
  options: CgAtOptions = {},
  ...extra: unknown[]
): CgAtResult<unknown> {
  checkCount("at.cg", extra, "write at.cg(b, { tol, radius })");
  const known = ["tol", "maxIterations", "shift", "radius", "preconditioner"];
  checkSettings("at.cg", options, known, "write at.cg(b, { tol: 1e-8 })");
  const unknowns = new Unknowns(of.x);
  const { size } = unknowns;
  const { tol = 1e-5, shift = 0, radius, maxIterations = 2 * size + 20, preconditioner } = options;
  checkNumber("at.cg: tol", tol, 0, false);
  checkNumber("at.cg: maxIterations", maxIterations, 0, true);
  checkNumber("at.cg: shift", shift, Number.NEGATIVE_INFINITY, false);
  if (radius !== undefined) checkNumber("at.cg: radius", radius, 0, false);
  const right = unknowns.pack(b, "at.cg: b");
  const isFunction = typeof preconditioner === "function";
  const by = isFunction ? (preconditioner as Preconditioner) : preconditioner === undefined ? "nothing" : "diagonal";
  const diagonal = by === "diagonal" ? [unknowns.pack(preconditioner, "at.cg: preconditioner")] : [];
  const within = radius !== undefined && radius !== Number.POSITIVE_INFINITY;
  const program = programAt(of, point, unknowns, { within, by });
  const settings = Float64Array.of(tol, maxIterations, shift, radius ?? 0);
  const [x, residual, products, onBoundary, isNegative] = program.apply.call([right, settings, ...diagonal]) as Data[];
  return {
    x: unknowns.unpack(x as Data) as CgAtResult<unknown>["x"],
    residual: residual?.[0] as number,
    iterations: products?.[0] as number,
    negativeCurvature: isNegative?.[0] === 1,
    // Without a radius, only negative curvature ends it so.
    onBoundary: within && onBoundary?.[0] === 1,
  };
}

/** The program for a form, the residuals of `point` in memory. */
function programAt(of: CompiledObjective, point: Point, unknowns: Unknowns, { within, by }: Form): Linearized {
  of.points.enter(point); // refuses a point of other data, or of an objective that was disposed of
  const list = kept.get(of) ?? [];
  kept.set(of, list);
  const made = list.find((m) => m.within === within && m.by === by) ?? {
    ...{ within, by, current: undefined },
    program: compile(of, unknowns, { within, by }),
  };
  if (list.includes(made)) list.splice(list.indexOf(made), 1);
  else if (list.length >= MOST_PROGRAMS) list.shift()?.program.dispose();
  list.push(made);
  if (made.current !== point) {
    made.current = undefined; // should the preparation fail, no point's residuals are in memory
    made.program.prepare.run(point.x);
    made.current = point;
  }
  return made.program;
}

function compile({ graph, captured }: CompiledObjective, unknowns: Unknowns, { within, by }: Form): Linearized {
  const { outputs, parameters } = graph.formula("hvp");
  const count = graph.x.nodes.length;
  return graph.open(() => {
    const { size, dtype } = unknowns;
    const [b, diagonal] = [parameter([size], dtype), parameter([size], dtype)];
    const numbers = parameter([4], "float64");
    const [tol, most, shift, radius] = [0, 1, 2, 3].map((i) => item(new Tensor(numbers), i)) as [
      ...[Tensor, Tensor, Tensor, Tensor],
    ];
    const product = (v: Tensor): Tensor => {
      const leaves = substitute(outputs, parameters.slice(count), unknowns.leavesOf(v.node));
      return new Tensor(allElements(leaves));
    };
    const system: System = {
      apply: (v) =>
        nothingAsked(
          () => isolated([v], (v) => [add(product(v as Tensor), mul(v as Tensor, loose(shift)))])[0] as Tensor,
        ),
      ...{ g: neg(new Tensor(b)), tol: mul(tol, length(new Tensor(b))), most, stopsAtNegative: true },
      ...(within && { radius }),
      precondition:
        by === "nothing"
          ? undefined
          : (r) => (by === "diagonal" ? div(r, new Tensor(diagonal)) : preconditioned(by, unknowns, r)),
    };
    const { step, residual, products, onBoundary, isNegative }: Solved = traced(steihaug(system), (x) => x);
    return new Linearized(
      [],
      [step, residual, products, onBoundary, isNegative].map((t) => t.node),
      graph.x.nodes,
      [b, numbers, ...(by === "diagonal" ? [diagonal] : [])],
      { captured, passes: passesHere(compiled), facts: graph.facts },
    );
  });
}

/** What a user's function makes of a residual: a tree like it. */
function preconditioned(f: Preconditioner, unknowns: Unknowns, r: Tensor): Tensor {
  const { shape } = unknowns;
  const leaves = unknowns.leavesOf(r.node).map((n) => new Tensor(n));
  const { nodes } = trace("at.cg: the preconditioner", f, [shape.tree(leaves)], "it takes the residual alone");
  const isAlike = (y: Node | undefined, x: Node): boolean =>
    y !== undefined && sameShape(y.shape, x.shape) && y.dtype === x.dtype;
  if (nodes.length !== shape.nodes.length || !shape.nodes.every((x, i) => isAlike(nodes[i], x)))
    fail(
      "shape",
      `at.cg: the preconditioner must return arrays like x, ${shape.nodes.map(showAval).join(" and ")}; got ` +
        nodes.map(showAval).join(" and "),
    );
  return new Tensor(allElements(nodes));
}
