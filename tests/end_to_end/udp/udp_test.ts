import { equal, match } from "node:assert/strict";
import { lacks } from "../../contract/needs.ts";
import { startForwarder, stopForwarder } from "../forwarder.ts";
import { waitForHoldings } from "../holdings.ts";
import { playScenario } from "../scenario.ts";
import type { Lab } from "../../simulated/lab.ts";
import type { Switches } from "../../simulated/windows/model.ts";

function udpScenario(name: string, run: (lab: Lab) => Promise<void>, switches: Partial<Switches> = {}): void {
  Deno.test(name, { ignore: lacks("root", "mono", "nft") }, () => playScenario(run, switches));
}

udpScenario("wslfwd --udp forwards UDP services that come and go", async (lab) => {
  await using _tcp = await lab.guest.listen(3000);
  const first = await lab.guest.listenUdp(5000);
  const program = await startForwarder(lab, ["--udp", "--linger", "0"]);
  match(await lab.lan.waitForUdp(5000), /^guest 5000 \d+$/);
  equal(await lab.lan.fetch(3000), "port 3000");
  await using _second = await lab.guest.listenUdp(5001);
  await lab.lan.waitForUdp(5001);
  await first.close();
  await lab.lan.waitForNoUdp(5000);
  await lab.lan.waitForUdp(5001);
  equal(await lab.lan.fetch(3000), "port 3000");
  await stopForwarder(program);
  await lab.lan.waitForNoUdp(5001);
  await waitForHoldings(lab, []);
  equal(await lab.windows.scriptFolder(), null, "nothing of the helper stays");
});
