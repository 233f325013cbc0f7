// Seeded random numbers for probes and first vectors: integers alone, so that the same seed gives the same bits on
// every engine.

/** xoshiro128** (Blackman and Vigna 2021, ACM TOMS 47.4), its state filled by the finalizer of MurmurHash3. */
export class Generator {
  private readonly state = new Int32Array(4);

  constructor(seed: number) {
    let s = seed | 0;
    const high = Math.floor(seed / 2 ** 32) | 0;
    for (let i = 0; i < 4; i++) {
      s = (s + 0x9e3779b9) | 0;
      let z = s ^ (i === 1 ? high : 0);
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.state[i] = z ^ (z >>> 16);
    }
  }
  /** 32 random bits. */
  bits(): number {
    const s = this.state;
    const [a, b, c, d] = [s[0] as number, s[1] as number, s[2] as number, s[3] as number];
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9);
    s[2] = c ^ a;
    s[3] = d ^ b;
    s[1] = b ^ (s[2] as number);
    s[0] = a ^ (s[3] as number);
    s[2] = (s[2] as number) ^ (b << 9);
    s[3] = ((s[3] as number) << 11) | ((s[3] as number) >>> 21);
    return result;
  }
  /** Numbers uniform in [-1, 1), of 53 bits: no fixed vector is orthogonal to all of them. */
  uniform(n: number): Float64Array {
    const v = new Float64Array(n);
    for (let i = 0; i < n; i++) v[i] = ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) * 2 ** -52 - 1;
    return v;
  }
  /** Numbers uniform in (0, 1), of 52 bits. */
  inside(n: number): Float64Array {
    const v = new Float64Array(n);
    for (let i = 0; i < n; i++) v[i] = ((this.bits() >>> 6) * 2 ** 26 + (this.bits() >>> 6) + 0.5) * 2 ** -52;
    return v;
  }
  /** Numbers -1 and 1. */
  signs(n: number): Float64Array {
    const v = new Float64Array(n);
    for (let i = 0, word = 0; i < n; i++, word >>>= 1) {
      if (i % 32 === 0) word = this.bits();
      v[i] = word & 1 ? -1 : 1;
    }
    return v;
  }
}
