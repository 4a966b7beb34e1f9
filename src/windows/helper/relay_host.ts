import { DelegatingHost } from "../../contracts/delegating_host.ts";
import type { ApplyReport, Host, HostCheck, HostSnapshot, SnapshotPart } from "../../contracts/host.ts";
import type { Ability } from "../../plan/rules/ability.ts";
import { claimedEntries } from "../../plan/claims/claim_index.ts";
import type { Entry } from "../../plan/rules/entry.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { PortSet } from "../../net/port_set.ts";
import { openingKey } from "../../plan/claims/opening.ts";
import type { UdpRelay } from "./udp_relay.ts";

/** What the relay carries. */
export const RELAY_ABILITY: Ability = {
  name: "relay",
  targets: ["proxy"],
  protocols: ["udp"],
  families: [4, 6],
};

/**
 * A host whose entries of UDP the helper carries; all else is that of the host behind it. A claim of UDP is a firewall rule
 * like any other. To the rest of wslfwd an entry is an entry: whoever carries it is chosen here, and nowhere else. A glance need
 * not look for those of UDP: the helper tells of them by itself.
 */
export class RelayHost extends DelegatingHost {
  readonly #relay: UdpRelay;
  readonly #readExcluded: (signal?: AbortSignal) => Promise<PortSet>;

  /** `behind`: the host that holds the claims, and every entry but those of UDP. `readExcluded`: what Windows lets nobody have by UDP. */
  constructor(behind: Host, relay: UdpRelay, readExcluded: (signal?: AbortSignal) => Promise<PortSet>) {
    super(behind);
    this.#relay = relay;
    this.#readExcluded = readExcluded;
  }

  /** Reads everything. Throws SnapshotError. */
  override async snapshot(signal?: AbortSignal, part?: SnapshotPart): Promise<HostSnapshot> {
    const [snapshot, excludedUdp] = await Promise.all([
      super.snapshot(signal, part),
      part === "held" ? PortSet.EMPTY : this.#readExcluded(signal),
    ]);
    // What was opened by this helper is ours by that alone; without its claim it must not go on.
    const claimed = claimedEntries(snapshot.claims);
    for (const entry of this.#relay.entries) if (!claimed.has(entry)) await this.#relay.remove(entry);
    const { carriage } = this.#relay;
    return {
      ...snapshot,
      abilities: carriage === "up" ? [...snapshot.abilities, RELAY_ABILITY] : snapshot.abilities,
      ...carriage === "coming" && { coming: [RELAY_ABILITY] },
      entries: [...snapshot.entries, ...this.#relay.entries],
      excluded: { ...snapshot.excluded, udp: { 4: excludedUdp, 6: PortSet.EMPTY } },
      taken: this.#sortOut(snapshot.taken),
    };
  }

  /** Reads what no netsh shows. Throws SnapshotError. */
  override async check(signal?: AbortSignal): Promise<HostCheck> {
    const check = await super.check(signal);
    return { ...check, taken: this.#sortOut(check.taken) };
  }

  /** The name of a process of Windows; null where it cannot be told. Never rejects. */
  override processName(pid: number): Promise<string | null> {
    return pid === UNKNOWN_PID ? Promise.resolve(null) : super.processName(pid);
  }

  /** A port is closed before its claim goes, and opened once its claim is there. Throws HostError. */
  override async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    const before = this.#relay.entries;
    const ours = plan.filter(isOfRelay), rest = plan.filter((operation) => !isOfRelay(operation));
    let succeeded = true;
    for (const operation of ours) {
      if (operation.kind === "delete-entry") {
        succeeded = await this.#relay.remove(operation.entry) && succeeded;
      }
    }
    const report = await super.apply(rest, signal);
    for (const operation of ours) {
      if (operation.kind === "add-entry") succeeded = await this.#relay.put(operation.entry) && succeeded;
    }
    return {
      ...report,
      before: [...report.before, ...before],
      after: [...report.after, ...this.#relay.entries],
      succeeded: report.succeeded && succeeded,
    };
  }

  /** What Windows' programs have, without what the helper has for us, and with what it could not bind. */
  #sortOut(taken: HostSnapshot["taken"]): HostSnapshot["taken"] {
    const others = taken.filter(({ protocol, pid }) => protocol !== "udp" || !this.#relay.isOwn(pid));
    const seen = new Set(others.map(openingKey));
    // What it could not bind, and netstat does not show, has a program all the same, or Windows keeps it.
    this.#relay.forgetRefusals(({ listen }) => seen.has(openingKey(listen)));
    const refused = this.#relay.refusals.filter(({ code }) => isTaken(code));
    return [
      ...others,
      ...refused.map(({ entry: { listen } }) => ({ ...listen, port: Number(listen.port), pid: UNKNOWN_PID })),
    ];
  }
}

/** No process of Windows that listens has it. */
const UNKNOWN_PID = 0;

/** WSAEADDRINUSE and WSAEACCES of winsock2.h. */
function isTaken(code: string): boolean {
  return code === "socket 10048" || code === "socket 10013";
}

function isOfRelay(
  operation: Operation,
): operation is Operation & { readonly kind: "add-entry" | "delete-entry"; readonly entry: Entry } {
  return "entry" in operation && operation.entry.listen.protocol === "udp";
}
