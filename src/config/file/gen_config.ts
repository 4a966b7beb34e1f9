import { CONFIG_NAMES } from "./config_file.ts";
import { CONFIG_KEYS } from "./config_keys.ts";
import type { InvokingUser } from "../invoking_user.ts";
import { ConfigError } from "./parse_config.ts";
import { writePrivateFile } from "./private_file.ts";
import type { Choices } from "../settings.ts";

/** The text of a config file with each key, its comment, and what was chosen, else the default. */
export function renderConfig(choices: Choices): string {
  const keys = CONFIG_KEYS.map(({ name, comment, written }) =>
    `  // ${comment}\n  "${name}": ${JSON.stringify(written(choices))}`
  );
  return `// Settings of wslfwd. Options on the command line win; lists there are added to the lists here.
{
${keys.join(",\n\n")}
}
`;
}

/** A config file that was written. */
export interface WrittenConfig {
  /** Where it is. */
  readonly path: string;
  /** The file of the user's that was read until now, and is not any more; null where there is none. */
  readonly older: string | null;
}

/**
 * Writes the file at `path`, else the user's own, for the user alone to read and write. Throws ConfigError where there
 * is one already, or none can be made.
 */
export function writeConfig(path: string | null, user: InvokingUser, choices: Choices): WrittenConfig {
  if (path === null && user.home === null) {
    throw new ConfigError(
      CONFIG_NAMES[0],
      null,
      "the home of the user is not known; say where by --config FILE",
    );
  }
  const target = path ?? `${user.home}/${CONFIG_NAMES[0]}`;
  try {
    writePrivateFile(target, renderConfig(choices), user);
  } catch (error) {
    const code = (error as { code?: string }).code;
    const message = code === "EEXIST"
      ? "there is a file already, and it is left as it is; remove it first, or say where by --config FILE"
      : `the file cannot be made (${code ?? "unknown"}); check the folder and its rights`;
    throw new ConfigError(target, null, message, { cause: error });
  }
  const older = path === null ? `${user.home}/${CONFIG_NAMES[1]}` : null;
  return { path: target, older: older !== null && isThere(older) ? older : null };
}

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}
