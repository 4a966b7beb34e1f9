import { formatEndpoint } from "../../net/address.ts";
import { endpointAt } from "../../net/endpoint.ts";
import { parsePort } from "../../net/port.ts";
import { parseIp } from "../../net/address.ts";
import { type Entry, entryKey, type Place } from "../../plan/rules/entry.ts";
import type { Clock } from "../../time/clock.ts";
import { type HelperAnswer, HelperGoneError } from "./conversation.ts";
import type { HelperState } from "./helper.ts";

/** As much of a helper as the relay needs. */
export interface HelperLine {
  /** How it is now. */
  readonly state: HelperState;
  /** Asks it. Throws HelperGoneError where it does not run. */
  request(...words: readonly string[]): Promise<HelperAnswer>;
}

/** A port that the helper could not open. */
export interface RelayRefusal {
  /** What was to be relayed. */
  readonly entry: Entry;
  /** The code of the refusal, as the protocol has it. */
  readonly code: string;
}

/** How often a datagram came and went on a relayed port, since it was opened. */
export interface RelayTraffic {
  /** Where clients send to. */
  readonly listen: Place;
  /** Clients that have a session now. */
  readonly sessions: number;
  /** From clients to the guest. */
  readonly received: number;
  /** From the guest to clients. */
  readonly sent: number;
  /** Lost on the way, in either direction. */
  readonly dropped: number;
}

/** How long a port that could not be opened is left alone where nothing tells that it is free, in milliseconds. */
const REFUSAL_MS = 30_000;

/** How long a helper that starts, or was started again, is waited for before that is told of, in milliseconds. */
export const PATIENCE_MS = 5000;

/**
 * Whether it relays: `up`: so it is, or is again in a moment, with all its ports; `coming`: its helper starts for the first
 * time; `down`: it does not.
 */
export type Carriage = "up" | "coming" | "down";

/**
 * The UDP ports that the helper relays. What was put stays put: a helper that was started anew gets all of it again, at once
 * and without anybody asking.
 */
export class UdpRelay {
  readonly #helper: HelperLine;
  readonly #clock: Pick<Clock, "now">;
  readonly #pids = new Set<number>();
  #patientUntilMs: number;
  #wasRunning = false;
  readonly #wanted = new Map<string, Entry>();
  readonly #refused = new Map<string, RelayRefusal & { readonly sinceMs: number }>();

  /** `helper`: the one that carries it; {@link noteState} has to be called whenever it is in another state. */
  constructor(helper: HelperLine, clock: Pick<Clock, "now">) {
    this.#helper = helper;
    this.#clock = clock;
    this.#patientUntilMs = clock.now() + PATIENCE_MS;
  }

  /** Whether it relays. It is otherwise {@link PATIENCE_MS} after a change of the helper's state without another one. */
  get carriage(): Carriage {
    const { state } = this.#helper;
    if (state.kind === "running") return "up";
    if (state.kind === "failed" && state.isFinal || this.#clock.now() >= this.#patientUntilMs) return "down";
    return this.#pids.size > 0 ? "up" : "coming";
  }

  /** What is relayed now. */
  get entries(): readonly Entry[] {
    return this.carriage === "up"
      ? [...this.#wanted].flatMap(([key, entry]) => this.#refused.has(key) ? [] : [entry])
      : [];
  }

  /** Whether a process of Windows is, or was, our helper. */
  isOwn(pid: number): boolean {
    return this.#pids.has(pid);
  }

  /** What the helper could not open, since it was last tried. */
  get refusals(): readonly RelayRefusal[] {
    return [...this.#refused.values()];
  }

  /** Forgets what could not be opened, so that it may be tried again: what something else tells of, or some time ago. */
  forgetRefusals(isTold: (entry: Entry) => boolean): void {
    const now = this.#clock.now();
    for (const [key, { entry, sinceMs }] of this.#refused) {
      if (!isTold(entry) && now - sinceMs < REFUSAL_MS) continue;
      this.#refused.delete(key);
      this.#wanted.delete(key);
    }
  }

  /** Relays an entry; one with the same place to listen moves. Whether that is so now. Never rejects. */
  async put(entry: Entry): Promise<boolean> {
    this.#wanted.set(entryKey(entry), entry);
    return await this.#ask(entry);
  }

  /** Ends that. Whether it is so now. Never rejects. */
  async remove(entry: Entry): Promise<boolean> {
    const key = entryKey(entry);
    this.#wanted.delete(key);
    this.#refused.delete(key);
    try {
      const { refusal } = await this.#helper.request("udp", "del", ...wordsOf(entry.listen));
      return refusal === null || refusal === "missing";
    } catch (error) {
      if (error instanceof HelperGoneError) return true; // With the helper, all that it had is gone.
      throw error;
    }
  }

  /** The helper is in another state now. One that runs was not asked for anything yet. */
  async noteState(state: HelperState): Promise<void> {
    if (state.kind !== "running") {
      if (this.#wasRunning) this.#patientUntilMs = this.#clock.now() + PATIENCE_MS;
      this.#wasRunning = false;
      return;
    }
    this.#wasRunning = true;
    this.#pids.add(state.pid);
    await Promise.all([...this.#wanted.values()].map((entry) => this.#ask(entry)));
  }

  /** The helper gave up a port, in the words of its event: `udp lost LISTEN PORT CODE`. */
  noteEvent([kind, what, address = "", port = "", code]: readonly string[]): void {
    if (kind !== "udp" || what !== "lost" || parseIp(address) === null) return;
    const listen = formatEndpoint(address, Number(port));
    for (const [key, entry] of this.#wanted) {
      if (formatEndpoint(entry.listen.address, Number(entry.listen.port)) === listen) {
        this.#refused.set(key, { entry, code: `socket ${Number(code)}`, sinceMs: this.#clock.now() });
      }
    }
  }

  /** What went through; empty where no helper runs. */
  async traffic(): Promise<RelayTraffic[]> {
    const answer = await this.#helper.request("udp", "list").catch(() => null);
    return (answer?.rows ?? []).flatMap(readTraffic);
  }

  async #ask(entry: Entry): Promise<boolean> {
    const key = entryKey(entry);
    try {
      const words = [...wordsOf(entry.listen), ...wordsOf(entry.connect)];
      const { refusal } = await this.#helper.request("udp", "put", ...words);
      if (refusal === null) this.#refused.delete(key);
      else this.#refused.set(key, { entry, code: refusal, sinceMs: this.#clock.now() });
      return refusal === null;
    } catch (error) {
      // It is asked again as soon as it is back.
      if (error instanceof HelperGoneError) return this.carriage === "up";
      throw error;
    }
  }
}

function wordsOf({ address, port }: Place): [string, string] {
  return [address, `${port}`];
}

function readTraffic(row: readonly string[]): RelayTraffic[] {
  const [address, port] = [parseIp(row[0] ?? ""), parsePort(row[1] ?? "")];
  const [sessions, received, sent, dropped] = row.slice(4).map(Number);
  if (address === null || port === null || dropped === undefined) return [];
  const counts = [sessions!, received!, sent!, dropped];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return [];
  return [{
    listen: endpointAt("udp", address, port),
    sessions: sessions!,
    received: received!,
    sent: sent!,
    dropped,
  }];
}
