import type { Program } from "../net/listener.ts";
import type { Entry } from "../plan/rules/entry.ts";
import type { MissingRule, SeenListener } from "../plan/desired/forward.ts";
import type { Profile } from "../plan/claims/opening.ts";
import type { Rejection } from "../plan/desired/rejection.ts";
import type { Rule } from "../plan/rules/rule.ts";

/** Something worth telling the user, in the order in which it happened. */
export type ReconcileEvent =
  /** The first pass is done: from now on rules follow listeners. */
  | { readonly type: "ready"; readonly guestAddress: string; readonly forwarded: number }
  /** A port can be reached from outside now. */
  | {
    readonly type: "forwarded";
    readonly rule: Rule;
    /** The other rules by which the same port is open: one for each further address of Windows. */
    readonly beside: readonly Rule[];
    /** The rules that should be there, and of which something stands in the way. */
    readonly missing: readonly MissingRule[];
    /** Null for a fixed port on which nothing listens. */
    readonly listener: SeenListener | null;
    readonly program: Program | null;
    /** Whether an earlier run of wslfwd had made the rule. */
    readonly isTakenOver: boolean;
    /** Set where it could be reached before, and another program has it now. */
    readonly isHandedOver?: boolean;
  }
  /** A port that was told of is open by others besides, or lacks others, than was told. */
  | {
    readonly type: "changed";
    readonly rule: Rule;
    readonly beside: readonly Rule[];
    readonly missing: readonly MissingRule[];
  }
  /** A rule of ours is gone. */
  | {
    readonly type: "removed";
    readonly rule: Rule;
    readonly program: Program | null;
    /** `closed`: nothing listens any more; `rejected`: it may not be forwarded any more; `left-over`: of an
     * earlier run; `moved`: the guest's address changed; `stopped`: wslfwd ends. */
    readonly reason: "closed" | "rejected" | "left-over" | "moved" | "stopped";
  }
  /** Something listens and is not forwarded. */
  | { readonly type: "rejected"; readonly rejection: Rejection }
  /** What was rejected is gone, may be forwarded now, or is rejected for another reason. */
  | { readonly type: "cleared"; readonly rejection: Rejection }
  /** Somebody else's entry was on our key at the moment of a change, and has been put back. */
  | { readonly type: "restored"; readonly entry: Entry; readonly isBack: boolean }
  /** An entry of ours was edited by somebody: it is theirs now. */
  | { readonly type: "released"; readonly rule: Rule }
  /** The guest's address changed. */
  | { readonly type: "address"; readonly from: string; readonly to: string }
  /** How changes are noticed now. */
  | { readonly type: "engine"; readonly engine: string; readonly detail: string | null }
  /** Where in the network Windows is; again only when that changes. */
  | {
    readonly type: "network";
    /** The address of Windows that others type; null where it is not known. */
    readonly lanAddress: string | null;
    /** The IPv6 address that others may type as well; null where there is none, or nothing listens by IPv6. */
    readonly lanIpv6: string | null;
    /** Every address that others may type, that one first: there may be several LANs. Empty where none is known. */
    readonly lanAddresses: readonly string[];
    /**
     * The name that Windows answers to by mDNS in that network: `desktop-abc.local`. Null where it does not (a Public network), or
     * where that is not known.
     */
    readonly lanName: string | null;
    /** What Windows takes the networks of these addresses for, each once; null where it cannot be read. */
    readonly profiles: readonly Profile[] | null;
    /** Set where the firewall rules do not apply there: what is the matter and what to do, in one line. */
    readonly warning: string | null;
  }
  /** Windows was asked to open and close these ports (lowest first), or, both empty, what it holds. */
  | { readonly type: "asked"; readonly opening: readonly number[]; readonly closing: readonly number[] }
  /** It answered, or could not, after so many milliseconds. */
  | { readonly type: "answered"; readonly durationMs: number }
  /** Something that is not an error, but that the user should know. */
  | { readonly type: "notice"; readonly code: string; readonly message: string }
  /** What failed `count` times in a row works again. */
  | { readonly type: "recovered"; readonly operation: string; readonly count: number }
  /** Something failed. `count`: how often in a row, 1 the first time. */
  | {
    readonly type: "error";
    readonly operation: string;
    readonly message: string;
    readonly isRetriable: boolean;
    readonly count: number;
  };

/** Takes the events, in order. Must not throw. */
export type EventSink = (event: ReconcileEvent) => void;
