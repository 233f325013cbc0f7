// Ten thousand fits of three parameters in one call: decays such as a fluorescence microscope records, one in each
// pixel, y = amplitude · exp(-rate · t) + background with noise. The loop over pixels is in WebAssembly, too.
import { add, exp, jit, mul, neg } from "hvp";
import { fit, fitMany } from "hvp/optimize";

const FITS = 10_000;
const times = Float64Array.from({ length: 24 }, (_, i) => i / 4);

/** Numbers in [0, 1) that are the same on every machine (mulberry32). */
let state = 1;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const model = ({ amplitude, rate, background }, t) => add(mul(amplitude, exp(neg(mul(rate, t)))), background);
const p0 = { amplitude: 1, rate: 1, background: 0 };

const NOISE = 0.02;
const rates = Float64Array.from({ length: FITS }, () => 0.5 + random());
const y = { data: new Float64Array(FITS * times.length), shape: [FITS, times.length] };
for (let k = 0; k < FITS; k++) {
  const [amplitude, background] = [1 + random(), 0.2 * random()];
  for (const [i, t] of times.entries())
    y.data[k * times.length + i] = amplitude * Math.exp(-rates[k] * t) + background + NOISE * normal();
}

const fitAll = jit((y) => fitMany(model, { x: times, y, sigma: NOISE, absoluteSigma: true }, p0));
fitAll(y); // compiles
const began = performance.now();
const found = fitAll(y);
const seconds = (performance.now() - began) / 1000;
const converged = found.converged.reduce((a, b) => a + Number(b), 0);
console.log(`${FITS} fits, ${converged} converged, ${Math.round(FITS / seconds)} fits/s`);

// Errors that are estimated rightly have a spread of one standard error about the truth.
const scores = rates.map((rate, k) => (found.params.rate[k] - rate) / found.standardErrors.rate[k]);
const within = scores.filter((score) => Math.abs(score) < 1.96).length / FITS;
console.log(`true rate within 1.96 standard errors: ${(100 * within).toFixed(1)} % of fits`);

let difference = 0;
for (let k = 0; k < FITS; k += 500) {
  const one = {
    x: times,
    y: y.data.subarray(k * times.length, (k + 1) * times.length),
    sigma: NOISE,
    absoluteSigma: true,
  };
  const { params } = fit(model, one, p0);
  for (const name of Object.keys(p0)) {
    const [many, alone] = [found.params[name][k], params[name]];
    difference = Math.max(difference, Math.abs(many - alone) / Math.abs(alone));
  }
}
console.log(`largest relative difference from single fits: ${difference.toExponential(1)}`);
