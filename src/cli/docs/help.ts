import { type Command, COMMANDS } from "../args/command_table.ts";
import { GROUPS, type Option } from "../args/option.ts";
import { OPTIONS } from "../args/option_table.ts";

/** The column at which the briefs begin, so that they end within 80. */
const BRIEF_COLUMN = 27;

/** What people do with it, and the line that does it. */
export const EXAMPLES: readonly { readonly command: string; readonly brief: string }[] = [
  { command: "wslfwd 3000", brief: "this port and no other, and its address" },
  { command: "sudo wslfwd --realtime", brief: "forward what listens, in milliseconds" },
  { command: "wslfwd --allow node --allow vite", brief: "only what these programs serve" },
  { command: "wslfwd --port 80,443 --map 8080:3000", brief: "fixed ports, and one renumbered" },
  { command: "wslfwd --clean-rules", brief: "remove everything that wslfwd made" },
];

/** The text of `--help`: one screen of 80 columns, made from the tables. Ends with a newline. */
export function renderHelp(): string {
  const lines = [
    "wslfwd makes what listens in WSL2 reachable from your network.",
    "Usage: wslfwd [PORTS] [options]     in a terminal opened as administrator",
    "       wslfwd COMMAND [options]     wslfwd help WORD says more about one",
  ];
  for (const group of GROUPS) {
    lines.push(`${group}:`);
    for (const option of OPTIONS) {
      if (option.group === group) lines.push(optionRow(option));
    }
  }
  lines.push("Commands:");
  for (const command of COMMANDS) lines.push(row(commandLabel(command), command.brief));
  lines.push("Examples:");
  for (const { command, brief } of EXAMPLES) lines.push(`  ${command.padEnd(36)}  ${brief}`);
  return `${lines.join("\n")}\n`;
}

/** `--realtime[=ENGINE]`, `-y, --yes`, `--interval S`. */
export function optionLabel({ name, alias, placeholder, bareValue }: Option): string {
  const value = placeholder === null ? "" : bareValue === null ? ` ${placeholder}` : `[=${placeholder}]`;
  return `${alias === null ? "" : `-${alias}, `}--${name}${value}`;
}

/** `why PORT`, `help [WORD]`. */
export function commandLabel({ name, argument }: Command): string {
  if (argument === null) return name;
  return argument.isOptional ? `${name} [${argument.placeholder}]` : `${name} ${argument.placeholder}`;
}

/** An option as a row of the help. */
export function optionRow(option: Option): string {
  return row(optionLabel(option), briefOf(option));
}

/** The brief with the default behind it. */
export function briefOf({ brief, defaultText }: Option): string {
  return defaultText === null ? brief : `${brief} (${defaultText})`;
}

function row(label: string, brief: string): string {
  return `  ${label.padEnd(BRIEF_COLUMN - 3)} ${brief}`;
}
