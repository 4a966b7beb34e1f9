import type { InvokingUser } from "../invoking_user.ts";

/**
 * Makes a new file for one user alone to read and write. Throws the system's error, with its `code`, where there is
 * something at that path already (EEXIST) or the file cannot be made.
 */
export function writePrivateFile(path: string, text: string, user: InvokingUser): void {
  // Deno has no fchown. Not an import: node:fs costs 20 to 46 ms of start, and a bundle does every import at its start.
  const { closeSync, fchownSync, openSync, writeSync } = process.getBuiltinModule("node:fs");
  // O_CREAT with O_EXCL neither opens what is there nor follows a link (open(2)).
  const descriptor = openSync(path, "wx", 0o600);
  try {
    writeSync(descriptor, text);
    // By descriptor: root working in somebody's folder must not be led to another file by a link put there now.
    if (Deno.uid() === 0 && user.uid !== 0) fchownSync(descriptor, user.uid, user.gid);
  } finally {
    closeSync(descriptor);
  }
}
