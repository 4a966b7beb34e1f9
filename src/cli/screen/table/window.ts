import { BLANK, type Line } from "./line.ts";

/** Lines that belong together: those of one row, or a title. */
export interface Block {
  /** The key of the row; null for what cannot be selected. */
  readonly key: string | null;
  /** At least one. */
  readonly lines: readonly Line[];
}

/**
 * So many lines of the blocks, the selected one among them, the first ones where none is selected. What does not fit is
 * counted, in rows, above and below.
 */
export function cutWindow(blocks: readonly Block[], selected: string | null, room: number): Line[] {
  const all = blocks.flatMap(({ lines }) => lines);
  if (all.length <= room) return all;
  if (room < 2) return [];
  const index = Math.max(0, blocks.findIndex(({ key }) => key !== null && key === selected));
  // As far down as needed for the selected block to be whole, a line kept at each end for what is counted there.
  let first = 0;
  while (first < index && heightOf(blocks.slice(first, index + 1)) > room - (first === 0 ? 1 : 2)) first++;
  const kept: Line[] = first === 0 ? [] : [count("↑", countRows(blocks.slice(0, first)))];
  let next = first;
  while (next < blocks.length) {
    const height = blocks[next]!.lines.length, isLast = next === blocks.length - 1;
    if (kept.length + height > room - (isLast ? 0 : 1)) break;
    kept.push(...blocks[next++]!.lines);
  }
  const below = countRows(blocks.slice(next));
  // A title alone at the end says nothing.
  return below === 0 ? kept : [...kept, count(first === 0 && selected === null ? "" : "↓", below)];
}

function heightOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { lines }) => sum + lines.length, 0);
}

function countRows(blocks: readonly Block[]): number {
  return blocks.filter(({ key }) => key !== null).length;
}

function count(arrow: string, rows: number): Line {
  return rows === 0
    ? BLANK
    : { text: arrow === "" ? `… and ${rows} more` : `${arrow} ${rows} more`, style: "dim" };
}
