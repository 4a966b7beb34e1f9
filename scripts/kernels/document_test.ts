import { equal } from "node:assert/strict";
import { mergeSections } from "./document.ts";

const section = (release: string, suite: string, text: string) =>
  `\n## ${release}\n\nDebian ${suite}, package 1; 9 s from power-on to the end.\n\n${text}\n`;

Deno.test("mergeSections puts a new kernel of a suite in the place of the old one, and leaves the others", () => {
  const old = `# Old\n${section("6.1", "bookworm, amd64", "a\n\n```\nb\n```")}${
    section("6.12", "trixie, amd64", "c")
  }${section("6.12-arm", "trixie, arm64", "d")}`;
  const merged = mergeSections(old, "# New\n", [
    section("6.13", "trixie, amd64", "new"),
    section("7.3", "sid, amd64", "e"),
  ]);
  equal(
    merged,
    `# New\n${section("6.1", "bookworm, amd64", "a\n\n```\nb\n```")}${
      section("6.13", "trixie, amd64", "new")
    }${section("6.12-arm", "trixie, arm64", "d")}${section("7.3", "sid, amd64", "e")}`,
  );
  equal(mergeSections(merged, "# New\n", []), merged);
});
