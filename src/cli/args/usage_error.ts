import { suggest } from "../../config/suggest.ts";
import { listWords } from "../../config/values.ts";
import { type Command, COMMANDS } from "./command_table.ts";
import { quoteText } from "../screen/escape_text.ts";
import type { Option } from "./option.ts";
import { OPTIONS } from "./option_table.ts";

/** A command line that cannot be followed. The message says what was wanted, found and to do, in one line. */
export class UsageError extends Error {
  /** The class's name, for logs. */
  override readonly name = "UsageError";
}

const SEE_HELP = "see wslfwd --help";

/** `found` is the argument without its value. */
export function unknownOption(found: string): UsageError {
  // Keys of the config file have other names than some options, and are taken for them.
  const meant = new Map(OPTIONS.map(({ name }) => [`--${name}`, name]));
  for (const { name, configKey } of OPTIONS) {
    if (configKey !== null) meant.set(`--${configKey.replaceAll("_", "-")}`, name);
  }
  const near = meant.get(suggest(found.replaceAll("_", "-"), [...meant.keys()]) ?? "");
  const remedy = near === undefined ? SEE_HELP : `did you mean --${near}?`;
  return new UsageError(`there is no option ${quoteText(found)}; ${remedy}`);
}

/** A word that is no command, where a command may stand. */
export function unknownCommand(found: string): UsageError {
  const near = suggest(found, COMMANDS.map(({ name }) => name));
  const remedy = didYouMean(near) ?? `to start forwarding leave it out, or ${SEE_HELP}`;
  return new UsageError(`there is no command ${quoteText(found)}; ${remedy}`);
}

/** An option without its value. */
export function missingValue(option: Option): UsageError {
  const words = option.values.length > 0 ? ` (${listWords(option.values)})` : "";
  return new UsageError(
    `--${option.name} needs a value${words}, but none was given; write --${option.name} ${option.placeholder}`,
  );
}

/** A value for an option that takes none. */
export function needlessValue(option: Option, found: string): UsageError {
  return new UsageError(
    `--${option.name} takes no value, but ${quoteText(found)} was given; write --${option.name} alone`,
  );
}

/** A value that the option refuses. */
export function badValue(option: Option, expected: string, found: string): UsageError {
  // Of a list, the part that is not one of the words is the one that was mistyped.
  const part = found.split(",").map((word) => word.trim()).find((word) => !option.values.includes(word));
  const near = didYouMean(suggest(part ?? "", option.values));
  const message = `--${option.name} must be ${expected}, but ${quoteText(found)} was given`;
  return new UsageError(near === null ? message : `${message}; ${near}`);
}

/** An option that a command has no use for. */
export function misplacedOption(name: string, command: Command): UsageError {
  const taken = command.options.map((option) => `--${option}`);
  const remedy = taken.length === 0
    ? "it takes none"
    : taken.length > 3
    ? SEE_HELP
    : `it takes ${listWords(taken)}`;
  return new UsageError(`${command.name} does not take --${name}; ${remedy}`);
}

/** A command's argument that is missing (null) or none of the words it may be. */
export function badArgument(
  command: Command,
  argument: NonNullable<Command["argument"]>,
  found: string | null,
): UsageError {
  const was = found === null ? "nothing" : quoteText(found);
  const near = didYouMean(suggest(found ?? "", argument.values));
  const remedy = near ?? `write wslfwd ${command.name} ${argument.values[0] ?? argument.placeholder}`;
  return new UsageError(
    `${command.name} needs ${
      argument.expected ?? listWords(argument.values)
    }, but ${was} was given; ${remedy}`,
  );
}

/** Options that contradict each other, or words too many. */
export function conflict(message: string): UsageError {
  return new UsageError(`${message}; ${SEE_HELP}`);
}

function didYouMean(near: string | null): string | null {
  return near === null ? null : `did you mean ${near}?`;
}
