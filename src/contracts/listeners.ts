import type { Listener, Program } from "../net/listener.ts";

/** Tells what listens in the guest. */
export interface ListenerSource {
  /** `netlink` or `procfs`. */
  readonly name: string;
  /** Where some of it takes time to read: resolves once that was read one time, or cannot be. Never rejects. */
  prepare?(): Promise<void>;
  /** Every TCP socket in LISTEN of this network namespace, in no particular order. Throws SnapshotError. */
  snapshot(): readonly Listener[];
  /** Gives back descriptors; safe to call twice. */
  close(): void;
}

/** Tells which program holds a socket. */
export interface ProgramSource {
  /** Looks up the sockets that were not looked up yet. Never blocks the event loop over 20 ms; never throws. */
  resolve(listeners: readonly Listener[]): Promise<void>;
  /** The program of a socket that was looked up; null where it cannot be seen (another distro, another user). */
  programOf(inode: number): Program | null;
  /** Whether a socket was looked up, found or not. */
  wasLookedUp(inode: number): boolean;
  /** A name that a kernel event told, for a socket whose program cannot be seen. */
  hintName(inode: number, name: string): void;
  /** Gives back descriptors; safe to call twice. */
  close(): void;
}
