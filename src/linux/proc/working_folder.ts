/** The folder in which a process of our PID namespace works; null where it has ended or belongs to another user. Hostile text. */
export function readWorkingFolder(pid: number): string | null {
  try {
    return Deno.readLinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

/** The path as people write it: `~/shop` below their home. `home`: null where it is not known. */
export function shortenHome(path: string, home: string | null): string {
  if (home === null || home === "/") return path;
  if (path === home) return "~";
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}
