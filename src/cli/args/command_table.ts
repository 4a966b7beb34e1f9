import { parsePort } from "../../net/port.ts";
import { OPTIONS } from "./option_table.ts";

/** The word behind a command. */
export interface CommandArgument {
  /** What stands for it in the help. */
  readonly placeholder: string;
  /** The words it may be; empty where they cannot be listed. */
  readonly values: readonly string[];
  /** What it must be, for the message that says so; null: one of the values. */
  readonly expected: string | null;
  /** What a shell offers where `values` is empty. */
  readonly completes: "nothing" | "port";
  /** Whether it may be left out. */
  readonly isOptional: boolean;
  /** Whether it is one. */
  readonly accepts: (text: string) => boolean;
}

/** A word that may stand before the options. */
export interface Command {
  /** The word. */
  readonly name: string;
  /** What it does, in at most 52 columns. */
  readonly brief: string;
  /** The word behind it; null for a command that takes none. */
  readonly argument: CommandArgument | null;
  /** The names of the options it takes, besides `help` and `version`. */
  readonly options: readonly string[];
}

/** The shells that completions are made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The options that say how wslfwd forwards, as against what it does one time. */
const SETTINGS = ["config", ...OPTIONS.filter((option) => option.configKey !== null).map(({ name }) => name)];

function oneOf(placeholder: string, values: readonly string[]): CommandArgument {
  return {
    placeholder,
    values,
    expected: null,
    completes: "nothing",
    isOptional: false,
    accepts: (text) => values.includes(text),
  };
}

const PORT: CommandArgument = {
  placeholder: "PORT",
  values: [],
  expected: "a port from 1 to 65535",
  completes: "port",
  isOptional: false,
  accepts: (text) => parsePort(text) !== null,
};

const WORD: CommandArgument = {
  placeholder: "WORD",
  values: [],
  expected: null,
  completes: "nothing",
  isOptional: true,
  accepts: () => true,
};

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
    name: "url",
    brief: "the URL of a port, one bare line for scripts",
    argument: PORT,
    options: ["all", "json"],
  },
  {
    name: "qr",
    brief: "a code to scan for a port's URL, or for the newest",
    argument: { ...PORT, isOptional: true },
    options: [],
  },
  { name: "address", brief: "Windows' address that others type, bare", argument: null, options: ["all"] },
  { name: "stop", brief: "end the running wslfwd, and say what that closed", argument: null, options: [] },
  {
    name: "start",
    brief: "start now what autostart starts at logon; no prompt",
    argument: null,
    options: [],
  },
  {
    name: "plan",
    brief: "the netsh lines that would be run; changes nothing",
    argument: null,
    options: [...SETTINGS, "json"],
  },
  {
    name: "why",
    brief: "why a port is not reachable, and what mends it",
    argument: PORT,
    options: [...SETTINGS, "verbose", "json"],
  },
  {
    name: "doctor",
    brief: "whether this machine has what wslfwd needs",
    argument: null,
    options: [...SETTINGS, "report", "try", "yes", "json"],
  },
  {
    name: "autostart",
    brief: "start at logon: enable [options], disable, status",
    argument: oneOf("ACTION", ["enable", "disable", "status"]),
    options: [...SETTINGS, "log", "json"],
  },
  {
    name: "completions",
    brief: "completions for a shell: bash, zsh or fish",
    argument: oneOf("SHELL", SHELLS),
    options: [],
  },
  { name: "man", brief: "the manual page, as roff", argument: null, options: [] },
  { name: "help", brief: "this, or more about a command or an option", argument: WORD, options: [] },
  { name: "version", brief: "the version", argument: null, options: [] },
] as const satisfies readonly Command[];

/** The words that name a command. */
export type CommandName = typeof COMMANDS[number]["name"];
