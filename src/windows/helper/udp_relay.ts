import { formatEndpoint } from "../../net/address.ts";
import { endpointAt } from "../../net/endpoint.ts";
import { parsePort } from "../../net/port.ts";
import { parseIp } from "../../net/address.ts";
import { type Entry, entryKey, type Place } from "../../plan/rules/entry.ts";
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

/**
 * The UDP ports that the helper relays. What was put stays put: a helper that was started anew gets all of it again, at once
 * and without anybody asking.
 */
export class UdpRelay {
  readonly #helper: HelperLine;
  readonly #wanted = new Map<string, Entry>();
  readonly #refused = new Map<string, RelayRefusal>();

  /** `helper`: the one that carries it; {@link noteRunning} has to be called whenever it begins to run. */
  constructor(helper: HelperLine) {
    this.#helper = helper;
  }

  /** Null where it can relay; else why not. Hostile text. */
  get hindrance(): string | null {
    const { state } = this.#helper;
    if (state.kind === "running") return null;
    // A helper that died is back within a moment, and has it all again.
    if (state.kind === "failed") return state.reason;
    return "the helper on Windows starts";
  }

  /** What is relayed now. */
  get entries(): readonly Entry[] {
    return this.hindrance === null
      ? [...this.#wanted].flatMap(([key, entry]) => this.#refused.has(key) ? [] : [entry])
      : [];
  }

  /** What the helper could not open, since it was last tried. */
  get refusals(): readonly RelayRefusal[] {
    return [...this.#refused.values()];
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

  /** A helper runs that was not asked for anything yet. */
  async noteRunning(): Promise<void> {
    await Promise.all([...this.#wanted.values()].map((entry) => this.#ask(entry)));
  }

  /** The helper gave up a port, in the words of its event: `udp lost LISTEN PORT CODE`. */
  noteEvent([kind, what, address = "", port = "", code]: readonly string[]): void {
    if (kind !== "udp" || what !== "lost" || parseIp(address) === null) return;
    const listen = formatEndpoint(address, Number(port));
    for (const [key, entry] of this.#wanted) {
      if (formatEndpoint(entry.listen.address, Number(entry.listen.port)) === listen) {
        this.#refused.set(key, { entry, code: `socket ${Number(code)}` });
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
      else this.#refused.set(key, { entry, code: refusal });
      return refusal === null;
    } catch (error) {
      if (error instanceof HelperGoneError) return false;
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
