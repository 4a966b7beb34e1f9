import type { Settings } from "../config/settings.ts";
import { isLoopback } from "../net/address.ts";
import type { Listener } from "../net/listener.ts";
import type { Rejection } from "../plan/desired/rejection.ts";
import { formatEntry } from "../plan/rules/entry.ts";
import { formatRule, type Rule } from "../plan/rules/rule.ts";
import type { ReconcileEvent } from "../reconcile/events.ts";
import { lanAddressesOf } from "./addresses.ts";
import type { Asked, Forward, ForwardState, Notice, View } from "./view.ts";

/** What is kept of a forward; the rest follows from the state of everything. */
type Kept = Omit<Forward, "state" | "lanAddress" | "lanIpv6">;

/** Gathers from the events what the screen shows and what `status` is told. */
export class ViewState {
  readonly #settings: Settings;
  #engine = "";
  #guestAddress: string | null = null;
  #lanAddress: string | null = null;
  #lanName: string | null = null;
  #lanIpv6: string | null = null;
  /** Whether Windows takes the network that others are in for Public, and the rules do not apply there. */
  #isPublic = false;
  #isForwarderStopped = false;
  #forwards = new Map<string, Kept>();
  #rejections = new Map<string, Rejection>();
  #notices = new Map<string, Notice>();
  #asked: Asked | null = null;
  /** Ports that Windows was asked to open, and whose outcome was not told yet. */
  #untold: Asked | null = null;
  #endingSinceMs: number | null = null;
  /** When Windows was asked to open a port, until that is told. */
  readonly #askedMs = new Map<number, number>();
  #isReady = false;
  /** When the first of the ports was told of that were open at the start. */
  #firstMs: number | null = null;

  /** Empty at first. */
  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The address of Windows that others type; null where it is not known. */
  get lanAddress(): string | null {
    return this.#lanAddress;
  }

  /** The IPv6 address of Windows that others may type as well; null where none is known. */
  get lanIpv6(): string | null {
    return this.#lanIpv6;
  }

  /** The guest's address; null until it is known. */
  get guestAddress(): string | null {
    return this.#guestAddress;
  }

  /** wslfwd was told to end at `timeMs` (milliseconds since 1970). */
  noteEnding(timeMs: number): void {
    this.#endingSinceMs ??= timeMs;
  }

