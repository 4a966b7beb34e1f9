import { deepStrictEqual as equal } from "node:assert/strict";
import { breakLine } from "../../../src/cli/screen/break_lines.ts";
import { textWidth } from "../../../src/cli/screen/terminal/text_width.ts";

const LINE =
  "wslfwd: it is bound to 127.0.0.1:8000 only: start it with uvicorn --host 0.0.0.0 APP, or --loopback 8000";

Deno.test("breakLine breaks at blanks, indents what follows, and loses nothing", () => {
  equal(breakLine(LINE, 40, "  "), [
    "wslfwd: it is bound to 127.0.0.1:8000",
    "  only: start it with uvicorn --host",
    "  0.0.0.0 APP, or --loopback 8000",
  ]);
  for (const columns of [20, 40, 80]) {
    const lines = breakLine(LINE, columns, "  ");
    equal(lines.map((line) => line.trim()).join(" "), LINE);
    equal(lines.filter((line) => textWidth(line) > columns), []);
  }
});

Deno.test("breakLine leaves a line whole where no terminal shows it, and a word that no terminal is wide enough for", () => {
  equal(breakLine(LINE, null), [LINE]);
  const path = `/${"x".repeat(60)}`;
  equal(breakLine(`    see ${path} there`, 30, "  "), ["    see", `  ${path}`, "  there"]);
});
