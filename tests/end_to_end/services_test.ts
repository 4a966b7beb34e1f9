import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

const QUICK = ["--interval", "0.05", "--linger", "0"] as const;

scenario(
  "A Windows service on the port of a guest's server stays closed to the LAN at every moment",
  async (lab) => {
    await lab.windows.startService({ port: 3000, name: "postgres.exe", text: "secret" });
    await using prober = new Prober(lab, 3000);
    for (let i = 0; i < 2; i++) {
      const program = await startForwarder(lab, QUICK);
      const server = await lab.guest.listen(3000, { text: "the guest's" });
      const { reason, detail } = await program.waitForEvent("rejected", (event) => event.listenPort === 3000);
      equal(reason, "taken-on-windows");
      match(detail as string, /^postgres\.exe, pid \d+$/);
      // Passes that change other ports leave it as it is.
      for (const port of [3001, 3002]) {
        await using _other = await lab.guest.listen(port);
        await waitForForwarded(program, port);
      }
      await server.close();
      const cleared = await program.waitForEvent("cleared", (event) => event.listenPort === 3000);
      equal(cleared.detail, detail);
      await waitForHoldings(lab, []);
      await stopForwarder(program);
    }
    await lab.wslfwd(["--mode", "manual"]).exit;
    await prober.waitForMore(20);
    same(prober.pages, []);
  },
);

scenario("A rule whose port a Windows service takes while it is made is withdrawn at once", async (lab) => {
  const program = await startForwarder(lab, QUICK);
  await lab.windows.addFault({
    program: "netsh.exe",
    kind: "hang",
    at: "line",
    matching: "add v4tov4 .*=3000",
  });
  await using _server = await lab.guest.listen(3000);
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  await lab.windows.startService({ port: 3000, name: "postgres.exe", text: "secret" });
  await lab.windows.clearFaults();
  equal(await waitForRejected(program, 3000), "taken-on-windows");
  await waitForHoldings(lab, []);
  equal(await lab.lan.fetch(3000), null);
  await stopForwarder(program);
});

scenario(
  "A rule that an earlier run left on a port that a Windows service has by now goes at the start",
  async (lab) => {
    const server = await lab.guest.listen(3000);
    await lab.wslfwd(["--mode", "manual"]).exit;
    await lab.windows.set({ ipHelper: "stopped" });
    await lab.windows.startService({ port: 3000, text: "secret" });
    await lab.windows.set({ ipHelper: "running" });
    const program = await startForwarder(lab);
    equal(await waitForRejected(program, 3000), "taken-on-windows");
    await waitForHoldings(lab, []);
    equal(await lab.lan.fetch(3000), null);
    await stopForwarder(program);
    await server.close();
  },
);

scenario("A Windows service on loopback is in nobody's way", async (lab) => {
  await lab.windows.startService({ port: 3000, address: "127.0.0.1", name: "wslrelay.exe" });
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab, ["--windows-ip", "192.168.50.1"]);
  await waitForForwarded(program, 3000);
  equal(await lab.lan.fetch(3000), "port 3000");
  await stopForwarder(program);
});

scenario(
  "A stopped IP Helper is named once, with the command that starts it, and so is its return",
  async (lab) => {
    const program = await startForwarder(lab, QUICK);
    const notices = () => program.events().filter(({ type }) => type === "notice").map(({ code }) => code);
    for (const port of [3000, 3001]) {
      await lab.guest.listen(port);
      await waitForForwarded(program, port);
    }
    const { message } = await program.waitForEvent("notice");
    match(
      message as string,
      /^IP Helper is stopped on Windows, or .*, so nothing is forwarded; .*, then sc\.exe start iphlpsvc$/,
    );
    same(notices(), ["forwarder-stopped"]);
    await lab.windows.set({ ipHelper: "running" });
    await lab.guest.listen(3002);
    await program.waitForEvent("notice", (event) => event.code === "forwarder-running");
    await waitForHoldings(lab, forwardings([3000, 3001, 3002]));
    equal(await lab.lan.fetch(3000), "port 3000");
    await stopForwarder(program);
    same(notices(), ["forwarder-stopped", "forwarder-running"]);
  },
  { ipHelper: "stopped" },
);

const IS_PUBLIC =
  "Windows takes this network for Public, so nothing is reachable from it; make it Private in Windows' " +
  "settings, or allow Public networks by --profile any";

scenario("A Public network is named once, with what to do; --profile any has no need for it", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  const event = await program.waitForEvent("network");
  same([event.lanAddress, event.profiles, event.warning], ["192.168.50.1", ["public"], IS_PUBLIC]);
  equal(await lab.lan.fetch(3000), null);
  await stopForwarder(program);
  equal(program.events().filter(({ type }) => type === "network").length, 1);
  const other = await startForwarder(lab, ["--profile", "any"]);
  equal((await other.waitForEvent("network")).warning, null);
  equal(await lab.lan.fetch(3000), "port 3000");
  await stopForwarder(other);
}, { networkProfile: "public" });

for (const kind of ["garbage", "nothing", "fail"] as const) {
  scenario(
    `A network of which Windows says ${kind} may be Public, and wslfwd says what that would mean`,
    async (lab) => {
      await lab.windows.addFault({ program: "powershell.exe", kind });
      const program = await startForwarder(lab);
      const { warning } = await program.waitForEvent("network");
      match(
        warning as string,
        /^cannot tell whether Windows takes this network for Public; .* --profile any$/,
      );
      await stopForwarder(program);
    },
  );
}

/** Asks Windows for the page on a port, from the LAN, again and again. */
class Prober implements AsyncDisposable {
  /** The pages that it got. */
  readonly pages: string[] = [];
  #count = 0;
  #isStopped = false;
  readonly #running: Promise<void>;

  /** Begins at once. */
  constructor(lab: Lab, port: number) {
    this.#running = this.#run(lab, port);
  }

  /** Resolves when it has asked so many more times. */
  async waitForMore(count: number): Promise<void> {
    const end = this.#count + count;
    while (this.#count < end) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(lab: Lab, port: number): Promise<void> {
    while (!this.#isStopped) {
      const page = await lab.lan.fetch(port);
      if (page !== null) this.pages.push(page);
      this.#count++;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
