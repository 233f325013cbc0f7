// Operations composed of several kernels against multiple precision; kernels.test.ts does the same for single kernels.
import { describe, expect, test } from "vitest";
import { compare } from "./harness/accuracy.ts";
import { operandsOf, operationContracts } from "./harness/operation-contracts.ts";

describe.each(["f64", "f32"] as const)("operations, %s", (format) => {
  test.each(operationContracts)("$name is within its error bound", (contract) => {
    const inputs = operandsOf(contract, format, 3000);
    const [worst] = compare(inputs, contract.exact, [contract.f(...inputs)], format, contract.floor);
    expect(worst!.max, `at ${worst!.at}`).toBeLessThanOrEqual(contract.ulps[format === "f64" ? 0 : 1]);
  });
});
