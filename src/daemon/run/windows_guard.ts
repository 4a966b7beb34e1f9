import type { Host } from "../../contracts/host.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { delay } from "../../time/delay.ts";
import { GuardedHost } from "../../windows/watchdog/guarded_host.ts";
import { removeLeftUndo, UndoFile } from "../../windows/watchdog/undo_file.ts";
import { WindowsWatchdog } from "../../windows/watchdog/windows_watchdog.ts";
import { INTEROP_SOCKETS } from "../../wsl/interop_sockets.ts";
import { readUser, type Windows } from "../open/open_windows.ts";

/** How often it is looked whether a watchdog that was lost has done its work, in milliseconds; and for how long at most. */
const LOOK_MS = 100, WORK_MS = 10_000;

/** What removes our rules from Windows' side, and what it has to know for that. */
export class WindowsGuard {
  readonly #windows: Windows;
  readonly #emit: EventSink;
  readonly #file: UndoFile;
  readonly #ending = new AbortController();
  #starting: Promise<WindowsWatchdog | null> = Promise.resolve(null);
  /** Called when it has removed our rules although wslfwd goes on. */
  onRemoved: () => void = () => {};

  private constructor(windows: Windows, emit: EventSink) {
    this.#windows = windows;
    this.#emit = emit;
    this.#file = new UndoFile(windows.programs.windowsFolder, windows.owner);
  }

  /** Takes over from the watchdogs of earlier runs, and starts one. To be called under the lock. Never throws. */
  static async open(windows: Windows, emit: EventSink): Promise<WindowsGuard> {
    const hadOther = await removeLeftUndo(windows.programs.windowsFolder, windows.owner);
    if (hadOther) windows.host.noteUnsettled();
    const guard = new WindowsGuard(windows, emit);
    guard.#starting = guard.#start();
    return guard;
  }

  /** The host whose rules it removes. */
  guard(host: Host): Host {
    return new GuardedHost(host, this.#file);
  }

  /** All is well: there is nothing to remove. Never throws. */
  async end(): Promise<void> {
    this.giveUp();
    const watchdog = await this.#starting;
    await Promise.all([watchdog?.disarm(), this.#file.remove()]);
  }

  /** wslfwd ends. What is left to remove is the watchdog's, which ends with us. */
  giveUp(): void {
    this.#ending.abort();
  }

  async #start(): Promise<WindowsWatchdog | null> {
    const { programs } = this.#windows, { signal } = this.#ending;
    const [socket] = INTEROP_SOCKETS.list().living;
    const onLost = () => this.#noteLost(socket);
    const watchdog = await WindowsWatchdog.start(programs, this.#file.windowsPath, onLost, signal);
    if (watchdog === null && !signal.aborted) {
      this.#note(
        "no-watchdog",
        "Windows starts no watchdog (cmd.exe does not answer): rules would outlive a window that is closed, until the next start " +
          "of wslfwd",
      );
    }
    return watchdog;
  }

  /** It has ended by itself: its session has, or somebody ended it. It removes our rules all the same. */
  #noteLost(socket: string | undefined): void {
    // WSL takes a session's interop away first; whoever asks it would wait for ten seconds.
    if (socket !== undefined) INTEROP_SOCKETS.noteDead(socket, false);
    if (this.#ending.signal.aborted) return;
    this.#note(
      "session-ended",
      "the terminal that wslfwd was started from has closed: Windows removes its rules",
    );
    this.#starting = this.#recover();
  }

  /** wslfwd has outlived its window (tmux, nohup): goes on where WSL's own session has the rights, too. */
  async #recover(): Promise<WindowsWatchdog | null> {
    const { signal } = this.#ending;
    for (let i = 0; i < WORK_MS / LOOK_MS && !signal.aborted && await this.#file.exists(); i++) {
      await delay(LOOK_MS, { signal });
    }
    if (signal.aborted) return null;
    this.#file.renew();
    this.onRemoved();
    const user = await readUser(this.#windows.programs, signal).catch(() => null);
    if (user?.isElevated) return await this.#start();
    if (!signal.aborted) {
      const message =
        "Windows does not let wslfwd change rules any more: start it again in a terminal that is elevated";
      this.#note("session-ended", message);
    }
    return null;
  }

  #note(code: string, message: string): void {
    this.#emit({ type: "notice", code, message });
  }
}
