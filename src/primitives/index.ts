// The registry: every primitive record, for tests and documentation only. Nothing in src/ imports this file, so that
// a bundle carries just the primitives it uses.
import type { Primitive } from "../ir/graph.ts";
import * as part from "../ir/part.ts";
import * as arithmetic from "./arithmetic.ts";
import * as bessel from "./bessel.ts";
import * as beta from "./beta.ts";
import * as boundary from "./boundary.ts";
import * as call from "./call.ts";
import * as cast from "./cast.ts";
import * as cholesky from "./cholesky.ts";
import * as contraction from "./contraction.ts";
import * as control from "./control.ts";
import * as convolution from "./convolution.ts";
import * as cumulative from "./cumulative.ts";
import * as diagonal from "./diagonal.ts";
import * as eigenvalues from "./eigenvalues.ts";
import * as elementary from "./elementary.ts";
import * as expDifference from "./exp-difference.ts";
import * as gammainc from "./gammainc.ts";
import * as indexing from "./indexing.ts";
import * as lastWriter from "./last-writer.ts";
import * as leaf from "./leaf.ts";
import * as logic from "./logic.ts";
import * as lu from "./lu.ts";
import * as matrixFunction from "./matrix-function.ts";
import * as norm from "./norm.ts";
import * as pinv from "./pinv.ts";
import * as qr from "./qr.ts";
import * as radial from "./radial.ts";
import * as reduction from "./reduction.ts";
import * as shape from "./shape.ts";
import * as singularValues from "./singular-values.ts";
import * as sort from "./sort.ts";
import * as special from "./special.ts";
import * as spectral from "./spectral.ts";
import * as spread from "./spread.ts";
import * as stable from "./stable.ts";
import * as transcendental from "./transcendental.ts";

const isRecord = (value: unknown): value is Primitive =>
  typeof value === "object" && value !== null && "lower" in value && "aval" in value;

/** All primitives, in the order of their files. */
export const registry: readonly Primitive[] = [
  leaf,
  spread,
  cast,
  arithmetic,
  logic,
  transcendental,
  elementary,
  special,
  stable,
  gammainc,
  bessel,
  shape,
  reduction,
  expDifference,
  cumulative,
  sort,
  indexing,
  contraction,
  cholesky,
  lu,
  qr,
  spectral,
  pinv,
  matrixFunction,
  eigenvalues,
  singularValues,
  radial,
  diagonal,
  convolution,
  lastWriter,
  part,
  call,
  control,
  boundary,
  norm,
  beta,
].flatMap((file) => Object.values(file as Record<string, unknown>).filter(isRecord));
