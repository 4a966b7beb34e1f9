import { openAddressSource } from "../../daemon/open/open_reconciler.ts";
import { claimedEntries } from "../../plan/claims/claim_index.ts";
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
  const ports = [...claimedEntries(snapshot.claims)].flatMap(({ listen }) =>
    listen.protocol === "tcp" && listen.family === 4 &&
      snapshot.entries.some((entry) => entry.listen.port === listen.port)
      ? [listen.port]
      : []
  );
  if (ports.length === 0 || !helper.isRunning) return null;
  const silent = ports.filter((port) =>
    !all.some((listener) => listener.port === port && listener.pid === helper.pid)
  );
  if (silent.length === 0) return ok("forwarding", "IP Helper listens on each port that wslfwd forwards");
  return failed(
    "forwarding",
    `IP Helper runs, and does not listen on ${silent.length === 1 ? "port" : "ports"} ${silent.join(", ")}`,
    "sc.exe stop iphlpsvc, then sc.exe start iphlpsvc   (as administrator)",
  );
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
