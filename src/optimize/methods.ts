// The methods of `minimize`, by name: one row each.
import { fail } from "../errors.ts";
import { show } from "../trace/convert.ts";
import type { BoundsOption } from "./bounds.ts";
import { trustExact } from "./exact.ts";
import { trustKrylov } from "./krylov.ts";
import { lBfgs } from "./l-bfgs.ts";
import { lBfgsB } from "./l-bfgs-b.ts";
import type { Method } from "./progress.ts";
import { tron } from "./tron.ts";
import { newtonCg, trustNcg } from "./truncated-newton.ts";

/** The names of methods. */
export type MethodName = "trust-ncg" | "trust-exact" | "trust-krylov" | "newton-cg" | "l-bfgs" | "l-bfgs-b" | "tron";

/** Options that are for some methods. */
export interface OwnOptions<X = unknown> {
  /** How many of the last steps `l-bfgs` and `l-bfgs-b` remember: 10 unless given. */
  readonly memory?: number;
  /**
   * `[lower, upper]` of `l-bfgs-b` and `tron`, each a number for all unknowns or a tree like x0; infinite where there
   * is no bound. An `x0` outside is moved to the nearest point within, and the function is never evaluated outside.
   */
  readonly bounds?: BoundsOption<X>;
}
export const OWN = ["memory", "bounds"] as const satisfies readonly (keyof OwnOptions)[];

interface Row {
  readonly takes: readonly ((typeof OWN)[number] | "trustRadius" | "maxTrustRadius")[];
  readonly of: (memory: number) => Method;
}
const TRUSTING = ["trustRadius", "maxTrustRadius"] as const;

const METHODS: Readonly<Record<MethodName, Row>> = {
  "trust-ncg": { takes: TRUSTING, of: () => trustNcg },
  "trust-exact": { takes: TRUSTING, of: () => trustExact },
  "trust-krylov": { takes: TRUSTING, of: () => trustKrylov },
  "newton-cg": { takes: [], of: () => newtonCg },
  "l-bfgs": { takes: ["memory"], of: lBfgs },
  "l-bfgs-b": { takes: ["memory", "bounds"], of: lBfgsB },
  tron: { takes: [...TRUSTING, "bounds"], of: () => tron },
};

/** The method that options name, which must be for it. */
export function methodOf(name: string, options: OwnOptions & { readonly method?: unknown }): Method {
  const { method = "trust-ncg", memory = 10 } = options;
  const names = Object.keys(METHODS) as MethodName[];
  const row = Object.hasOwn(METHODS, method as MethodName) ? METHODS[method as MethodName] : undefined;
  if (!row)
    return fail("value", `${name}: method is ${show(method)}; expected ${names.map((m) => `"${m}"`).join(" or ")}`);
  for (const key of [...OWN, ...TRUSTING])
    if (options[key as keyof typeof options] !== undefined && !row.takes.includes(key))
      fail(
        "value",
        `${name}: ${method} has no option ${key}; methods that have it are ` +
          names.filter((m) => METHODS[m].takes.includes(key)).join(", "),
      );
  if (!(Number.isInteger(memory) && memory > 0))
    fail("value", `${name}: memory is ${show(memory)}; expected a positive integer`);
  return row.of(memory);
}
