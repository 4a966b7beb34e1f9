/** Parts of the documents, made from the same tables as the help. */
import { COMMANDS } from "../args/command_table.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { briefOf, commandLabel, optionLabel } from "./help.ts";
import { flattenFields, type JsonField } from "../json/json_field.ts";
import { COMMON_FIELDS, EVENT_FIELDS } from "../json/json_fields.ts";
import { REPORT_FIELDS } from "../json/report_fields.ts";
import { GROUPS } from "../args/option.ts";
import { OPTIONS } from "../args/option_table.ts";

/** The documents that hold such blocks, from the top of the repository. */
export const DOCUMENTS: readonly string[] = ["README.md", "docs/reference.md", "docs/json.md"];

/** Blocks of the same kind that others write: the benchmark; what was confirmed on a real Windows; the forms. */
const OTHERS_BLOCKS: readonly string[] = ["bench", "confirmed", "forms"];

/** The blocks that are written between `<!-- name -->` and `<!-- /name -->`, by name. */
export const DOC_BLOCKS: Readonly<Record<string, () => string>> = {
  options: optionTableMarkdown,
  commands: commandTableMarkdown,
  exits: exitTableMarkdown,
  json: jsonMarkdown,
};

/** Every option: what it does, what holds without it, its key in the config file. */
export function optionTableMarkdown(): string {
  const rows = GROUPS.flatMap((group) => [
    [`**${group}**`, "", ""],
    ...OPTIONS.filter((option) => option.group === group).map((option) => [
      `\`${optionLabel(option)}\``,
      briefOf(option),
      option.configKey === null ? "" : `\`${option.configKey}\``,
    ]),
  ]);
  return renderMarkdownTable(["option (default)", "", "config key"], rows);
}

/** Every command. */
export function commandTableMarkdown(): string {
  const rows = COMMANDS.map((command) => [`\`wslfwd ${commandLabel(command)}\``, command.brief]);
  return renderMarkdownTable(["command", ""], rows);
}

/** Every exit code. */
export function exitTableMarkdown(): string {
  return renderMarkdownTable(["exit code", ""], EXIT_CODES.map(([code, meaning]) => [String(code), meaning]));
}

/** Every field of `--json`. */
export function jsonMarkdown(): string {
  const row = (type: string) => ({ name, type: kind, meaning }: JsonField) => [
    type,
    `\`${name}\``,
    kind,
    meaning,
  ];
  return renderMarkdownTable(["type", "field", "", ""], [
    ...COMMON_FIELDS.map(row("every")),
    ...Object.entries({ ...EVENT_FIELDS, ...REPORT_FIELDS }).flatMap(([type, fields]) =>
      flattenFields(fields).map(row(`\`${type}\``))
    ),
  ]);
}

/**
 * The text with each of its blocks written anew. Throws RangeError for a block that {@link DOC_BLOCKS} does not
 * know, or that has no end.
 */
export function writeDocBlocks(text: string): string {
  return text.replace(/<!-- ([a-z]+) -->\n/g, (begin, name: string, offset: number) => {
    const end = text.indexOf(`<!-- /${name} -->`, offset);
    const isKnown = Object.hasOwn(DOC_BLOCKS, name) || OTHERS_BLOCKS.includes(name);
    if (!isKnown || end < 0) {
      throw new RangeError(`Block ${name}: unknown, or without an end`);
    }
    return begin;
  }).replace(
    /(<!-- ([a-z]+) -->\n)[^]*?(<!-- \/\2 -->)/g,
    (block, begin: string, name: string, end: string) =>
      OTHERS_BLOCKS.includes(name) ? block : `${begin}\n${DOC_BLOCKS[name]!()}\n\n${end}`,
  );
}

/** A table with its columns aligned, as deno fmt leaves it. */
export function renderMarkdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [titles, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = titles.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
  const [head, ...body] = cells.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  );
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body].join("\n");
}
