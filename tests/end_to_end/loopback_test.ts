import { equal } from "node:assert/strict";
import { forwarding, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

scenario("wslfwd 3000 opens a service on 127.0.0.1 to the LAN, and closes it at the end", async (lab) => {
  await using server = await lab.guest.listen(3000, { address: "127.0.0.1", text: "the page" });
  await using _other = await lab.guest.listen(4000, { address: "127.0.0.1" });
  const program = lab.wslfwd(["3000"]);
  await program.waitForLine(/^✓ http:\/\/192\.168\.50\.1:3000 /);
  await waitForHoldings(lab, forwarding(3000));
  equal(await lab.lan.fetch(3000), "the page");
  await server.close();
  await using _next = await lab.guest.listen(3000, { address: "127.0.0.1", text: "the next page" });
  const { text } = await lab.lan.waitForOpen(3000);
  equal(text, "the next page");
  await program.kill("SIGINT");
  equal((await program.exit).code, 0);
  await waitForHoldings(lab, []);
});
