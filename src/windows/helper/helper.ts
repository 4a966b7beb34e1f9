import { CommandError, messageOf } from "../../process/command.ts";
import { BackOff } from "../../time/back_off.ts";
import { type Clock, SYSTEM_CLOCK } from "../../time/clock.ts";
import { delay } from "../../time/delay.ts";
import type { ResidentPrograms } from "../../wsl/windows_programs.ts";
import { type CompiledHelper, CompileError, compileHelper } from "./compile_helper.ts";
import { Conversation, type HelperAnswer, HelperGoneError } from "./conversation.ts";
import { HelperFolder } from "./helper_files.ts";

/** How soon a helper that ended is started again, at first and at the longest, in milliseconds. */
const FIRST_RESTART_MS = 100, MAX_RESTART_MS = 60_000;

/** How long it has to run until an end of it is taken for a new misfortune, in milliseconds. */
const STEADY_MS = 60_000;

/** How often it is compiled in vain before that is given up. */
const MAX_COMPILES = 3;

/** How the helper is. */
export type HelperState =
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly pid: number }
  | {
    readonly kind: "failed";
    /** Hostile text. */
    readonly reason: string;
    /** Whether it will not be tried again in this run. */
    readonly isFinal: boolean;
  };

/** What hears of it. */
export interface HelperListener {
  /** It is in another state now. When it is `running`, it knows of nothing that was asked of an earlier one. */
  onState(state: HelperState): void;
  /** It tells of something, in the words of the protocol. */
  onEvent(words: readonly string[]): void;
}

/** Our program on Windows, as long as wslfwd runs: compiled at its start, and started again when it ends. */
export class Helper {
  readonly #programs: ResidentPrograms;
  readonly #folder: HelperFolder | null;
  readonly #listener: HelperListener;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #state: HelperState = { kind: "starting" };
  #conversation: Conversation | null = null;
  #life: Promise<void> = Promise.resolve();

  /** `owner`: whose files are ours. */
  constructor(
    programs: ResidentPrograms,
    owner: string,
    listener: HelperListener,
    clock: Clock = SYSTEM_CLOCK,
  ) {
    this.#programs = programs;
    this.#folder = programs.windowsFolder === null ? null : new HelperFolder(programs.windowsFolder, owner);
    this.#listener = listener;
    this.#clock = clock;
  }

  /** How it is now. */
  get state(): HelperState {
    return this.#state;
  }

  /** Has it compiled and started, in the background. */
  start(): void {
    this.#life = this.#live();
  }

  /** Asks the helper that runs. Throws HelperGoneError where none does. */
  async request(...words: readonly string[]): Promise<HelperAnswer> {
    if (this.#state.kind !== "running" || this.#conversation === null) {
      throw new HelperGoneError("The helper on Windows does not run");
    }
    return await this.#conversation.request(...words);
  }

  /** Ends it and removes its files. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#conversation?.close();
    await this.#life;
    await this.#folder?.clear();
  }

  async #live(): Promise<void> {
    const backOff = new BackOff(FIRST_RESTART_MS, MAX_RESTART_MS);
    const { signal } = this.#stop;
    let compiled: CompiledHelper | null = null;
    for (let compiles = 0; !signal.aborted;) {
      try {
        if (compiled === null || await this.#folder?.digest(compiled) !== compiled.digest) {
          compiles++;
          compiled = await this.#compile();
        }
        const startedMs = this.#clock.now();
        const reason = await this.#runOnce(compiled);
        if (this.#clock.now() - startedMs > STEADY_MS) backOff.noteSuccess();
        this.#fail(reason, false);
      } catch (error) {
        if (!(error instanceof CompileError) && !(error instanceof CommandError)) throw error;
        const isFinal = error instanceof CompileError && compiles >= MAX_COMPILES;
        this.#fail(messageOf(error), isFinal);
        if (isFinal) return;
      }
      await delay(backOff.noteFailure(this.#clock.now()), { signal, clock: this.#clock });
    }
  }

  async #compile(): Promise<CompiledHelper> {
    if (this.#folder === null) throw new CompileError("no drive of Windows is mounted");
    await this.#folder.clear(); // What a run left that was killed, or what somebody changed.
    return await compileHelper(this.#programs, this.#folder, this.#stop.signal);
  }

  /** Runs it to its end and tells why it ended. */
  async #runOnce({ program }: CompiledHelper): Promise<string> {
    const conversation = this.#conversation = new Conversation(
      (onLines) => this.#programs.start(program, [], { onLines }),
      (words) => this.#listener.onEvent(words),
    );
    try {
      this.#enter({ kind: "running", pid: await conversation.hello() });
    } catch (error) {
      if (!(error instanceof HelperGoneError)) throw error;
    }
    await conversation.ended;
    return conversation.failure;
  }

  #fail(reason: string, isFinal: boolean): void {
    if (!this.#stop.signal.aborted) this.#enter({ kind: "failed", reason, isFinal });
  }

  #enter(state: HelperState): void {
    this.#state = state;
    this.#listener.onState(state);
  }
}
