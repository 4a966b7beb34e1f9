/** A new user's walk in a real terminal, wide and narrow: what one sees first, and what one tries next. */
import { equal, match } from "node:assert/strict";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";
import { startNamed } from "./named_program.ts";

/** What the screen says, whatever the columns and wherever its lines break. */
function textOf(lines: readonly string[]): string {
  return lines.join(" ").replaceAll(/\s+/g, " ");
}

for (const [columns, rows] of [[80, 24], [40, 20]] as const) {
  scenario(`the table tells the truth at ${columns}x${rows}, and its keys do what they say`, async (lab) => {
    await startNamed(lab, { comm: "node", ports: [3000] });
    await startNamed(lab, { comm: "redis-server", ports: [6379] });
    await startNamed(lab, { comm: "postgres", ports: [5432], address: "127.0.0.1" });
    await using terminal = await GuestTerminal.open(lab, columns, rows);
    const see = async (text: RegExp) => {
      const lines = await terminal.waitFor((lines) => text.test(textOf(lines)));
      equal(
        lines.length <= rows && lines.every((line) => [...line].length <= columns),
        true,
        lines.join("\n"),
      );
      return textOf(lines);
    };
    await terminal.type("wslfwd --realtime=off");
    const table = await see(/^wslfwd: 1 reachable, 2 not open also at desktop-abc\.local/);
    match(table, /✓ http:\/\/192\.168\.50\.1:3000 node/);
    match(table, /NOT OPEN .*- 5432 .*listens on 127\.0\.0\.1 only; open it by --loopback 5432/);
    match(table, /- 6379 .*held back: Redis, often without a password; x, or --allow-port 6379, opens it/);
    await terminal.press("Enter");
    await see(/(?=.*▀).*http:\/\/192\.168\.50\.1:3000/);
    await terminal.press("Escape");
    await terminal.press("G");
    await terminal.press("x");
    await see(/^wslfwd: 2 reachable, 1 not open .*192\.168\.50\.1:6379/);
    await terminal.press("/");
    await terminal.type("redis");
    await see(/:6379 (?!.*:3000)/);
    await terminal.press("Escape");
    await terminal.press("?");
    await see(/^What the keys do .*any key goes back$/);
    await terminal.press("q");
    await terminal.press("q");
    await see(/wslfwd has ended; closed 2 ports \$$/);
    await terminal.type("clear; wslfwd status; echo rc $?");
    await see(/wslfwd is not running; .* rc 7 \$$/);
  });

  scenario(`one port, its URL and the words of help at ${columns}x${rows}`, async (lab) => {
    await startNamed(lab, { comm: "node", ports: [3000] });
    await using terminal = await GuestTerminal.open(lab, columns, rows);
    const see = async (text: RegExp) => textOf(await terminal.waitFor((lines) => text.test(textOf(lines))));
    await terminal.type("clear; wslfwd 3000; echo rc $?");
    await see(/✓ http:\/\/192\.168\.50\.1:3000 node in .*http:\/\/desktop-abc\.local:3000/);
    await terminal.press("C-c");
    await see(/closed http:\/\/192\.168\.50\.1:3000 .*rc 0 \$$/);
    for (
      const [words, said] of [
        ["--allow-program x", /did you mean --allow\? rc 2 \$$/],
        ["--update-interval 1", /did you mean --interval\? rc 2 \$$/],
        ["help stop", /wslfwd stop.* rc 0 \$$/],
        ["-v", /wslfwd \d+\.\d+\.\d+.* rc 0 \$$/],
        ["url 3000", /http:\/\/192\.168\.50\.1:3000 .*port 3000 is not open now.* rc 6 \$$/],
        ["address", /192\.168\.50\.1 rc 0 \$$/],
      ] as const
    ) {
      await terminal.type(`clear; wslfwd ${words}; echo rc $?`);
      await see(said);
    }
  });
}
