import { type InteropView, listInteropSockets, readInteropView } from "./interop.ts";

/**
 * How long a socket is passed over on which Windows was waited for in vain, in milliseconds: it may have been busy, as after
 * a sleep. One that refuses a connection refuses it for its life.
 */
const SILENT_MS = 60_000;

/** A socket that was found dead. */
interface Grave {
  /** Which one it was: another may be at its path now. */
  readonly identity: string;
  /** When it may be tried again, in milliseconds of `now`. */
  readonly untilMs: number;
}

/**
 * The interop sockets, and which of them are known to be dead: whoever asks a dead one waits for ten seconds (`accept4` of
 * WSL's init), and a clean-up has no time to do that twice.
 */
export class InteropSockets {
  readonly #view: () => InteropView;
  readonly #now: () => number;
  readonly #graves = new Map<string, Grave>();

  /** `now`: milliseconds that never go back. */
  constructor(
    view: () => InteropView = readInteropView,
    now: () => number = () => performance.now(),
  ) {
    this.#view = view;
    this.#now = now;
  }

  /** The sockets that are there and not known to be dead, the one to try first first, and how many are known to be. */
  list(): { living: string[]; deadCount: number } {
    const view = this.#view();
    const all = listInteropSockets(view);
    const living = all.filter((path) => !this.#isDead(path, view));
    return { living, deadCount: all.length - living.length };
  }

  /** Nobody answers on the socket at a path. `isFinal`: and nobody ever will. */
  noteDead(path: string, isFinal: boolean): void {
    const identity = this.#view().identify(path);
    if (identity === null) return;
    this.#graves.set(path, { identity, untilMs: isFinal ? Infinity : this.#now() + SILENT_MS });
  }

  #isDead(path: string, view: InteropView): boolean {
    const grave = this.#graves.get(path);
    return grave !== undefined && grave.identity === view.identify(path) && this.#now() < grave.untilMs;
  }
}

/** Those of this machine. */
export const INTEROP_SOCKETS: InteropSockets = new InteropSockets();

/** The whole environment for a program that WSL has to start or answer: where its socket is, and nothing of ours. */
export function interopEnvironment(socket: string | undefined = INTEROP_SOCKETS.list().living[0]): Record<
  string,
  string
> {
  return { PATH: "/usr/bin:/bin", ...(socket === undefined ? {} : { WSL_INTEROP: socket }) };
}
