// Type promotion: bool < int32 < float32 < float64; plain numbers take the type of what they meet.
import type { DType } from "../ir/aval.ts";
import type { Operand } from "./convert.ts";

const RANK: readonly DType[] = ["bool", "int32", "float32", "float64"];

/**
 * What an operation computes with: any type, numbers (booleans count as int32), or floating-point numbers (integers
 * become float64).
 */
export type Kind = "any" | "number" | "float";

export interface Promoted {
  readonly dtype: DType;
  /** No operand had a type of its own. */
  readonly weak: boolean;
}

/** The common type of operands. */
export function promote(operands: readonly Operand[], kind: Kind): Promoted {
  let rank = -1;
  for (const x of operands) if (!x.weak) rank = Math.max(rank, RANK.indexOf(x.dtype));
  const loose = operands.filter((x) => x.weak);
  if (loose.length > 0 && (rank < 1 || (rank === 1 && !loose.every((x) => x.integral))))
    return { dtype: "float64", weak: rank < 1 };
  if (kind === "number" && rank < 1) return { dtype: "int32", weak: false };
  if (kind === "float" && rank < 2) return { dtype: "float64", weak: false };
  return { dtype: RANK[rank] as DType, weak: false };
}
