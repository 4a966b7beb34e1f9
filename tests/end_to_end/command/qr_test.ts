/** `wslfwd qr` in a real terminal: what is drawn there is read back as a phone would. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
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
    await wslfwd.waitForLine(/others reach this PC at 192\.168\.50\.1, also at desktop-abc\.local$/);
    for (const [columns, rows] of [[80, 24], [40, 20]] as const) {
      await using terminal = await GuestTerminal.open(lab, columns, rows);
      await terminal.type("clear; wslfwd qr");
      const lines = await terminal.waitFor((lines) => lines.at(-1) === "$" && lines.length > 2);
      ok(lines.length <= rows);
      equal(lines.slice(-3, -1), ["http://192.168.50.1:8080", "or http://desktop-abc.local:8080"]);
      equal(readScreen(lines.slice(0, -3), true), "http://192.168.50.1:8080");
    }
    const { code, stdout, stderr } = await lab.wslfwd(["qr", "5173"]).exit;
    equal(code, 6);
    equal(readScreen(stdout.split("\n").slice(0, -3), false), "http://192.168.50.1:5173");
    match(stderr, /^wslfwd: port 5173 is not open now; to open it: wslfwd 5173; /);
  },
);

scenario("url prints one bare line, and with --json the name as well", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const wslfwd = lab.wslfwd(["--interval", "0.05"]);
  await wslfwd.waitForLine(/also at desktop-abc\.local$/);
  await wslfwd.waitForLine(/forwarded .*:3000/);
  equal((await lab.wslfwd(["url", "3000"]).exit).stdout, "http://192.168.50.1:3000");
  const { code, stdout } = await lab.wslfwd(["url", "8080", "--json"]).exit;
  const { type, url, nameUrl, isOpen } = JSON.parse(stdout);
  equal({ code, type, url, nameUrl, isOpen }, {
    ...{ code: 6, type: "url", isOpen: false },
    ...{ url: "http://192.168.50.1:8080", nameUrl: "http://desktop-abc.local:8080" },
  });
  const { stdout: status } = await lab.wslfwd(["status"]).exit;
  match(status, /^also at desktop-abc\.local, for devices here/m);
});

scenario("qr says that nothing is open", async (lab) => {
  const { code, stdout, stderr } = await lab.wslfwd(["qr"]).exit;
  equal(`${code} ${stdout}${stderr}`, "6 wslfwd: No port is open; to open one: wslfwd 3000");
});
