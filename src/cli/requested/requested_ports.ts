import type { Settings } from "../../config/settings.ts";
import type { PortSet } from "../../net/port_set.ts";
import type { Rejection } from "../../plan/desired/rejection.ts";
import { ruleKey } from "../../plan/rules/rule.ts";
import type { EventSink, ReconcileEvent } from "../../reconcile/events.ts";

/** What has become of a port that the user named. */
export type Request =
  /** Nothing listens on it that could be reached. */
  | { readonly state: "waiting" }
  /** Windows lets others in. */
  | { readonly state: "open"; readonly event: Forwarded }
  /** It cannot be opened now. */
  | { readonly state: "rejected"; readonly rejection: Rejection };

/** A port was opened. */
export type Forwarded = Extract<ReconcileEvent, { readonly type: "forwarded" }>;

/** Follows what becomes of the ports that the user named (`--only`, `--port`, `--map`), by the events. */
export class RequestedPorts {
  readonly #ports: PortSet;
  /** Port on Windows to port of the guest, where they differ. */
  readonly #guestPorts: ReadonlyMap<number, number>;
  /** By port, then by rule: a port may be open by IPv4 and by IPv6. */
  readonly #open = new Map<number, Map<string, Forwarded>>();
  readonly #rejected = new Map<number, Rejection>();
  readonly #everOpen = new Set<number>();

  /** Every port waits at first. `requested`: those on Windows. */
  constructor(requested: PortSet, { policy }: Pick<Settings, "policy">) {
    this.#ports = requested;
    this.#guestPorts = new Map(policy.portMaps.map(({ hostPort, guestPort }) => [hostPort, guestPort]));
  }

  /** Takes in what happened. */
  note(event: ReconcileEvent): void {
    if (event.type === "forwarded") {
      const { port } = event.rule.listen;
      const rules = this.#open.get(port) ?? new Map<string, Forwarded>();
      this.#open.set(port, rules.set(ruleKey(event.rule), event));
      this.#everOpen.add(port);
    } else if (event.type === "removed" || event.type === "released") {
      this.#open.get(event.rule.listen.port)?.delete(ruleKey(event.rule));
    } else if (event.type === "rejected") this.#rejected.set(event.rejection.hostPort, event.rejection);
    else if (event.type === "cleared") this.#rejected.delete(event.rejection.hostPort);
  }

  /** Whether an event is about a port that was named, or about none. */
  concerns(event: ReconcileEvent): boolean {
    if (event.type === "forwarded" || event.type === "removed" || event.type === "released") {
      // What an earlier run left open and goes now is worth a word, too.
      return event.type !== "forwarded" || this.#ports.has(event.rule.listen.port);
    }
    if (event.type !== "rejected" && event.type !== "cleared") return true;
    return this.#ports.has(event.rejection.hostPort);
  }

  /** What has become of a port on Windows. */
  stateOf(port: number): Request {
    const [event] = this.#open.get(port)?.values() ?? [];
    if (event !== undefined) return { state: "open", event };
    const rejection = this.#rejected.get(port);
    return rejection === undefined ? { state: "waiting" } : { state: "rejected", rejection };
  }

  /** The port in the guest that a port on Windows is to lead to. */
  guestPortOf(port: number): number {
    return this.#guestPorts.get(port) ?? port;
  }

  /** Every port that was named, lowest first. */
  ports(): Iterable<number> {
    return this.#ports.ports();
  }

  /** The ports on Windows that wait, lowest first. */
  get waiting(): readonly number[] {
    return [...this.#ports.ports()].filter((port) => this.stateOf(port).state === "waiting");
  }

  /** Whether each was open at some time. */
  get wereAllOpen(): boolean {
    return this.#ports.ranges.every(({ first, last }) => {
      for (let port = first; port <= last; port++) if (!this.#everOpen.has(port)) return false;
      return true;
    });
  }
}

/** Passes on what concerns the ports that were named, and takes it in before. Passes on everything where not `isOnly`. */
export function sinkFor(requested: RequestedPorts | null, isOnly: boolean, emit: EventSink): EventSink {
  if (requested === null) return emit;
  return (event) => {
    requested.note(event);
    if (!isOnly || requested.concerns(event)) emit(event);
  };
}
