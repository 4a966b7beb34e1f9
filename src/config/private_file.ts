/** Loaded only where a file is written: node:fs costs 46 ms of start. Deno has neither O_EXCL with a mode nor fchown. */
import { closeSync, fchownSync, openSync, writeSync } from "node:fs";
import type { InvokingUser } from "./invoking_user.ts";

/**
 * Makes a new file for one user alone to read and write. Throws the system's error, with its `code`, where there is
 * something at that path already (EEXIST) or the file cannot be made.
 */
export function writePrivateFile(path: string, text: string, user: InvokingUser): void {
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
