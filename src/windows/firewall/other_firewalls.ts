import { splitLines } from "../run/output_text.ts";

/**
 * What to ask of powershell.exe: the firewalls that have told Windows' security centre of themselves. Read-only, and there is
 * none on a Windows Server.
 */
export const SHOW_FIREWALLS: readonly string[] = [
  "-NoProfile",
  "-Command",
  "Get-CimInstance -Namespace root/SecurityCenter2 -ClassName FirewallProduct" +
  " | Select-Object productState,displayName | ConvertTo-Csv -NoTypeInformation",
];

/**
 * The names of the firewalls that are on, as powershell.exe prints them for {@link SHOW_FIREWALLS}; none where it prints anything
 * else. Hostile text. Assumed, since Microsoft does not document it: the third digit from the right of the state, in
 * hexadecimal, is 1 where the product is on.
 */
export function parseOtherFirewalls(output: string): string[] {
  return splitLines(output).flatMap((line) => {
    const [, state, name] = /^"(\d{1,9})","(.*)"\s*$/.exec(line) ?? [];
    return state === undefined || ((Number(state) >> 12) & 0xf) !== 1 ? [] : [name!.replaceAll('""', '"')];
  });
}
