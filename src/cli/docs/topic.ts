import { suggest } from "../../config/suggest.ts";
import { type Command, COMMANDS } from "../args/command_table.ts";
import type { Option } from "../args/option.ts";
import { OPTIONS } from "../args/option_table.ts";
import { UsageError } from "../args/usage_error.ts";
import { quoteText } from "../screen/escape_text.ts";
import { commandLabel, EXAMPLES, optionRow, renderHelp } from "./help.ts";

/** The options that may stand beside any command. */
const EVERYWHERE: readonly string[] = ["help"];

/**
 * What there is to say of one word: a command, an option (with or without its hyphens), or a key of the config file. Ends
 * with a newline. Throws UsageError for a word that is none of them.
 */
export function renderTopic(word: string): string {
  const command = COMMANDS.find(({ name }) => name === word);
  if (command !== undefined) return `${describeCommand(command).join("\n")}\n`;
  const option = findByAnyName(word);
  if (option !== null) return `${describeOption(option).join("\n")}\n`;
  if (word === "all" || word === "options") return renderHelp();
  throw unknownTopic(word);
}

function describeCommand(command: Command): string[] {
  const { brief, argument } = command;
  const own = OPTIONS.filter((option) =>
    command.options.includes(option.name) || EVERYWHERE.includes(option.name)
  );
  const values = argument?.values ?? [];
  return [
    `wslfwd ${commandLabel(command)}${own.length > EVERYWHERE.length ? " [options]" : ""}: ${brief}`,
    ...values.length === 0 ? [] : [`${argument!.placeholder}: ${values.join(", ")}`],
    "Options:",
    ...own.map(optionRow),
  ];
}

function describeOption(option: Option): string[] {
  const commands = COMMANDS.filter((command: Command) => command.options.includes(option.name));
  const examples = EXAMPLES.filter(({ command }) => command.includes(`--${option.name}`));
  return [
    optionRow(option).trimStart(),
    ...option.values.length === 0 ? [] : [`Values: ${option.values.join(", ")}`],
    ...option.isRepeatable ? ["It may be given again; that adds to it."] : [],
    ...option.configKey === null ? [] : [`Config key: ${option.configKey}`],
    ...commands.length === 0 ? [] : [`Also of: ${commands.map(({ name }) => name).join(", ")}`],
    ...examples.map(({ command, brief }) => `Example: ${command}   ${brief}`),
  ];
}

function findByAnyName(word: string): Option | null {
  const name = word.replace(/^--?/, "").replaceAll("_", "-");
  return OPTIONS.find((option) =>
    option.name === name || option.alias === name || option.configKey?.replaceAll("_", "-") === name
  ) ?? null;
}

function unknownTopic(word: string): UsageError {
  const names = [...COMMANDS.map(({ name }) => name), ...OPTIONS.map(({ name }) => name)];
  const near = suggest(word.replace(/^--?/, ""), names);
  const remedy = near === null ? "see wslfwd --help" : `did you mean wslfwd help ${near}?`;
  return new UsageError(`there is no command or option ${quoteText(word)}; ${remedy}`);
}
