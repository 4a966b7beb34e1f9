import { equal, match } from "node:assert/strict";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
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

scenario("why tells how to open a service on 127.0.0.1, and that it is open", async (lab) => {
  await using _server = await lab.guest.listen(3000, { address: "127.0.0.1" });
  const closed = await lab.wslfwd(["why", "3000"]).exit;
  equal(closed.code, 1);
  match(closed.stdout, /it is bound to 127\.0\.0\.1 only: nothing outside this VM can reach it/);
  match(closed.stdout, /to mend it: sudo wslfwd 3000 opens it as it is; or start the program/);
  const program = await startForwarder(lab, ["--loopback", "3000"]);
  equal((await waitForForwarded(program, 3000)).isLoopback, true);
  const open = await lab.wslfwd(["why", "3000", "--verbose"]).exit;
  equal(open.code, 0, open.stdout);
  match(
    open.stdout,
    /it is bound to 127\.0\.0\.1 only, and wslfwd \(pid \d+\) opened it at 172\.23\.21\.232/,
  );
  const { stdout } = await lab.wslfwd(["status"]).exit;
  match(stdout, /agent\.ts \d+ \(on 127\.0\.0\.1, opened by wslfwd\)/);
  await stopForwarder(program);
});

scenario("why names a server that refuses to be called by Windows' address", async (lab) => {
  const script =
    "require('http').createServer((q, r) => r.writeHead(/^localhost/.test(q.headers.host) ? 200 : 403)" +
    ".end()).listen(3000, '127.0.0.1', () => console.log('ready'))";
  const server = lab.guest.spawn(["/usr/bin/node", "-e", script]);
  await server.waitForLine(/^ready$/);
  const program = await startForwarder(lab, ["--loopback", "3000"]);
  await waitForForwarded(program, 3000);
  const { code, stdout } = await lab.wslfwd(["why", "3000"]).exit;
  equal(code, 1, stdout);
  match(stdout, /✗ host-header +it refuses whoever calls it by Windows' address \(HTTP 403\)/);
  await stopForwarder(program);
  await server.kill("SIGKILL");
  await server.exit;
});

scenario("a debugger on 127.0.0.1 has to be named twice", async (lab) => {
  await using _server = await lab.guest.listen(9229, { address: "127.0.0.1" });
  const once = await startForwarder(lab, ["--loopback", "9229"]);
  equal(await waitForRejected(once, 9229), "loopback-code");
  await stopForwarder(once);
  const twice = await startForwarder(lab, ["--loopback", "9229", "--loopback-code", "9229"]);
  await waitForForwarded(twice, 9229);
  equal(await lab.lan.fetch(9229), "port 9229");
  await stopForwarder(twice);
});

scenario("without root a service on 127.0.0.1 stays closed, and the reason is told", async (lab) => {
  await using _server = await lab.guest.listen(3000, { address: "127.0.0.1" });
  const program = lab.wslfwd(["3000"], { uid: 1000 });
  await program.waitForLine(
    /^✗ 3000 .*: listens on 127\.0\.0\.1 only, which cannot be opened: that takes root .*; try sudo wslfwd; have it/,
  );
  await program.kill("SIGINT");
  await program.exit;
  equal(await lab.lan.fetch(3000), null);
});

scenario("what --disallow-port says wins over --loopback", async (lab) => {
  await using _server = await lab.guest.listen(3000, { address: "127.0.0.1" });
  const program = await startForwarder(lab, ["--loopback", "3000", "--disallow-port", "3000"]);
  equal(await waitForRejected(program, 3000), "port");
  await stopForwarder(program);
});
