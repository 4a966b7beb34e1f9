/** `url`, `address`, `stop` and `start`: what scripts and people use beside a wslfwd that runs. */
import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { startForwarder, waitForForwarded } from "../forwarder.ts";
import { forwarding, waitForHoldings } from "../holdings.ts";
import { scenario } from "../scenario.ts";

scenario("url and address print one bare line, whether or not wslfwd runs", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const address = await lab.wslfwd(["address"], { uid: 1000 }).exit;
  same([address.code, address.stdout, address.stderr], [0, "192.168.50.1", ""]);
  const closed = await lab.wslfwd(["url", "3000"]).exit;
  same([closed.code, closed.stdout], [6, "http://192.168.50.1:3000"]);
  equal(
    closed.stderr,
    "wslfwd: port 3000 is not open now; to open it: wslfwd 3000; to learn why it is not: wslfwd why 3000",
  );
  const program = await startForwarder(lab, ["--map", "8443:3000"]);
  await waitForForwarded(program, 8443);
  for (const port of ["3000", "8443"]) {
    const { code, stdout, stderr } = await lab.wslfwd(["url", port], { uid: 1000 }).exit;
    same([code, stdout, stderr], [0, "https://192.168.50.1:8443", ""]);
  }
  await program.kill("SIGTERM");
  await program.exit;
  equal((await lab.wslfwd(["--mode", "manual", "3000"]).exit).code, 0);
  const kept = await lab.wslfwd(["url", "3000"]).exit;
  same([kept.code, kept.stdout], [0, "http://192.168.50.1:3000"]);
});

scenario("stop ends the wslfwd that runs, and says what that closed", async (lab) => {
  const none = await lab.wslfwd(["stop"]).exit;
  same([none.code, none.stdout], [7, "wslfwd is not running"]);
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab, ["--port", "80"]);
  await waitForForwarded(program, 3000);
  const foreign = await lab.wslfwd(["stop"], { uid: 1000 }).exit;
  equal(foreign.code, 1);
  match(foreign.stderr, /^wslfwd: wslfwd \(pid \d+\) belongs to another user: sudo wslfwd stop$/);
  const { code, stdout, stderr } = await lab.wslfwd(["stop"]).exit;
  same([code, stderr], [0, ""]);
  match(stdout, /^wslfwd \(pid \d+\) has ended; closed 2 ports: 80, 3000$/);
  equal((await program.exit).code, 0);
  await waitForHoldings(lab, []);
});

scenario("stop ends no program that only says that it is wslfwd, nor one of another distro", async (lab) => {
  const victim = lab.guest.spawn(["sleep", "1000"]);
  const answer = { app: "wslfwd", pid: 1, task: "auto" };
  const script = `const l = Deno.listen({ transport: "unix", path: "\\0wslfwd" }); console.log("holds");
for await (const c of l) { await c.write(new TextEncoder().encode('${
    JSON.stringify(answer)
  }')); c.close(); }`;
  const liar = lab.guest.spawn([Deno.execPath(), "eval", script], { env: { DENO_DIR: "/tmp/liar" } });
  await liar.waitForLine(/^holds$/);
  const { code, stderr } = await lab.wslfwd(["stop"]).exit;
  equal(code, 1);
  match(stderr, /runs in another distro of this VM \(pid 1 there\)/);
  await liar.kill("SIGKILL");
  await victim.kill("SIGKILL");
});

scenario("start has Windows start what autostart starts, and needs autostart", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const off = await lab.wslfwd(["start"]).exit;
  equal(off.code, 1);
  match(off.stderr, /autostart is off, so there is nothing to start without being asked/);
  equal((await lab.wslfwd(["autostart", "enable"]).exit).code, 0);
  await lab.windows.set({ isElevated: false });
  const starting = lab.wslfwd(["start"]);
  const { launches: [launch] } = await lab.windows.waitFor(({ launches }) => launches.length > 0);
  equal(launch!.isElevated, true);
  await lab.windows.set({ isElevated: true });
  const session = await lab.windows.openSession(4242, true);
  const program = lab.guest.spawn([...launch!.argv], { env: { WSL_INTEROP: session } });
  const { code, stdout, stderr } = await starting.exit;
  equal(code, 0, stderr);
  match(
    stdout,
    /^wslfwd runs in the background now \(pid \d+\); see wslfwd status; to end it: sudo wslfwd stop$/,
  );
  await waitForHoldings(lab, forwarding(3000));
  equal((await lab.wslfwd(["start"]).exit).code, 5);
  match((await lab.wslfwd(["stop"]).exit).stdout, /has ended; closed 1 port: 3000$/);
  await program.exit;
});
