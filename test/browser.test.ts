// The package in real browsers: examples/browser bundled by esbuild without configuration, opened in a headless
// browser.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { type BrowserType, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** The browsers to test in. Another one is another row. */
const browsers: { name: string; type: BrowserType; executable: string; args: string[] }[] = [
  {
    name: "Chromium",
    type: chromium,
    executable: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  },
];

/**
 * Gzip sizes that minified bundles may have: of examples/browser, and of an application that imports `hvp, sum, sin`
 * from "hvp".
 */
const BUDGET_KB = { page: 61, whole: 69.8 };

const root = fileURLToPath(new URL("..", import.meta.url));
const gzipKB = (bytes: Uint8Array): number => gzipSync(bytes, { level: 9 }).length / 1024;

/** Where a missing browser is an error and not a reason to skip. */
const inCI = ["true", "1"].includes(process.env.CI ?? "");

/** The mission's example: H = diag(-sin(x)). */
const EXPECTED = [-0, -8.414709848078965];
const COMPOSITIONS = [
  "reverse over reverse",
  "reverse over forward",
  "forward over reverse",
  "hvp(f, x, v)",
  "objective(f, x).at(x).hvp(v)",
];

/** The page as it is, and the same importing the package with methods: where each is served, and what it imports. */
const ENTRIES = [
  ["functions", "hvp/functions"],
  ["whole", "hvp"],
] as const;
const wholePackage: Plugin = {
  name: "whole package",
  setup: (build) => build.onResolve({ filter: /^hvp\/functions$/ }, () => ({ path: path.join(root, "dist/index.js") })),
};

/**
 * Pages with a Content-Security-Policy: where each is served, what it allows scripts, and what the example gives
 * there.
 */
