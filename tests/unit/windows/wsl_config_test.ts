import { deepStrictEqual as equal } from "node:assert/strict";
import { describeFallBack } from "../../../src/daemon/run/mode_notices.ts";
import { PortSet } from "../../../src/net/port_set.ts";
import { parseProfilePath, parseWslConfig } from "../../../src/windows/session/wsl_config.ts";

/** What is read, as text. */
function read(...lines: readonly string[]): string {
  const { networkingMode, ignoredPorts } = parseWslConfig(lines.join("\r\n"));
  return `${networkingMode} ${ignoredPorts}`;
}

Deno.test("parseWslConfig reads the mode and the ignored ports, whatever the case and the section's age", () => {
  equal(
    read("[wsl2]", "networkingMode=mirrored", "[experimental]", "ignoredPorts=3000,9000-9002"),
    "mirrored 3000,9000-9002",
  );
  equal(
    read("\ufeff[WSL2]", " NetworkingMode = Mirrored # since May", 'ignoredPorts="80, 443"'),
    "mirrored 80,443",
  );
  equal(
    read("networkingMode=nat", "[experimental]", "networkingMode=nat", "[wsl2", "#networkingMode=nat"),
    "null ",
  );
  equal(read("[wsl2]", "networkingMode=\x1b[2J", "[experimental]", "ignoredPorts=x"), "null ");
  equal(read(""), "null ");
});

Deno.test("parseProfilePath reads a path on C: with blanks, and no other", () => {
  const row = (path: string) =>
    `\r\nHKEY_LOCAL_MACHINE\\X\r\n    ProfileImagePath    REG_EXPAND_SZ    ${path}\r\n\r\n`;
  equal(parseProfilePath(row("C:\\Users\\Max Muster")), "Users/Max Muster");
  equal(parseProfilePath(row("%SystemDrive%\\Users\\max")), "Users/max");
  for (const path of ["D:\\Users\\max", "C:\\Users\\..\\max", "C:\\Users\\a/b", "", "\\\\server\\max"]) {
    equal(parseProfilePath(row(path)), null, path);
  }
});

Deno.test("describeFallBack names the mode that was wished for where WSL took another", () => {
  const tell = (
    mode: "nat" | "mirrored" | "virtioproxy" | "consomme" | "none" | "unknown",
    networkingMode: string | null,
  ) =>
    describeFallBack({ mode, wish: { networkingMode, ignoredPorts: PortSet.EMPTY } })?.split(":")[0] ?? null;
  equal(tell("mirrored", "mirrored"), null);
  equal(tell("consomme", "virtioproxy"), null);
  equal(tell("virtioproxy", null), "WSL's network is in mode virtioproxy, not nat, its default");
  equal(tell("none", "mirrored"), "WSL's network is in mode none, not networkingMode=mirrored of .wslconfig");
  equal(tell("unknown", "mirrored"), null);
  equal(describeFallBack({ mode: "nat", wish: null }), null);
});
