/** TCP ports: whole numbers from 1 to 65535. */

/** Reads a port in decimal without sign or leading zeros. Returns null for anything else, also for 0 and 65536. */
export function parsePort(text: string): number | null {
  if (!/^[1-9]\d{0,4}$/.test(text)) return null;
  const port = Number(text);
  return port <= 65535 ? port : null;
}

/** Whether a value is a whole number from 1 to 65535. */
export function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65535;
}
