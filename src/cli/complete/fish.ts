import { type Command, COMMANDS } from "../args/command_table.ts";
import type { Option } from "../args/option.ts";
import { OPTIONS } from "../args/option_table.ts";
import { OFFER } from "../args/parse_command_line.ts";

/** What the commands offer; the table's own types are narrower. */
const ALL_COMMANDS: readonly Command[] = COMMANDS;

/** For fish. */
export function renderFish(): string {
  const options = OPTIONS.map((option) => {
    const { name, alias, placeholder, bareValue, brief } = option;
    const commands = ALL_COMMANDS.filter((command) => command.options.includes(name)).map((command) =>
      command.name
    );
    const others = ALL_COMMANDS.map((command) => command.name).filter((command) =>
      !commands.includes(command)
    );
    const words = [
      ...(name === "help" || name === "version" || others.length === 0
        ? []
        : [`-n 'not __fish_seen_subcommand_from ${others.join(" ")}'`]),
      ...(alias === null ? [] : [`-s ${alias}`]),
      `-l ${name}`,
      ...(placeholder === null || bareValue !== null ? [] : [option.completes === "file" ? "-r -F" : "-x"]),
      ...fishValues(option),
      `-d ${fishQuote(brief)}`,
    ];
    return `complete -c wslfwd ${words.join(" ")}`;
  });
  const commands = ALL_COMMANDS.flatMap((command) => [
    `complete -c wslfwd -n __fish_use_subcommand -a ${command.name} -d ${fishQuote(command.brief)}`,
    ...fishArgument(command),
  ]);
  return `# fish completion for wslfwd: save it as ~/.config/fish/completions/wslfwd.fish
complete -c wslfwd -f
# Ports that listen, behind nothing or a command that takes one.
complete -c wslfwd -n '__fish_use_subcommand; and string match -qr "^[0-9]" -- (commandline -ct)' -a '(wslfwd ${OFFER} port 2>/dev/null)'
${[...commands, ...options].join("\n")}
`;
}

function fishArgument({ name, argument }: Command): string[] {
  const offered = argument?.completes === "port"
    ? `(wslfwd ${OFFER} port 2>/dev/null)`
    : argument?.values.join(" ") ?? "";
  return offered === ""
    ? []
    : [`complete -c wslfwd -n '__fish_seen_subcommand_from ${name}' -a ${fishQuote(offered)}`];
}

function fishValues({ values, completes, isList }: Option): string[] {
  const offered = completes === "port" || completes === "program"
    ? `(wslfwd ${OFFER} ${completes} 2>/dev/null)`
    : null;
  if (values.length > 0) {
    return [`-a '${isList ? `(__fish_append , ${values.join(" ")})` : values.join(" ")}'`];
  }
  if (offered === null) return [];
  // Behind a comma the words come bare: what they are is told only before the first one.
  const append =
    `(__fish_append , (wslfwd ${OFFER} ${completes} 2>/dev/null | string replace -r "\\t.*" ""))`;
  return [`-a ${fishQuote(isList ? append : offered)}`];
}

function fishQuote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
