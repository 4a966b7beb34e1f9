import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import { GLANCE, parseGlance } from "../../../src/windows/portproxy/glance.ts";

const SOCKETS = [
  "",
  "Aktive Verbindungen",
  "",
  "  Proto  Lokale Adresse         Remoteadresse          Status           PID",
  "  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN          1044",
  "  TCP    0.0.0.0:3000           0.0.0.0:0              ABHÖREN          3412",
];
const MARK = "wslfwd-next ";
const TABLE = [
  "",
  "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp",
  "    0.0.0.0/3000    REG_SZ    172.23.21.232/3000",
  "",
];
const RULES = ["", "Suchende: 0 Übereinstimmung(en) gefunden."];

/** Lines as Windows ends them. */
function text(...lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}

Deno.test("parseGlance reads the three answers, in any language", () => {
  const seen = parseGlance(text(...SOCKETS, MARK, ...TABLE, MARK, ...RULES), 1);
  equal(seen.listening.map(({ port }) => port), [135, 3000]);
  equal(seen.entries.map(formatEntry).length, 1);
  equal(seen.claims, []);
  equal(parseGlance(text(...SOCKETS, MARK, MARK, ...RULES), 1).entries, [], "no key, no entries");
});

Deno.test("parseGlance refuses an answer that was cut off, wherever", () => {
  const whole = text(...SOCKETS, MARK, ...TABLE, MARK, ...RULES);
  for (const part of [SOCKETS, [...SOCKETS, MARK, ...TABLE], [MARK, MARK, ...RULES], []]) {
    throws(() => parseGlance(text(...part), 1));
  }
  throws(() => parseGlance(whole.slice(0, whole.indexOf("REG_SZ")), 1));
});

Deno.test("GLANCE has no word that WSL would put into quotes", () => {
  equal(GLANCE.filter((word) => /[\s"^%]/.test(word)), []);
});
