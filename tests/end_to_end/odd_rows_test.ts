import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import type { PortproxyEntry } from "../simulated/windows/model.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { entryLine, forwardings, holdings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** Rows that people really have: see tests/recorded and facts/cases.md. */
const ODD: readonly PortproxyEntry[] = [
  row("0.0.0.0", "8080", "172.25.17.150 172.17.0.1 ", "8080"), // Microsoft's own snippet, with Docker (case 1)
  row("0.0.0.0", "30000-50000", "172.23.188.236", "30000-50000"),
  row("*", "http", "192.168.1.6", "http"),
  row("localhost", "19000", "127.0.1.1", "19000"),
  row("127.0.0.1", "445", "a-host-with-a-long-name.example.com.cn", "4450"),
  row("a b c d e f g h i j k", "5000", "x y z", "5000"),
];

/** What netsh says first where a helper DLL is missing (case 6). */
const NOISE = "The following helper DLL cannot be loaded: WCNNETSH.DLL.";

for (const netshNoise of ["", NOISE]) {
  const where = netshNoise === "" ? "" : ", and netsh complains of a helper DLL first";
  scenario(
    `Rows that others made stop neither start, nor clean-up, nor the watchdog, and stay${where}`,
    async (lab) => {
      for (const entry of ODD) await lab.windows.putEntry(entry);
      const before = await heldBy(lab);
      await using _server = await lab.guest.listen(3000);
      await using _taken = await lab.guest.listen(8080);
      const program = await startForwarder(lab);
      await waitForForwarded(program, 3000);
      equal(await waitForRejected(program, 8080), "foreign-entry");
      const { stdout } = await lab.wslfwd(["status"]).exit;
      match(stdout, /0\.0\.0\.0:8080 -> 172\.25\.17\.150 172\.17\.0\.1:8080 +somebody else's/);
      await stopForwarder(program);
      same(await heldBy(lab), before);

      const killed = await startForwarder(lab);
      await waitForForwarded(killed, 3000);
      await killed.kill("SIGKILL");
      await lab.windows.waitFor((state) => holdings(state).length === before.length);
      same(await heldBy(lab), before);

      equal((await lab.wslfwd(["--mode", "manual", "--no-cleanup"]).exit).code, 0);
      same(await heldBy(lab), [...before, ...forwardings([3000])].sort());
      equal((await lab.wslfwd(["--clean-rules"]).exit).code, 0);
      same(await heldBy(lab), before);
    },
    { netshNoise },
  );
}

scenario("A table that holds nothing but noise is empty: the registry says so", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForForwarded(program, 3000);
  await stopForwarder(program);
  same(await heldBy(lab), []);
}, { netshNoise: NOISE });

scenario("Where reg.exe is forbidden, netsh serves, and one line says what cannot be told", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  // What an earlier run left, under other options than those of now, is found as well.
  await lab.windows.set({ forbidsRegistry: false });
  equal((await lab.wslfwd(["--mode", "manual", "--profile", "any", "--port", "4000"]).exit).code, 0);
  await lab.windows.set({ forbidsRegistry: true });
  const program = await startForwarder(lab);
  const { message } = await program.waitForEvent("notice", ({ code }) => code === "registry-forbidden");
  match(
    String(message),
    /^the registry cannot be read \(reg\.exe query .* ended with 1: ERROR: Registry editing/,
  );
  await waitForForwarded(program, 3000);
  const rules = (await heldBy(lab)).filter((line) => line.startsWith("rule"));
  equal(rules.length, 1, "what the earlier run opened is closed");
  match(rules[0]!, /^rule in allow tcp 3000 profiles domain,private /);
  const doctor = await lab.wslfwd(["doctor"]).exit;
  match(doctor.stdout, /^\? registry +the registry cannot be read/m);
  // Nor whether this Windows has IPv6, which it has not: what answers by IPv4 alone is told, and no failure.
  match(doctor.stdout, /^! forwarding +IP Helper runs, and does not listen on port 3000 by IPv6$/m);
  equal(doctor.code, 0, doctor.stdout);
  await program.kill("SIGKILL");
  await lab.windows.waitFor((state) => holdings(state).length === 0);
});

scenario("What is ours goes although nothing else can be read", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  equal((await lab.wslfwd(["--mode", "manual"]).exit).code, 0);
  for (const program of ["netstat.exe", "sc.exe"]) {
    await lab.windows.addFault({ program, kind: "garbage", times: 100 });
  }
  await lab.windows.addFault({
    program: "netsh.exe",
    kind: "garbage",
    times: 100,
    matching: "excludedportrange",
  });
  equal((await lab.wslfwd(["--clean-rules"]).exit).code, 0);
  same(await heldBy(lab), []);
});

function row(listenAddress: string, listenPort: string, connectAddress: string, connectPort: string) {
  return { listenAddress, listenPort, connectAddress, connectPort };
}

async function heldBy(lab: Lab): Promise<string[]> {
  const state = await lab.windows.state();
  return [...state.entries.map(entryLine), ...holdings({ ...state, entries: [] })].sort();
}
