/** What hands over the machine without a password stays closed on 0.0.0.0, too, until somebody means it. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { GuestTerminal } from "./command/guest_terminal.ts";
import { startNamed } from "./command/named_program.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { forwarding, forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

scenario(
  "what is held back by port or program is told and not opened; what means it opens it",
  async (lab) => {
    await startNamed(lab, { comm: "node", ports: [3000, 9229] });
    await startNamed(lab, { comm: "redis-server", ports: [7777] });
    await startNamed(lab, { comm: "n8n", ports: [5678] });
    const program = await startForwarder(lab);
    equal(await waitForRejected(program, 9229), "held-back");
    equal(await waitForRejected(program, 7777), "held-back");
    const { detail } = await program.waitForEvent("rejected", (event) => event.listenPort === 9229);
    equal(detail, "node's inspector, which runs any script");
    await waitForForwarded(program, 3000);
    await waitForHoldings(lab, forwardings([3000, 5678]));
    const why = lab.wslfwd(["why", "9229"]);
    const { code, stdout } = await why.exit;
    equal(code, 1, stdout);
    match(stdout, /it is held back: node's inspector, which runs any script/);
    match(stdout, /--allow-port 9229/);
    await stopForwarder(program);
    const cases: readonly (readonly [string[], number[]])[] = [
      [["--allow-port", "9229"], [9229]],
      [["--allow-port", "9000-9999"], []],
      [["--allow", "redis-server"], [7777]],
      [["--allow", "node"], [3000]],
    ];
    for (const [args, open] of cases) {
      const program = await startForwarder(lab, args);
      await waitForHoldings(lab, forwardings(open));
      await stopForwarder(program);
    }
    const plan = lab.wslfwd(["plan"]);
    match(
      (await plan.exit).stdout,
      /not forwarded 7777: redis-server \d+: held back: Redis, often without a password; x, or --allow-port 7777,/,
    );
  },
);

scenario("by an event of the kernel as by a look: nothing is opened first and closed then", async (lab) => {
  const program = await startForwarder(lab, ["--realtime=require"]);
  await startNamed(lab, { executable: "memcached", ports: [7778] });
  equal(await waitForRejected(program, 7778), "held-back");
  await startNamed(lab, { comm: "node", ports: [3000] });
  await waitForForwarded(program, 3000);
  await stopForwarder(program);
  ok(!program.lines.some((line) => line.includes('"forwarded"') && line.includes("7778")));
});

scenario("wslfwd 6379 means Redis", async (lab) => {
  await startNamed(lab, { comm: "redis-server", ports: [6379] });
  const program = lab.wslfwd(["6379"]);
  await program.waitForLine(/^✓ 192\.168\.50\.1:6379 {2}redis-server in /);
  await waitForHoldings(lab, forwarding(6379));
  await program.kill("SIGINT");
  equal((await program.exit).code, 0);
});

scenario("the table shows what is held back, x opens it for this run", async (lab) => {
  await startNamed(lab, { comm: "redis-server", ports: [6379] });
  await using terminal = await GuestTerminal.open(lab, 80, 24);
  await terminal.type("wslfwd --realtime=off");
  const held = await terminal.waitFor((lines) => lines[0] === "wslfwd: 0 reachable, 1 not open");
  const text = held.join(" ").replace(/\s+/g, " ");
  match(
    text,
    /- 6379 redis-server \d+ held back: Redis, often without a password; x, or --allow-port 6379,/,
  );
  same(await lab.lan.fetch(6379), null);
  await terminal.press("x");
  await terminal.waitFor((lines) => lines[0] === "wslfwd: 1 reachable");
  await waitForHoldings(lab, forwarding(6379));
  await terminal.press("q");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
});
