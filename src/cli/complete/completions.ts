/** Shell completions, made from the tables of options and commands. */
import { type Command, COMMANDS, type SHELLS } from "../args/command_table.ts";
import type { Option } from "../args/option.ts";
import { OPTIONS } from "../args/option_table.ts";

/** What the commands offer; the table's own types are narrower. */
const ALL_COMMANDS: readonly Command[] = COMMANDS;

/**
 * Running programs, as the kernel names them: what `--allow` takes. Plain names only: compgen expands its words, so
 * that a program called `$(reboot)` would be run by pressing Tab.
 */
const PROGRAM_NAMES = "cat /proc/*/comm 2>/dev/null | LC_ALL=C grep -xE '[A-Za-z0-9_.+-]+' | sort -u";

/** The completion script for a shell. Ends with a newline. */
export function renderCompletions(shell: typeof SHELLS[number]): string {
  return { bash: renderBash, zsh: renderZsh, fish: renderFish }[shell]();
}

function renderBash(): string {
  const cases = OPTIONS.filter(({ placeholder }) => placeholder !== null).map((option) =>
    `    ${spellings(option).join("|")}) ${bashValues(option)} ;;`
  );
  const perCommand = ALL_COMMANDS.map(({ name, argument, options }) =>
    `    ${name}) words='${[...argument?.values ?? [], ...longNames(options)].join(" ")}' ;;`
  );
  return `# bash completion for wslfwd. Load it with: source <(wslfwd completions bash)
_wslfwd() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} joined= words
  # Readline takes "=" for a word of its own: --mode=au is three words.
  if [[ $cur == '=' ]]; then cur= joined=1
  elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]} joined=1; fi
  local command=
  ((COMP_CWORD > 1)) && command=\${COMP_WORDS[1]}
  COMPREPLY=()
  case $prev in
${cases.join("\n")}
  esac
  case $command in
${perCommand.join("\n")}
    *) words='${longNames(OPTIONS.map(({ name }) => name)).join(" ")}'
       [[ $COMP_CWORD == 1 ]] && words+=' ${ALL_COMMANDS.map(({ name }) => name).join(" ")}' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _wslfwd wslfwd
`;
}

/** Ends the function, but for an option whose value may be left out: after it anything may follow. */
function bashValues({ values, completes, bareValue }: Option): string {
  const list = values.length > 0
    ? `mapfile -t COMPREPLY < <(compgen -W '${values.join(" ")}' -- "$cur"); `
    : completes === "file"
    ? `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); `
    : completes === "program"
    ? `mapfile -t COMPREPLY < <(compgen -W "$(${PROGRAM_NAMES})" -- "$cur"); `
    : "";
  return bareValue === null ? `${list}return` : `if [[ $joined ]]; then ${list}return; fi`;
}

function renderZsh(): string {
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
  const perCommand = ALL_COMMANDS.filter(hasWords).map(({ name, argument }) =>
    `      ${name}) _values ${argument!.placeholder} ${argument!.values.join(" ")} ;;`
  );
  return `#compdef wslfwd
# zsh completion for wslfwd: save it as _wslfwd in a folder of $fpath.
_wslfwd_programs() { compadd -- \${(f)"$(${PROGRAM_NAMES})"} }
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

function zshValues({ values, completes }: Option): string {
  if (values.length > 0) return `(${values.join(" ")})`;
  return { file: "_files", program: "_wslfwd_programs", nothing: " " }[completes];
}

function renderFish(): string {
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
    ...(hasWords(command)
      ? [
        `complete -c wslfwd -n '__fish_seen_subcommand_from ${command.name}' ` +
        `-a '${command.argument!.values.join(" ")}'`,
      ]
      : []),
  ]);
  return `# fish completion for wslfwd: save it as ~/.config/fish/completions/wslfwd.fish
complete -c wslfwd -f
${[...commands, ...options].join("\n")}
`;
}

function fishValues({ values, completes }: Option): string[] {
  if (values.length > 0) return [`-a '${values.join(" ")}'`];
  return completes === "program" ? [`-a ${fishQuote(`(${PROGRAM_NAMES})`)}`] : [];
}

/** Whether a shell can offer something behind the command. */
function hasWords({ argument }: Command): boolean {
  return argument !== null && argument.values.length > 0;
}

function spellings({ name, alias }: Option): string[] {
  return [`--${name}`, ...(alias === null ? [] : [`-${alias}`])];
}

function longNames(names: readonly string[]): string[] {
  return [...new Set([...names, "help", "version"])].map((name) => `--${name}`);
}

function zshQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function fishQuote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
