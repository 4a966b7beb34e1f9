import type { Host } from "../../contracts/host.ts";
import { type Operation, subjectOf } from "../../plan/changes/operation.ts";
import type { EventSink } from "../../reconcile/events.ts";
import type { Clock } from "../../time/clock.ts";

/**
 * A host that tells when it is asked and when it answers, so that nobody looks at a still screen while a program of
 * Windows hangs. It is told after the program was started: nothing stands between a listener and its rule. A change
 * counts for more than a look that runs beside it.
 */
export function tellAsking(host: Host, emit: EventSink, clock: Clock): Host {
  /** What was told last, and was not answered yet. */
  let current: symbol | null = null;
  const tell = async <T>(answer: Promise<T>, plan: readonly Operation[] | null): Promise<T> => {
    const startedMs = clock.now(), mine = Symbol();
    if (plan !== null || current === null) {
      current = mine;
      emit({ type: "asked", opening: openedPorts(plan ?? []), closing: closedPorts(plan ?? []) });
    }
    try {
      return await answer;
    } finally {
      if (current === mine) {
        current = null;
        emit({ type: "answered", durationMs: clock.now() - startedMs });
      }
    }
  };
  return {
    words: host.words,
    snapshot: (signal, part) => tell(host.snapshot(signal, part), null),
    check: (signal) => host.check(signal),
    glance: (signal) => host.glance(signal),
    processName: (pid) => host.processName(pid),
    apply: (plan, signal) => tell(host.apply(plan, signal), plan),
  };
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
