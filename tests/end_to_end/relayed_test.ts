import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { startForwarder, stopForwarder, waitForForwarded } from "./forwarder.ts";
import { forwarding, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** The firewall rule of an open port: there is no entry. */
const opening = (port: number) => forwarding(port, { isDirect: true })[1]!;

for (const networkingMode of ["consomme", "virtioproxy"]) {
  scenario(
    `in mode ${networkingMode}, a server is opened by a firewall rule alone: WSL itself listens on Windows`,
    async (lab) => {
      await using _before = await lab.guest.listen(3000, { text: "was there before" });
      equal(await lab.lan.fetch(3000, { timeoutMs: 500 }), null, "the firewall stands before it");
      const program = await startForwarder(lab);
      equal((await lab.lan.waitForOpen(3000)).text, "was there before");
      await using _after = await lab.guest.listen(3001);
      await waitForForwarded(program, 3001);
      // dllhost.exe, which has these ports, is WSL's own: they are not taken.
      await waitForHoldings(lab, [opening(3000), opening(3001)]);
      await stopForwarder(program);
      await waitForHoldings(lab, []);
      same(program.events().filter(({ code }) => code === "not-relayed" || code === "mode-unknown"), []);
    },
    { networkingMode },
  );
}

scenario("in mode consomme, it is said once where Windows does not listen for the guest", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  const { message } = await program.waitForEvent("notice", ({ code }) => code === "not-relayed");
  match(
    message as string,
    /^Windows does not listen on port 3000, which is open: in networking mode consomme /,
  );
  await stopForwarder(program);
}, { networkingMode: "consomme", relaysPorts: false });

scenario("in mode consomme that no wslinfo tells, the guest's network tells it", async (lab) => {
  await lab.guest.run("rm", "/bin/wslinfo");
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = await startForwarder(lab);
  const { message } = await program.waitForEvent("notice", ({ code }) => code === "mode-unknown");
  match(message as string, /by the guest's network it is consomme$/);
  equal((await lab.lan.waitForOpen(3000)).text, "the page");
  await stopForwarder(program);
}, { networkingMode: "consomme" });

scenario("in mirrored mode that no wslinfo tells, Windows does not forward to itself", async (lab) => {
  await lab.guest.run("rm", "/bin/wslinfo");
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = await startForwarder(lab);
  equal((await lab.lan.waitForOpen(3000)).text, "the page");
  await waitForHoldings(lab, [opening(3000)]);
  await stopForwarder(program);
}, { networkingMode: "mirrored" });
