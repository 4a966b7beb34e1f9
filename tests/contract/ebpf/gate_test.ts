import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { lacks } from "../needs.ts";
import { GateLab, GUEST, STRANGER, WINDOWS } from "./gate_lab.ts";

const ignore = lacks("root");

Deno.test(
  "EbpfGate lets Windows alone reach what is open, at the guest's address alone",
  { ignore },
  async () => {
    await using lab = await GateLab.start();
    await using gate = await lab.gate();
    await lab.guest.listen("wanted 4 127.0.0.1 5173");
    await lab.guest.listen("other 4 127.0.0.1 5174");
    await lab.guest.listen("elsewhere 4 127.0.0.2 5175");
    await lab.ip("guest", "addr", "add", "172.23.30.30/20", "dev", "eth0");
    equal(await lab.reach(5173), "refused", "before");
    equal((await gate.set([5173])).open, [5173]);
    equal(await lab.reach(5173), "open");
    const seen = await lab.guest.run("take wanted");
    equal([seen.get("from"), seen.get("at")], [WINDOWS, GUEST], "the service sees who really connects");
    equal(await lab.reach(5174), "refused", "another port");
    equal(await lab.reach(5175), "refused", "127.0.0.2");
    equal(await lab.reach(5173, STRANGER), "refused", "another source");
    equal(await lab.reach(5173, WINDOWS, "172.23.30.30"), "refused", "another address of the guest");
    equal((await lab.guest.run(`reach 0.0.0.0 ${GUEST} 5173`)).get("result"), "refused", "the guest itself");
    equal((await lab.guest.run("reach 0.0.0.0 127.0.0.1 5173")).get("result"), "open", "loopback as ever");
    equal((await gate.set([])).open, []);
    equal(await lab.reach(5173), "refused", "after");
  },
);

Deno.test("EbpfGate checks the interface, too, where the kernel lets it", { ignore }, async () => {
  await using lab = await GateLab.start();
  await using gate = await lab.gate();
  await lab.guest.listen("a 4 127.0.0.1 5173");
  const { checksInterface, open } = await gate.set([5173], { interfaceName: "docker0" });
  equal(open, [5173]);
  equal(await lab.reach(5173), checksInterface ? "refused" : "open");
  equal((await gate.set([5173], { interfaceName: "" })).checksInterface, false);
  equal(await lab.reach(5173), "open");
});

Deno.test("EbpfGate gives nothing to a socket that it was not told of", { ignore }, async () => {
  await using lab = await GateLab.start();
  await using gate = await lab.gate();
  await lab.guest.listen("a 4 127.0.0.1 5173");
  const { cookies } = await gate.set([5173]);
  await lab.guest.run("close a");
  equal(await lab.reach(5173), "refused", "nobody");
  await lab.guest.listen("b 4 127.0.0.1 5173");
  equal(await lab.reach(5173), "refused", "another, at once");
  equal((await gate.set(cookies)).open, [], "another, asked for as the first");
  equal(await lab.reach(5173), "refused");
  equal((await gate.set([5173])).open, [5173], "the other was judged, too");
  equal(await lab.reach(5173), "open");
  equal((await lab.guest.run("take b")).get("from"), WINDOWS);
});

Deno.test("EbpfGate follows a socket that stops and listens again", { ignore }, async () => {
  await using lab = await GateLab.start();
  await using gate = await lab.gate();
  await lab.guest.listen("a 4 127.0.0.1 5173");
  await gate.set([5173]);
  await lab.guest.run("shutdown a");
  equal(await lab.reach(5173), "refused");
  equal((await gate.set([5173])).open, []);
  await lab.guest.run("reopen a");
  equal((await gate.set([5173])).open, [5173]);
  equal(await lab.reach(5173), "open");
});

Deno.test("EbpfGate opens ::ffff:127.0.0.1, and cannot open ::1", { ignore }, async () => {
  await using lab = await GateLab.start();
  await using gate = await lab.gate();
  await lab.guest.listen("mapped 6 ::ffff:127.0.0.1 5173 dual");
  await lab.guest.listen("six 6 ::1 5174");
  equal((await gate.set([5173, 5174])).open, [5173]);
  equal([await lab.reach(5173), await lab.reach(5174)], ["open", "refused"]);
});

