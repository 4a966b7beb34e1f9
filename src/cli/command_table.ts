import { OPTIONS } from "./option_table.ts";

/** A word that may stand before the options. */
export interface Command {
  /** The word. */
  readonly name: string;
  /** What it does, in at most 52 columns. */
  readonly brief: string;
  /** What stands for its argument, and the words it may be; null for a command that takes none. */
  readonly argument: { readonly placeholder: string; readonly values: readonly string[] } | null;
  /** The names of the options it takes, besides `help` and `version`. */
  readonly options: readonly string[];
}

/** The shells that completions are made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The options that say how wslfwd forwards, as against what it does one time. */
const SETTINGS = ["config", ...OPTIONS.filter((option) => option.configKey !== null).map(({ name }) => name)];

/** Every command, in the order of the help. Adding one here adds it to the parser, the help and the completions. */
export const COMMANDS = [
  {
    name: "status",
    brief: "what the running wslfwd does, and what Windows holds",
    argument: null,
    options: ["json"],
  },
  { name: "list", brief: "the forwarded ports, bare, for scripts", argument: null, options: ["json"] },
  {
    name: "plan",
    brief: "the netsh lines that would be run; changes nothing",
    argument: null,
    options: [...SETTINGS, "json"],
  },
  {
    name: "completions",
    brief: "completions for a shell: bash, zsh or fish",
    argument: { placeholder: "SHELL", values: SHELLS },
    options: [],
  },
  { name: "man", brief: "the manual page, as roff", argument: null, options: [] },
] as const satisfies readonly Command[];

/** The words that name a command. */
export type CommandName = typeof COMMANDS[number]["name"];
