/** Where programs of the system are, in the order of root's PATH. */
const DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"] as const;
const WRITABLE_BY_OTHERS = 0o022;
const EXECUTABLE_BY_OWNER = 0o100;

/** What the search for a program found. */
export interface ProgramSearch {
  /** Its absolute path, without links in it; null where there is none that may be run. */
  readonly path: string | null;
  /** Why one that is there may not be run, in one line; null where there is none at all, or one was found. */
  readonly refusal: string | null;
}

/**
 * Looks for a program that root may run: it and every directory above it belong to root and can be written by no
 * one else. PATH does not count: under sudo it may be the user's.
 */
export function findTrustedProgram(
  name: string,
  directories: readonly string[] = DIRECTORIES,
): ProgramSearch {
  let refusal: string | null = null;
  for (const directory of directories) {
    let path: string;
    try {
      path = Deno.realPathSync(`${directory}/${name}`);
    } catch {
      continue;
    }
    const untrusted = findUntrusted(path);
    if (untrusted === null) return { path, refusal: null };
    refusal ??= untrusted;
  }
  return { path: null, refusal };
}

/** The reason why root should not run the file at an absolute path without links, or null. */
function findUntrusted(path: string): string | null {
  for (let part = path; part !== ""; part = part.slice(0, part.lastIndexOf("/"))) {
    const reason = judge(part, part === path);
    if (reason !== null) return reason;
  }
  return judge("/", false);
}

function judge(path: string, isProgram: boolean): string | null {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    return `${path} cannot be looked at (${error instanceof Error ? error.name : error})`;
  }
  if (isProgram && !info.isFile) return `${path} is no file`;
  if (info.uid !== 0) return `${path} does not belong to root`;
  const mode = info.mode ?? 0;
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return `${path} can be written by others than root`;
  return isProgram && (mode & EXECUTABLE_BY_OWNER) === 0 ? `${path} is not executable` : null;
}
