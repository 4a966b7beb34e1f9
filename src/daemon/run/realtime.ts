import { messageOf } from "../../process/command.ts";
import { BackOff } from "../../time/back_off.ts";
import type { Clock } from "../../time/clock.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { type Wake, type WakeSource, WakeSourceError } from "../../contracts/wake.ts";

/** How soon an engine that cannot start, or has ended, is tried again: at first, and at the longest, in milliseconds. */
const FIRST_DELAY_MS = 1000, MAX_DELAY_MS = 60_000;

/** An engine that ran for so long has recovered: the next wait is short again, in milliseconds. */
const RECOVERED_MS = 60_000;

/** What real time works with. */
export interface RealtimeParts {
  /** New engines, the best first; asked anew for each attempt. */
  readonly engines: () => readonly WakeSource[];
  /** Takes the wakes. */
  readonly onWake: (wake: Wake) => void;
  /** Called with whether an engine tells of changes now, so that looking often is needless. */
  readonly onChange: (isRealtime: boolean) => void;
  /** Called when polling has to do, each time for another reason: what is the matter and what would mend it. */
  readonly onFallBack: (detail: string) => void;
  /** Takes what is worth telling. */
  readonly emit: EventSink;
  /** The time. */
  readonly clock: Clock;
}

/**
 * Keeps the best engine running that there is. Until it is ready, and whenever it has ended, listeners are found by
 * polling; the user is told once what is the matter and what would mend it.
 */
export class Realtime {
  readonly #parts: RealtimeParts;
  #engine: WakeSource | null = null;
  #isStopped = false;
  readonly #backOff = new BackOff(FIRST_DELAY_MS, MAX_DELAY_MS);
  #lastDetail: string | null = null;
  #cancelRetry: () => void = () => {};
  #attempt: Promise<boolean> = Promise.resolve(false);

  /** Does nothing until {@link start}. */
  constructor(parts: RealtimeParts) {
    this.#parts = parts;
  }

  /** The name of the engine that runs; null while listeners are found by polling. */
  get engineName(): string | null {
    return this.#engine?.name ?? null;
  }

  /** Tries the engines. Resolves with whether one of them is ready; where none is, they are tried again in time. */
  start(): Promise<boolean> {
    return this.#attempt = this.#tryEngines();
  }

  /** Stops the engine; resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRetry();
    await this.#engine?.stop();
    await this.#attempt;
  }

  async #tryEngines(): Promise<boolean> {
    const failures: WakeSourceError[] = [];
    for (const engine of this.#parts.engines()) {
      if (this.#isStopped) return false;
      const startedMs = this.#parts.clock.now();
      this.#engine = engine;
      try {
        await engine.start(this.#parts.onWake, (reason) => this.#onEnd(engine, reason, startedMs));
      } catch (error) {
        this.#engine = null;
        failures.push(
          error instanceof WakeSourceError ? error : new WakeSourceError(messageOf(error), false),
        );
        continue;
      }
      if (this.#isStopped) return false;
      if (this.#engine !== engine) return false; // It has ended by now, and what follows from that is done.
      this.#lastDetail = null;
      this.#parts.onChange(true);
      // What happened before it was ready was not told.
      this.#parts.onWake({ reason: "lost", events: [] });
      this.#parts.emit({ type: "engine", engine: engine.name, detail: describeAll(failures) });
      return true;
    }
    this.#fallBack(failures);
    return false;
  }

  #onEnd(engine: WakeSource, reason: WakeSourceError, startedMs: number): void {
    if (this.#isStopped || this.#engine !== engine) return;
    this.#engine = null;
    if (this.#parts.clock.now() - startedMs > RECOVERED_MS) this.#backOff.noteSuccess();
    this.#parts.onChange(false);
    this.#parts.onWake({ reason: "lost", events: [] });
    this.#fallBack([reason]);
  }

  #fallBack(reasons: readonly WakeSourceError[]): void {
    if (this.#isStopped) return;
    const detail = describeAll(reasons);
    if (detail !== null && detail !== this.#lastDetail) {
      this.#lastDetail = detail;
      this.#parts.onFallBack(detail);
    }
    if (!reasons.some((reason) => reason.isRetriable)) return;
    const { clock } = this.#parts;
    this.#cancelRetry = clock.after(this.#backOff.noteFailure(clock.now()), () => void this.start());
  }
}

/** What is the matter with each, then what would mend it, each once; null where nothing is. */
function describeAll(reasons: readonly WakeSourceError[]): string | null {
  if (reasons.length === 0) return null;
  const messages = reasons.map(({ message }) => message);
  const remedies = new Set(reasons.flatMap(({ remedy }) => remedy ?? []));
  return [...messages, ...remedies.size === 0 ? [] : [`to mend it: ${[...remedies].join(", or ")}`]].join(
    "; ",
  );
}
