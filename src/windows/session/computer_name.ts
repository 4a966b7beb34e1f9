import { splitLines, splitWords } from "../run/output_text.ts";

/** What to ask of reg.exe: the name that this Windows goes by now. */
export const QUERY_COMPUTER_NAME: readonly string[] = [
  "query",
  "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName",
  "/v",
  "ComputerName",
];

/**
 * Reads the name out of what reg.exe prints for {@link QUERY_COMPUTER_NAME}; null where there is none that can stand in a URL.
 * Windows 10 (1703 and later) answers for it below `.local` by mDNS (assumed: Microsoft does not say); where: exposure.ts.
 */
export function parseComputerName(output: string): string | null {
  for (const words of splitLines(output).map(splitWords)) {
    if (words.length !== 3 || words[0] !== "ComputerName" || words[1] !== "REG_SZ") continue;
    return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(words[2]!) ? words[2]!.toLowerCase() : null;
  }
  return null;
}
