/** Parts of the README, made from the same tables as the help. */
import { COMMANDS } from "./command_table.ts";
import { briefOf, optionLabel } from "./help.ts";
import { COMMON_FIELDS, EVENT_FIELDS, type JsonField } from "./json_fields.ts";
import { GROUPS } from "./option.ts";
import { OPTIONS } from "./option_table.ts";

/** The documents that hold such blocks, from the top of the repository. */
export const DOCUMENTS: readonly string[] = ["README.md", "docs/json.md"];

/** Blocks of the same kind that others write: the benchmark. */
const OTHERS_BLOCKS: readonly string[] = ["bench"];

/** The blocks that are written between `<!-- name -->` and `<!-- /name -->`, by name. */
export const DOC_BLOCKS: Readonly<Record<string, () => string>> = {
  options: optionTableMarkdown,
  commands: commandTableMarkdown,
  json: jsonMarkdown,
};

/** Every option: what it does, what holds without it, its key in the config file. */
export function optionTableMarkdown(): string {
  const rows = GROUPS.flatMap((group) => [
    `| **${group}** | | |`,
    ...OPTIONS.filter((option) => option.group === group).map((option) =>
      `| \`${optionLabel(option)}\` | ${cell(briefOf(option))} | ${
        option.configKey === null ? "" : `\`${option.configKey}\``
      } |`
    ),
  ]);
  return ["| option (default) | | config key |", "| --- | --- | --- |", ...rows].join("\n");
}

/** Every command. */
export function commandTableMarkdown(): string {
  const rows = COMMANDS.map(({ name, argument, brief }) =>
    `| \`wslfwd ${argument === null ? name : `${name} ${argument.placeholder}`}\` | ${cell(brief)} |`
  );
  return ["| command | |", "| --- | --- |", ...rows].join("\n");
}

/** Every field of `--json`. */
export function jsonMarkdown(): string {
  const row = (type: string) => ({ name, type: kind, meaning }: JsonField) =>
    `| ${type} | \`${name}\` | ${kind} | ${cell(meaning)} |`;
  return [
    "| type | field | | |",
    "| --- | --- | --- | --- |",
    ...COMMON_FIELDS.map(row("every")),
    ...Object.entries(EVENT_FIELDS).flatMap(([type, fields]) => fields.map(row(`\`${type}\``))),
  ].join("\n");
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
      OTHERS_BLOCKS.includes(name) ? block : `${begin}${DOC_BLOCKS[name]!()}\n${end}`,
  );
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
