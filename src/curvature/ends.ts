// Which eigenvalues are asked for.

/** Which eigenvalues: the algebraically largest, smallest, those of largest magnitude, or half from each end. */
export type Which = "largest" | "smallest" | "magnitude" | "both";

/** So many of what has the greatest keys. */
export interface End {
  key(value: number): number;
  readonly count: number;
}

const up = (x: number): number => x;
const down = (x: number): number => -x;

const ENDS: Readonly<Record<Which, (k: number) => readonly End[]>> = {
  largest: (k) => [{ key: up, count: k }],
  smallest: (k) => [{ key: down, count: k }],
  magnitude: (k) => [{ key: Math.abs, count: k }],
  both: (k) => [
    { key: up, count: Math.ceil(k / 2) },
    { key: down, count: Math.floor(k / 2) },
  ],
};
/** Names of SciPy for these, and what to write instead. */
const SCIPY: Readonly<Record<string, Which>> = { LA: "largest", SA: "smallest", LM: "magnitude", BE: "both" };

export const isWhich = (value: unknown): value is Which => typeof value === "string" && Object.hasOwn(ENDS, value);
export const whichOfScipy = (value: unknown): Which | undefined =>
  typeof value === "string" && Object.hasOwn(SCIPY, value) ? SCIPY[value] : undefined;
export const endsOf = (which: Which, k: number): readonly End[] => ENDS[which](k);

/** The places of the wanted among `values`, end by end, the most wanted first. */
export function choose(values: ArrayLike<number>, ends: readonly End[]): number[] {
  const chosen: number[] = [];
  for (const { key, count } of ends) {
    const left = Array.from({ length: values.length }, (_, i) => i).filter((i) => !chosen.includes(i));
    left.sort((i, j) => key(values[j] as number) - key(values[i] as number) || i - j);
    chosen.push(...left.slice(0, count));
  }
  return chosen;
}

/** The places of `values` in the order in which a user gets them: from the most wanted on, "both" ascending. */
export function ordered(values: readonly number[], which: Which): number[] {
  const key = which === "both" ? down : (endsOf(which, 1)[0] as End).key;
  return values.map((_, i) => i).sort((i, j) => key(values[j] as number) - key(values[i] as number) || i - j);
}
