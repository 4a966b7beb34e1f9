import { equal, match, ok } from "node:assert/strict";
import { forwarding, forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

scenario(
  "wslfwd 3000 waits for something to listen there, opens nothing else, and says the address",
  async (lab) => {
    await using _other = await lab.guest.listen(4000);
    const program = lab.wslfwd(["3000", "--linger", "0"]);
    await program.waitForLine(/^waiting for something to listen on port 3000 /);
    await waitForHoldings(lab, []);
    const server = await lab.guest.listen(3000, { text: "the page" });
    await program.waitForLine(
      /^✓ http:\/\/192\.168\.50\.1:3000 {2}agent\.ts in \/\S* {3}\(Ctrl-C closes it\)$/,
    );
    await program.waitForLine(
      /^ {2}http:\/\/desktop-abc\.local:3000 {2}the same, on devices in this network/,
    );
    await waitForHoldings(lab, forwarding(3000));
    equal(await lab.lan.fetch(3000), "the page");
    await server.close();
    await program.waitForLine(/^closed http:\/\/192\.168\.50\.1:3000: nothing listens any more$/);
    await program.kill("SIGINT");
    const { code, stdout } = await program.exit;
    equal(code, 0, stdout);
    ok(!stdout.includes("4000"), stdout);
    await waitForHoldings(lab, []);
  },
);

scenario("wslfwd 8080:3000 3000 opens one port under two numbers", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = lab.wslfwd(["8080:3000", "3000"]);
  await program.waitForLine(/^✓ http:\/\/192\.168\.50\.1:8080 /);
  await waitForHoldings(lab, [...forwarding(8080, { guestPort: 3000 }), ...forwarding(3000)]);
  await program.kill("SIGTERM");
  equal((await program.exit).code, 0);
});

scenario("wslfwd 3000 says why it cannot be, and ends with 6 where it never was", async (lab) => {
  await using _server = await lab.guest.listen(3000, { address: "127.0.0.2" });
  const program = lab.wslfwd(["3000"]);
  await program.waitForLine(
    /^✗ 3000 {2}agent\.ts \d+: listens on 127\.0\.0\.2 only; have it listen on 0\.0\.0\.0$/,
  );
  await program.kill("SIGINT");
  equal((await program.exit).code, 6);
});

scenario("wslfwd 3000 on a Public network says that nobody reaches it", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = lab.wslfwd(["3000"]);
  await program.waitForLine(
    /^✗ http:\/\/192\.168\.50\.1:3000 {2}agent\.ts in \S+: Windows takes this network for Public/,
  );
  await program.kill("SIGINT");
  ok(!(await program.exit).stdout.includes(".local"));
}, { networkProfile: "public" });

scenario(
  "--mode manual gives each port that was named a line and counts it for the exit code",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    await using _other = await lab.guest.listen(4000);
    const once = await lab.wslfwd(["--mode", "manual", "3000", "8080:5000"]).exit;
    equal(once.code, 6, once.stdout);
    match(once.stdout, / forwarded \S+:3000 /m);
    match(once.stdout, /not open 8080: nothing listens on port 5000 that can be reached$/m);
    ok(!once.stdout.includes("4000"), once.stdout);
    await waitForHoldings(lab, forwarding(3000));
    equal((await lab.wslfwd(["--mode", "manual", "3000"]).exit).code, 0);
    const added = await lab.wslfwd(["--mode", "manual", "--port", "5000"]).exit;
    equal(added.code, 0);
    match(
      added.stdout,
      /--port adds to what listens: 2 other ports are open as well; to open these alone: wslfwd 5000$/m,
    );
    await waitForHoldings(lab, forwardings([3000, 4000, 5000]));
  },
);