Deno.test(
  "EbpfGate spreads connections over a SO_REUSEPORT group as the kernel does",
  { ignore },
  async () => {
    await using lab = await GateLab.start();
    await using gate = await lab.gate();
    await lab.guest.listen("a 4 127.0.0.1 5173 reuseport");
    await lab.guest.listen("b 4 127.0.0.1 5173 reuseport");
    equal((await gate.set([5173])).open, [5173]);
    for (let i = 0; i < 40; i++) equal(await lab.reach(5173), "open");
    for (const id of ["a", "b"]) equal((await lab.guest.run(`take ${id}`)).get("from"), WINDOWS, id);
    // Whichever of them was in the map: the other takes its place with the next look.
    for (const id of ["a", "b"]) {
      if (id === "b") await lab.guest.listen("a 4 127.0.0.1 5173 reuseport");
      await lab.guest.run(`close ${id}`);
      equal((await gate.set([5173])).open, [5173], id);
      equal(await lab.reach(5173), "open", id);
    }
  },
);

Deno.test("EbpfGate follows the guest's address and Windows'", { ignore }, async () => {
  await using lab = await GateLab.start();
  await using gate = await lab.gate();
  await lab.guest.listen("a 4 127.0.0.1 5173");
  await lab.ip("guest", "addr", "add", "172.23.30.30/20", "dev", "eth0");
  await gate.set([5173]);
  equal((await gate.set([5173], { address: "172.23.30.30" })).open, [5173]);
  equal(await lab.reach(5173), "refused", "the old address");
  equal(await lab.reach(5173, WINDOWS, "172.23.30.30"), "open");
  equal((await gate.set([5173], { address: "172.23.30.30", gateway: STRANGER })).open, [5173]);
  equal(await lab.reach(5173, WINDOWS, "172.23.30.30"), "refused", "the old gateway");
  equal(await lab.reach(5173, STRANGER, "172.23.30.30"), "open");
  const { open, refusal } = await gate.set([5173], { gateway: null });
  equal([open, refusal?.message], [[], `no route tells which address Windows has beside ${GUEST}`]);
  equal(await lab.reach(5173, STRANGER, "172.23.30.30"), "refused", "no gateway");
});

Deno.test("EbpfGate opens 1,024 ports, and says so where there are more", { ignore }, async () => {
  await using lab = await GateLab.start();
  await using gate = await lab.gate();
  await lab.guest.run("many 1025 127.0.0.1");
  const ports = (await lab.guest.run("ports")).get("ports")!.split(",").map(Number);
  equal(ports.length, 1025);
  const first = await gate.set(ports.slice(0, 1024));
  equal([first.open.length, first.refusal], [1024, null]);
  for (const port of ports.slice(0, 1024)) equal(await lab.reach(port), "open", `port ${port}`);
  const more = await gate.set(ports);
  equal([more.open.length, more.refusal?.message], [1024, "more than 1024 of them are wanted"]);
  equal(await lab.reach(ports[1024]!), "refused");
  equal((await gate.set([])).open.length, 0);
  for (const port of ports.slice(0, 50)) equal(await lab.reach(port), "refused");
});

Deno.test(
  "EbpfGate leaves nothing when its process is killed, and open connections go on",
  { ignore },
  async () => {
    await using lab = await GateLab.start();
    const gate = await lab.gate();
    await lab.guest.listen("a 4 127.0.0.1 5173");
    await gate.set([5173]);
    equal(await lab.reach(5173), "open");
    await gate.kill();
    await lab.closed(5173);
    equal((await lab.guest.run("take a")).get("from"), WINDOWS);
    await using next = await lab.gate();
    equal((await next.set([5173])).open, [5173], "another can take its place");
    equal(await lab.reach(5173), "open");
  },
);

Deno.test("EbpfGate leaks nothing over a thousand openings", { ignore }, async () => {
  await using lab = await GateLab.start();
  await using gate = await lab.gate();
  await lab.guest.listen("a 4 127.0.0.1 5173");
  const before = await gate.set([5173], {}, 50);
  const after = await gate.set([5173], {}, 1000);
  equal([before.open, after.open], [[5173], [5173]]);
  equal([before.descriptors, after.descriptors], [4, 4], "two maps, two links");
  ok(
    after.residentKb - before.residentKb < 8 << 10,
    `${before.residentKb} KiB before, ${after.residentKb} after`,
  );
});

Deno.test(
  "EbpfGate gives no connection to another program over a thousand restarts under load",
  { ignore },
  async () => {
    await using lab = await GateLab.start();
    await lab.windows.run(`load ${WINDOWS} ${GUEST} 5173`);
    const result = await lab.restart(5173, 1000);
    const told = Object.fromEntries(await lab.windows.run("loaded"));
    equal([result.opened, result.wrong, told.W], [1000, 0, "0"]);
    ok(result.right >= 1000 && Number(told.R) > 0, `${result.right} connections, ${JSON.stringify(told)}`);
  },
);
