/** What keys do on the table, in a real terminal of 80x24 and of 40x20. */
import { equal, match, ok } from "node:assert/strict";
import { readScreen } from "../../unit/qr/read_screen.ts";
import { forwardings, waitForHoldings } from "../holdings.ts";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";
import { startNamed } from "./named_program.ts";

const FOOT_80 = "↑↓ select  Enter code  c copy  w why  x open/close  / filter  ? help  q end";
const FOOT_40 = "↑↓  Enter code  c copy  ? help  q end";

for (const [columns, rows, foot] of [[80, 24, FOOT_80], [40, 20, FOOT_40]] as const) {
  scenario(`Enter shows a code that a phone reads at ${columns}x${rows}, and q ends`, async (lab) => {
    await startNamed(lab, { comm: "node", ports: [3000] });
    await using terminal = await GuestTerminal.open(lab, columns, rows);
    await terminal.type("wslfwd --realtime=off");
    const table = await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable");
    equal(table.at(-1), foot);
    await terminal.press("Enter");
    const panel = await terminal.waitFor((lines) => lines.some((line) => line.includes("▀")));
    ok(panel.length <= rows);
    const code = panel.map((line) => [...line].slice(0, 33).join("")).filter((line) =>
      /^[ █▀▄]*$/.test(line)
    );
    equal(readScreen(code, true), "http://192.168.50.1:3000");
    ok(panel.join().includes("http://192.168.50.1:3000"), panel.join("\n"));
    await terminal.waitFor((lines) => lines.join().includes("or http://desktop-abc.local:"));
    await terminal.press("Escape");
    await terminal.waitFor((lines) => lines.at(-1) === foot);
    await terminal.press("q");
    const end = await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
    ok(!end.join().includes("^C"), end.join("\n"));
    await terminal.type("stty -a | grep -o ' -*icanon\\| -*echo '");
    await terminal.waitFor((lines) => lines.includes(" icanon") && lines.includes(" echo"));
    await waitForHoldings(lab, []);
  });
}

scenario("x closes a port for this run and opens it again; w says why; / filters; ? helps", async (lab) => {
  await startNamed(lab, { comm: "node", ports: [3000] });
  await startNamed(lab, { comm: "api", ports: [4000] });
  await using terminal = await GuestTerminal.open(lab, 80, 24);
  await terminal.type("wslfwd --realtime=off");
  await terminal.waitFor((lines) => lines[0] === "wslfwd: 2 reachable");
  await terminal.press("x");
  const closed = await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable, 1 not open");
  ok(closed.some((line) => /^- 3000 .*closed by hand; x opens it again$/.test(line)), closed.join("\n"));
  await waitForHoldings(lab, forwardings([4000]));
  await terminal.press("Down");
  await terminal.press("x");
  await terminal.waitFor((lines) => lines[0] === "wslfwd: 2 reachable");
  await waitForHoldings(lab, forwardings([3000, 4000]));
  await terminal.press("/");
  await terminal.type("api");
  await terminal.waitFor((lines) =>
    lines.some((line) => line.includes(":4000")) && !lines.join().includes(":3000")
  );
  await terminal.press("w");
  const why = await terminal.waitFor((lines) => lines[0] === "Why 4000" && lines[2] !== "asking …");
  match(why[2]!, /^Port 4000 should answer on the LAN/);
  await terminal.press("Escape");
  await terminal.press("?");
  await terminal.waitFor((lines) => lines[0] === "What the keys do");
  await terminal.press("Escape");
  await terminal.press("Escape");
  await terminal.waitFor((lines) => lines[0] === "wslfwd: 2 reachable" && lines.join().includes(":3000"));
  await terminal.press("C-c");
  const end = await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 2 ports"));
  ok(!end.join().includes("^C"), end.join("\n"));
});

scenario("x opens a service on 127.0.0.1 for this run, and closes it again", async (lab) => {
  await using _server = await lab.guest.listen(5173, { address: "127.0.0.1", text: "the page" });
  await using terminal = await GuestTerminal.open(lab, 80, 24);
  await terminal.type("wslfwd");
  const table = await terminal.waitFor((lines) => lines[0] === "wslfwd: 0 reachable, 1 not open");
  ok(table.join("\n").includes("- 5173"), table.join("\n"));
  await terminal.press("x");
  const open = await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable");
  ok(open.join(" ").includes("(on 127.0.0.1)"), open.join("\n"));
  equal(await lab.lan.fetch(5173), "the page");
  await terminal.press("x");
  const closed = await terminal.waitFor((lines) => lines[0] === "wslfwd: 0 reachable, 1 not open");
  ok(closed.join(" ").includes("closed by hand; x opens it again"), closed.join("\n"));
  await waitForHoldings(lab, []);
  equal(await lab.lan.fetch(5173), null);
  await terminal.press("x");
  await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable");
  await terminal.press("q");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
});

scenario("200 services scroll, and a program with many ports is one line that Enter opens", async (lab) => {
  await startNamed(lab, { comm: "many", ports: Array.from({ length: 200 }, (_, index) => 4000 + index) });
  await startNamed(lab, { comm: "node", ports: [3000] });
  await using terminal = await GuestTerminal.open(lab, 80, 24);
  await terminal.type("wslfwd --realtime=off");
  const lines = await terminal.waitFor((lines) => lines[0] === "wslfwd: 201 reachable");
  ok(lines.some((line) => line.startsWith("✓ 200 ports, 4000 to 4199")), lines.join("\n"));
  await terminal.press("G");
  await terminal.press("Enter");
  await terminal.waitFor((lines) => lines.some((line) => /^↓ \d+ more$/.test(line)));
  await terminal.press("G");
  await terminal.waitFor((lines) => lines.some((line) => line.includes(":4199 ")));
  await terminal.press("g");
  await terminal.waitFor((lines) => lines.some((line) => line.includes(":3000 ")));
  await terminal.press("q");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 201 ports"));
});

scenario("keys are never read in the background, and Ctrl-Z gives the terminal back", async (lab) => {
  await startNamed(lab, { comm: "node", ports: [3000] });
  await using terminal = await GuestTerminal.open(lab, 80, 24);
  await terminal.type("wslfwd --realtime=off");
  await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable");
  await terminal.press("C-z");
  await terminal.waitFor((lines) => lines.join().includes("Stopped"));
  await terminal.type("clear; stty -a | grep -o ' -*icanon\\| -*echo '");
  await terminal.waitFor((lines) => lines.includes(" icanon") && lines.includes(" echo"));
  await terminal.type("fg");
  await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable");
  await terminal.press("?");
  await terminal.waitFor((lines) => lines[0] === "What the keys do");
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
});
