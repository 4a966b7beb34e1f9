/** `--page`: the page for a phone, from the LAN. */
import { equal, match, ok } from "node:assert/strict";
import { scenario } from "../scenario.ts";

scenario(
  "--page lists for the LAN what is reachable, under the address that the device typed",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const wslfwd = lab.wslfwd(["--realtime=off", "--interval", "0.05", "--page"]);
    const { text } = await lab.lan.waitForOpen(8088);
    ok(text.includes("<title>wslfwd</title>"), text);
    await wslfwd.waitForLine(/forwarded .*:3000/);
    await wslfwd.waitForLine(/forwarded http:\/\/192\.168\.50\.1:8088 /);
    const { text: list } = await lab.lan.waitForOpen(8088);
    match(list, /<a href="http:\/\/192\.168\.50\.1:3000">/);
    const rules = await lab.windows.rules();
    ok(rules.every(({ remoteIps }) => remoteIps.join() === "localsubnet"));
    await wslfwd.kill("SIGINT");
    equal((await wslfwd.exit).code, 0);
  },
);

scenario("--page is refused where more than the local subnet would reach it", async (lab) => {
  const { code, stderr } = await lab.wslfwd(["--page", "--remote-ip", "any"]).exit;
  equal(code, 2);
  match(stderr, /--page is for the local subnet alone/);
});
