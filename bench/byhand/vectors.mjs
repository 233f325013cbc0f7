// sum(sin(x)) and the chained Rosenbrock function by hand.

export const sinsum = () => ({
  value(x) {
    let s = 0;
    for (let i = 0; i < x.length; i++) s += Math.sin(x[i]);
    return s;
  },
  grad(x, out = new x.constructor(x.length)) {
    for (let i = 0; i < x.length; i++) out[i] = Math.cos(x[i]);
    return out;
  },
  hvp(x, v, out = new x.constructor(x.length)) {
    for (let i = 0; i < x.length; i++) out[i] = -Math.sin(x[i]) * v[i];
    return out;
  },
  at(x) {
    const diagonal = new x.constructor(x.length);
    for (let i = 0; i < x.length; i++) diagonal[i] = -Math.sin(x[i]);
    return {
      hvp(v, out = new v.constructor(v.length)) {
        const d = diagonal;
        for (let i = 0; i < v.length; i++) out[i] = d[i] * v[i];
        return out;
      },
    };
  },
});

export const rosen = () => ({
  value(x) {
    let s = 0;
    let a = x[0];
    for (let i = 1; i < x.length; i++) {
      const b = x[i];
      const t = b - a * a;
      const u = 1 - a;
      s += 100 * t * t + u * u;
      a = b;
    }
    return s;
  },
  grad(x, out = new x.constructor(x.length)) {
    const last = x.length - 1;
    let a = x[0];
    let carry = 0; // what the term on the left adds
    for (let i = 0; i < last; i++) {
      const b = x[i + 1];
      const t = b - a * a;
      out[i] = carry - 400 * a * t - 2 * (1 - a);
      carry = 200 * t;
      a = b;
    }
    out[last] = carry;
    return out;
  },
  hvp(x, v, out = new x.constructor(x.length)) {
    const last = x.length - 1;
    let a = x[0];
    let da = v[0];
    let carry = 0;
    for (let i = 0; i < last; i++) {
      const b = x[i + 1];
      const db = v[i + 1];
      out[i] = carry + (1200 * a * a - 400 * b + 2) * da - 400 * a * db;
      carry = 200 * db - 400 * a * da;
      a = b;
      da = db;
    }
    out[last] = carry;
    return out;
  },
  at(x) {
    const last = x.length - 1;
    const diagonal = new x.constructor(x.length);
    const off = new x.constructor(last);
    for (let i = 0; i < last; i++) {
      diagonal[i] = (i ? 200 : 0) + 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
      off[i] = -400 * x[i];
    }
    diagonal[last] = 200;
    return {
      hvp(v, out = new v.constructor(v.length)) {
        const [d, o] = [diagonal, off]; // locals: the engine reads captured variables anew in every turn
        let da = v[0];
        let carry = 0;
        for (let i = 0; i < last; i++) {
          const db = v[i + 1];
          const t = o[i];
          out[i] = carry + d[i] * da + t * db;
          carry = t * da;
          da = db;
        }
        out[last] = carry + d[last] * da;
        return out;
      },
    };
  },
});
