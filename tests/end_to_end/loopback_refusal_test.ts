/** Where no service on 127.0.0.1 is opened, although the user named it: each says why, and nothing is opened. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { GUEST_ADDRESS } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import { startForwarder, stopForwarder } from "./forwarder.ts";
import { scenario } from "./scenario.ts";

/** Named by its port alone, as a config file can name it, too: `--loopback` beside these options is refused before anything runs. */
async function expectRefused(lab: Lab, options: readonly string[], why: RegExp): Promise<void> {
  const program = lab.wslfwd(["3000", "--json", ...options]);
  const { reason, detail } = await program.waitForEvent("rejected", (event) => event.listenPort === 3000);
  equal(reason, "loopback-closed");
  match(detail as string, why);
  equal(await lab.lan.fetch(3000), null);
  await program.kill("SIGTERM");
  await program.exit;
}

const CASES: readonly (readonly [name: string, options: readonly string[], why: RegExp])[] = [
  [
    "--mode manual",
    ["--mode", "manual"],
    /^it closes when wslfwd ends, as with --mode manual it does at once$/,
  ],
  [
    "--no-cleanup",
    ["--no-cleanup"],
    /^it closes when wslfwd ends, and with --no-cleanup its rule would stay$/,
  ],
];

for (const [name, options, why] of CASES) {
  scenario(`with ${name} no service on 127.0.0.1 is opened, and no rule made for it`, async (lab) => {
    await using _server = await lab.guest.listen(3000, { address: "127.0.0.1" });
    await expectRefused(lab, options, why);
    equal(await lab.windows.entries(), []);
  });
}

for (const networkingMode of ["mirrored", "consomme"]) {
  scenario(`in networking mode ${networkingMode} no service on 127.0.0.1 is opened`, async (lab) => {
    await using _server = await lab.guest.listen(3000, { address: "127.0.0.1" });
    await expectRefused(
      lab,
      [],
      new RegExp(`^in networking mode ${networkingMode} nothing forwards to this guest`),
    );
  }, { networkingMode });
}

scenario(
  "a service on ::1 stays closed, and table and why say that the kernel lets nobody open it",
  async (lab) => {
    await using _server = await lab.guest.listen(3000, { address: "::1" });
    const program = lab.wslfwd(["3000"]);
    await program.waitForLine(
      /^✗ 3000 .*: listens on ::1 only, which the kernel lets nobody open; have it listen on/,
    );
    const { code, stdout } = await lab.wslfwd(["why", "3000"]).exit;
    equal(code, 1);
    match(
      stdout,
      /it is bound to ::1 only: nothing outside this VM can reach it, and the kernel lets nobody open it/,
    );
    await program.kill("SIGINT");
    await program.exit;
    equal(await lab.lan.fetch(3000), null);
  },
);

scenario(
  "a service on 127.0.0.1 stays open where Windows' side of the network changes its address",
  async (lab) => {
    await using _server = await lab.guest.listen(3000, { address: "127.0.0.1", text: "the page" });
    const program = await startForwarder(lab, ["--loopback", "3000"]);
    equal((await lab.lan.waitForOpen(3000)).text, "the page");
    await lab.guest.addAddress("172.23.30.30");
    await lab.guest.removeAddress(GUEST_ADDRESS);
    await program.waitForEvent("address", (event) => event.to === "172.23.30.30");
    await lab.windows.waitFor(({ entries }) =>
      entries.some(({ connectAddress }) => connectAddress === "172.23.30.30")
    );
    equal((await lab.lan.waitForOpen(3000)).text, "the page");
    await stopForwarder(program);
  },
);
