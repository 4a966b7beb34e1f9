import { STANDARD_USER_REMEDY } from "../../daemon/open/open_windows.ts";
import { readKernelRelease } from "../../linux/proc/kernel_release.ts";
import { isShutByHyperV, SET_HYPER_V } from "../../windows/firewall/hyper_v_firewall.ts";
import { readComputerName } from "../../daemon/open/read_computer_name.ts";
import { answersToName, exposureRemedy, findUncovered } from "../../windows/network/exposure.ts";
import { interopEnvironment } from "../../wsl/interop_sockets.ts";
import { findSystem32 } from "../../wsl/system32.ts";
import { readWslVersion } from "../../wsl/wsl_version.ts";
import { valueOf } from "../attempt.ts";
import { failed, type Finding, note, ok, unknown } from "../finding.ts";
import { hyperVShut, otherFirewalls } from "../firewall_findings.ts";
import type { Machine, MachineCheck } from "./machine.ts";
import { checkMode } from "../mode_check.ts";
import type { WindowsFacts } from "../windows_facts.ts";
import { isDirectMode } from "../../wsl/networking_mode.ts";

/** What wslfwd needs of Windows and WSL. */
export const WINDOWS_CHECKS: readonly MachineCheck[] = [
  { name: "wsl", run: checkWsl },
  { name: "drive", run: checkDrive },
  { name: "interop", run: checkInterop },
  { name: "mode", run: checkMachineMode },
  { name: "elevation", run: checkElevation },
  { name: "forwarder", run: checkService },
  { name: "firewall", run: checkFirewall },
  { name: "network", run: checkNetworks },
  { name: "hyper-v", run: checkHyperV },
  { name: "other-firewall", run: checkOtherFirewalls },
];

async function checkWsl(): Promise<Finding> {
  const version = await readWslVersion(interopEnvironment());
  const release = readKernelRelease();
  if (version === null) {
    return note("wsl", `kernel ${release}; this WSL does not tell its version`, "wsl.exe --update");
  }
  return ok("wsl", `WSL ${version}, kernel ${release}`);
}

async function checkDrive(): Promise<Finding> {
  const system32 = await findSystem32();
  if (system32 !== null) return ok("drive", `Windows' programs are in ${system32}`);
  const remedy = "`[automount]` enabled=true in /etc/wsl.conf, then in Windows: wsl --shutdown";
  return failed("drive", "no netsh.exe below any mounted C: drive", remedy);
}

async function checkInterop({ windows }: Machine): Promise<Finding> {
  const found = await windows;
  if (!("error" in found)) return ok("interop", "Windows programs run from here");
  const remedy = "`[interop]` enabled=true in /etc/wsl.conf, then in Windows: wsl --shutdown";
  return failed("interop", found.error, remedy);
}

async function checkMachineMode({ windows }: Machine): Promise<Finding | null> {
  const found = valueOf(await windows);
  return found === null ? null : checkMode(found);
}

async function checkElevation({ windows }: Machine): Promise<Finding | null> {
  const found = valueOf(await windows);
  if (found === null) return null;
  if (found.user.isElevated) return ok("elevation", "Windows lets this terminal change rules");
  if (!found.user.isAdministrator) {
    const text = "Windows does not let this account change rules: it is no administrator";
    return failed("elevation", text, STANDARD_USER_REMEDY);
  }
  const text = "Windows does not let this terminal change rules: it is not elevated (sudo does not help)";
  return failed("elevation", text, "open a terminal with `Run as administrator`, or: wslfwd --elevate");
}

async function checkService({ windows, facts }: Machine): Promise<Finding | null> {
  if (isDirectMode(valueOf(await windows)?.mode ?? "unknown")) return null; // Nothing is forwarded there.
  return withFacts(facts, ({ forwarder }) => {
    if ("error" in forwarder) return unknown("forwarder", forwarder.error);
    if (forwarder.value.isRunning) return ok("forwarder", "the service IP Helper, which forwards, runs");
    const remedy = "sc.exe start iphlpsvc   (as administrator)";
    return failed("forwarder", "the service IP Helper, which forwards, is stopped", remedy);
  });
}

