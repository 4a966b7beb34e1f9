import type { Listener, Program } from "../net/listener.ts";
import { entryOf, ruleOf } from "../plan/entry.ts";
import { EntryIndex } from "../plan/entry_index.ts";
import { type Desired, type Forward, hostPortOf } from "../plan/forward.ts";
import { openingKey } from "../plan/opening.ts";
import type { Held, Operation } from "../plan/operation.ts";
import type { Rejection } from "../plan/rejection.ts";
import { formatRule, isDirect, type Rule, sameRule } from "../plan/rule.ts";
import { isInForce, rulesInForce } from "../plan/rules_in_force.ts";
import type { EventSink, ReconcileEvent } from "./events.ts";
import type { Host } from "../contracts/host.ts";
import type { ProgramSource } from "../contracts/listeners.ts";

/**
 * Tells what changed from one pass to the next, each thing once. Programs are looked up only now, after the rules are
 * made, and off the path of the next pass: events wait for the names, in order; rules never do.
 */
export class Announcer {
  readonly #emit: EventSink;
  readonly #programs: ProgramSource;
  readonly #host: Pick<Host, "processName">;
  #forwarded = new Map<string, Forward>();
  #rejected = new Map<string, Rejection>();
  /** The rejections as they were told, by what they were before the names were looked up. */
  readonly #toldRejections = new Map<string, Rejection>();
  #errors = new Map<string, number>();
  /** The program of each forwarded rule, as it was told. */
  #names = new Map<string, Program | null>();
  #tail: Promise<void> = Promise.resolve();

  /** `emit` is called in order, never before the names of the programs were looked up. `host`: who knows those of Windows. */
  constructor(emit: EventSink, programs: ProgramSource, host: Pick<Host, "processName">) {
    this.#emit = emit;
    this.#programs = programs;
    this.#host = host;
  }

  /** How many ports are forwarded now, as far as told. */
  get forwardedCount(): number {
    return this.#forwarded.size;
  }

