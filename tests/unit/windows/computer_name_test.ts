import { equal } from "node:assert/strict";
import { parseComputerName } from "../../../src/windows/session/computer_name.ts";

const KEY = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName";
const shown = (name: string) => `\r\n${KEY}\r\n    ComputerName    REG_SZ    ${name}\r\n\r\n`;

Deno.test("parseComputerName reads a name that can stand in a URL, and no other", () => {
  equal(parseComputerName(shown("DESKTOP-ABC")), "desktop-abc");
  for (const name of ["", "中文", "a b", "-x", "x-", "a.b", "x\x1b[31m", "a".repeat(64)]) {
    equal(parseComputerName(shown(name)), null, name);
  }
  equal(parseComputerName(""), null);
});
