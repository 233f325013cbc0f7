// Packing: an array whose elements the innermost loop reads (or adds up) at a small stride, as in coordinates stored
// x₀ y₀ z₀ x₁ y₁ z₁ …, is copied once into a structure of arrays, x₀ x₁ … y₀ y₁ … z₀ z₁ …, where that loop has stride
// one. It pays where a nest passes over the array many times; then lanes are loaded and stored whole instead of one
// by one.
import type { Node } from "../../ir/graph.ts";
import type { Affine } from "../../ir/index-map.ts";
import { parameter } from "../../primitives/leaf.ts";
import { PACK_PASSES, PACK_STRIDE } from "../cost.ts";
import type { StepPass } from "../pass.ts";
import { Body, type Sink } from "../plan/body.ts";
import type { Value } from "../plan/lane-builder.ts";
import { eachLoop, type LoopStep, type Packed, type Step } from "./steps.ts";

const rowsOf = (array: Node, stride: number): number => Math.ceil(array.size / stride);

/** The packed form of `array`. */
function packedForm(array: Node, stride: number): Packed {
  const rows = rowsOf(array, stride);
  return { array, packed: parameter([rows * stride], array.dtype), stride, rows };
}

/** Position in the packed array of what is at `p`; undefined where that is not affine. */
function packedPosition(p: Affine, { stride, rows }: Pick<Packed, "stride" | "rows">): Affine | undefined {
  if (p.some((c, i) => i > 0 && c % stride !== 0)) return undefined;
  const [k, ...loops] = p as [number, ...number[]];
  const b = ((k % stride) + stride) % stride;
  return [b * rows + (k - b) / stride, ...loops.map((c) => c / stride)];
}

/** Stride of `p` along the innermost loop of `body`, if it is one to pack away. */
function strideIn(body: Body, p: Affine): number | undefined {
  const inner = body.active.at(-1);
  const stride = inner === undefined || body.active.length < 2 ? 0 : Math.abs(p[inner + 1] as number);
  return stride > 1 && stride <= PACK_STRIDE ? stride : undefined;
}

/** Nests that pass many times over strided arrays read and fold them in packed form, between copies. */
export const packing: StepPass = { name: "packing", list: "steps", run: (steps) => eachLoop(steps, pack) };

function pack(step: LoopStep): readonly Step[] {
  if (step.bodies.every((b) => b.active.length < 2)) return [step];
  const reads = new Map<string, Packed>();
  const folds = packedFolds(step.bodies);
  const bodies = step.bodies.map((b) => moved(b, reads, folds));
  if (reads.size === 0 && folds.size === 0) return [step];
  const roots = step.nest.roots.map((r) => ({ ...r, node: folds.get(r.node)?.packed ?? r.node }));
  return [
    ...[...reads.values()].map((packed): Step => ({ kind: "copy", packed, back: false })),
    { ...step, nest: { ...step.nest, roots }, bodies },
    ...[...folds.values()].map((packed): Step => ({ kind: "copy", packed, back: true })),
  ];
}

/** Where arrays are folded at a stride, and can be in packed form at all places. */
function packedFolds(bodies: readonly Body[]): Map<Node, Packed> {
  const packs = new Map<Node, Packed>();
  for (const body of bodies)
    for (const { kind, root, position } of body.sinks) {
      const stride = kind === "fold" ? strideIn(body, position) : undefined;
      if (stride !== undefined && body.volume >= PACK_PASSES * root.node.size)
        packs.set(root.node, packedForm(root.node, stride));
    }
  for (const body of bodies)
    for (const { root, position } of body.sinks) {
      const pack = packs.get(root.node);
      if (pack && !packedPosition(position, pack)) packs.delete(root.node);
    }
  return packs;
}

/** `body` with loads and folds moved to packed arrays; those that it reads are put into `reads`. */
function moved(body: Body, reads: Map<string, Packed>, folds: ReadonlyMap<Node, Packed>): Body {
  const images: Value[] = [];
  for (const v of body.values) {
    const load = v.op === "load" && body.uses(v) > 0 ? movedLoad(body, v, reads) : v;
    const operands = load.operands.map((a) => images[a.id] as Value);
    images.push(operands.every((a, k) => a === load.operands[k]) ? load : { ...load, operands });
  }
  const sinks = body.sinks.map((s): Sink => {
    const pack = folds.get(s.root.node);
    const value = images[s.value.id] as Value;
    return pack
      ? { ...s, value, position: packedPosition(s.position, pack) as Affine, root: { ...s.root, node: pack.packed } }
      : { ...s, value };
  });
  return new Body(body.box, images, sinks);
}

function movedLoad(body: Body, v: Value, reads: Map<string, Packed>): Value {
  const [array, at] = [v.source as Node, v.position as Affine];
  const stride = strideIn(body, at);
  if (stride === undefined || body.volume < PACK_PASSES * array.size) return v;
  const position = packedPosition(at, { stride, rows: rowsOf(array, stride) });
  if (!position) return v;
  const key = `${array.id} ${stride}`;
  const pack = reads.get(key) ?? packedForm(array, stride);
  reads.set(key, pack);
  return { ...v, source: pack.packed, position };
}
