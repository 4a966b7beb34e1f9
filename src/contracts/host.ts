import type { HeldClaim } from "../plan/claims/claim.ts";
import type { Operation } from "../plan/changes/operation.ts";
import type { Entry } from "../plan/rules/entry.ts";
import type { HostListener, HostView } from "../plan/desired/host_view.ts";

/** What Windows holds. */
export interface HostSnapshot extends HostView {
  /** Every entry of every table. */
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
  /** How a command failed, with Windows' own words, in one line; left out where none did. Hostile text. */
  readonly failure?: string;
  /** From the start of the first process to the end of the last, in milliseconds. */
  readonly durationMs: number;
}

/** What listens on Windows besides us, and whether what forwards runs. */
export type HostPorts = Pick<HostSnapshot, "taken" | "isForwarderRunning">;

/** What can be otherwise than believed right after a change that said that it succeeded: the ports, and our claims. */
export type HostCheck = HostPorts & Pick<HostSnapshot, "claims">;

/** What of a host can be seen for little, now and then, to tell whether others changed something by hand. */
export interface HostGlance {
  /** Every entry that can be understood. */
  readonly entries: readonly Entry[];
  /** Claims of this owner. */
  readonly claims: readonly HeldClaim[];
  /** Where anybody on Windows listens, what forwards for us as well. */
  readonly listening: readonly HostListener[];
}

/** How much a snapshot reads. */
export type SnapshotPart = "all" | "held";

/** What a host calls its own, in messages. */
export interface HostWords {
  /** What makes its changes, in a word: the operation of its errors. */
  readonly changer: string;
  /** What is told once what forwards is found stopped: what is the matter and what to do, in one line. */
  readonly forwarderStopped: string;
  /** What is told once it runs again. */
  readonly forwarderRuns: string;
  /** What its error says where a change did less than it should, and what happens next. */
  readonly incomplete: string;
  /** What its error says where a change that was cut off may still be made. */
  readonly cutOff: string;
}

/** Holds the rules: Windows. */
export interface Host {
  /** What it calls its own. */
  readonly words: HostWords;
  /**
   * Reads everything; or what is `held` alone, entries and claims, which is all that removing what is ours needs: nothing may
   * be made from that. Throws SnapshotError.
   */
  snapshot(signal?: AbortSignal, part?: SnapshotPart): Promise<HostSnapshot>;
  /** Reads what no netsh shows: the part that is looked at right after each change. Throws SnapshotError. */
  check(signal?: AbortSignal): Promise<HostCheck>;
  /** Looks whether something seems otherwise; a guess that a snapshot has to confirm. Null where it cannot. Never rejects. */
  glance(signal?: AbortSignal): Promise<HostGlance | null>;
  /** The name of a process of Windows; null where it cannot be told. Never rejects. Hostile text. */
  processName(pid: number): Promise<string | null>;
  /** Makes the changes in order. Throws HostError where it is not known what became of them. */
  apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport>;
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
