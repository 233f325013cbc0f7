// Normal modes of a cluster: 13 atoms that attract each other by Lennard-Jones' potential, Σ 4 (r⁻¹² - r⁻⁶) over pairs,
// settle as an icosahedron. Near the minimum they swing as the eigenvectors of the Hessian say, with the roots of its
// eigenvalues as frequencies (mass 1); six are zero, for the cluster moves and turns freely.
import { div, linearOperator, mul, objective, square, sub, sum, take } from "hvp";
import { minimize } from "hvp/optimize";

const ATOMS = 13;
const pairs = { from: [], to: [] };
for (let i = 0; i < ATOMS; i++)
  for (let j = 0; j < i; j++) {
    pairs.from.push(i);
    pairs.to.push(j);
  }

function energy(places) {
  const between = sub(take(places, pairs.from, { axis: 0 }), take(places, pairs.to, { axis: 0 }));
  const r6 = div(1, sum(square(between), { axis: 1 }).pow(3));
  return mul(4, sum(sub(square(r6), r6)));
}

// One atom in the middle, twelve around it at the corners of an icosahedron that is somewhat too large and uneven.
const golden = (1 + Math.sqrt(5)) / 2;
const corners = [-1, 1].flatMap((a) =>
  [-golden, golden].flatMap((b) => [
    [0, a, b],
    [a, b, 0],
    [b, 0, a],
  ]),
);
const start = [[0, 0, 0], ...corners].map((place, i) => place.map((t, k) => 0.65 * t + 0.05 * Math.sin(3 * i + k)));

const problem = objective(energy, start);
const found = minimize(problem, start, { gtol: 1e-10 });
console.log(`energy ${found.value.toFixed(6)} after ${found.iterations} iterations; published: -44.326801`);

const { values } = linearOperator(problem.at(found.x)).eigsh(3 * ATOMS, { which: "smallest" });
const frequencies = Array.from(values, (value) => Math.sqrt(Math.max(value, 0)));
const free = frequencies.filter((frequency) => frequency < 1e-3).length;
console.log(`${free} modes of frequency zero`);

/** Equal frequencies together: the symmetry of the icosahedron makes one, three, four or five modes alike. */
const levels = [];
for (const frequency of frequencies.slice(free)) {
  const last = levels.at(-1);
  if (last && Math.abs(frequency - last.frequency) < 1e-5) last.modes++;
  else levels.push({ frequency, modes: 1 });
}
for (const { frequency, modes } of levels)
  console.log(`frequency ${frequency.toFixed(6).padStart(10)}  ${modes} ${modes === 1 ? "mode" : "modes"}`);
