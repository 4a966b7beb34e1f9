import type { Host } from "../../contracts/host.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { GuardedHost } from "../../windows/watchdog/guarded_host.ts";
import { removeLeftUndo, UndoFile } from "../../windows/watchdog/undo_file.ts";
import { WindowsWatchdog } from "../../windows/watchdog/windows_watchdog.ts";
import { INTEROP_SOCKETS } from "../../wsl/interop_sockets.ts";
import type { Windows } from "../open/open_windows.ts";

/** What removes our rules from Windows' side, and what it has to know for that. */
export class WindowsGuard {
  readonly #windows: Windows;
  readonly #emit: EventSink;
  readonly #file: UndoFile;
  #starting: Promise<WindowsWatchdog | null> = Promise.resolve(null);
  #isEnding = false;

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
    this.#isEnding = true;
    const watchdog = await this.#starting;
    await Promise.all([watchdog?.disarm(), this.#file.remove()]);
  }

  async #start(): Promise<WindowsWatchdog | null> {
    const [socket] = INTEROP_SOCKETS.list().living;
    const { programs } = this.#windows;
    const watchdog = await WindowsWatchdog.start(
      programs,
      this.#file.windowsPath,
      () => this.#noteLost(socket),
    );
    if (watchdog === null && !this.#isEnding) {
      const message =
        "Windows starts no watchdog (cmd.exe does not answer): rules would outlive a window that is closed, " +
        "until the next start of wslfwd";
      this.#emit({ type: "notice", code: "no-watchdog", message });
    }
    return watchdog;
  }

  /** It has ended by itself: its session has, or somebody ended it. It removes our rules all the same. */
  #noteLost(socket: string | undefined): void {
    if (this.#isEnding) return;
    // WSL takes a session's interop away first; whoever asks it would wait for ten seconds.
    if (socket !== undefined) INTEROP_SOCKETS.noteDead(socket, false);
    this.#emit({
      type: "notice",
      code: "session-ended",
      message: "the terminal that wslfwd was started from has closed: Windows removes its rules",
    });
  }
}
