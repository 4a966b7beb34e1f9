/**
 * WSL starts a Windows program through a socket that belongs to the wsl.exe of some session; the program gets the rights
 * of that wsl.exe. sudo drops the variable that names the socket, so we look for it as WSL's own init does
 * (microsoft/WSL, src/linux/init/binfmt.cpp).
 */

const SOCKET_DIRECTORY = "/run/WSL";

/** As WSL names them. Nothing else in the variable counts: it may have been set for us by whoever uses sudo. */
const SOCKET_PATH = /^\/run\/WSL\/\d+_interop$/;

/** What finding the socket needs to know of the machine; a test brings its own. */
export interface InteropView {
  /** The value of $WSL_INTEROP, or undefined. */
  readonly variable: string | undefined;
  /** Our parents' process ids, nearest first, without 1. */
  readonly parentPids: readonly number[];
  /** Whether there is a socket at a path. */
  readonly isSocket: (path: string) => boolean;
}

/**
 * The socket to use: what $WSL_INTEROP names if it exists, else that of our nearest parent, else that of process 1. Never
 * that of another session: it may be elevated where we are not. Null where there is none. `dead`: sockets that are there
 * and answer nobody, since their session has ended.
 */
export function findInteropSocket(view: InteropView, dead: ReadonlySet<string> = new Set()): string | null {
  const paths = [...view.parentPids, 1].map((pid) => `${SOCKET_DIRECTORY}/${pid}_interop`);
  if (view.variable !== undefined && SOCKET_PATH.test(view.variable)) paths.unshift(view.variable);
  return paths.find((path) => !dead.has(path) && view.isSocket(path)) ?? null;
}

/** The machine as it is. */
export function readInteropView(): InteropView {
  return { variable: Deno.env.get("WSL_INTEROP"), parentPids: readParentPids(), isSocket };
}

function isSocket(path: string): boolean {
  try {
    return Deno.statSync(path).isSocket === true;
  } catch {
    return false;
  }
}

/** Walks up /proc/PID/stat. Stops at 1, at a process that is gone, and after 64 steps. */
function readParentPids(): number[] {
  const pids: number[] = [];
  for (let pid = Deno.ppid; pid > 1 && pids.length < 64;) {
    pids.push(pid);
    try {
      // The name of the program, in parentheses, may hold blanks and parentheses: count from the last one (proc(5)).
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    } catch {
      break;
    }
  }
  return pids;
}
