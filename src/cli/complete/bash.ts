import { type Command, COMMANDS } from "../args/command_table.ts";
import type { Option } from "../args/option.ts";
import { OPTIONS } from "../args/option_table.ts";
import { OFFER } from "../args/parse_command_line.ts";

/** What the commands offer; the table's own types are narrower. */
const ALL_COMMANDS: readonly Command[] = COMMANDS;

/**
 * For bash. Nothing that wslfwd prints is expanded: its lines are read and compared, and never given to compgen, which would run
 * what is in them.
 */
export function renderBash(): string {
  const cases = OPTIONS.filter(({ placeholder }) => placeholder !== null).map((option) =>
    `    --${option.name}${option.alias === null ? "" : `|-${option.alias}`}) ${bashValues(option)} ;;`
  );
  const perCommand = ALL_COMMANDS.map(({ name, argument, options }) => {
    const offer = argument?.completes === "port" ? " offer=port" : "";
    return `    ${name}) words='${(argument?.values ?? []).join(" ")}' options='${
      longNames(options)
    }'${offer} ;;`;
  });
  return `# bash completion for wslfwd. Load it with: source <(wslfwd completions bash)
# What listens: a word, a tab, what it is. One that is alone is typed; of several each is shown with what it is.
_wslfwd_offer() {
  local word text
  local -a texts=()
  while IFS=$'\\t' read -r word text; do
    [[ $word == "$cur"* ]] || continue
    COMPREPLY+=("$list$word")
    texts+=("$list$word\${text:+  ($text)}")
  done < <(wslfwd ${OFFER} "$1" 2>/dev/null)
  # Only where words are listed, not where they are put in one after the other.
  ((\${#texts[@]} > 1)) && [[ \${COMP_TYPE-} != 37 && \${COMP_TYPE-} != 42 ]] && COMPREPLY=("\${texts[@]}")
  return 0
}
_wslfwd_words() {
  local word
  for word in $1; do [[ $word == "$cur"* ]] && COMPREPLY+=("$list$word"); done
  return 0
}
_wslfwd() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} joined= list= words= options= offer=
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
    *) options='${longNames(OPTIONS.map(({ name }) => name))}' offer=
       [[ $COMP_CWORD == 1 ]] && words='${ALL_COMMANDS.map(({ name }) => name).join(" ")}'
       [[ $cur == [0-9]* ]] && offer=port ;;
  esac
  [[ $cur == -* ]] && { _wslfwd_words "$options"; return; }
  _wslfwd_words "$words"
  [[ $offer ]] && _wslfwd_offer "$offer"
  # Where there is nothing else to say.
  [[ \${#COMPREPLY[@]} == 0 && ! $cur ]] && _wslfwd_words "$options"
  return 0
}
complete -F _wslfwd wslfwd
`;
}

/** Ends the function, but for an option whose value may be left out: after it anything may follow. */
function bashValues({ values, completes, bareValue, isList }: Option): string {
  const behindComma = isList ? `[[ $cur == *,* ]] && list=\${cur%,*}, cur=\${cur##*,}; ` : "";
  const offered = values.length > 0
    ? `_wslfwd_words '${values.join(" ")}'; `
    : completes === "file"
    ? `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); `
    : completes === "nothing"
    ? ""
    : `_wslfwd_offer ${completes}; `;
  const whole = `${behindComma}${offered}`;
  return bareValue === null ? `${whole}return` : `if [[ $joined ]]; then ${whole}return; fi`;
}

function longNames(names: readonly string[]): string {
  return [...new Set([...names, "help"])].map((name) => `--${name}`).join(" ");
}
