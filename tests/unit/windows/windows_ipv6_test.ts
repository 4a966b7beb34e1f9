import { equal } from "node:assert/strict";
import { parseIpv6Enabled } from "../../../src/windows/network/windows_ipv6.ts";

/** What reg.exe prints of the value; the layout is that of facts/windows.md. */
const value = (hex: string) =>
  "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters\r\n" +
  `    DisabledComponents    REG_DWORD    ${hex}\r\n\r\n`;

Deno.test("parseIpv6Enabled: off where the registry says so for the LANs, on where it says nothing", () => {
  const rows: readonly (readonly [output: string, exitCode: number, expected: boolean])[] = [
    ["", 1, true], // There is no such value: nobody ever touched it.
    [value("0x0"), 0, true],
    [value("0x20"), 0, true], // IPv4 is preferred; IPv6 is there.
    [value("0x1"), 0, true], // Only the tunnels are off.
    [value("0x10"), 0, false],
    [value("0x11"), 0, false],
    [value("0xff"), 0, false],
    [value("0xffffffff"), 0, false],
    ["garbage", 0, false],
    ["", 0, false],
  ];
  for (const [output, exitCode, expected] of rows) {
    equal(parseIpv6Enabled(output, exitCode), expected, `${output} ${exitCode}`);
  }
});