  /**
   * A pass ended: `seen` listens, `forwards` are wanted, `held` is there; `plan` was done, and `held` before it was
   * `earlier`.
   */
  notePass(
    seen: readonly Listener[],
    desired: Desired,
    forwards: readonly Forward[],
    held: Held,
    plan: readonly Operation[],
    earlier: Held,
  ): void {
    const inForce = rulesInForce(held), earlierInForce = rulesInForce(earlier);
    const events: ReconcileEvent[] = [];
    const now = new Map<string, Forward>();
    for (const forward of forwards) {
      if (forward.rules.every((rule) => isInForce(inForce, rule))) now.set(keyOf(forward), forward);
    }
    const rejectedPorts = new Set(
      desired.rejections.map(({ protocol, hostPort: port }) => openingKey({ protocol, port })),
    );
    const heldEntries = new EntryIndex(held.entries);
    for (const [key, forward] of this.#forwarded) {
      const rule = ruleShown(forward), next = now.get(key), entry = entryOf(rule);
      if (next !== undefined && sameRule(ruleShown(next), rule)) continue;
      if (next === undefined && isInForce(inForce, rule)) {
        // Its removal has to wait: for the next netsh, or for one that may still run.
        now.set(key, forward);
        continue;
      }
      if (next !== undefined) events.push({ type: "removed", rule, program: null, reason: "moved" });
      else if (entry !== null && heldEntries.at(entry) !== undefined) events.push({ type: "released", rule });
      else {
        const reason = rejectedPorts.has(key) ? "rejected" : "closed";
        events.push({ type: "removed", rule, program: null, reason });
      }
    }
    for (const operation of plan) {
      const rule = removedRule(operation);
      if (rule === null || this.#forwarded.has(openingKey(rule.listen)) || isInForce(inForce, rule)) continue;
      events.push({ type: "removed", rule, program: null, reason: "left-over" });
    }
    for (const [key, forward] of now) {
      const last = this.#forwarded.get(key), rule = ruleShown(forward), { listener } = forward;
      if (last !== undefined && sameRule(ruleShown(last), rule)) continue;
      const isTakenOver = isInForce(earlierInForce, rule);
      events.push({ type: "forwarded", rule, listener, program: listener?.program ?? null, isTakenOver });
    }
    this.#forwarded = now;
    const rejected = new Map(desired.rejections.map((rejection) => [describe(rejection), rejection]));
    for (const [text, rejection] of this.#rejected) {
      if (!rejected.has(text)) events.push({ type: "cleared", rejection });
    }
    for (const [text, rejection] of rejected) {
      if (!this.#rejected.has(text)) events.push({ type: "rejected", rejection });
    }
    this.#rejected = rejected;
    this.#enqueue(events, seen);
  }

  /** All rules were removed because wslfwd ends. */
  noteStopped(): void {
    for (const forward of this.#forwarded.values()) {
      const rule = ruleShown(forward), program = this.#programOf(forward.listener, null);
      this.#enqueue(
        [{ type: "removed", rule, program, reason: "stopped" }],
        [],
      );
    }
    this.#forwarded.clear();
  }

  /** Something else to tell. */
  note(event: ReconcileEvent): void {
    this.#enqueue([event]);
  }

  /** Something failed: told the first time in a row. */
  noteError(operation: string, message: string, isRetriable: boolean): void {
    const count = (this.#errors.get(operation) ?? 0) + 1;
    this.#errors.set(operation, count);
    if (count === 1) this.note({ type: "error", operation, message, isRetriable, count });
  }

  /** Something works: told where it failed before. */
  noteWorking(operation: string): void {
    const count = this.#errors.get(operation);
    if (count === undefined) return;
    this.#errors.delete(operation);
    this.note({ type: "recovered", operation, count });
  }

  /** Resolves when everything noted so far was told. */
  flush(): Promise<void> {
    return this.#tail;
  }

  #enqueue(events: readonly ReconcileEvent[], seen: readonly Listener[] | null = null): void {
    if (events.length === 0) return;
    this.#tail = this.#tail.then(async () => {
      if (seen !== null) await this.#programs.resolve(seen);
      for (const event of events) this.#emit(await this.#complete(event));
    });
  }

  async #complete(event: ReconcileEvent): Promise<ReconcileEvent> {
    if (event.type === "cleared") {
      const text = describe(event.rejection), told = this.#toldRejections.get(text);
      this.#toldRejections.delete(text);
      return { ...event, rejection: told ?? event.rejection };
    }
    if (event.type !== "rejected") return this.#withProgram(event);
    const { listener, program, holderPid, detail } = event.rejection;
    const holder = holderPid === undefined ? null : await this.#host.processName(holderPid);
    const rejection = {
      ...event.rejection,
      program: this.#programOf(listener, program),
      detail: holder === null ? detail : `${holder}, ${detail}`,
    };
    this.#toldRejections.set(describe(event.rejection), rejection);
    return { ...event, rejection };
  }

  #withProgram(event: ReconcileEvent): ReconcileEvent {
    if (event.type === "forwarded") {
      const program = this.#programOf(event.listener, event.program);
      this.#names.set(formatRule(event.rule), program);
      return { ...event, program };
    }
    if (event.type === "removed") {
      // Its socket is gone, so it cannot be looked up any more.
      const program = this.#names.get(formatRule(event.rule)) ?? null;
      this.#names.delete(formatRule(event.rule));
      return { ...event, program };
    }
    return event;
  }

  #programOf(listener: Listener | null, known: Program | null): Program | null {
    return known ?? (listener === null ? null : this.#programs.programOf(listener.inode));
  }
}

/** A rejection is told again only when something about it changes. */
function describe({ protocol, hostPort, listener, reason, detail }: Rejection): string {
  return JSON.stringify([protocol, hostPort, listener?.port ?? null, reason, detail]);
}

/** The rule that an operation puts out of force; null for any other operation. */
function removedRule(operation: Operation): Rule | null {
  if (operation.kind === "delete-entry") return ruleOf(operation.entry);
  return operation.kind === "delete-claim" ? operation.claim.rules.find(isDirect) ?? null : null;
}

/** The rule of a forward that stands for it where one is shown. */
function ruleShown({ rules }: Forward): Rule {
  return rules[0]!;
}

function keyOf(forward: Forward): string {
  return openingKey(hostPortOf(forward));
}
