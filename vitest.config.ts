// Tests run on the sources in src/ (after `npm run build` has made the kernels) and, for examples and browsers, on dist/.
import os from "node:os";
import { defineConfig } from "vitest/config";

/** A file to write the results to as JSON, beside the usual summary. */
const report = process.env.HVP_TEST_REPORT;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    maxWorkers: os.availableParallelism(), // on two cores vitest would take one
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
