/** Windows' firewall by netsh and by the registry (facts of Windows, section 3). */
import { claimOn, sameRules } from "../../../src/plan/claims/claim.ts";
import { parseClaims, QUERY_CLAIMS } from "../../../src/windows/firewall/firewall_registry.ts";
import { netshWords } from "../../../src/windows/portproxy/script/netsh_words.ts";
import { confirmed, type Fact, impossible, judge, otherwise } from "../fact.ts";
import { OWNER, ruleFor, SCOPE } from "../samples.ts";
import type { World } from "../world.ts";

async function readClaims(world: World) {
  const { exitCode, stdout, stderr } = await world.run("reg.exe", ...QUERY_CLAIMS);
  return parseClaims(exitCode ?? 1, stdout, stderr).filter((claim) => claim.owner === OWNER);
}

/** A name of the contract's own, and what removes all rules of it. */
async function ownName(world: World): Promise<readonly [name: string, port: number]> {
  const port = await world.sparePort(), name = `wslfwd-contract-${port}`;
  world.undo("netsh.exe", "advfirewall", "firewall", "delete", "rule", `name=${name}`);
  return [name, port];
}

const add = (name: string, port: number, rest = "") =>
  `advfirewall firewall add rule name=${name} dir=in action=allow protocol=TCP localport=${port} profile=private remoteip=localsubnet${rest}`;

/** All of section 3. */
export const FIREWALL_FACTS: readonly Fact[] = [
  {
    id: "firewall-claim",
    claim:
      "wslfwd's words make a rule, reg.exe shows its tag as it was written, and wslfwd's words remove it",
    attempt: async (world) => {
      const claim = claimOn([ruleFor(await world.sparePort())], OWNER, SCOPE);
      const remove = netshWords({ kind: "delete-claim", claim });
      world.undo("netsh.exe", ...remove);
      const made = await world.run("netsh.exe", ...netshWords({ kind: "add-claim", claim }));
      const held = await readClaims(world);
      const removed = await world.run("netsh.exe", ...remove);
      const left = await readClaims(world);
      const isOurs = (each: typeof held[number]) =>
        each.name === claim.name && sameRules(each.rules, claim.rules);
      return judge({
        "made with 0": made.exitCode === 0,
        "in the registry once": held.filter(isOurs).length === 1,
        "removed with 0": removed.exitCode === 0,
        "gone": !left.some(isOurs),
      }, `exits ${made.exitCode} ${removed.exitCode}, ${made.durationMs.toFixed(0)} ms to make`);
    },
  },
  {
    id: "firewall-twice",
    claim: "the same rule added twice is there twice, and deleting by its name removes both",
    attempt: async (world) => {
      const [name, port] = await ownName(world);
      await world.netsh(add(name, port));
      await world.netsh(add(name, port));
      const count = async () => {
        const { stdout } = await world.run(
          "reg.exe",
          ...QUERY_CLAIMS.map((word) => word === "wslfwd" ? name : word),
        );
        return stdout.split(`|Name=${name}|`).length - 1;
      };
      const both = await count();
      const { exitCode } = await world.netsh(`advfirewall firewall delete rule name=${name}`);
      const left = await count();
      return judge(
        { "two": both === 2, "exit 0": exitCode === 0, "none left": left === 0 },
        `${both}, then ${left}`,
      );
    },
  },
  {
    id: "firewall-missing",
    claim: "deleting a rule that is not there, and showing it, ends with 1",
    attempt: async (world) => {
      const [name] = await ownName(world);
      const deleted = await world.netsh(`advfirewall firewall delete rule name=${name}`);
      const shown = await world.netsh(`advfirewall firewall show rule name=${name}`);
      const seen = `exits ${deleted.exitCode} ${shown.exitCode}`;
      return judge({ "1 for delete": deleted.exitCode === 1, "1 for show": shown.exitCode === 1 }, seen);
    },
  },
  {
    id: "firewall-registry-missing",
    claim: "reg.exe ends with 1 where it finds no rule",
    attempt: async (world) => {
      const words = QUERY_CLAIMS.map((word) => word === "wslfwd" ? "wslfwd-contract-none" : word);
      const { exitCode } = await world.run("reg.exe", ...words);
      return exitCode === 1 ? confirmed() : otherwise(`exit ${exitCode}`);
    },
  },
  {
    id: "firewall-service-rule",
    claim: "a rule can be narrowed to IP Helper: netsh takes a program and a service with a port",
    attempt: async (world) => {
      const [name, port] = await ownName(world);
      const { exitCode } = await world.netsh(
        add(name, port, " program=%SystemRoot%\\System32\\svchost.exe service=iphlpsvc"),
      );
      return exitCode === 0 ? confirmed() : otherwise(`exit ${exitCode}`);
    },
  },
  {
    id: "firewall-to-hyper-v",
    claim: "Windows copies a rule by port to Hyper-V's firewall",
    attempt: async (world) => {
      const [name, port] = await ownName(world);
      await world.netsh(add(name, port));
      const { exitCode, stdout } = await world.powershell(
        `@(Get-NetFirewallHyperVRule -PolicyStore ActiveStore | Where-Object LocalPorts -eq ${port}).Count`,
      );
      if (exitCode !== 0 || !/^\d+\s*$/.test(stdout)) {
        return impossible("this Windows shows no rules of Hyper-V's firewall");
      }
      return Number(stdout) > 0
        ? confirmed(`${stdout.trim()} rules`)
        : otherwise("there is none for the port");
    },
  },
  {
    id: "firewall-lan",
    claim: "a rule lets in the LAN, and an entry without one is closed to it",
    attempt: () =>
      Promise.resolve(impossible("this takes a second machine: wslfwd doctor --try says what to type there")),
  },
];
