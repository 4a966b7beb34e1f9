import type { InvokingUser } from "../invoking_user.ts";
import { ConfigError, parseConfig } from "./parse_config.ts";
import type { Choices } from "../settings.ts";

/** Ours and the predecessor's documented name, then the one that its code writes; in the home of the user. */
export const CONFIG_NAMES = [".wsl_port_forwarding.json", ".wsl-port-forward.json"] as const;

/** A config file that was read. */
export interface LoadedConfig {
  /** Where it is. */
  readonly path: string;
  /** What it says. */
  readonly choices: Choices;
}

/** More than any config file needs, so that a wrong path (a disk, a log) does not fill the memory. */
const MAX_BYTES = 1 << 20;

/**
 * Reads the file at `path`, or where that is null the user's own: the first of {@link CONFIG_NAMES} in the home.
 * Null where the user has none. Throws ConfigError, also for a named file that is not there.
 */
export async function loadConfig(path: string | null, user: InvokingUser): Promise<LoadedConfig | null> {
  const paths = path !== null
    ? [path]
    : user.home === null
    ? []
    : CONFIG_NAMES.map((name) => `${user.home}/${name}`);
  for (const candidate of paths) {
    const read = await readGuarded(candidate, user.uid);
    if (read === null) continue;
    return { path: candidate, choices: await parseConfig(read.text, candidate, read.isOwn) };
  }
  if (path === null) return null;
  throw new ConfigError(path, null, "there is no such file; wslfwd --gen-config --config FILE writes one");
}

/**
 * The text of a file, and whether it is the user's own, that says what to open to the network, often read by root: a regular file, no link, of root or
 * of the user, that nobody else can write. Null where there is none.
 *
 * Deno cannot pass O_NOFOLLOW to open(2). What was opened is compared with what lstat(2) showed at that path, which
 * was no link: device and inode of an open file are its own, so a link put there in between is found out.
 */
async function readGuarded(path: string, uid: number): Promise<{ text: string; isOwn: boolean } | null> {
  const refuse = (message: string) => new ConfigError(path, null, message);
  try {
    const found = await Deno.lstat(path);
    if (!found.isFile) {
      throw refuse("expected a regular file, found a link, a folder or a device; name the file itself");
    }
    using file = await Deno.open(path);
    const opened = await file.stat();
    if (opened.dev !== found.dev || opened.ino !== found.ino) {
      throw refuse("the file was replaced while it was opened; try again");
    }
    if (opened.uid !== 0 && opened.uid !== uid) {
      throw refuse(
        "the file belongs to somebody else; it must be yours or root's, since it says what to open",
      );
    }
    if (((opened.mode ?? 0) & 0o022) !== 0) {
      throw refuse("others can write the file, and it says what to open; run chmod go-w on it");
    }
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await readLimited(file, refuse));
    return { text, isOwn: opened.uid === uid };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof TypeError) throw refuse("expected text in UTF-8; save the file in that encoding");
    throw refuse(
      `the file cannot be read (${error instanceof Error ? error.name : "unknown"}); check its rights`,
    );
  }
}

async function readLimited(file: Deno.FsFile, refuse: (message: string) => ConfigError): Promise<Uint8Array> {
  const bytes = new Uint8Array(MAX_BYTES + 1);
  let size = 0;
  for (;;) {
    const count = await file.read(bytes.subarray(size));
    if (count === null) return bytes.subarray(0, size);
    size += count;
    if (size > MAX_BYTES) {
      throw refuse(`expected at most ${MAX_BYTES} bytes, found more; is it the right file?`);
    }
  }
}
