/** Shell completions, made from the tables of options and commands. */
import type { SHELLS } from "../args/command_table.ts";
import { renderBash } from "./bash.ts";
import { renderFish } from "./fish.ts";
import { renderZsh } from "./zsh.ts";

/** The completion script for a shell. Ends with a newline. */
export function renderCompletions(shell: typeof SHELLS[number]): string {
  return { bash: renderBash, zsh: renderZsh, fish: renderFish }[shell]();
}
