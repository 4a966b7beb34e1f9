import type { RunningProcess } from "../../process/start_process.ts";
import type { ResidentPrograms } from "../../wsl/windows_programs.ts";
import { BYE, READY, watchdogWords } from "./watchdog_words.ts";

/** How long it may take until it listens, and until it has ended when it was told to, in milliseconds. */
const START_MS = 10_000, END_MS = 1000;

/**
 * A cmd.exe on Windows, asleep, that runs a script there when we are gone without a word: when the window that we were started
 * from is closed (WSL takes our session away before it tells us), when wslfwd is killed, and with the virtual machine.
 */
export class WindowsWatchdog {
  readonly #process: RunningProcess;
  #isDisarmed = false;

  private constructor(process: RunningProcess) {
    this.#process = process;
  }

  /**
   * Starts it for the script at a path of Windows. Null where it does not listen within ten seconds: nothing is told of why, but
   * that there is none; or as soon as `signal` says that none is wanted any more. `onLost`: called once it has ended although
   * nobody told it to; it runs the script then.
   */
  static async start(
    programs: ResidentPrograms,
    script: string,
    onLost: () => void,
    signal: AbortSignal,
  ): Promise<WindowsWatchdog | null> {
    const ready = Promise.withResolvers<boolean>();
    const decode = (line: Uint8Array | null) => new TextDecoder().decode(line ?? new Uint8Array()).trim();
    let process: RunningProcess;
    try {
      process = programs.start("cmd.exe", watchdogWords(script), {
        onLines: (lines) => void (lines.some((line) => decode(line) === READY) && ready.resolve(true)),
      });
    } catch {
      return null;
    }
    const watchdog = new WindowsWatchdog(process);
    const timer = setTimeout(ready.resolve, START_MS, false);
    process.ended.then(() => ready.resolve(false));
    const giveUp = () => ready.resolve(false);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    const isReady = await ready.promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
    if (!isReady) {
      await watchdog.disarm();
      return null;
    }
    process.ended.then(() => watchdog.#isDisarmed || onLost());
    return watchdog;
  }

  /** Ends it without running the script. */
  async disarm(): Promise<void> {
    this.#isDisarmed = true;
    await this.#process.send(BYE);
    await this.#process.endInput();
    const timer = setTimeout(() => void this.#process.stop(), END_MS);
    await this.#process.ended;
    clearTimeout(timer);
  }
}
