// Tables of misuse: each row is a call that must fail with one HvpError code and one message, word for word.
import { describe, expect, test } from "vitest";
import { type ErrorCode, HvpError, makeGraph, type Tensor } from "../../src/index.ts";

/** What is wrong, the call, the code, the whole message. */
export type Row = [what: string, call: () => unknown, code: ErrorCode, message: string];

// biome-ignore lint/suspicious/noExplicitAny: misuse is what types are there to prevent.
export type Any = any;
export const any = (v: unknown): Any => v;

/** Runs `f` on a traced [2] vector, without differentiating. */
export const traced = (f: (x: Any) => unknown): unknown => makeGraph(f as (x: Tensor) => unknown)([1, 2]);

/** What operations and transforms say they take. */
export const TENSOR = "a number, a typed array, (nested) arrays of numbers, or { data, shape }";
export const TREE = "numbers, arrays of numbers, or arrays and plain objects of these";

export function checkMisuse(group: string, rows: Row[]): void {
  describe(group, () => {
    test.each(rows)("%s", (_what, call, code, message) => {
      let error: unknown;
      try {
        call();
      } catch (e) {
        error = e;
      }
      expect(error).toBeInstanceOf(HvpError);
      expect((error as HvpError).message).toBe(message);
      expect((error as HvpError).code).toBe(code);
    });
  });
}
