import { CONFIG_NAMES } from "./config_file.ts";
import { CONFIG_KEYS } from "./config_keys.ts";
import type { InvokingUser } from "./invoking_user.ts";
import { ConfigError } from "./parse_config.ts";
import { writePrivateFile } from "./private_file.ts";
import type { Choices } from "./settings.ts";

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

/**
 * Writes the file at `path`, else the user's own, for the user alone to read and write. Gives its path. Throws
 * ConfigError where there is one already, or none can be made.
 */
export function writeConfig(path: string | null, user: InvokingUser, choices: Choices): string {
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
  return target;
}
