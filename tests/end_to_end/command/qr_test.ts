/** `wslfwd qr` in a real terminal: what is drawn there is read back as a phone would. */
import { equal, match, ok } from "node:assert/strict";
import { readScreen } from "../../unit/qr/read_screen.ts";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";

scenario(
  "qr draws a code for the newest port, at 80x24 and at 40x20, and names a port that is not open",
  async (lab) => {
    await using _older = await lab.guest.listen(3000);
    const wslfwd = lab.wslfwd(["--interval", "0.05"]);
    await wslfwd.waitForLine(/forwarded .*:3000/);
    await using _newer = await lab.guest.listen(8080);
    await wslfwd.waitForLine(/forwarded .*:8080/);
    for (const [columns, rows] of [[80, 24], [40, 20]] as const) {
      await using terminal = await GuestTerminal.open(lab, columns, rows);
      await terminal.type("clear; wslfwd qr");
      const lines = await terminal.waitFor((lines) => lines.at(-1) === "$" && lines.length > 2);
      ok(lines.length <= rows);
      equal(lines.at(-2), "http://192.168.50.1:8080");
      equal(readScreen(lines.slice(0, -2), true), "http://192.168.50.1:8080");
    }
    const { code, stdout, stderr } = await lab.wslfwd(["qr", "5173"]).exit;
    equal(code, 6);
    equal(readScreen(stdout.split("\n").slice(0, -2), false), "http://192.168.50.1:5173");
    match(stderr, /^wslfwd: port 5173 is not open now; to open it: wslfwd 5173; /);
  },
);

scenario("qr says that nothing is open", async (lab) => {
  const { code, stdout, stderr } = await lab.wslfwd(["qr"]).exit;
  equal(`${code} ${stdout}${stderr}`, "6 wslfwd: No port is open; to open one: wslfwd 3000");
});
