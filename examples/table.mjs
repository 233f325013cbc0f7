// The rows of numbers in a file of examples/data. A module, which prints nothing of its own.
import { readFileSync } from "node:fs";

export const table = (name) =>
  readFileSync(new URL(`data/${name}`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => line.split(",").map(Number));
