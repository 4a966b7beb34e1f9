import type { Family } from "../net/address.ts";

/** Something that happened to a listening socket, as the kernel told it. Every field is a hint. */
export interface ListenEvent {
  /** `open`: the socket began to listen. `close`: it stopped. */
  readonly kind: "open" | "close";
  /** 0 where it is not known. */
  readonly inode: number;
  /** The family of the socket. */
  readonly family: Family;
  /** Canonical text. */
  readonly address: string;
  /** 0 where the kernel has not assigned it yet. */
  readonly port: number;
  /** The name of the program (comm) of an `open`; null where it cannot be trusted. Hostile text. */
  readonly programName: string | null;
}

/** A reason to look again. */
export interface Wake {
  /** What happened: `listen`: sockets; `address`: the guest's addresses; `lost`: events were dropped; `policy`: the user wants it otherwise. */
  readonly reason: "listen" | "address" | "lost" | "policy";
  /** The events behind it; empty unless the reason is `listen`. */
  readonly events: readonly ListenEvent[];
}

/** Says when to look. */
export interface WakeSource {
  /** What it is, in a word: `bpftrace`, `builtin`, `rtnetlink`. */
  readonly name: string;
  /**
   * Starts it. Resolves once nothing can be missed any more: a snapshot taken after that is complete. Rejects
   * with WakeSourceError where it cannot start. `onEnd` is called once if it stops by itself after that.
   */
  start(onWake: (wake: Wake) => void, onEnd: (reason: WakeSourceError) => void): Promise<void>;
  /** Stops it; resolves when nothing of it is left. Safe to call twice, and before start. */
  stop(): Promise<void>;
}

/** A wake source that cannot start, or has ended. */
export class WakeSourceError extends Error {
  /** The class's name, for logs. */
  override readonly name = "WakeSourceError";
  /** `isRetriable`: whether starting it again later can help. `remedy`: the command that would mend it, if one would. */
  constructor(message: string, readonly isRetriable: boolean, readonly remedy: string | null = null) {
    super(message);
  }
}
