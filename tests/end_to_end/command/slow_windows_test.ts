/** What the screen says while Windows takes its time, and while wslfwd ends (captures at 80x24). */
import { equal, match, ok } from "node:assert/strict";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";
import { startNamed } from "./named_program.ts";

scenario(
  "a netsh that hangs is named after 3 s, with how long and what Ctrl-C does; Ctrl-C shows closing",
  async (lab) => {
    await using terminal = await GuestTerminal.open(lab, 80, 24);
    await terminal.type("wslfwd --realtime=off --interval 0.05");
    await terminal.waitFor((lines) => lines[0] === "wslfwd: 0 reachable");
    await lab.windows.set({ latencyMs: { default: 0, "netsh.exe": 8000 } });
    await startNamed(lab, { comm: "node", ports: [3000] });
    const opening = await terminal.waitFor((lines) => lines[0] === "wslfwd: 0 reachable, 1 opening");
    ok(opening.some((line) => line.startsWith("… http://192.168.50.1:3000  opening")), opening.join("\n"));
    const slow = await terminal.waitFor((lines) => / for [4-7] s;/.test(lines[1]!));
    match(
      `${slow[1]} ${slow[2]}`,
      /^netsh has not answered for \d s; Ctrl-C waits 5 s for it, then the watchdog closes the ports$/,
    );
    await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable");
    await lab.windows.set({ latencyMs: { default: 0, "netsh.exe": 2000 } });
    await terminal.press("C-c");
    const closing = await terminal.waitFor((lines) => /^wslfwd: closing 1 port/.test(lines[0]!));
    ok(!closing.join().includes("^C"), closing.join("\n"));
    equal(closing.at(-1), "Ctrl-C once more ends at once; the watchdog goes on closing");
    await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
  },
);
