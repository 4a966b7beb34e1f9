import { equal, ok, throws } from "node:assert/strict";
import { describeTranscripts, renderConfirmed } from "../../scripts/confirmed.ts";

Deno.test("the README says what the recorded transcripts confirm, and nothing else (scripts/write_docs.ts writes it)", () => {
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  ok(readme.includes(`<!-- confirmed -->\n\n${renderConfirmed()}\n\n<!-- /confirmed -->`));
  ok(readme.slice(0, readme.indexOf("<!-- confirmed -->")).split("\n").length < 60, "on its first screen");
});

Deno.test("describeTranscripts counts what was confirmed and names what was otherwise", () => {
  const text =
    "# test:windows, Windows 10.0.26100.0, en-US, on Windows, 2026-11-25\nconfirmed  a: x\nconfirmed  b-c: y (z)\n" +
    "otherwise  d: x\nimpossible e: x\n\n$ whoami.exe\n# exit 0, 3 ms\nconfirmed is no fact here\n";
  equal(
    describeTranscripts([text]),
    "- Windows 10.0.26100.0, en-US, on Windows, 2026-11-25: 2 facts confirmed, 1 not possible there; " +
      "otherwise than thought: d",
  );
  throws(() => describeTranscripts(["# something else\n"]), /no transcript of test:windows/);
});
