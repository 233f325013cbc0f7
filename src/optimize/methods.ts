// The methods of `minimize`, by name: one row each.
import { fail } from "../errors.ts";
import { show } from "../trace/convert.ts";
import { trustExact } from "./exact.ts";
import { trustKrylov } from "./krylov.ts";
import type { Method } from "./progress.ts";
import { newtonCg, trustNcg } from "./truncated-newton.ts";

const METHODS: readonly Method[] = [trustNcg, newtonCg, trustExact, trustKrylov];

/** The names of methods. */
export type MethodName = "trust-ncg" | "newton-cg" | "trust-exact" | "trust-krylov";

export function methodOf(name: string, method: unknown): Method {
  const found = METHODS.find((m) => m.name === method);
  return (
    found ??
    fail("value", `${name}: method is ${show(method)}; expected ${METHODS.map((m) => `"${m.name}"`).join(" or ")}`)
  );
}
