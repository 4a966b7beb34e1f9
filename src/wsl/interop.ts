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
  /** What tells the socket at a path from any other that was or will be there; null where there is none. */
  readonly identify: (path: string) => string | null;
}

/**
 * The sockets that may be used, the one to try first first: what $WSL_INTEROP names if it exists, that of our nearest
 * parent, …, that of process 1. Never that of another session: it may be elevated where we are not.
 */
export function listInteropSockets(view: InteropView): string[] {
  const paths = [...view.parentPids, 1].map((pid) => `${SOCKET_DIRECTORY}/${pid}_interop`);
  if (view.variable !== undefined && SOCKET_PATH.test(view.variable)) paths.unshift(view.variable);
  return [...new Set(paths)].filter((path) => view.identify(path) !== null);
}

/** The machine as it is. */
export function readInteropView(): InteropView {
  return { variable: Deno.env.get("WSL_INTEROP"), parentPids: readParentPids(), identify };
}

function identify(path: string): string | null {
  try {
    // Under systemd that of process 1 is a link.
    const { isSocket, dev, ino, ctime } = Deno.statSync(path);
    return isSocket ? `${dev} ${ino} ${ctime?.getTime()}` : null;
  } catch {
    return null;
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
