// Which systems can be run here, and how; for each that cannot, why.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { resolvePeer } from "./common.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const python = process.env.HVP_BENCH_PYTHON ?? "python3";
const node24 = process.env.HVP_BENCH_NODE24 ?? process.execPath;

const runs = (command, ...args) => spawnSync(command, args, { encoding: "utf8", timeout: 60_000 });
const firstLine = (text) => (text ?? "").trim().split("\n").at(-1)?.slice(0, 120) ?? "";

/** Needs a Python module. */
function inPython(module, script, ...flags) {
  const { status, stderr, error } = runs(python, "-c", `import ${module}`);
  if (status !== 0)
    return { why: `no Python module ${module} (${error?.message ?? firstLine(stderr)}); see HVP_BENCH_PYTHON` };
  return { command: python, args: (_id, folder) => [path.join(here, script), folder, ...flags] };
}

/** Needs a compiler; compiles `source` unless the program is newer. */
function compiled(scratch, source, name, compiler, ...flags) {
  const file = path.join(scratch, name);
  mkdirSync(scratch, { recursive: true });
  const time = (name) => {
    try {
      return statSync(name).mtimeMs;
    } catch {
      return 0;
    }
  };
  const sources = [source, "limit.h"].map((name) => time(path.join(here, name)));
  if (time(file) < Math.max(...sources)) {
    const { status, stderr, error } = runs(compiler, path.join(here, source), "-o", file, ...flags);
    if (status !== 0) {
      const reason = (stderr ?? "").split("\n").find((line) => line.includes("error")) ?? "it does not compile";
      return { why: error ? `no ${compiler}` : reason.replace(`${here}/`, "").slice(0, 160) };
    }
  }
  return { command: file, args: (id, folder) => [id, folder] };
}

/** Needs packages, and for some a newer Node. */
function inNode(script, packages, node = process.execPath, major = 20) {
  for (const name of packages) {
    try {
      resolvePeer(name);
    } catch {
      return { why: `no package ${name}; see HVP_BENCH_JS` };
    }
  }
  const version = execFileSync(node, ["--version"], { encoding: "utf8" });
  if (Number.parseInt(version.slice(1), 10) < major) return { why: `needs Node ${major}; see HVP_BENCH_NODE24` };
  return { command: node, args: (id, folder) => [path.join(here, script), id, folder] };
}

/** native: counts as a rival outside JavaScript. tolerance: relative errors above it count as wrong. */
const systems = [
  { name: "hvp", find: () => inNode("hvp.mjs", []), tolerance: 1e-11 },
  {
    name: "c",
    find: (scratch) => compiled(scratch, "c_peer.c", "c", "clang", "-O3", "-march=x86-64", "-DVW=2", "-lm"),
    tolerance: 1e-11,
  },
  {
    name: "c++",
    find: (scratch) => compiled(scratch, "loops_peer.cpp", "loops", "g++", "-O3", "-march=x86-64"),
    tolerance: 1e-10,
  },
  { name: "jax", native: true, find: () => inPython("jax", "jax_peer.py"), tolerance: 1e-8 },
  { name: "torch", native: true, find: () => inPython("torch", "torch_peer.py"), tolerance: 1e-8 },
  { name: "casadi", native: true, find: () => inPython("casadi", "casadi_peer.py"), tolerance: 1e-8 },
  { name: "casadi-c", native: true, find: () => inPython("casadi", "casadi_peer.py", "--c"), tolerance: 1e-8 },
  {
    name: "adolc",
    native: true,
    find: (scratch) => compiled(scratch, "adolc_peer.cpp", "adolc", "g++", "-O3", "-march=native", "-ladolc"),
    tolerance: 1e-8,
  },
  // its exp, log and sin in float64 have about 7 digits
  { name: "jax-js", find: () => inNode("jaxjs.mjs", ["@jax-js/jax"], node24, 24), tolerance: 1e-5 },
  {
    name: "tfjs",
    find: () => inNode("tfjs.mjs", ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"]),
    tolerance: 1e-4,
  }, // float32
  { name: "rose", find: () => inNode("rose.mjs", ["rose"], node24), tolerance: 1e-8 },
];

/** @returns {{ peers: object[], absent: { name: string, why: string }[] }} `only`: names to look for, if not all. */
export function findPeers(scratch, only) {
  const [peers, absent] = [[], []];
  for (const { find, ...system } of systems) {
    if (only && !only.includes(system.name)) continue;
    const found = find(scratch);
    if (found.why) absent.push({ name: system.name, why: found.why });
    else peers.push({ ...system, ...found });
  }
  return { peers, absent };
}
