import { now, pause } from "../clock.ts";
import type { CallRecord, Fault } from "./model.ts";
import { ProgramInput } from "./program_input.ts";
import type { SimulatedWindows } from "./windows.ts";

/** The client is gone and its program went with it. */
export class CallStopped extends Error {
  /** The class's name, for logs. */
  override readonly name = "CallStopped";
}

/** A fault ends the call before its effect. */
export class CallFaulted extends Error {
  /** The class's name, for logs. */
  override readonly name = "CallFaulted";
  /** `pretends`: whether it says that it succeeded. */
  constructor(readonly pretends: boolean) {
    super("ended by a fault");
  }
}

/** One run of a Windows program: what is known of it, and what happens to it while it runs. */
export class Call {
  /** What the tests see. */
  readonly record: CallRecord;
  /** The fault that was meant for it, or null; known after {@link begin}. */
  fault: Fault["kind"] | null = null;
  /** What it reads. */
  readonly input: ProgramInput;
  /** Prints before the answer: what a program says while it runs. */
  print: (text: string) => void = () => {};
  readonly #machine: SimulatedWindows;
  readonly #released = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #isStopped = false;
  #isDelayed = false;

  /** Use `SimulatedWindows.startCall`. */
  constructor(record: CallRecord, machine: SimulatedWindows, input: ProgramInput = new ProgramInput()) {
    this.record = record;
    this.input = input;
    this.#machine = machine;
  }

  /** Takes the program's latency. `text`: what faults match. Throws CallStopped and CallFaulted. */
  async begin(text: string): Promise<void> {
    const { program } = this.record;
    const { latencyMs } = this.#machine.switches;
    this.fault = this.#machine.faults.take(program, "call", text);
    await this.take(latencyMs[program] ?? latencyMs.default ?? 0);
    if (this.fault === "hang") await this.hang();
    if (this.fault === "fail" || this.fault === "pretend") throw new CallFaulted(this.fault === "pretend");
  }

  /** Lets time pass. Throws CallStopped. */
  async take(ms: number): Promise<void> {
    if (ms > 0) await Promise.race([pause(ms), this.#stopped.promise]);
    await this.#outliveClient();
  }

  /** Waits until it is released or its client is gone. Throws CallStopped. */
  async hang(): Promise<void> {
    this.record.isHanging = true;
    this.#machine.changed();
    await Promise.race([this.#released.promise, this.#gone.promise]);
    this.record.isHanging = false;
    this.#machine.changed();
    await this.#outliveClient();
  }

  /** Resolves when the program has to stop with its client. */
  get whenStopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** Ends {@link hang}. */
  release(): void {
    this.#released.resolve();
  }

  /** The client was killed, or (`withProgram`) the session that it came from died with all its programs. */
  loseClient(withProgram: boolean): void {
    if (this.record.endedAt !== null) return;
    this.input.end();
    this.record.clientGoneAt ??= now();
    this.#isStopped ||= withProgram || this.#machine.switches.afterKilledClient === "stops";
    this.#gone.resolve();
    if (this.#isStopped) this.#stopped.resolve();
  }

  /** The wsl.exe that started it is gone. By a switch it goes too; else it goes on at once, and nobody hears of it. */
  loseSession(): void {
    if (this.#machine.switches.afterClosedWindow === "stops") return this.loseClient(true);
    if (this.record.endedAt !== null) return;
    this.record.clientGoneAt ??= now();
    this.#isDelayed = true;
    this.input.end();
    this.#gone.resolve();
  }

  /** Notes that a netsh command took effect, or failed. */
  noteLine(text: string, succeeded: boolean): void {
    this.record.lines.push({ text, at: now(), succeeded });
    this.#machine.changed();
  }

  async #outliveClient(): Promise<void> {
    if (this.record.clientGoneAt === null) return;
    if (this.#isStopped) throw new CallStopped();
    if (this.#isDelayed) return;
    this.#isDelayed = true;
    await pause(this.#machine.switches.killedClientDelayMs);
  }
}
