// What the emission of a step writes to, and what it may ask.
import type { Node } from "../ir/graph.ts";
import type { Kernel } from "../ir/kernel.ts";
import type { Ref } from "../opt/steps/layout.ts";
import type { ControlStep, Form, LoopStep, Step } from "../opt/steps/steps.ts";
import type { Fn } from "./assembler.ts";
import type { Linker } from "./link.ts";

export interface Target {
  /** Where an array lies. */
  ref(n: Node): Ref;
  /** The linker of the module that functions are being added to. */
  readonly linker: Linker;
  /** Whether sums of products may be fused (relaxed.ts). */
  readonly relaxed: boolean;
  /** The function that a kernel on whole arrays is. */
  functionIndex(kernel: Kernel): number;
  /** Offset of the scratch memory of kernels. */
  readonly workspace: number;
  /** A new function, which runs after those before; they must be complete. */
  next(): Fn;
  /** A function that `run` does not call, but whoever runs the program, by its name. */
  named(name: string): Fn;
  /** Room in the work region for values that code keeps in memory. */
  spill(bytes: number): number;
  /** How many addresses functions take: those of the regions, and those of slices in the loops around. */
  readonly addresses: number;
  /** A function that takes `count` int32 arguments, for others to call. */
  inner(count: number): Fn;
  /** Adds the code of a step. */
  emit(step: Step, target: Target): void;
}

/** Emits a nest in one of its forms. */
export type NestForm = (step: LoopStep, target: Target) => void;
export type Forms = Readonly<Partial<Record<Form["kind"], NestForm>>> & {
  readonly control?: (step: ControlStep, target: Target) => void;
};