const POLICIES = [
  ["forbidden", "script-src 'self'", "HvpError engine"],
  ["allowed", "script-src 'self' 'wasm-unsafe-eval'", "-0,-8.414709848078965"],
] as const;
const POLICY_PAGE = `
  import { hvp, sin, sum } from "hvp/functions";
  import { newInstance } from "./src/run/engine.ts";
  const tell = (f) => { try { return f(); } catch (e) { return [e.name, e.code, e.message].join(" "); } };
  const padded = (bytes) => { // a module with a custom section of so many bytes, of which the length takes four
    const leb = [0, 7, 14, 21].map((k) => ((bytes >> k) & 127) | (k < 21 ? 128 : 0));
    const module = new Uint8Array(13 + bytes);
    module.set([0, 97, 115, 109, 1, 0, 0, 0, 0, ...leb]);
    return module;
  };
  globalThis.results = {
    example: tell(() => Array.from(hvp((x) => sum(sin(x)), [0, 1], [10, 10]), (h) => (Object.is(h, -0) ? "-0" : h)).join()),
    large: tell(() => String(newInstance(padded(9e6), {}))),
  };`;

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "hvp-browser-"));
  const html: [string, Buffer] = ["text/html", readFileSync(path.join(root, "examples/browser/index.html"))];
  const files: Record<string, [type: string, body: Buffer, policy?: string]> = {};
  const stdin = { contents: POLICY_PAGE, resolveDir: root };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", write: false });
  for (const [place, policy] of POLICIES) {
    files[`/${place}/`] = [...html, policy];
    files[`/${place}/main.js`] = ["text/javascript", Buffer.from(outputFiles[0]?.contents as Uint8Array)];
  }
  for (const [place, entry] of ENTRIES) {
    const outfile = path.join(folder, `${place}.js`);
    const plugins = entry === "hvp" ? [wholePackage] : [];
    await build({
      entryPoints: [path.join(root, "examples/browser/main.js")],
      outfile,
      plugins,
      bundle: true,
      format: "esm",
    });
    files[`/${place}/`] = html;
    files[`/${place}/main.js`] = ["text/javascript", readFileSync(outfile)];
  }
  server = createServer((request, response) => {
    const [type, body, policy] = files[request.url ?? ""] ?? [];
    const headers = { "content-type": type ?? "text/plain", ...(policy ? { "content-security-policy": policy } : {}) };
    response.writeHead(body ? 200 : 404, headers).end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await new Promise((done) => server?.close(done));
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe.each(browsers.map((browser) => [browser.name, browser] as const))("%s", (name, { type, executable, args }) => {
  const missing = !existsSync(executable);
  if (missing && !inCI) console.warn(`${name} is not at ${executable}: its tests are skipped (set CHROMIUM_PATH)`);

  test.skipIf(missing && !inCI).each(ENTRIES)(
    "a bundled page computes the example in every composition: %s",
    async (place) => {
      if (missing) throw new Error(`${name} is not at ${executable}; install it or set CHROMIUM_PATH`);
      const browser = await type.launch({ executablePath: executable, args, headless: true });
      try {
        const page = await browser.newPage();
        const errors: string[] = [];
        page.on("pageerror", (error) => errors.push(String(error)));
        page.on(
          "console",
          (message) => message.type() === "error" && !message.text().includes("404") && errors.push(message.text()),
        );
        await page.goto(`${url}${place}/`);
        await page
          .waitForFunction(() => "results" in globalThis, undefined, { timeout: 10_000 })
          .catch(() => undefined);
        expect(errors).toEqual([]);
        const results = await page.evaluate(
          () => (globalThis as unknown as { results: Record<string, unknown> }).results,
        );
        expect(results["value"]).toBeCloseTo(Math.sin(1), 15);
        for (const composition of COMPOSITIONS) {
          const Hv = results[composition] as number[];
          expect(Hv, composition).toHaveLength(2);
          expect(Object.is(Hv[0], -0), `${composition}: Hv[0] is ${Hv[0]}`).toBe(true);
          expect(Math.abs(Hv[1]! - EXPECTED[1]!), composition).toBeLessThanOrEqual(2 ** -49); // 1 ulp
        }
      } finally {
        await browser.close();
      }
    },
  );

  test.skipIf(missing && !inCI).each(POLICIES)(
    "a Content-Security-Policy where WebAssembly is %s (%s): %s",
    async (place, _, expected) => {
      if (missing) throw new Error(`${name} is not at ${executable}; install it or set CHROMIUM_PATH`);
      const browser = await type.launch({ executablePath: executable, args, headless: true });
      try {
        const page = await browser.newPage();
        await page.goto(`${url}${place}/`);
        await page.waitForFunction(() => "results" in globalThis, undefined, { timeout: 10_000 });
        const { example, large } = await page.evaluate(
          () => (globalThis as unknown as { results: Record<string, string> }).results,
        );
        expect(example?.slice(0, expected.length)).toBe(expected);
        if (place === "forbidden")
          for (const text of [example, large]) expect(text).toMatch(/add 'wasm-unsafe-eval' to script-src/);
        else
          expect(large).toMatch(
            /^HvpError engine a module of 9000013 bytes is too large to compile in a page: .*8MB.*; call hvp in a Worker/,
          );
      } finally {
        await browser.close();
      }
    },
  );
});

describe("bundle", () => {
  const bundle = async (options: BuildOptions): Promise<Uint8Array> => {
    const { outputFiles } = await build({ ...options, bundle: true, format: "esm", minify: true, write: false });
    return outputFiles![0]!.contents;
  };

  test(`the page stays under ${BUDGET_KB.page} KB gzip, hvp, sum and sin of the whole package under ${BUDGET_KB.whole}`, async () => {
    const page = await bundle({ entryPoints: [path.join(root, "examples/browser/main.js")] });
    console.log(`browser bundle: ${(page.length / 1024).toFixed(1)} KB, ${gzipKB(page).toFixed(1)} KB gzip`);
    expect(gzipKB(page)).toBeLessThan(BUDGET_KB.page);
    const contents = 'import { hvp, sum, sin } from "hvp"; globalThis.used = [hvp, sum, sin];';
    expect(gzipKB(await bundle({ stdin: { contents, resolveDir: root } }))).toBeLessThan(BUDGET_KB.whole);
  });

  test("nothing of the package runs or stays where nothing of it is used, even without `sideEffects: false`", async () => {
    const ignoreSideEffectsField: Plugin = {
      name: "ignore sideEffects field",
      setup(build) {
        build.onResolve({ filter: /^hvp$/ }, () => ({ path: path.join(root, "dist/index.js"), sideEffects: true }));
      },
    };
    const stdin = { contents: 'import { hvp } from "hvp";', resolveDir: root };
    const left = new TextDecoder().decode(await bundle({ stdin, plugins: [ignoreSideEffectsField] })).trim();
    expect(left.length, `what stays begins with ${left.slice(0, 200)}`).toBe(0);
  });
});
