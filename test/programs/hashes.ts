// npm run hashes: writes test/fixtures/kernels.sha256 anew, after a kernel was changed on purpose.
import { writeFileSync } from "node:fs";
import { fingerprints, printed } from "../harness/fingerprint.ts";

const hashes = fingerprints();
writeFileSync(new URL("../../test/fixtures/kernels.sha256", import.meta.url), printed(hashes));
console.log(`test/fixtures/kernels.sha256: ${hashes.size} kernels`);
