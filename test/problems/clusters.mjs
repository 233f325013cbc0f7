// Clusters of Lennard-Jones atoms in units of ε and σ: Σ 4 (r⁻¹² - r⁻⁶) over pairs. Minima are those of the Cambridge
// Cluster Database (Wales, Doye et al., https://www-wales.ch.cam.ac.uk/CCD.html), relaxed from their lattices.
import { readFileSync } from "node:fs";
import { uniform } from "../../bench/inputs.mjs";
import { lj } from "../../bench/objectives/geometry.mjs";

const { clusters } = JSON.parse(readFileSync(new URL("../fixtures/applications.json", import.meta.url), "utf8"));

/** Energies as the database prints them: an icosahedron, a truncated octahedron, and Mackay's icosahedron. */
const PUBLISHED = { 13: -44.326801, 38: -173.928427, 55: -279.24847 };

/** The cluster of 13, 38 or 55 atoms; x has the coordinates atom by atom. */
export const cluster = (library, atoms) => ({
  name: `Lennard-Jones ${atoms}`,
  n: 3 * atoms,
  published: PUBLISHED[atoms],
  minimum: clusters[atoms],
  value: lj(library)({ N: atoms, Real: Float64Array }),
});

/** The minimum, each coordinate displaced by up to `by`. */
export function displaced(atoms, seed, by = 0.1) {
  const noise = uniform(seed, 3 * atoms, by);
  return clusters[atoms].x.map((t, i) => t + noise[i]);
}

/** Atoms at random in a cube, no two nearer than 0.8. */
export function randomCluster(atoms, seed, halfWidth = 0.65 * Math.cbrt(atoms)) {
  const numbers = uniform(seed, 600 * atoms, halfWidth);
  const kept = [];
  for (let k = 0; kept.length < atoms; k += 3) {
    const place = numbers.slice(k, k + 3);
    if (kept.every((other) => Math.hypot(...place.map((t, i) => t - other[i])) > 0.8)) kept.push(place);
  }
  return kept.flatMap((place) => [...place]);
}
