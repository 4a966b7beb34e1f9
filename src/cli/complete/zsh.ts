import { type Command, COMMANDS } from "../args/command_table.ts";
import type { Option } from "../args/option.ts";
import { OPTIONS } from "../args/option_table.ts";
import { OFFER } from "../args/parse_command_line.ts";

/** What the commands offer; the table's own types are narrower. */
const ALL_COMMANDS: readonly Command[] = COMMANDS;

/** For zsh. */
export function renderZsh(): string {
  const specs = OPTIONS.map((option) => {
    const { name, alias, placeholder, bareValue, isRepeatable } = option;
    const brief = `[${option.brief.replace(/[[\]\\]/g, "\\$&")}]`;
    const value = placeholder === null
      ? ""
      : `${bareValue === null ? ":" : "::"}${placeholder}:${zshValues(option)}`;
    const sign = placeholder === null ? "" : bareValue === null ? "=" : "=-";
    const whole = `${sign}${brief}${value}`;
    return alias === null
      ? zshQuote(`${isRepeatable ? "*" : ""}--${name}${whole}`)
      : `${zshQuote(`(-${alias} --${name})`)}{-${alias},--${name}}${zshQuote(brief)}`;
  });
  const commands = ALL_COMMANDS.map(({ name, brief }) => zshQuote(`${name}:${brief.replaceAll(":", "\\:")}`));
  const perCommand = ALL_COMMANDS.flatMap(({ name, argument }) => {
    if (argument?.completes === "port") return [`      ${name}) _wslfwd_ports ;;`];
    if (argument === null || argument.values.length === 0) return [];
    return [`      ${name}) _values ${argument.placeholder} ${argument.values.join(" ")} ;;`];
  });
  return `#compdef wslfwd
# zsh completion for wslfwd: save it as _wslfwd in a folder of $fpath.
# What listens: a word, a tab, what it is.
_wslfwd_offer() {
  local -a offered=(\${(f)"$(wslfwd ${OFFER} $1 2>/dev/null | tr '\t' ':')"})
  _describe -V "$1 that listens" offered
}
_wslfwd_ports() { _wslfwd_offer port }
_wslfwd_programs() { _wslfwd_offer program }
_wslfwd_commands() {
  local -a commands=(
    ${commands.join("\n    ")}
  )
  _describe command commands
}
_wslfwd() {
  local state line
  _arguments \\
    ${specs.join(" \\\n    ")} \\
    '1: :_wslfwd_commands' \\
    '2: :->argument'
  if [[ $state == argument ]]; then
    case $line[1] in
${perCommand.join("\n")}
    esac
  fi
}
if [[ $funcstack[1] == _wslfwd ]]; then _wslfwd "$@"; else compdef _wslfwd wslfwd; fi
`;
}

function zshValues({ values, completes, isList, placeholder }: Option): string {
  if (values.length > 0) {
    return isList ? `_values -s , ${placeholder} ${values.join(" ")}` : `(${values.join(" ")})`;
  }
  const one = { file: "_files", program: "_wslfwd_programs", port: "_wslfwd_ports", nothing: " " }[completes];
  return isList && completes === "port" ? `_sequence ${one}` : one;
}

function zshQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
