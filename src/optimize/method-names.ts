// The methods of `minimize` by name.
import { fail } from "../errors.ts";
import { show } from "../trace/convert.ts";
import type { MethodName, Row } from "./methods.ts";
import * as methods from "./methods.ts";

const METHODS: readonly Row[] = [
  ...[methods.trustNcg, methods.trustExact, methods.trustKrylov, methods.newtonCg],
  ...[methods.lBfgs, methods.lBfgsB, methods.tron],
];

/** The method that options name, "trust-ncg" unless they do. */
export function methodNamed(name: string, options: { readonly method?: unknown }): Row {
  // What is no set of options is refused by those who check all of them.
  const given: typeof options = Object(options);
  const { method = "trust-ncg" } = given;
  const found = METHODS.find((m) => m.name === method);
  if (found) {
    for (const key of methods.SPECIAL)
      if (given[key as never] !== undefined && !found.takes.includes(key)) {
        const others = METHODS.filter((m) => m.takes.includes(key)).map((m): MethodName => m.name);
        fail("value", `${name}: ${found.name} has no option ${key}; methods that have it are ${others.join(", ")}`);
      }
    return found;
  }
  return fail(
    "value",
    `${name}: method is ${show(method)}; expected ${METHODS.map((m) => `"${m.name}"`).join(" or ")}`,
  );
}
