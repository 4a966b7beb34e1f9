import type { Host } from "../../contracts/host.ts";
import type { ProgramSource } from "../../contracts/listeners.ts";
import type { Listener, Program } from "../../net/listener.ts";
import type { Rejection } from "../../plan/desired/rejection.ts";
import { formatRule } from "../../plan/rules/rule.ts";
import type { Clock } from "../../time/clock.ts";
import { delay } from "../../time/delay.ts";
import { takeTurns } from "../../time/take_turns.ts";
import type { HostFact } from "../current.ts";
import {
  BLANK,
  describeEnd,
  describePass,
  describeRejection,
  type Pass,
  type Picture,
} from "./describe_pass.ts";
import type { EventSink, ReconcileEvent } from "../events.ts";

/** After so many events everything else has its turn. */
const MANY_EVENTS = 1000;

/**
 * Tells events, in order, with the names of the programs behind them. These are looked up only now, after the rules are
 * made, and off the path of the next pass: events wait for the names, rules never do.
 */
export class ChangeReporter {
  readonly #emit: EventSink;
  readonly #programs: ProgramSource;
  readonly #host: Pick<Host, "processName" | "words">;
  /** The rejections as they were told, by what they were before the names were looked up. */
  readonly #toldRejections = new Map<string, Rejection>();
  /** The program of each forwarded rule, as it was told: once its socket is gone, it cannot be looked up any more. */
  readonly #toldPrograms = new Map<string, Program | null>();
  /** How often in a row each operation has failed. */
  readonly #failures = new Map<string, number>();
  readonly #clock: Clock;
  /** What the last pass left to be seen. */
  #picture: Picture = BLANK;
  #tail: Promise<void> = Promise.resolve();

  /** `emit` is called in order, never before the names of the programs were looked up. `host`: who knows those of Windows. */
  constructor(
    emit: EventSink,
    programs: ProgramSource,
    host: Pick<Host, "processName" | "words">,
    clock: Clock,
  ) {
    this.#emit = emit;
    this.#programs = programs;
    this.#host = host;
    this.#clock = clock;
  }

  /** Tells these. `seen`: what listened in the pass that they are of; left out where they are of none. */
  tell(events: readonly ReconcileEvent[], seen?: readonly Listener[]): void {
    if (events.length === 0) return;
    this.#tail = this.#tail.then(async () => {
      if (seen !== undefined) await this.#programs.resolve(seen);
      let told = 0;
      for (const event of events) {
        const complete = await this.#complete(event);
        if (complete !== null) this.#emit(complete);
        if (++told % MANY_EVENTS === 0) await delay(0, { clock: this.#clock });
      }
    });
  }

  /** A pass has ended: tells what is otherwise than after the last one. `seen`: what listened. */
  async tellPass(pass: Pass, seen: readonly Listener[]): Promise<void> {
    const { picture, events } = await takeTurns(
      describePass(this.#picture, pass, this.#host.words),
      this.#clock,
    );
    this.#picture = picture;
    this.tell(events, seen);
  }

  /** Every rule was removed because wslfwd ends. */
  tellEnd(): void {
    this.tell(describeEnd(this.#picture));
    this.#picture = BLANK;
  }

  /** Tells what is to be told of a fact; that it is time to look again is not. */
  tellFact(fact: HostFact): void {
    switch (fact.kind) {
      case "applied":
        return this.tellWorking(this.#host.words.changer);
      case "working":
        return this.tellWorking(fact.operation);
      case "failed":
        return this.tellError(fact.operation, fact.message);
      case "restored":
        return this.tell([{ type: "restored", ...fact.restored }]);
      case "news":
    }
  }

  /** Something failed: told the first time in a row. */
  tellError(operation: string, message: string): void {
    const count = (this.#failures.get(operation) ?? 0) + 1;
    this.#failures.set(operation, count);
    if (count === 1) this.tell([{ type: "error", operation, message, isRetriable: true, count }]);
  }

  /** Something works: told where it failed before. */
  tellWorking(operation: string): void {
    const count = this.#failures.get(operation);
    if (count === undefined) return;
    this.#failures.delete(operation);
    this.tell([{ type: "recovered", operation, count }]);
  }

  /** Resolves when everything so far was told. */
  flush(): Promise<void> {
    return this.#tail;
  }

  /** With the names of programs; null for what is not worth telling by them. */
  async #complete(event: ReconcileEvent): Promise<ReconcileEvent | null> {
    switch (event.type) {
      case "forwarded": {
        const program = this.#programOf(event.listener, event.program);
        const key = formatRule(event.rule), told = this.#toldPrograms.get(key) ?? null;
        this.#toldPrograms.set(key, program);
        // A dev server that restarts has another process each time.
        if (event.isHandedOver === true && (program === null || program.name === told?.name)) return null;
        return { ...event, program };
      }
      case "removed":
        return { ...event, program: take(this.#toldPrograms, formatRule(event.rule)) ?? null };
      case "rejected": {
        const rejection = await this.#nameRejection(event.rejection);
        this.#toldRejections.set(describeRejection(event.rejection), rejection);
        return { ...event, rejection };
      }
      case "cleared": {
        const told = take(this.#toldRejections, describeRejection(event.rejection));
        return { ...event, rejection: told ?? event.rejection };
      }
      default:
        return event;
    }
  }

  async #nameRejection(rejection: Rejection): Promise<Rejection> {
    const { listener, program, holderPid, detail } = rejection;
    const holder = holderPid === undefined ? null : await this.#host.processName(holderPid);
    return {
      ...rejection,
      program: this.#programOf(listener, program),
      detail: holder === null ? detail : `${holder}, ${detail}`,
    };
  }

  #programOf(listener: Listener | null, known: Program | null): Program | null {
    return known ?? (listener === null ? null : this.#programs.programOf(listener.inode));
  }
}

function take<Key, Value>(map: Map<Key, Value>, key: Key): Value | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
