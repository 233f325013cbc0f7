// A function compiled for arguments of certain shapes and types: what a jitted function runs.

import { fail } from "../errors.ts";
import type { Data } from "../ir/aval.ts";
import { inSession } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { runGraph } from "../opt/pipeline.ts";
import { isLiteral } from "../primitives/leaf.ts";
import { type Computation, checkedCall } from "../run/nan-check.ts";
import { compiled, passesHere } from "../run/passes.ts";
import { fits, type Port } from "../run/ports.ts";
import { factsOf, type Program, programOf } from "../run/program.ts";
import { trace } from "../trace/trace.ts";
import { type Structure, showStructure, unflatten } from "../trace/tree.ts";
import { leavesLike, outData } from "./arrays.ts";
import { type AnyFn, argumentOf, parametersOf, valuesOf } from "./common.ts";

export class CompiledFunction {
  constructor(
    private readonly program: Program,
    private readonly parameters: readonly Node[],
    private readonly outputs: readonly Node[],
    private readonly structure: Structure,
    /** All arguments are vectors. Then those that fit the program need no look at their structures. */
    private readonly onVectors: boolean,
  ) {}

  /** Whether `values` are vectors that it was compiled for. What else it takes, the caller finds out. */
  takes(values: readonly unknown[]): values is readonly Data[] {
    return this.onVectors && allFit(this.program.inputs, values);
  }
  call(data: readonly ArrayLike<number>[]): unknown {
    return unflatten(this.structure, valuesOf(this.outputs, checkedCall(this.program, data, this.about)));
  }
  into(outs: unknown, data: readonly ArrayLike<number>[]): unknown {
    checkedCall(this.program, data, this.about, this.targets(outs));
    return outs;
  }
  dispose(): void {
    this.program.dispose();
  }

  private readonly about = (values: readonly ArrayLike<number>[]): Computation => ({
    outputs: this.outputs,
    parameters: this.parameters,
    values,
  });
  /** The typed arrays behind `outs`, one for each output. */
  private targets(outs: unknown): Data[] {
    const where = "jit: outs";
    const leaves =
      leavesLike(where, outs, this.structure) ??
      fail(
        "shape",
        `${where} must have the structure of the result, ${showStructure(this.structure)}; pass an array for each leaf`,
      );
    return leaves.map((out, i) => outData(where, out, this.outputs[i] as Node));
  }
}

/** Compiles `f` for arguments like `values`. */
export function compileFunction(f: AnyFn, values: readonly unknown[], relaxed: boolean): CompiledFunction {
  return inSession(() => {
    const args = values.map((v, i) => argumentOf(`jit: argument ${i + 1}`, v));
    const { nodes, structure } = trace(
      "jit",
      f,
      args.map((a) => a.traced),
      "pass those alone; to have the results in arrays of yours write jit(f).into(outs, …)",
    );
    const parameters = parametersOf(args);
    const facts = factsOf(isLiteral, relaxed);
    const passes = passesHere(compiled);
    const traced = runGraph("traced", nodes, passes.list, facts);
    const outputs = runGraph("derived", traced, passes.list, facts);
    const program = programOf(outputs, parameters, { passes, facts });
    return new CompiledFunction(program, parameters, nodes, structure, allFit(program.inputs, values));
  });
}

/** Whether `values` are vectors, one for each of `ports`. */
const allFit = (ports: readonly Port[], values: readonly unknown[]): values is readonly Data[] =>
  values.length === ports.length && values.every((v, i) => fits(ports[i] as Port, v));
