// npm run docs:operations: writes docs/operations.md from the exports, their doc comments and the tests.
import { writeFileSync } from "node:fs";
import { operations, operationsPage, unsampled } from "../harness/operations.ts";

writeFileSync(new URL("../../docs/operations.md", import.meta.url), operationsPage());
console.log(`docs/operations.md: ${operations().length} functions`);
if (unsampled.length > 0)
  console.log(`Without a sample in test/harness/operations.ts, so without a graph: ${unsampled.join(" ")}`);
