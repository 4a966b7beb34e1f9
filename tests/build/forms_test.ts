import { match, ok, throws } from "node:assert/strict";
import { renderForms } from "../../scripts/forms.ts";
import { REPOSITORY } from "../../scripts/build/tool.ts";

const BENCH = Deno.readTextFileSync(new URL("docs/bench.md", REPOSITORY));

Deno.test("the README tells size and start of each form as the benchmark has measured them (scripts/write_docs.ts)", () => {
  const readme = Deno.readTextFileSync(new URL("README.md", REPOSITORY));
  ok(readme.includes(`<!-- forms -->\n\n${renderForms(BENCH)}\n\n<!-- /forms -->`));
});

Deno.test("renderForms gives a file without a first start of its own for compiled, and never a figure that nobody measured", () => {
  const compiled = BENCH.replace(/^\| dist\/wslfwd, .*$/m, "| dist/wslfwd, 84 MB | 40 / 44 | 80 / 90 | – |");
  const text = renderForms(compiled);
  match(text, /^\| compiled .* \| 84 MB +\| 40 ms +\| 80 ms +\| 80 ms +\|$/m);
  match(text, /^\| self-extracting: .* \| not measured +\| – +\| – +\| – +\|$/m);
  throws(() => renderForms("# nothing"), /Cannot find the starts/);
});
