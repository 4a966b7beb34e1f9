import assert from "node:assert/strict";
import { Lab } from "./lab.ts";

const ENTRY = {
  listenAddress: "0.0.0.0",
  listenPort: "3000",
  connectAddress: "172.23.21.232",
  connectPort: "3000",
};
const LET_IN = { name: "let in", localPorts: [{ first: 3000, last: 3000 }] };

Deno.test("Lab joins a LAN peer, Windows and a guest, and netsh.exe typed by hand forwards a port", async () => {
  await using lab = await Lab.start();
  await using _server = await lab.guest.listen(3000, { text: "hello from the guest" });
  const type = (line: string) => lab.guest.spawn(line.split(" ")).exit;
  assert.deepEqual(
    await type(
      "netsh.exe interface portproxy add v4tov4 listenport=3000 listenaddress=0.0.0.0 connectaddress=172.23.21.232",
    ),
    { code: 0, stdout: "\r", stderr: "" },
  );
  assert.equal(await lab.windows.canConnect("127.0.0.1", 3000), true);
  assert.equal(await lab.lan.fetch(3000), null, "the firewall stands before it");
  const rule =
    "name=mine dir=in action=allow protocol=TCP localport=3000 profile=private,domain remoteip=localsubnet";
  const added = await type(`netsh.exe advfirewall firewall add rule ${rule}`);
  assert.equal(added.stdout, "Ok.\r\n\r");
  assert.equal(await lab.lan.fetch(3000), "hello from the guest");
  assert.equal(await lab.lan.fetch(3000, { from: "outside" }), null, "10.9.9.9 is not in the local subnet");
  assert.deepEqual(await lab.windows.refusals(), []);
});

Deno.test("Lab's outside peer gets in where the firewall lets any address in", async () => {
  await using lab = await Lab.start();
  await using _server = await lab.guest.listen(3000, { text: "hello" });
  await lab.windows.putEntry(ENTRY);
  await lab.windows.addRule(LET_IN);
  assert.equal(await lab.lan.fetch(3000, { from: "outside" }), "hello");
});

Deno.test("Lab's LAN sees a port open and close", async () => {
  await using lab = await Lab.start();
  const server = await lab.guest.listen(3000, { text: "hello" });
  await lab.windows.addRule(LET_IN);
  const opened = lab.lan.waitForOpen(3000);
  await lab.windows.putEntry(ENTRY);
  assert.equal((await opened).text, "hello");
  const closed = lab.lan.waitForClosed(3000);
  await server.close();
  assert((await closed) >= (await opened).at);
  await assert.rejects(lab.lan.waitForOpen(3000, { timeoutMs: 50 }), /did not open/);
});

Deno.test("The guest looks like WSL2", async () => {
  await using lab = await Lab.start();
  const { stdout } = await lab.guest.spawn([
    "sh",
    "-c",
    "cat /proc/sys/kernel/osrelease; grep drvfs /proc/mounts; readlink /sys/class/net/eth0/device/driver; wslpath -u 'C:\\Windows'",
  ]).exit;
  const [release, drive, driver, path] = stdout.split("\n");
  assert.match(release!, /microsoft/);
  assert.match(drive!, /^C:\\134 \/mnt\/c 9p rw,noatime,aname=drvfs;path=C:\\134;/);
  assert.match(driver!, /\/hv_netvsc$/);
  assert.equal(path, "/mnt/c/Windows");
});

Deno.test("Guest.addAddress and removeAddress move the guest", async () => {
  await using lab = await Lab.start();
  await using _server = await lab.guest.listen(3000, { text: "hello" });
  await lab.windows.addRule(LET_IN);
  await lab.guest.addAddress("172.23.21.99");
  await lab.guest.removeAddress("172.23.21.232");
  await lab.windows.putEntry(ENTRY);
  assert.equal(await lab.lan.fetch(3000, { timeoutMs: 300 }), null);
  await lab.windows.putEntry({ ...ENTRY, connectAddress: "172.23.21.99" });
  assert.equal(await lab.lan.fetch(3000), "hello");
});

Deno.test("Guest.die ends every process of the guest at once, also one in a session of its own", async () => {
  await using lab = await Lab.start();
  const program = lab.guest.spawn(["sh", "-c", "setsid sleep 1000 & echo started; exec sleep 1000"]);
  await program.waitForLine(/started/);
  await lab.guest.die();
  assert.equal((await program.exit).code, 137);
  await lab.guest.boot("172.23.21.99");
  const { stdout } = await lab.guest.spawn(["sh", "-c", "cat /proc/[0-9]*/comm; hostname --all-ip-addresses"])
    .exit;
  assert(!stdout.includes("sleep"), stdout);
  assert.match(stdout, /172\.23\.21\.99/);
});

