import { FORM } from "./build_stamp.ts";

/** Where sudo looks by default: secure_path of sudoers(5), as Debian, Ubuntu, Fedora, Arch and openSUSE have it or less. */
const SECURE_PATH: readonly string[] = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];

/**
 * What to type in place of `sudo wslfwd` where sudo says that there is no such command: npm puts it into a folder of the user's
 * where node is there, too (nvm, fnm, volta, a prefix in the home). Null where sudo finds it, where this is root already, or where
 * it was not npm that put it in place.
 */
export function adviseSudo(): string | null {
  if (FORM !== "npm" || Deno.uid() === 0 || SECURE_PATH.some((folder) => isThere(`${folder}/wslfwd`))) {
    return null;
  }
  return 'sudo does not look where npm put wslfwd; as root it starts by: sudo "$(command -v wslfwd)"';
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