function checkFirewall({ facts }: Machine): Promise<Finding | null> {
  return withFacts(facts, ({ policy, profiles }) => {
    if ("error" in policy) return unknown("firewall", policy.error);
    const { off, shut, ignoresLocalRules } = policy.value, networks = valueOf(profiles) ?? [];
    const here = (places: readonly string[]) =>
      networks.filter((network) => places.includes(network)).join(" and ");
    if (here(shut) !== "") {
      const text = `the firewall keeps out everything in ${here(shut)} networks, whatever its rules say`;
      return failed("firewall", text, "Windows Security, Firewall: untick `Blocks all incoming connections`");
    }
    if (here(ignoresLocalRules) !== "") {
      const text = `a group policy has the firewall ignore this machine's own rules in ${
        here(ignoresLocalRules)
      } networks`;
      return failed(
        "firewall",
        text,
        "ask the administrator   (gpresult.exe /h report.html shows the policy)",
      );
    }
    if (here(off) !== "") {
      const text = `the firewall is off in ${here(off)} networks: everybody gets in, also without a rule`;
      return note("firewall", text, "netsh.exe advfirewall set allprofiles state on   (as administrator)");
    }
    return ok("firewall", "the firewall is on and follows this machine's own rules");
  });
}

async function checkNetworks({ facts, settings, windows }: Machine): Promise<Finding | null> {
  const found = valueOf(await windows);
  const name = found === null ? null : await readComputerName(found.programs);
  return await withFacts(facts, ({ profiles, lans }) => {
    if ("error" in lans) return unknown("network", `where Windows is in the network: ${lans.error}`);
    if (lans.value.length === 0) return failed("network", "Windows is connected to no network", "connect it");
    const addresses = `others type ${lans.value.map(({ address }) => address).join(" or ")}`;
    if ("error" in profiles) {
      return unknown("network", `${addresses}; what Windows takes its network for: ${profiles.error}`);
    }
    const uncovered = findUncovered(lans.value, settings.policy.scope);
    if (uncovered !== null) {
      const isPublic = uncovered.profile === "public";
      const silence = isPublic && name !== null ? `, and where it does not answer to ${name}` : "";
      const text = `Windows takes its network for ${
        isPublic ? "Public" : uncovered.profile
      }, where the rules do not hold${silence}`;
      return failed("network", text, exposureRemedy(uncovered));
    }
    const seen = `Windows takes its network for ${profiles.value.join(" and ")}`;
    if (name === null) return ok("network", `${addresses}; ${seen}`);
    return answersToName(profiles.value)
      ? ok("network", `${addresses}, or ${name}; ${seen}`)
      : ok("network", `${addresses}; ${seen}; in a Public network it does not answer to ${name}`);
  });
}

async function checkHyperV({ facts }: Machine): Promise<Finding | null> {
  const hyperV = valueOf(await facts)?.hyperV ?? null;
  if (hyperV === null) return null;
  if ("error" in hyperV) return unknown("hyper-v", hyperV.error);
  if (isShutByHyperV(hyperV.value)) return hyperVShut();
  if (hyperV.value.isLoopbackEnabled) {
    return ok("hyper-v", "the Hyper-V firewall lets Windows itself reach this guest");
  }
  return note(
    "hyper-v",
    "the Hyper-V firewall keeps Windows itself from this guest (LoopbackEnabled is False); the LAN is let in all the same",
    `${SET_HYPER_V} -LoopbackEnabled True   (PowerShell, as administrator)`,
  );
}

async function checkOtherFirewalls({ facts }: Machine): Promise<Finding | null> {
  const names = valueOf(valueOf(await facts)?.otherFirewalls ?? { value: [] }) ?? [];
  return names.length === 0 ? null : otherFirewalls(names);
}

async function withFacts(
  facts: Machine["facts"],
  check: (facts: WindowsFacts) => Finding,
): Promise<Finding | null> {
  const known = valueOf(await facts);
  return known === null ? null : check(known);
}
