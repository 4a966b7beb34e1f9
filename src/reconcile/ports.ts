/**
 * The three things that the reconciler needs from outside: something that tells what listens, something that
 * says when to look, and something that holds the rules. `linux/` and `windows/` implement them.
 */
import type { Family } from "../net/address.ts";
import type { Listener, Program } from "../net/listener.ts";
import type { HeldClaim } from "../plan/claim.ts";
import type { Operation } from "../plan/operation.ts";
import type { HostView } from "../plan/policy.ts";
import type { Entry } from "../plan/rule.ts";

/** Tells what listens in the guest. */
export interface ListenerSource {
  /** `netlink` or `procfs`. */
  readonly name: string;
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
  /** A name that a kernel event told, for a socket whose program cannot be seen. */
  lend(inode: number, name: string): void;
  /** Gives back descriptors; safe to call twice. */
  close(): void;
}

/** The guest's address that Windows connects to. */
export interface GuestAddress {
  /** Canonical IPv4. */
  readonly address: string;
  /** The interface that holds it. */
  readonly interfaceName: string;
  /** Set where the address is a guess, with the reason in one line. */
  readonly warning: string | null;
}

/** Tells the guest's address. */
export interface AddressSource {
  /** The address now. Throws SnapshotError where there is none. */
  current(): Promise<GuestAddress>;
}

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
  /** What happened: `listen`: sockets; `address`: the guest's addresses; `lost`: events were dropped. */
  readonly reason: "listen" | "address" | "lost";
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

/** What Windows holds. */
export interface HostSnapshot extends HostView {
  /** Every v4tov4 entry. */
  readonly entries: readonly Entry[];
  /** Claims of this owner. */
  readonly claims: readonly HeldClaim[];
  /** Whether the Windows service that does the forwarding runs (IP Helper). */
  readonly isForwarderRunning: boolean;
  /**
   * Claims of a change that an earlier run did not see to its end. Their entries are ours, whether these claims are there or
   * not: Windows may have refused a claim, or may still make an entry.
   */
  readonly unfinished: readonly HeldClaim[];
}

/** What one apply saw. */
export interface ApplyReport {
  /** Every entry before the changes. */
  readonly before: readonly Entry[];
  /** Every entry after them. */
  readonly after: readonly Entry[];
  /** Whether every command said that it succeeded. Where false, the claims must be read again. */
  readonly succeeded: boolean;
  /** From the start of the first process to the end of the last, in milliseconds. */
  readonly durationMs: number;
}

/** What listens on Windows besides us, and whether what forwards runs. */
export type HostPorts = Pick<HostSnapshot, "taken" | "isForwarderRunning">;

/** What can be otherwise than believed right after a change that said that it succeeded: the ports, and our claims. */
export type HostCheck = HostPorts & Pick<HostSnapshot, "claims">;

/** Holds the rules: Windows. */
export interface Host {
  /** Reads everything. Throws SnapshotError. */
  snapshot(signal?: AbortSignal): Promise<HostSnapshot>;
  /** Reads what no netsh shows: the part that is looked at right after each change. Throws SnapshotError. */
  check(signal?: AbortSignal): Promise<HostCheck>;
  /** The name of a process of Windows; null where it cannot be told. Never rejects. Hostile text. */
  processName(pid: number): Promise<string | null>;
  /** Makes the changes in order. Throws HostError where it is not known what became of them. */
  apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport>;
}

/**
 * A read that failed: of `netlink` or `procfs` (listeners), of `address` (the guest's) or of `windows`. It says
 * nothing about what is there: nothing may be deleted because of it.
 */
export class SnapshotError extends Error {
  /** The class's name, for logs. */
  override readonly name = "SnapshotError";
  /** `source`: what was read. The message says what was wanted, what was found and what to do, in one line. */
  constructor(readonly source: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
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

/** A change whose outcome is not known. */
export class HostError extends Error {
  /** The class's name, for logs. */
  override readonly name = "HostError";
  /**
   * `operation`: what was tried. `isRetriable`: whether trying again can help. `mayStillHappen`: the change may
   * take effect later (the client was killed; Windows may go on), so its ports must be left alone for a while.
   */
  constructor(
    readonly operation: string,
    message: string,
    readonly isRetriable: boolean,
    readonly mayStillHappen: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
