import { type Family, familyOf, formatEndpoint } from "../../net/address.ts";
import { claimedEntries } from "../../plan/claims/claim_index.ts";
import { formatEntry, formatPlace } from "../../plan/rules/entry.ts";
import { findOccupant, type Link, type PortFacts, type PortOnWindows } from "./port_facts.ts";
import { valueOf } from "../attempt.ts";
import { failed, type Finding, note, ok, unknown } from "../finding.ts";
import { checkMode } from "../mode_check.ts";
import { isDirectMode } from "../../wsl/networking_mode.ts";

/** How wslfwd is started. */
export const START_COMMAND = "sudo wslfwd --realtime   (in a terminal opened as administrator)";

/** Whether Windows can be asked. */
export function checkWindows({ host }: PortFacts): Finding {
  if ("error" in host) return failed("windows", host.error, "wslfwd doctor");
  return ok("windows", "Windows programs run from here");
}

/** Whether the networking mode is one that wslfwd works in. */
export function checkNetworkingMode({ host }: PortFacts): Finding | null {
  const there = valueOf(host);
  return there === null ? null : checkMode(there.windows);
}

/** Whether Windows lets anybody listen on the port. */
export const checkReserved: Link = onForwarding(({ port }, { held }, family) => {
  const snapshot = valueOf(held);
  if (snapshot === null) return readError("reserved", held);
  if (!snapshot.excluded.tcp[family].has(port)) {
    return ok("reserved", "the port is not in a range that Windows reserves");
  }
  const where = `netsh interface ipv${family} show excludedportrange protocol=tcp`;
  const text = `Windows reserves port ${port} (${where})`;
  return failed("reserved", text, `wslfwd --map 8080:${port}   (or any other free port in place of 8080)`);
});

/** Whether a program of Windows has the port. */
export const checkOccupant: Link = onForwarding(({ port }, there) => {
  if ("error" in there.held) return unknown("occupant", there.held.error);
  const pid = findOccupant(there, port);
  if (pid === null) return ok("occupant", "no program of Windows has the port");
  const who = there.occupantName ?? "a program";
  if (isDocker(there.occupantName)) {
    const lan = valueOf(there.lans)?.[0],
      place = lan === undefined ? null : formatEndpoint(lan.address, port);
    const text = `Docker Desktop publishes port ${port} on Windows already: wslfwd has nothing to do there`;
    return failed(
      "occupant",
      text,
      place === null ? "others reach it at Windows' own address" : `others reach it there: http://${place}`,
    );
  }
  const remedy = `end it (taskkill.exe /PID ${pid}), or use another port: wslfwd --map 8080:${port}`;
  return failed("occupant", `on Windows, ${who} (process ${pid}) has port ${port}`, remedy);
});

/** What of Docker Desktop has the ports that its containers publish (microsoft/WSL#5439, #5175). */
function isDocker(name: string | null): boolean {
  return /^(com\.docker\.backend|vpnkit|docker.*)\.exe$/i.test(name ?? "");
}

