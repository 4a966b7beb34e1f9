import type { QrCode } from "./encode_qr.ts";

/** Modules of light around the code: the standard wants 4, and readers make do with 2 (ISO/IEC 18004, 6.3.8). */
const QUIET = 4, LEAST_QUIET = 2;

/** Black on white, whatever the terminal's own colours: of the 256 colours these two are never remapped by a theme. */
const INK = "\x1b[38;5;16;48;5;231m", END = "\x1b[0m";

/** How a code is drawn. */
export interface QrOptions {
  /** Whether colours may be used. Without, light is drawn and dark is left out, as it has to be on a dark terminal. */
  readonly color: boolean;
  /** The room there is. */
  readonly columns: number;
  /** The room there is. */
  readonly rows: number;
}

/**
 * The code in half blocks, a column for each module and a row for two; with as much quiet zone as there is room for. Null
 * where there is no room.
 */
export function drawQr(code: QrCode, { color, columns, rows }: QrOptions): string[] | null {
  for (let quiet = QUIET; quiet >= LEAST_QUIET; quiet--) {
    const size = code.length + 2 * quiet;
    if (size <= columns && Math.ceil(size / 2) <= rows) return drawWithin(code, quiet, size, color);
  }
  return null;
}

function drawWithin(code: QrCode, quiet: number, size: number, color: boolean): string[] {
  const isInk = (x: number, y: number) => (code[y - quiet]?.[x - quiet] ?? false) === color;
  const lines: string[] = [];
  for (let y = 0; y < size; y += 2) {
    let line = "";
    for (let x = 0; x < size; x++) {
      // An odd last row has nothing below it: light where light is left out, nothing where it is drawn.
      const below = y + 1 < size ? isInk(x, y + 1) : false;
      line += isInk(x, y) ? below ? "█" : "▀" : below ? "▄" : " ";
    }
    lines.push(color ? `${INK}${line}${END}` : line);
  }
  return lines;
}
