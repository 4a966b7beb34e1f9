import { deepStrictEqual as equal } from "node:assert/strict";
import { join, relative } from "node:path/posix";

const ROOT = join(import.meta.dirname!, "../..");

/** Rooms that must not know by which programs and services Windows is changed: another backend may do it otherwise. */
const ROOMS: readonly string[] = ["plan", "reconcile", "time"];

/** Names of Windows' programs, services and tools; in comments, too. */
const WORDS =
  /netsh|portproxy|ip ?helper|iphlpsvc|advfirewall|powershell|netstat|registry|\b(reg|sc|cmd|whoami)\b(\.exe)?/gi;

function listSources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory ? listSources(path) : path.endsWith(".ts") ? [path] : [];
  }).sort();
}

function findWords(text: string): string[] {
  return text.split("\n").flatMap((line, i) =>
    [...line.matchAll(WORDS)].map(([word]) => `line ${i + 1}: ${word}`)
  );
}

Deno.test("plan/, reconcile/ and time/ know nothing of the programs by which Windows is changed", () => {
  const offences = ROOMS.flatMap((room) => listSources(join(ROOT, "src", room))).flatMap((path) =>
    findWords(Deno.readTextFileSync(path)).map((found) => `${relative(ROOT, path)}: ${found}`)
  );
  equal(offences, []);
});

Deno.test("findWords sees them in identifiers, messages and comments", () => {
  const text = 'netshWords();\n"IP Helper"; // by reg.exe\nregion; describe(escape);';
  equal(findWords(text), ["line 1: netsh", "line 2: IP Helper", "line 2: reg.exe"]);
});
