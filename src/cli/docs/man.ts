import { CONFIG_NAMES } from "../../config/file/config_file.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { COMMANDS } from "../args/command_table.ts";
import { briefOf, commandLabel, EXAMPLES, optionLabel } from "./help.ts";
import { flattenFields, type JsonField } from "../json/json_field.ts";
import { COMMON_FIELDS, EVENT_FIELDS } from "../json/json_fields.ts";
import { REPORT_FIELDS } from "../json/report_fields.ts";
import { GROUPS } from "../args/option.ts";
import { OPTIONS } from "../args/option_table.ts";

/** The manual page, in the man macros of roff (man(7)). Ends with a newline. */
export function renderMan(): string {
  return [
    '.TH WSLFWD 1 "" wslfwd "User Commands"',
    // Option names and keys are for copying: nothing is broken at a hyphen.
    ".nh",
    ".ad l",
    ".SH NAME",
    line("wslfwd - make what listens in WSL2 reachable from your network"),
    ".SH SYNOPSIS",
    ".B wslfwd",
    line("[command] [options]"),
    ".SH DESCRIPTION",
    line("Runs inside WSL2, notices that a program listens on a TCP port, and has"),
    line("Windows forward that port (netsh interface portproxy) and let it through the"),
    line("firewall. When the program stops, both go again."),
    line("It runs in a terminal that was opened as administrator on Windows."),
    line("Option names may be written with hyphens or underscores, values after a blank"),
    line("or an equals sign."),
    ".SH OPTIONS",
    ...GROUPS.flatMap((group) => [
      `.SS ${line(group)}`,
      ...OPTIONS.filter((option) => option.group === group).flatMap((option) =>
        tagged(optionLabel(option), [
          sentence(briefOf(option)),
          ...(option.values.length === 0 ? [] : [`Values: ${option.values.join(", ")}.`]),
          ...(option.configKey === null ? [] : [`Config key: ${option.configKey}.`]),
        ])
      ),
    ]),
    ".SH COMMANDS",
    ...COMMANDS.flatMap((command) => tagged(commandLabel(command), [sentence(command.brief)])),
    ".SH FILES",
    ...tagged(`~/${CONFIG_NAMES[0]}`, [
      "The config file, JSON with comments.",
      `Where it is missing, ~/${CONFIG_NAMES[1]} is read.`,
      "Under sudo it is that of the user who called sudo.",
      "Options win; lists of options are added to its lists.",
    ]),
    ".SH EXIT STATUS",
    ...EXIT_CODES.flatMap(([code, meaning]) => tagged(String(code), [sentence(meaning)])),
    ".SH JSON OUTPUT",
    line("With --json each line is one object. Each has these fields:"),
    ...COMMON_FIELDS.flatMap(fieldEntry),
    ...Object.entries({ ...EVENT_FIELDS, ...REPORT_FIELDS }).flatMap((
      [type, fields],
    ) => [`.SS ${line(type)}`, ...flattenFields(fields).flatMap(fieldEntry)]),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(({ command, brief }) => tagged(command, [sentence(brief)])),
    "",
  ].join("\n");
}

function fieldEntry({ name, type, meaning }: JsonField): string[] {
  return tagged(`${name} (${type})`, [sentence(meaning)]);
}

function tagged(tag: string, texts: readonly string[]): string[] {
  return [".TP", `.B ${line(tag)}`, ...texts.map(line)];
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** Text as roff takes it: backslashes and hyphens escaped, no request at its beginning (groff(7)). */
function line(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll('"', "\\(dq");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
