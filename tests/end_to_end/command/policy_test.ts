/** The options that the predecessor did not have: what they choose, and who of two loses. */
import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "../forwarder.ts";
import { forwarding, forwardings, waitForHoldings } from "../holdings.ts";
import { scenario } from "../scenario.ts";
import { startNamed } from "./named_program.ts";

scenario("ephemeral stands for the kernel's own range, alone and beside other ports", async (lab) => {
  await lab.guest.run("sh", "-c", "echo 40000 40999 >/proc/sys/net/ipv4/ip_local_port_range");
  await using free = await lab.guest.listen(0);
  await using _server = await lab.guest.listen(3000);
  await using _last = await lab.guest.listen(41000);
  const cases: readonly (readonly [string[], number[], Readonly<Record<number, string>>])[] = [
    [["--disallow-port", "ephemeral"], [3000, 41000], { [free.port]: "port" }],
    [["--disallow_port=ephemeral,3000"], [41000], { [free.port]: "port", 3000: "port" }],
    [["--allow-port", "ephemeral"], [free.port], { 3000: "unlisted", 41000: "unlisted" }],
    [["--disallow-port", "1-65535", "--allow_port", "3000,ephemeral"], [3000, free.port], { 41000: "port" }],
  ];
  for (const [args, open, rejected] of cases) {
    const program = await startForwarder(lab, args);
    for (const [port, reason] of Object.entries(rejected)) {
      equal(await waitForRejected(program, Number(port)), reason, `${args} ${port}`);
    }
    await waitForHoldings(lab, forwardings(open));
    await stopForwarder(program);
  }
});

scenario("a port rule beats a program rule, whichever way", async (lab) => {
  await startNamed(lab, { comm: "red", ports: [3000, 3001] });
  await startNamed(lab, { comm: "blue", ports: [3002] });
  const program = await startForwarder(lab, ["--disallow", "red", "--allow-port", "3000", "--allow", "blue"]);
  equal(await waitForRejected(program, 3001), "program");
  await waitForHoldings(lab, forwardings([3000, 3002]));
  await stopForwarder(program);
  const other = await startForwarder(lab, ["--allow", "red", "--disallow-port", "3001"]);
  equal(await waitForRejected(other, 3001), "port");
  await waitForHoldings(lab, forwardings([3000]));
  await stopForwarder(other);
});

scenario("--port is forwarded whatever listens, and comes before maps and programs", async (lab) => {
  await using _server = await lab.guest.listen(4000, { text: "behind the map" });
  await using _loopback = await lab.guest.listen(5000, { address: "127.0.0.1" });
  const args = ["--port", "80,5000", "--map", "80:4000", "--disallow-port", "80"];
  const program = await startForwarder(lab, args);
  equal(await waitForRejected(program, 80), "host-port-in-use");
  const rejected = await program.waitForEvent("rejected", (event) => event.listenPort === 80);
  same([rejected.boundPort, rejected.detail], [4000, "guest port 80"]);
  await waitForHoldings(lab, forwardings([80, 5000]));
  const fixed = await waitForForwarded(program, 80);
  same([fixed.program, fixed.boundAddress, fixed.boundPort], [null, null, null]);
  await stopForwarder(program);
  await waitForHoldings(lab, []);
});

scenario("a --map comes before the program that has its port, and the loser is said", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the plain one" });
  await using _mapped = await lab.guest.listen(4000, { text: "the mapped one" });
  const program = lab.wslfwd(["--map", "3000:4000"]);
  await program.waitForLine(
    / not forwarded 3000: agent\.ts \d+: this port on Windows leads elsewhere \(guest port 4000\)$/,
  );
  await waitForHoldings(lab, forwarding(3000, { guestPort: 4000 }));
  equal(await lab.lan.fetch(3000), "the mapped one");
  await program.kill("SIGINT");
  equal((await program.exit).code, 0);
});

scenario(
  "a --map on the command line beats the config file's for the same port, others add up",
  async (lab) => {
    await using _a = await lab.guest.listen(3000);
    await using _b = await lab.guest.listen(3001);
    await using _c = await lab.guest.listen(3002);
    await lab.guest.run("sh", "-c", `umask 077; echo '{"map": ["80:3000", "82:3002"]}' >/run/guest/config`);
    const program = await startForwarder(lab, ["--config", "/run/guest/config", "--map", "80:3001"]);
    await waitForHoldings(lab, [
      ...forwarding(80, { guestPort: 3001 }),
      ...forwarding(82, { guestPort: 3002 }),
      ...forwarding(3000),
    ]);
    await stopForwarder(program);
  },
);

scenario("--profile and --remote-ip, with underscores, narrow who may connect", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const args = ["--profile=private", "--remote_ip", "192.168.50.20", "--remote-ip=10.1.2.0/24"];
  const program = await startForwarder(lab, args);
  await waitForHoldings(lab, forwarding(3000, { profiles: "private", remoteIps: "10.1.2.0/24" }));
  equal(await lab.lan.fetch(3000, { timeoutMs: 300 }), null);
  await stopForwarder(program);
});

scenario(
  "--linger 0 removes a rule with its program; what is rejected goes at once in any case",
  async (lab) => {
    const program = await startForwarder(lab, ["--linger", "0", "--interval", "0.05"]);
    const server = await lab.guest.listen(3000);
    await waitForHoldings(lab, forwardings([3000]));
    await server.close();
    const { reason } = await program.waitForEvent("removed", (event) => event.listenPort === 3000);
    equal(reason, "closed");
    await stopForwarder(program);
  },
);

scenario("--dry-run prints what each mode would do, and does nothing", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  for (const args of [["--dry-run"], ["--dry_run", "--mode", "manual"], ["plan"]]) {
    const { code, stdout, stderr } = await lab.wslfwd(args).exit;
    same([code, stderr], [0, ""], args.join(" "));
    const [claim, entry, ...rest] = stdout.split("\n");
    match(claim!, /^netsh advfirewall firewall add rule name=wslfwd-3000-[0-9a-f]{8} dir=in protocol=TCP /);
    equal(
      entry,
      "netsh interface portproxy add v4tov4 listenport=3000 listenaddress=0.0.0.0 connectport=3000 " +
        "connectaddress=172.23.21.232",
    );
    same(rest, []);
  }
  await waitForHoldings(lab, []);
});
