import type { GuestAddress } from "./address.ts";

/** What became of a wish to open services on 127.0.0.1. */
export interface GateAnswer {
  /** The ports that are open now, read back from the kernel. */
  readonly open: ReadonlySet<number>;
  /** Why the others are not, in one line; null where a service only went away meanwhile. */
  readonly refusal: GateRefusal | null;
}

/** Why services on 127.0.0.1 cannot be opened here. */
export interface GateRefusal {
  /** What is the matter: a clause without a full stop, to be set behind "cannot be opened: ". */
  readonly message: string;
  /** The command that would mend it; null where none would. */
  readonly remedy: string | null;
}

/** Lets Windows reach services on 127.0.0.1 at the guest's address, without touching them. Everything else stays closed. */
export interface LoopbackGate {
  /**
   * Opens exactly these: port -> cookie of the one socket that may have its connections. What was open and is not among them is
   * closed first. Blocks for some milliseconds where something is new. Never throws.
   */
  set(wanted: ReadonlyMap<number, bigint>, guest: GuestAddress): GateAnswer;
  /** Closes everything. Connections that are open go on. Safe to call twice. */
  close(): void;
}
