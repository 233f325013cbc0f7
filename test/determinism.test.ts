// The kernels give the same bits everywhere: hashes over a fixed grid, held against those of the repository.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fingerprints } from "./harness/fingerprint.ts";

const stored = new Map(
  readFileSync(new URL("fixtures/kernels.sha256", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split("  ").reverse() as [string, string]),
);

test("every kernel gives the bits that are on record, on every engine", () => {
  const now = fingerprints();
  const changed = [...new Set([...stored.keys(), ...now.keys()])].filter((name) => stored.get(name) !== now.get(name));
  expect(
    changed,
    `The bits of these kernels differ from test/fixtures/kernels.sha256. If assembly/ was changed on purpose, run \`npm run numerics\`
(docs/numerics.md must still meet its bounds), then \`npm run hashes\`, and commit both with the reason. If nothing under assembly/ was
changed, this engine or compiler computes something else: do not update the file, find out why.`,
  ).toEqual([]);
});
