import { equal } from "node:assert/strict";
import { hintAtName } from "../../../src/plan/desired/name_hint.ts";

Deno.test("hintAtName names the program that a path, another case or a part of its name seems to mean", () => {
  const vite = { pid: 1, name: "vite", aliases: ["node", "vite.js"] };
  const rows: readonly (readonly [string, boolean])[] = [
    ["/usr/bin/vite", true],
    ["./node_modules/.bin/vite", true],
    ["/usr/bin/node", true],
    ["Vite", true],
    ["NODE", true],
    ["vit", true],
    ["vi", false],
    ["vitest", false],
    ["nginx", false],
    ["/", false],
    ["", false],
  ];
  for (const [word, isHint] of rows) {
    const hint = hintAtName(["nginx", word], vite);
    equal(hint, isHint ? `--allow ${word} does not name it: --allow vite does` : "", word);
  }
  equal(hintAtName(["vite"], null), "");
  equal(hintAtName([], vite), "");
});
