import assert from "node:assert/strict";
import { Lab } from "./lab.ts";

Deno.test("Lab.start joins a LAN peer, Windows and a guest, and netsh.exe typed by hand forwards a port", async () => {
  await using lab = await Lab.start();
  await using _server = await lab.guest.listen(3000, { text: "hello from the guest" });
  const typed = await lab.guest.spawn([
    "netsh.exe",
    "interface",
    "portproxy",
    "add",
    "v4tov4",
    "listenport=3000",
    "listenaddress=0.0.0.0",
    "connectport=3000",
    "connectaddress=172.23.21.232",
  ]).exit;
  assert.deepEqual(typed, { code: 0, stdout: "\r", stderr: "" });
  assert.equal(await lab.windows.canConnect("127.0.0.1", 3000), true);
  assert.equal(await lab.lan.fetch(3000), null, "the firewall stands before it");
  const rule = await lab.guest.spawn([
    "netsh.exe",
    "advfirewall",
    "firewall",
    "add",
    "rule",
    "name=mine",
    "dir=in",
    "action=allow",
    "protocol=TCP",
    "localport=3000",
    "profile=private,domain",
    "remoteip=localsubnet",
    "description=a/b;c",
  ]).exit;
  assert.equal(rule.stdout, "Ok.\r\n\r");
  assert.equal(await lab.lan.fetch(3000), "hello from the guest");
  assert.equal(await lab.lan.fetch(3000, { from: "outside" }), null, "10.9.9.9 is not in the local subnet");
  assert.deepEqual(await lab.windows.refusals(), []);
});
