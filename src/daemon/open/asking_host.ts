import { DelegatingHost } from "../../contracts/delegating_host.ts";
import type { ApplyReport, Host, HostSnapshot, SnapshotPart } from "../../contracts/host.ts";
import { type Operation, subjectOf } from "../../plan/changes/operation.ts";
import type { EventSink } from "../../reconcile/events.ts";
import type { Clock } from "../../time/clock.ts";

/**
 * A host that tells when it is asked and when it answers, so that nobody looks at a still screen while a program of
 * Windows hangs. It is told after the program was started: nothing stands between a listener and its rule. A change
 * counts for more than a look that runs beside it.
 */
export class AskingHost extends DelegatingHost {
  readonly #emit: EventSink;
  readonly #clock: Clock;
  /** What was told last, and was not answered yet. */
  #current: symbol | null = null;

  /** `emit`: is told of each question and of its answer. */
  constructor(host: Host, emit: EventSink, clock: Clock) {
    super(host);
    this.#emit = emit;
    this.#clock = clock;
  }

  /** As the host's. */
  override snapshot(signal?: AbortSignal, part?: SnapshotPart): Promise<HostSnapshot> {
    return this.#tell(super.snapshot(signal, part), null);
  }

  /** As the host's. */
  override apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    return this.#tell(super.apply(plan, signal), plan);
  }

  async #tell<T>(answer: Promise<T>, plan: readonly Operation[] | null): Promise<T> {
    const startedMs = this.#clock.now(), mine = Symbol();
    if (plan !== null || this.#current === null) {
      this.#current = mine;
      this.#emit({ type: "asked", opening: openedPorts(plan ?? []), closing: closedPorts(plan ?? []) });
    }
    try {
      return await answer;
    } finally {
      if (this.#current === mine) {
        this.#current = null;
        this.#emit({ type: "answered", durationMs: this.#clock.now() - startedMs });
      }
    }
  }
}

function openedPorts(plan: readonly Operation[]): number[] {
  return portsOf(plan.filter(({ kind }) => kind === "add-entry" || kind === "add-claim"));
}

/** Without those that are opened again: an entry that moves is deleted and added. */
function closedPorts(plan: readonly Operation[]): number[] {
  const opened = new Set(openedPorts(plan));
  return portsOf(plan).filter((port) => !opened.has(port));
}

/** Lowest first. Words that are no number (netsh stores `30000-50000`) are nobody's port. */
function portsOf(plan: readonly Operation[]): number[] {
  const ports = plan.map((operation) => subjectOf(operation).port);
  return [...new Set(ports)].filter((port) => typeof port === "number").sort((a, b) => a - b);
}
