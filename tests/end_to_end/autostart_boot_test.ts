/** autostart has Windows boot the distro unelevated: both tasks, or none; what is said where one is missing. */
import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import { forwardings, OWNER, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

const START = `wslfwd-${OWNER}`, BOOT = `${START}-boot`;

/** The exit code of a Windows program that only an administrator can use, as a service of the distro starts it. */
async function useRights(lab: Lab): Promise<number> {
  const env = { WSL_INTEROP: "/run/WSL/1_interop" };
  return (await lab.guest.spawn(["/mnt/c/Windows/System32/net.exe", "session"], { env }).exit).code;
}

async function taskNames(lab: Lab): Promise<string[]> {
  return (await lab.windows.state()).tasks.map(({ name }) => name).sort();
}

/** As `wslfwd autostart disable` of a version that knew of one task does, or a person in taskschd.msc. */
async function deleteTask(lab: Lab, name: string): Promise<void> {
  const argv = ["/mnt/c/Windows/System32/schtasks.exe", "/Delete", "/TN", name, "/F"];
  const env = { WSL_INTEROP: "/run/WSL/8_interop" };
  equal((await lab.guest.spawn(argv, { env }).exit).code, 0);
}

scenario("autostart has the distro booted unelevated, so that only wslfwd is elevated", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  equal((await lab.wslfwd(["autostart", "enable", "--linger", "0"]).exit).code, 0);
  const { tasks } = await lab.windows.state();
  same(tasks.map(({ name, isElevated, delayS }) => [name, isElevated, delayS]), [
    [BOOT, false, 0],
    [START, true, 5],
  ]);
  await lab.windows.logOn();
  const { launches } = await lab.windows.state();
  same(launches.map(({ distro, isElevated, isHidden }) => [distro, isElevated, isHidden]), [
    ["Debian", false, true],
    ["Debian", true, true],
  ]);
  // It stays for longer than Windows tries to start wslfwd, a minute apart, three more times.
  same(launches[0]!.argv, ["/usr/bin/env", "sleep", "240"]);
  equal(await useRights(lab), 2, "a service has the rights of an ordinary terminal");
  const session = await lab.windows.openSession(4242, true);
  const argv = launches[1]!.argv.filter((word) => !word.startsWith("--log="));
  const program = lab.guest.spawn([...argv, "--json"], { env: { WSL_INTEROP: session } });
  await program.waitForEvent("ready");
  await waitForHoldings(lab, forwardings([3000]));
  equal(await lab.lan.fetch(3000), "the page");
  await program.kill("SIGTERM");
  equal((await program.exit).code, 0);
  await waitForHoldings(lab, []);
});

scenario(
  "autostart says that the distro is elevated where no task boots it, until it is enabled again",
  async (lab) => {
    equal((await lab.wslfwd(["autostart", "enable"]).exit).code, 0);
    await deleteTask(lab, BOOT);
    await lab.windows.logOn();
    equal(await useRights(lab), 0, "without that task, a service has an administrator's rights");
    const alone = await lab.wslfwd(["autostart", "status"]).exit;
    equal(alone.code, 0, "wslfwd starts all the same");
    match(
      alone.stdout,
      /^warning: at logon the whole distro gets .*, since there is no task wslfwd-\S+-boot .*enable/m,
    );
    const json = JSON.parse((await lab.wslfwd(["autostart", "status", "--json"]).exit).stdout);
    same([json.isEnabled, json.fault, json.bootCommandLine, typeof json.bootFault], [
      true,
      null,
      null,
      "string",
    ]);
    match((await lab.wslfwd(["doctor"]).exit).stdout, /autostart +at logon the whole distro gets /);
    equal((await lab.wslfwd(["autostart", "enable"]).exit).code, 0);
    same(await taskNames(lab), [START, BOOT]);
    const mended = JSON.parse((await lab.wslfwd(["autostart", "status", "--json"]).exit).stdout);
    same([mended.bootFault, / -d Debian .* "sleep"/.test(mended.bootCommandLine)], [null, true]);
    await lab.windows.logOn();
    equal(await useRights(lab), 2);
  },
);

scenario("autostart makes both tasks or none, and takes back the first", async (lab) => {
  const failStart = { program: "schtasks.exe", kind: "fail", matching: "/Create", nth: 2 } as const;
  await lab.windows.addFault(failStart);
  const none = await lab.wslfwd(["autostart", "enable"]).exit;
  equal(none.code, 1);
  match(none.stderr, /Windows did not make the task: schtasks\.exe ended with 1/);
  same(await taskNames(lab), []);
  equal((await lab.wslfwd(["autostart", "enable"]).exit).code, 0);
  const { tasks } = await lab.windows.state();
  await lab.windows.addFault(failStart);
  equal((await lab.wslfwd(["autostart", "enable", "--linger", "0"]).exit).code, 1);
  same((await lab.windows.state()).tasks, tasks, "what was enabled before stays");
});

scenario(
  "autostart says so where the first task cannot be taken back, and disable removes it",
  async (lab) => {
    await lab.windows.addFault({ program: "schtasks.exe", kind: "fail", matching: "/Create", nth: 2 });
    await lab.windows.addFault({ program: "schtasks.exe", kind: "fail", matching: "/Delete" });
    const { code, stderr } = await lab.wslfwd(["autostart", "enable"]).exit;
    equal(code, 1);
    match(stderr, /the task wslfwd-\S+-boot stays \(Windows did not delete the task/);
    same(await taskNames(lab), [BOOT]);
    const left = await lab.wslfwd(["autostart", "status"]).exit;
    equal(left.code, 1);
    match(left.stdout, /^autostart is off, but at logon Windows still boots the distro \(task \S+-boot\)/);
    match((await lab.wslfwd(["autostart", "disable"]).exit).stdout, /^autostart is off now$/m);
    same(await taskNames(lab), []);
  },
);
