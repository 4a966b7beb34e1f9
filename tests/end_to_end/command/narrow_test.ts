/** What answers once breaks at words in a narrow terminal, and stays as it is for a pipe. */
import { equal, match, ok } from "node:assert/strict";
import { startForwarder, stopForwarder, waitForRejected } from "../forwarder.ts";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";

for (const [columns, rows] of [[80, 24], [40, 20]] as const) {
  scenario(`status and plan break at words at ${columns}x${rows}`, async (lab) => {
    await using _server = await lab.guest.listen(5432, { address: "127.0.0.1" });
    const program = await startForwarder(lab);
    await waitForRejected(program, 5432);
    await using terminal = await GuestTerminal.open(lab, columns, rows);
    for (const command of ["status", "plan"]) {
      await terminal.type(`clear; wslfwd ${command}`);
      const lines = await terminal.waitFor((lines) => lines.at(-1) === "$" && lines.length > 2);
      const text = lines.join("\n");
      // Lines break between words alone.
      match(text, /--loopback(?: |\n +|\n# +)5432/, text);
      ok(lines.every((line) => [...line].length <= columns), text);
      for (const word of ["127.0.0.1", "listens", "0.0.0.0"]) ok(text.includes(word), text);
    }
    await stopForwarder(program);
  });
}

scenario("plan for every port shows a terminal the first lines and a pipe all", async (lab) => {
  const { stdout } = await lab.wslfwd(["--port", "20001-20300", "--dry-run"]).exit;
  const commands = stdout.split("\n").filter((line) => line.startsWith("netsh "));
  equal(commands.length, 600);
  await using terminal = await GuestTerminal.open(lab, 200, 50);
  await terminal.type("clear; wslfwd --port 20001-20300 --dry-run");
  await terminal.waitFor((lines) =>
    lines.some((line) => /^# … and 580 more lines of netsh; .*\| less$/.test(line))
  );
});
