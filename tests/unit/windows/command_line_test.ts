import { deepStrictEqual as same, equal, throws } from "node:assert/strict";
import { formatCommandLine } from "../../../src/windows/run/command_line.ts";
import { quotePowershell, scriptWords } from "../../../src/windows/run/powershell_script.ts";
import { parseRunAs, REFUSED, runAsWords } from "../../../src/windows/run/run_as.ts";
import { readLiteral, toArgv } from "../../simulated/windows/command_line.ts";

/** Every text of up to `length` of these characters. */
function* texts(characters: string, length: number): Generator<string> {
  yield "";
  if (length === 0) return;
  for (const rest of texts(characters, length - 1)) {
    for (const character of characters) yield character + rest;
  }
}

Deno.test("formatCommandLine is read back as it was, for every text of the characters that matter", () => {
  let count = 0;
  for (const text of texts('a \\"\t', 6)) {
    same(toArgv(formatCommandLine("/usr/bin/env", [text])), ["/usr/bin/env", text]);
    count++;
  }
  equal(count > 15_000, true);
});

Deno.test("formatCommandLine keeps arguments apart, whatever they hold", () => {
  const all = [...texts(' \\"', 3)];
  for (const first of all) {
    for (const second of all) {
      same(toArgv(formatCommandLine("/x y", [first, second])), ["/x y", first, second]);
    }
  }
  const words = ["", "\n", "é", "中文", "🚀", "$(x)", "`x`", "%PATH%", "'", "-e", "--"];
  same(toArgv(formatCommandLine("/x", words)), ["/x", ...words]);
});

Deno.test("formatCommandLine refuses what Windows cannot pass", () => {
  throws(() => formatCommandLine('/a"b', []), RangeError);
  throws(() => formatCommandLine("", []), RangeError);
  throws(() => formatCommandLine("/a", ["x\0y"]), RangeError);
});

Deno.test("quotePowershell is read back as it was, for every text of quotes and what surrounds them", () => {
  for (const text of texts("a'\u2018\u2019\u201a\u201b\"$\n", 4)) {
    same(readLiteral(quotePowershell(text) + " -x"), { text, rest: " -x" });
  }
});

Deno.test("scriptWords hold nothing that a program on the way could read in its own way", () => {
  const [noProfile, encoded, script] = scriptWords("'\u2019\"; 中文 🚀 $x");
  same([noProfile, encoded], ["-NoProfile", "-EncodedCommand"]);
  equal(/^[A-Za-z0-9+/=]+$/.test(script!), true);
  const bytes = Uint8Array.from(atob(script!), (character) => character.charCodeAt(0));
  equal(new TextDecoder("utf-16le").decode(bytes), "'\u2019\"; 中文 🚀 $x");
  throws(() => scriptWords("x".repeat(40_000)), RangeError);
  equal(runAsWords("C:\\x.exe", "y").length, 3);
});

Deno.test("parseRunAs reads the error code, and nothing else", () => {
  for (
    const [text, code] of [["0\r\n", 0], ["1223\r\n", REFUSED], ["-1\r\n", -1], ["\r\n 5 \r\n", 5]] as const
  ) {
    equal(parseRunAs(text), code);
  }
  for (const text of ["", "The operation was canceled by the user.", "0\r\n0\r\n", "0x5"]) {
    throws(() => parseRunAs(text));
  }
});
