// The objectives by hand in plain JavaScript: derivatives on paper, fused loops over typed arrays, nothing allocated
// but the result. It is what one writes when one objective has to be fast and there is no library. Bundle adjustment,
// Gaussian processes and the fit of a differential equation are missing: nobody derives these by hand.

export { gmm } from "./gmm.mjs";
export { bratu, minsurf } from "./grids.mjs";
export { lj } from "./lj.mjs";
export { logreg } from "./logreg.mjs";
export { mlp } from "./mlp.mjs";
export { biggs, helical, wood } from "./scalars.mjs";
export { rosen, rosen as rosen2, sinsum } from "./vectors.mjs";
