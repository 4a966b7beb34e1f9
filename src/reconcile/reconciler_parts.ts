import type { Policy } from "../plan/desired/policy.ts";
import type { Clock } from "../time/clock.ts";
import type { EventSink } from "./events.ts";
import type { AddressSource } from "../contracts/address.ts";
import type { Host } from "../contracts/host.ts";
import type { LoopbackGate } from "../contracts/loopback_gate.ts";
import type { ListenerSource, ProgramSource } from "../contracts/listeners.ts";

/** What a reconciler works with. */
export interface ReconcilerParts {
  /** What listens. */
  readonly listeners: ListenerSource;
  /** Which program. */
  readonly programs: ProgramSource;
  /** Where Windows connects to. */
  readonly address: AddressSource;
  /** Who holds the rules. */
  readonly host: Host;
  /** What opens services on 127.0.0.1; whoever opened it closes it, after the rules are gone. */
  readonly gate: LoopbackGate;
  /** What the user wants. */
  readonly policy: Policy;
  /** Whose claims are ours. */
  readonly owner: string;
  /** How long a rule outlives its listener, in milliseconds. */
  readonly lingerMs: number;
  /** How long at most until the next look, in milliseconds. */
  readonly intervalMs: number;
  /** The time. */
  readonly clock: Clock;
  /** Takes what is worth telling. */
  readonly emit: EventSink;
}
