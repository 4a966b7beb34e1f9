import type { Settings } from "../config/settings.ts";
import { isLoopback } from "../net/address.ts";
import type { Listener } from "../net/listener.ts";
import type { Rejection } from "../plan/rejection.ts";
import { formatEntry } from "../plan/entry.ts";
import { formatRule } from "../plan/rule.ts";
import type { ReconcileEvent } from "../reconcile/events.ts";
import type { Forward, Notice, View } from "./view.ts";

/** Gathers from the events what the screen shows and what `status` is told. */
export class ViewState {
  readonly #settings: Settings;
  #engine = "";
  #guestAddress: string | null = null;
  #lanAddress: string | null = null;
  #isPublic = false;
  #forwards = new Map<string, Forward>();
  #rejections = new Map<string, Rejection>();
  #notices = new Map<string, Notice>();
  #updates = 0;
  #lastUpdateMs: number | null = null;

  /** Empty at first. */
  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The address of Windows that others type; null where it is not known. */
  get lanAddress(): string | null {
    return this.#lanAddress;
  }

  /** The guest's address; null until it is known. */
  get guestAddress(): string | null {
    return this.#guestAddress;
  }

  /** Takes in what happened at `timeMs` (milliseconds since 1970). */
  note(event: ReconcileEvent, timeMs: number): void {
    switch (event.type) {
      case "ready":
        this.#guestAddress = event.guestAddress;
        return;
      case "address":
        this.#guestAddress = event.to;
        return;
      case "engine":
        this.#engine = event.engine;
        return this.#setNotice("engine", "warning", event.detail);
      case "network":
        this.#lanAddress = event.lanAddress;
        this.#isPublic = event.profiles?.includes("public") === true && event.warning !== null;
        return this.#setNotice("network", "warning", event.warning);
      case "forwarded": {
        const { rule, listener, program } = event;
        this.#forwards.set(formatRule(rule), {
          program: program?.name ?? null,
          pid: program?.pid ?? null,
          rule,
          lanAddress: null,
          sinceMs: timeMs,
          note: describeOrigin(listener),
        });
        return this.#noteUpdate(timeMs);
      }
      case "removed":
      case "released":
        if (this.#forwards.delete(formatRule(event.rule))) this.#noteUpdate(timeMs);
        return;
      case "rejected":
        this.#rejections.set(keyOf(event.rejection), event.rejection);
        return;
      case "cleared":
        this.#rejections.delete(keyOf(event.rejection));
        return;
      case "restored":
        return this.#setNotice(
          "restored",
          "warning",
          `put back somebody's entry ${formatEntry(event.entry)}`,
        );
      case "notice":
        // Said once, at a moment; nothing that lasts.
        if (event.code === "others-open" || event.code === "not-open") return;
        if (event.code === "forwarder-running") return this.#setNotice("forwarder-stopped", "warning", null);
        return this.#setNotice(event.code, "warning", event.message);
      case "error":
        return this.#setNotice(event.operation, "error", event.message, event.count);
      case "recovered":
        return this.#setNotice(event.operation, "error", null);
    }
  }

  /** Everything, as it is now. */
  get view(): View {
    const forwards = [...this.#forwards.values()].map((forward) => ({
      ...forward,
      lanAddress: this.#lanAddress,
      note: [forward.note, this.#isPublic ? "Public network" : ""].filter((note) => note !== "").join(", "),
    }));
    return {
      engine: this.#engine,
      mode: this.#settings.mode,
      listenAddress: this.#settings.policy.listenAddresses.join(", "),
      forwards: forwards.sort((a, b) => a.rule.listen.port - b.rule.listen.port),
      rejections: [...this.#rejections.values()].sort((a, b) => a.hostPort - b.hostPort),
      updates: this.#updates,
      lastUpdateMs: this.#lastUpdateMs,
      notices: [...this.#notices.values()].sort((a, b) =>
        Number(b.level === "error") - Number(a.level === "error")
      ),
      keepsRules: !this.#settings.cleanup,
    };
  }

  #noteUpdate(timeMs: number): void {
    this.#updates++;
    this.#lastUpdateMs = timeMs;
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
  return isLoopback(listener.address) ? "on 127.0.0.1, opened by wslfwd" : "";
}

function keyOf({ hostPort, listener, reason, detail }: Rejection): string {
  return JSON.stringify([hostPort, listener?.port ?? null, reason, detail]);
}
