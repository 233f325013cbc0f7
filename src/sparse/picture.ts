// A pattern as a few characters of text.
import type { Lists } from "./compressed.ts";

/** Dots across, two a character, and down, four a character. */
const ACROSS = 16;
const DOWN = 4;
/** The bit of each dot of a Braille character, by row and column. */
const BITS = [
  [1, 8],
  [2, 16],
  [4, 32],
  [64, 128],
] as const;

/** Where a matrix of `rows` rows with these `columns` has entries; of a triangle the mirror image too. */
export function picture(columns: Lists, rows: number, isTriangle: boolean): string {
  const width = columns.starts.length - 1;
  const cells = new Array<number>(ACROSS / 2).fill(0x2800);
  const mark = (i: number, j: number): void => {
    const row = Math.floor((i * DOWN) / rows);
    const column = Math.floor((j * ACROSS) / width);
    cells[column >> 1]! |= BITS[row]![column & 1] as number;
  };
  for (let j = 0; j < width; j++)
    for (let k = columns.starts[j] as number; k < (columns.starts[j + 1] as number); k++) {
      const i = columns.items[k] as number;
      mark(i, j);
      if (isTriangle) mark(j, i);
    }
  return String.fromCharCode(...cells);
}
