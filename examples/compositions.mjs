// A Hessian-vector product composed in three ways from first-order transforms, and the built-in one.
import { grad, hvp, jvp, sin, sum, vdot } from "hvp";

const f = (x) => sum(sin(x)); // ∇f = cos(x), H = diag(-sin(x))
const x = [0, 1];
const v = [10, 10];

const products = {
  "reverse over reverse": grad((x) => vdot(grad(f)(x), v))(x),
  "reverse over forward": grad((x) => jvp(f, [x], [v])[1])(x),
  "forward over reverse": jvp(grad(f), [x], [v])[1],
  "hvp(f, x, v)": hvp(f, x, v),
};
for (const [name, Hv] of Object.entries(products)) console.log(name.padEnd(22), Array.from(Hv));

console.log("jvp(f, [x], [v])[1]   ", jvp(f, [x], [v])[1]);
console.log("vdot(grad(f)(x), v)   ", vdot(grad(f)(x), v));
