import { splitLines } from "../run/output_text.ts";

/**
 * What to ask of reg.exe: whether IPv6 is switched off. Where nobody ever touched it there is no such value, and reg.exe says
 * so and exits with 1.
 */
export const QUERY_IPV6: readonly string[] = [
  "query",
  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters",
  "/v",
  "DisabledComponents",
];

/** IPv6 off on every interface but the loopback, and off altogether (Microsoft, "Configure IPv6 in Windows"). */
const NOT_ON_LANS = 0x10;

/**
 * Whether Windows has IPv6 on its LANs, by what reg.exe printed for {@link QUERY_IPV6} and ended with, in any language. An
 * interface that has it has a link-local address at least. reg.exe ends with 1 where there is no such value, which is
 * usual; it may not look then either, which is the same here. What makes no sense is no reason to try.
 */
export function parseIpv6Enabled(output: string, exitCode: number): boolean {
  for (const line of splitLines(output)) {
    const value = /^ {4}DisabledComponents {4}REG_DWORD {4}0x([\da-f]{1,8})\s*$/i.exec(line);
    if (value !== null) return (parseInt(value[1]!, 16) & NOT_ON_LANS) === 0;
  }
  return exitCode === 1;
}
