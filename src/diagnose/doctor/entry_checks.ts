import type { Family } from "../../net/address.ts";
import { findIpv6 } from "../../windows/network/lan_address.ts";
import { openAddressSource } from "../../daemon/open/open_reconciler.ts";
import { claimedEntries } from "../../plan/claims/claim_index.ts";
import { listensByIpv6 } from "../../plan/desired/policy.ts";
import { isDirectMode } from "../../wsl/networking_mode.ts";
import { attempt, valueOf } from "../attempt.ts";
import { failed, type Finding, note, ok, unknown } from "../finding.ts";
import type { Machine, MachineCheck } from "./machine.ts";
import { findOddEntries } from "./odd_entries.ts";

/** How long reading the guest's address may take, in milliseconds. */
const ADDRESS_MS = 5000;

/** Whether Windows does what the entries say: ours, and those of others. */
export const ENTRY_CHECKS: readonly MachineCheck[] = [
  { name: "forwarding", run: checkForwarding },
  { name: "ipv6", run: checkIpv6 },
  { name: "foreign-entries", run: checkForeign },
];

/** Whether IP Helper listens for each of our entries: it may run, and not do so (go-wsl2-host#55). */
async function checkForwarding({ windows, facts }: Machine): Promise<Finding | null> {
  const known = valueOf(await facts);
  if (known === null || isDirectMode(valueOf(await windows)?.mode ?? "unknown")) return null;
  const { held, listeners, forwarder } = known;
  const snapshot = valueOf(held), helper = valueOf(forwarder), all = valueOf(listeners);
  if (snapshot === null || helper === null || all === null) {
    return unknown("forwarding", "whether IP Helper listens on the ports that it forwards cannot be read");
  }
  const claimed = claimedEntries(snapshot.claims);
  const ours = snapshot.entries.filter((entry) => entry.listen.protocol === "tcp" && claimed.has(entry));
  if (ours.length === 0 || !helper.isRunning) return null;
  // It has a socket for each family (assumed: what knows no table but its own has no other).
  const heard = new Set(
    all.filter(({ pid }) => pid === helper.pid).map(({ family, port }) => `${family} ${port}`),
  );
  const silentBy = (family: Family) => {
    const own = ours.filter(({ listen }) => listen.family === family).map(({ listen }) => listen.port);
    const ports = own.filter((port) => !heard.has(`${family} ${port}`));
    if (ports.length === 0) return [];
    return [`${ports.length === 1 ? "port" : "ports"} ${ports.join(", ")}${family === 4 ? "" : " by IPv6"}`];
  };
  const silent = [...silentBy(4), ...silentBy(6)];
  if (silent.length === 0) return ok("forwarding", "IP Helper listens on each port that wslfwd forwards");
  // Where the registry does not say whether Windows has IPv6, it may be off: what answers by IPv4 is no failure then.
  const tell = silentBy(4).length === 0 ? note : failed;
  return tell(
    "forwarding",
    `IP Helper runs, and does not listen on ${silent.join(", nor on ")}`,
    `sc.exe stop iphlpsvc, then sc.exe start iphlpsvc   (as administrator)${
      tell === note ? "; or leave IPv6 out: --ipv4-only" : ""
    }`,
  );
}

/** Whether others come by IPv6, too, and what they type then; nothing where the user wants none of it. */
async function checkIpv6({ settings, facts }: Machine): Promise<Finding | null> {
  const known = valueOf(await facts);
  if (known === null || !listensByIpv6(settings.policy)) return null;
  if ("error" in known.hasIpv6) return unknown("ipv6", `whether Windows has IPv6: ${known.hasIpv6.error}`);
  if (!known.hasIpv6.value) {
    return ok("ipv6", "IPv6 is switched off on Windows' LANs, so that ports are open by IPv4 alone");
  }
  const address = findIpv6(valueOf(known.lans) ?? []);
  return address === null
    ? note(
      "ipv6",
      "Windows has IPv6, and no address of it that others could type; by its name they may find it",
    )
    : ok("ipv6", `others may type ${address}, too`);
}

async function checkForeign({ settings, facts }: Machine): Promise<Finding | null> {
  const known = valueOf(await facts), snapshot = known === null ? null : valueOf(known.held);
  if (known === null || snapshot === null) return null;
  const { foreign, unread, taken } = snapshot;
  const address = await attempt(() => openAddressSource(settings).current(), ADDRESS_MS);
  const odd = findOddEntries(foreign, {
    guestAddress: valueOf(address)?.address ?? null,
    hostAddresses: (valueOf(known.lans) ?? []).map((lan) => lan.address),
    taken,
  });
  odd.push(...unread.map(({ text }) => `${text} cannot be understood`));
  if (odd.length === 0) return null;
  return note(
    "foreign-entries",
    `portproxy entries that wslfwd did not make and leaves as they are: ${odd.join("; ")}`,
    "if nobody needs them: netsh.exe interface portproxy delete …   (as administrator), or wslfwd --clean-rules --all",
  );
}
