import type { Scanned } from "./scan_arguments.ts";

/**
 * Options as one would type them again, each value joined to its option by `=`, so that whatever it holds it is read as a
 * value. Without those of `left` out.
 */
export function renderArguments(values: Scanned["values"], leftOut: readonly string[]): string[] {
  return [...values].flatMap(([name, texts]) => {
    if (leftOut.includes(name)) return [];
    return texts.map((text) => text === "" ? `--${name}` : `--${name}=${text}`);
  });
}