/** Whether there is an entry of a family, and whose it is. */
export function checkEntry(facts: PortFacts, family: Family): Finding | null {
  const there = valueOf(facts.host);
  if (there === null) return null;
  const snapshot = valueOf(there.held);
  if (snapshot === null) return readError("entry", there.held);
  const { port, opinion } = facts;
  const entries = snapshot.entries.filter(({ listen }) => listen.port === port && listen.family === family);
  const claimed = claimedEntries(snapshot.claims);
  const foreign = entries.find((entry) => !claimed.has(entry));
  const isOpen = opinion?.isForwarding && opinion.addresses.open.some((each) => familyOf(each) === family);
  if (foreign !== undefined && isOpen) {
    const text = `wslfwd's entry ${
      formatEntry(foreign)
    } has lost its firewall rule: somebody deleted the rule`;
    return failed("entry", text, "wait for a minute: wslfwd notices by itself; or start wslfwd again");
  }
  if (foreign !== undefined) {
    const text = `Windows has an entry that wslfwd did not make: ${formatEntry(foreign)}`;
    // Words of others never stand in a command that somebody may copy, unless they are what they should be.
    const { listen, connect } = foreign, table = `v${listen.family}tov${connect.family}`;
    const address = /^([\d.]+|[\da-f:]+|\*)$/.test(listen.address) ? listen.address : "ADDRESS";
    const remedy =
      `netsh.exe interface portproxy delete ${table} listenport=${port} listenaddress=${address}` +
      "   (as administrator), if nobody needs it";
    return failed("entry", text, remedy);
  }
  if (isDirectMode(there.windows.mode)) return null;
  const [entry] = entries, how = family === 4 ? "" : " by IPv6";
  if (entry === undefined) {
    return opinion === null
      ? failed("entry", `Windows does not forward the port${how}, and no wslfwd runs`, START_COMMAND)
      : failed(
        "entry",
        `Windows does not forward the port${how}, though wslfwd runs (pid ${opinion.pid})`,
        "wslfwd status",
      );
  }
  const address = valueOf(facts.guest.address);
  if (entry.connect.address !== address || entry.connect.port !== facts.guestPort) {
    const text = `Windows forwards the port to ${formatPlace(entry.connect)}, and this guest has ${address}`;
    return failed("entry", text, opinion === null ? START_COMMAND : "wslfwd status");
  }
  const text = `Windows forwards ${formatEntry(entry)}`;
  return opinion === null
    ? note("entry", `${text}; no wslfwd runs that would remove it`, "wslfwd --clean-rules")
    : ok("entry", text);
}

/** Whether the service that forwards runs. */
export const checkForwarder: Link = onForwarding((_, { forwarder }) => {
  const state = valueOf(forwarder);
  if (state === null) return readError("forwarder", forwarder);
  if (state.isRunning) return ok("forwarder", "the service IP Helper, which forwards, runs");
  const remedy = "sc.exe start iphlpsvc   (as administrator)";
  return failed("forwarder", "the service IP Helper, which forwards, is stopped", remedy);
});

/** Whether IP Helper listens on the port by a family: it has a socket for each (assumed: as a program that knows no other has). */
export const checkForwarding: Link = onForwarding(({ port }, { listeners, forwarder }, family) => {
  const all = valueOf(listeners), pid = valueOf(forwarder)?.pid;
  if (all === null || pid === undefined) return readError("forwarding", listeners);
  const how = family === 4 ? "" : " by IPv6";
  if (all.some((each) => each.port === port && each.pid === pid && each.family === family)) {
    return ok("forwarding", `IP Helper listens on port ${port}${how}`);
  }
  const remedy = "sc.exe stop iphlpsvc, then sc.exe start iphlpsvc   (as administrator)";
  return failed("forwarding", `IP Helper has the entry, and does not listen on port ${port}${how}`, remedy);
});

/** Whether Windows reaches the service: a real connection. */
export const checkWayToGuest: Link = onForwarding((facts, { toGuest }) => {
  const { guestPort, guestFirewall } = facts;
  if (toGuest === null) return null;
  if ("error" in toGuest) {
    return note("guest", `whether Windows reaches the guest was not tried: ${toGuest.error}`);
  }
  const place = `${valueOf(facts.guest.address)}:${guestPort}`;
  if (toGuest.value) return ok("guest", `Windows connects to ${place}`);
  const text = `Windows cannot connect to ${place}`;
  if (guestFirewall === null) {
    return failed(
      "guest",
      `${text}: something in this guest keeps it out`,
      "sudo nft list ruleset; sudo iptables -S",
    );
  }
  const remedy = guestFirewall.remedy.replace("PORT", String(guestPort));
  return failed("guest", `${text}: ${guestFirewall.name} in this guest keeps it out`, remedy);
});

/** A check of what only a Windows that forwards has; passed over where nothing is forwarded, and where Windows cannot be asked. */
function onForwarding(
  check: (facts: PortFacts, there: PortOnWindows, family: Family) => Finding | null,
): Link {
  return (facts, family) => {
    const there = valueOf(facts.host);
    return there === null || isDirectMode(there.windows.mode) ? null : check(facts, there, family);
  };
}

function readError(check: string, read: { readonly error: string } | object): Finding {
  return unknown(check, "error" in read ? String(read.error) : "it cannot be read");
}
