// npm run docs:operations: writes docs/operations.md from the exports, their types and their doc comments.
import { writeFileSync } from "node:fs";
import { operationsPage } from "../harness/operations-page.ts";

writeFileSync(new URL("../../docs/operations.md", import.meta.url), operationsPage());