Deno.test("Lab.reboot keeps entries and rules, and nothing that ran", async () => {
  await using lab = await Lab.start();
  await lab.guest.listen(3000);
  await lab.windows.putEntry(ENTRY);
  await lab.windows.addRule(LET_IN);
  await lab.reboot();
  const state = await lab.windows.state();
  assert.deepEqual([state.entries.length, state.rules.length], [1, 1]);
  assert.equal(await lab.lan.fetch(3000, { timeoutMs: 300 }), null);
  await using _server = await lab.guest.listen(3000, { text: "again" });
  assert.equal(await lab.lan.fetch(3000), "again");
});

Deno.test("A rule by port exposes a Windows service, and the lab notes it", async () => {
  await using lab = await Lab.start();
  await lab.windows.startService({ port: 3000, name: "postgres.exe", text: "secret" });
  await lab.windows.putEntry(ENTRY);
  assert.equal((await lab.windows.entries())[0]!.isListening, false, "the port is taken");
  assert.equal(await lab.lan.fetch(3000), null);
  assert.deepEqual((await lab.windows.state()).exposures, []);
  await lab.windows.addRule(LET_IN);
  assert.equal(await lab.lan.fetch(3000), "secret");
  const [exposure, ...more] = (await lab.windows.state()).exposures;
  assert.deepEqual([exposure!.service, exposure!.from, more], ["postgres.exe", "192.168.50.20", []]);
});

Deno.test("An entry listens only where Windows would let IP Helper listen", async () => {
  await using lab = await Lab.start({ excludedRanges: [{ first: 4000, last: 4010 }] });
  await lab.windows.putEntry({ ...ENTRY, listenPort: "30000-50000" });
  await lab.windows.putEntry({ ...ENTRY, listenPort: "4005" });
  await lab.windows.putEntry({ ...ENTRY, listenPort: "445" });
  await lab.windows.putEntry({ ...ENTRY, listenAddress: "203.0.113.7" });
  await lab.windows.putEntry({ ...ENTRY, connectAddress: "127.0.0.1" });
  assert.deepEqual((await lab.windows.entries()).filter((entry) => entry.isListening), []);
  assert.deepEqual((await lab.windows.violations()).map((text) => text.includes("loops")), [true]);
  await lab.windows.putEntry(ENTRY);
  await lab.windows.waitFor((state) => state.entries.some((entry) => entry.isListening));
  await lab.windows.set({ ipHelper: "stopped" });
  assert.deepEqual((await lab.windows.entries()).filter((entry) => entry.isListening), []);
  assert.equal((await lab.windows.entries()).length, 5, "the entries stay");
});

Deno.test("A public network ignores rules for private and domain", async () => {
  await using lab = await Lab.start();
  await using _server = await lab.guest.listen(3000, { text: "hello" });
  await lab.windows.putEntry(ENTRY);
  await lab.windows.addRule({ ...LET_IN, profiles: ["private", "domain"] });
  assert.equal(await lab.lan.fetch(3000), "hello");
  await lab.windows.set({ networkProfile: "public" });
  assert.equal(await lab.lan.fetch(3000), null);
});

Deno.test("Windows.waitFor shows what it saw where it waits in vain", async () => {
  await using lab = await Lab.start();
  await lab.windows.putEntry(ENTRY);
  await assert.rejects(lab.windows.waitFor((state) => state.rules.length > 0, 20), /"listenPort": "3000"/);
});

Deno.test("A lab whose tests are killed leaves no process behind", async () => {
  const script = `
    const { Lab } = await import(${JSON.stringify(new URL("lab.ts", import.meta.url).href)});
    const lab = await Lab.start();
    const program = lab.guest.spawn(["sh", "-c", "setsid sleep 1000 & exec sleep 1000"]);
    console.log(lab.guest.initPid, await program.pid());
    await program.exit;`;
  const tests = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = tests.stdout.getReader();
  const pids = new TextDecoder().decode((await reader.read()).value).trim().split(" ").map(Number);
  assert.equal(pids.length, 2);
  // Namespaces are named by their inodes: no process may still be in the guest's.
  const namespace = await Deno.readLink(`/proc/${pids[0]}/ns/net`);
  tests.kill("SIGKILL");
  await tests.status;
  await reader.cancel();
  const deadline = performance.now() + 10_000;
  let left: string[];
  do left = processesIn(namespace); while (left.length > 0 && performance.now() < deadline);
  assert.deepEqual(left, []);
});

function processesIn(networkNamespace: string): string[] {
  return [...Deno.readDirSync("/proc")].map((entry) => entry.name).filter((name) => {
    try {
      return /^\d+$/.test(name) && Deno.readLinkSync(`/proc/${name}/ns/net`) === networkNamespace;
    } catch {
      return false;
    }
  });
}
