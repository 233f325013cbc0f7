// Interned index maps: the place in one node that the current element of a loop nest needs, by coordinates or by
// row-major position, so that (node, map) pairs can be compared and hashed as numbers.
import { type Shape, stridesOf } from "../../ir/aval.ts";
import { type Affine, addTo, constant } from "../../ir/index-map.ts";

export interface IndexMap {
  readonly id: number;
  /** Coordinates, one per axis; absent when only the row-major position is known. */
  readonly axes: readonly Affine[] | undefined;
  readonly flat: Affine | undefined;
}

/** The maps of one loop nest (or of the analysis of one domain). */
export class Maps {
  private readonly known = new Map<string, IndexMap>();
  constructor(readonly loops: number) {}

  private intern(key: string, axes: readonly Affine[] | undefined, flat: Affine | undefined): IndexMap {
    let m = this.known.get(key);
    if (!m) {
      m = { id: this.known.size, axes, flat };
      this.known.set(key, m);
    }
    return m;
  }
  axes(axes: readonly Affine[]): IndexMap {
    let key = "";
    for (const a of axes) key += `${a.join()};`;
    return this.intern(key, axes, undefined);
  }
  flat(flat: Affine): IndexMap {
    return this.intern(`~${flat.join()}`, undefined, flat);
  }
  /** Row-major position under `m` in an array of `shape` (or of the given strides). */
  position(m: IndexMap, shape: Shape): Affine {
    if (m.flat) return m.flat;
    return this.dot(m.axes as readonly Affine[], stridesOf(shape));
  }
  dot(axes: readonly Affine[], strides: readonly number[]): Affine {
    const sum = constant(0, this.loops) as number[];
    axes.forEach((a, i) => addTo(sum, a, strides[i] as number));
    return sum;
  }
}