  /** Takes in what happened at `timeMs` (milliseconds since 1970). */
  note(event: ReconcileEvent, timeMs: number): void {
    switch (event.type) {
      case "ready":
        this.#guestAddress = event.guestAddress;
        this.#untold = null;
        this.#isReady = true;
        return;
      case "address":
        this.#guestAddress = event.to;
        return;
      case "engine":
        this.#engine = event.engine;
        return this.#setNotice("engine", "warning", event.detail);
      case "network":
        this.#lanAddress = event.lanAddress;
        this.#lanName = event.lanName;
        this.#lanIpv6 = event.lanIpv6;
        this.#isPublic = event.warning !== null && event.profiles?.includes("public") === true;
        return this.#setNotice("network", "warning", event.warning);
      case "asked":
        this.#asked = { sinceMs: timeMs, opening: event.opening, closing: event.closing };
        this.#untold = event.opening.length > 0 ? this.#asked : null;
        for (const port of event.opening) this.#askedMs.set(port, timeMs);
        return;
      case "answered":
        this.#asked = null;
        return;
      case "forwarded": {
        const { rule, beside, missing, listener, program } = event;
        const note = describeOrigin(listener);
        const { name = null, pid = null, folder = null } = program ?? {};
        const sinceMs = this.#openedMs(rule.listen.port, timeMs);
        const kept: Kept = {
          program: name,
          pid,
          folder,
          rule,
          beside,
          missing,
          sinceMs,
          note,
          isLoopback: isOnLoopback(listener),
        };
        this.#forwards.set(forwardKey(rule), kept);
        return this.#noteTold(rule.listen.port);
      }
      case "changed": {
        const { rule, beside, missing } = event, key = forwardKey(rule), known = this.#forwards.get(key);
        if (known !== undefined) this.#forwards.set(key, { ...known, beside, missing });
        return;
      }
      case "removed":
      case "released":
        this.#forwards.delete(forwardKey(event.rule));
        return;
      case "rejected":
        this.#rejections.set(keyOf(event.rejection), event.rejection);
        return this.#noteTold(event.rejection.hostPort);
      case "cleared":
        this.#rejections.delete(keyOf(event.rejection));
        return;
      case "restored": {
        const text = `put back somebody's entry ${formatEntry(event.entry)}`;
        return this.#setNotice("restored", "warning", text);
      }
      case "notice":
        // Said once, at a moment; nothing that lasts.
        if (event.code === "others-open" || event.code === "not-open") return;
        if (event.code === "forwarder-stopped") this.#isForwarderStopped = true;
        if (event.code === "forwarder-running") {
          this.#isForwarderStopped = false;
          return this.#setNotice("forwarder-stopped", "warning", null);
        }
        return this.#setNotice(event.code, "warning", event.message);
      case "error":
        this.#untold = null;
        // What Ctrl-C cut short is not tried again, and the end tells what came of it.
        if (event.isRetriable && this.#endingSinceMs !== null) return;
        return this.#setNotice(event.operation, "error", event.message, event.count);
      case "recovered":
        return this.#setNotice(event.operation, "error", null);
    }
  }

  /** Everything, as it is now. */
  get view(): View {
    const blockedBy = this.#blockedBy;
    const closing = new Set(this.#asked?.closing ?? []);
    const stateOf = (port: number): ForwardState =>
      closing.has(port) ? "closing" : blockedBy !== null ? "blocked" : "reachable";
    const forwards = [...this.#forwards.values()].map((forward): Forward => ({
      ...forward,
      ...lanAddressesOf([forward.rule, ...forward.beside], this),
      state: stateOf(forward.rule.listen.port),
    }));
    return {
      engine: this.#engine,
      mode: this.#settings.mode,
      listenAddress: this.#settings.policy.listenAddresses.join(", "),
      lanAddress: this.#lanAddress,
      lanName: this.#lanName,
      lanIpv6: this.#lanIpv6,
      forwards: forwards.sort((a, b) => b.sinceMs - a.sinceMs || a.rule.listen.port - b.rule.listen.port),
      blockedBy,
      rejections: [...this.#rejections.values()].sort((a, b) => a.hostPort - b.hostPort),
      asked: this.#asked ?? this.#untold,
      endingSinceMs: this.#endingSinceMs,
      notices: [...this.#notices.values()].sort((a, b) =>
        Number(b.level === "error") - Number(a.level === "error")
      ),
      keepsRules: !this.#settings.cleanup,
    };
  }

  get #blockedBy(): string | null {
    if (this.#isForwarderStopped) return "IP Helper does not run";
    return this.#isPublic ? "Public network" : null;
  }

  /** What one netsh opened is told of one by one, and is of one time all the same; so is what was there at the start. */
  #openedMs(port: number, timeMs: number): number {
    const askedMs = this.#askedMs.get(port);
    this.#askedMs.delete(port);
    if (askedMs !== undefined) return askedMs;
    return this.#isReady ? timeMs : this.#firstMs ??= timeMs;
  }

  /** What became of an opened port is told only after the names of the programs were looked up. */
  #noteTold(port: number): void {
    if (this.#untold === null) return;
    const opening = this.#untold.opening.filter((each) => each !== port);
    this.#untold = opening.length === 0 ? null : { ...this.#untold, opening };
  }

  /** Null takes it away. */
  #setNotice(key: string, level: Notice["level"], text: string | null, count = 1): void {
    if (text === null) this.#notices.delete(key);
    else this.#notices.set(key, { level, text, count });
  }
}

/** What is to be said of a forward besides its program. */
function describeOrigin(listener: Listener | null): string {
  if (listener === null) return "fixed port";
  return isOnLoopback(listener) ? "on 127.0.0.1, opened by wslfwd" : "";
}

/** A service on loopback has a rule only where wslfwd lets Windows in to it. */
function isOnLoopback(listener: Listener | null): boolean {
  return listener !== null && isLoopback(listener.address);
}

function forwardKey(rule: Rule): string {
  return `${rule.listen.protocol} ${formatRule(rule)}`;
}

function keyOf({ protocol, hostPort, listener, reason, detail }: Rejection): string {
  return JSON.stringify([protocol, hostPort, listener?.port ?? null, reason, detail]);
}
