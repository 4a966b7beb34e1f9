import jsqr from "jsqr";

/** jsqr is CommonJS, and its types call it a namespace. */
const decode = jsqr as unknown as typeof jsqr.default;

/** Pixels for each module of a code. */
const SCALE = 4;

/**
 * What a phone reads off these lines of a screen; null where it finds no code. `inkIsDark`: whether a full block is dark, as
 * with black on white, or light, as on a dark terminal.
 */
export function readScreen(lines: readonly string[], inkIsDark: boolean): string | null {
  const columns = Math.max(...lines.map((line) => [...line].length));
  const width = columns * SCALE, height = lines.length * 2 * SCALE;
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    const characters = [...lines[Math.floor(y / (2 * SCALE))]!];
    const isUpper = Math.floor(y / SCALE) % 2 === 0;
    for (let x = 0; x < width; x++) {
      const character = characters[Math.floor(x / SCALE)] ?? " ";
      const isInk = character === "█" || character === (isUpper ? "▀" : "▄");
      pixels.fill(isInk === inkIsDark ? 0 : 255, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return decode(pixels, width, height, { inversionAttempts: "dontInvert" })?.data ?? null;
}
