import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { renderTable } from "../../../src/cli/screen/table/render_table.ts";
import { HOME, NOON_MS, VIEW } from "./samples.ts";
import { Tmux } from "./tmux.ts";

const SCRIPT = new URL("./show_table.ts", import.meta.url).pathname;

// apt install tmux; deno task test does.
const ignore = await Deno.stat("/usr/bin/tmux").then(() => false, () => true);

function table(columns: number, rows: number): string[] {
  return renderTable(VIEW, { columns, rows, color: false, nowMs: NOON_MS, home: HOME });
}

async function showTable(tmux: Tmux, end: string): Promise<void> {
  await tmux.type(`clear; echo before; '${Deno.execPath()}' run -A --no-check '${SCRIPT}' ${end}`);
  await tmux.waitFor((lines) => lines[0]!.startsWith("wslfwd: "));
}

for (const end of ["close", "exit", "throw"]) {
  Deno.test({
    name: `the table leaves a real terminal as it was (${end})`,
    ignore,
    fn: async () => {
      await using tmux = await Tmux.open(80, 24);
      await showTable(tmux, end);
      equal(await tmux.capture(), table(80, 24));
      equal(await tmux.modes(), "cursor off, alternate screen, wrap on");
      await tmux.press("C-c");
      const lines = await tmux.waitFor((lines) => lines.at(-1) === "$");
      equal(await tmux.modes(), "cursor on, main screen, wrap on");
      ok(lines.includes("before"), lines.join("\n"));
      const all = (await tmux.capture(true)).join("\n");
      ok(!all.includes("PROGRAM") && !all.includes("Ctrl-C"), all);
      equal(all.includes("nobody catches this"), end === "throw");
    },
  });
}

Deno.test({
  name: "the table follows a real terminal's size, down to 40 columns and back",
  ignore,
  fn: async () => {
    await using tmux = await Tmux.open(80, 24);
    await showTable(tmux, "close");
    for (const [columns, rows] of [[40, 24], [40, 10], [120, 30], [20, 8], [80, 24]] as const) {
      await tmux.resize(columns, rows);
      const expected = table(columns, rows);
      await tmux.waitFor((lines) => lines.join("\n") === expected.join("\n"));
    }
    await tmux.press("C-c");
    const lines = await tmux.waitFor((lines) => lines.at(-1) === "$");
    ok(!lines.join().includes("PROGRAM"), lines.join("\n"));
  },
});

Deno.test({
  name: "the table steps aside for Ctrl-Z, and comes back",
  ignore,
  fn: async () => {
    await using tmux = await Tmux.open(80, 24);
    await showTable(tmux, "close");
    await tmux.press("C-z");
    await tmux.waitFor((lines) => lines.at(-1) === "$" && lines.join().includes("Stopped"));
    equal(await tmux.modes(), "cursor on, main screen, wrap on");
    await tmux.type("fg");
    await tmux.waitFor((lines) => lines.join("\n") === table(80, 24).join("\n"));
    await tmux.press("C-c");
    await tmux.waitFor((lines) => lines.at(-1) === "$");
  },
});
