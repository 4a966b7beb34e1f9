import { deepStrictEqual as equal } from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url);

Deno.test("docs/cases.md names tests that are there, one for each of its lines", () => {
  const lines = Deno.readTextFileSync(new URL("docs/cases.md", ROOT)).split("\n");
  const rows = lines.filter((line) => /^\| (?!met by|what it does|-)/.test(line));
  const missing = rows.flatMap((row) => {
    const [, path, title] = /`(tests\/[\w/.]+)` "(.+)"\s*\|$/.exec(row) ?? [];
    if (path === undefined) return [row];
    const text = Deno.readTextFileSync(new URL(path, ROOT));
    return text.includes(title!) ? [] : [`${path}: ${title}`];
  });
  equal(missing, []);
  equal(rows.length, 34);
});
