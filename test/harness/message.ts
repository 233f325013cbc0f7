// What a call that must fail says.
import { expect } from "vitest";
import { HvpError } from "../../src/index.ts";

/** The message of the HvpError that `call` throws, or "no error". */
export function message(call: () => unknown): string {
  try {
    call();
  } catch (e) {
    expect(e).toBeInstanceOf(HvpError);
    return (e as Error).message;
  }
  return "no error";
}
