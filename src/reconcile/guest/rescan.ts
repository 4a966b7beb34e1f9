import type { Listener } from "../../net/listener.ts";
import type { ListenEvent } from "../../contracts/wake.ts";

/**
 * When to look again after an event, in milliseconds. The kernel reports a listen() before the socket can be found
 * (inet_csk_listen_start sets the state, then takes the port, then hashes), so a look at once can be too early.
 */
const OFFSETS_MS: readonly number[] = [0, 1, 5, 20, 50, 300];

/** More events than this are not followed one by one; the whole series is run for them. */
const MAX_FOLLOWED = 4096;

/** Says when to look again after kernel events, until what was seen explains them. */
export class RescanSeries {
  #open = new Set<number>();
  #closed = new Set<number>();
  /** Whether there is an event that no snapshot can explain: its socket is not known. */
  #isBlind = false;
  #startMs = 0;
  #step = OFFSETS_MS.length;

  /** Starts the series again because of these events; none stands for "some, unknown". */
  restart(events: readonly ListenEvent[], nowMs: number): void {
    this.#startMs = nowMs;
    this.#step = 0;
    if (events.length === 0 || this.#open.size + this.#closed.size > MAX_FOLLOWED) this.#isBlind = true;
    for (const { kind, inode } of events) {
      if (inode === 0) this.#isBlind = true;
      else if (kind === "open") {
        this.#closed.delete(inode);
        this.#open.add(inode);
      } else {
        this.#open.delete(inode);
        this.#closed.add(inode);
      }
    }
  }

  /** Takes note of a look at `listeners`. An open is explained by its socket, a close by its absence. */
  explain(listeners: readonly Listener[], nowMs: number): void {
    if (this.#step >= OFFSETS_MS.length) return;
    while (this.#step < OFFSETS_MS.length && this.#startMs + OFFSETS_MS[this.#step]! <= nowMs) this.#step++;
    const inodes = new Set(listeners.map((listener) => listener.inode));
    for (const inode of this.#open) if (inodes.has(inode)) this.#open.delete(inode);
    for (const inode of this.#closed) if (!inodes.has(inode)) this.#closed.delete(inode);
    const isExplained = !this.#isBlind && this.#open.size === 0 && this.#closed.size === 0;
    if (isExplained) this.#step = OFFSETS_MS.length;
    if (this.#step < OFFSETS_MS.length) return;
    // What is not explained by now never will be: a listen() that failed, a socket that was closed meanwhile.
    this.#open.clear();
    this.#closed.clear();
    this.#isBlind = false;
  }

  /** When to look next; Infinity where everything is explained. */
  get nextMs(): number {
    return this.#step < OFFSETS_MS.length ? this.#startMs + OFFSETS_MS[this.#step]! : Infinity;
  }
}
