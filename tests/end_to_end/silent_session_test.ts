/** A session of WSL that does not answer any more: who asks it waits ten seconds (read in WSL's source), so it is asked once. */
import { equal, match, ok } from "node:assert/strict";
import { startForwarder, stopForwarder } from "./forwarder.ts";
import { waitForNoProcess } from "./guest_processes.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

const SILENT = "/run/WSL/8_interop";

scenario(
  "A clean-up that meets a silent session says that it goes on, and nobody waits for that session twice",
  async (lab) => {
    await lab.windows.openSession(1, true);
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    await waitForHoldings(lab, forwardings([3000]));
    await lab.windows.silenceSession(SILENT);
    await program.kill("SIGTERM");
    // Who stopped it is not kept waiting for ten seconds.
    const { code, stdout } = await program.exit;
    equal(code, 1);
    match(stdout, /Rules may be left on Windows: .*removing them goes on in the background/);
    await waitForHoldings(lab, []);
    await waitForNoProcess(lab, () => true);
    const { unansweredCount, askedAgainCount } = await lab.windows.state();
    ok(unansweredCount > 0, "it was silent");
    equal(askedAgainCount, 0);
  },
);

scenario(
  "A session that went silent while wslfwd runs is waited for once, then all goes through another",
  async (lab) => {
    await lab.windows.openSession(1, true);
    const program = await startForwarder(lab, ["--linger", "0"]);
    await lab.windows.silenceSession(SILENT);
    await using _first = await lab.guest.listen(3000);
    await waitForHoldings(lab, forwardings([3000]), 30_000);
    await using _second = await lab.guest.listen(3001);
    await waitForHoldings(lab, forwardings([3000, 3001]));
    await stopForwarder(program);
    await waitForHoldings(lab, []);
    const { unansweredCount, askedAgainCount } = await lab.windows.state();
    ok(unansweredCount > 0, "it was silent");
    equal(askedAgainCount, 0);
  },
);
