import type { Flags } from "../../config/settings.ts";
import { type Command, type CommandName, COMMANDS } from "./command_table.ts";
import { quoteText } from "../screen/escape_text.ts";
import type { FlagsDraft } from "./option.ts";
import { OPTIONS } from "./option_table.ts";
import type { Scanned } from "./scan_arguments.ts";
import {
  badArgument,
  badValue,
  conflict,
  misplacedOption,
  unknownCommand,
  unknownOption,
  UsageError,
} from "./usage_error.ts";

/** What wslfwd was asked to do. */
export type Invocation =
  /** Forward, or what stands in a command's place as an option. */
  | { readonly kind: "run" | "clean-rules" | "gen-config"; readonly flags: Flags }
  /** A command; `argument` is null where it takes none. */
  | {
    readonly kind: Exclude<CommandName, "help" | "version">;
    readonly flags: Flags;
    readonly argument: string | null;
  }
  /** What a shell asks for while somebody types: each a line, with a tab and what it is behind it. */
  | { readonly kind: "offer"; readonly what: Offer }
  /** Print the version, and end. */
  | { readonly kind: "version" }
  /** Print the help, and end; `topic`: the word that it is asked about, null for the whole. */
  | { readonly kind: "help"; readonly topic: string | null }
  /** End with exit code 2. `message`: what was wanted, what was found and what to do, in one line. */
  | { readonly kind: "usage-error"; readonly message: string };

/** What a shell can be offered that listens. */
export type Offer = "port" | "program";

/** The word by which completions ask; it is no command for people. */
export const OFFER = "__offer";

/** Reads the arguments. Reads nothing else and starts nothing. Never throws for what a user can type. */
export async function parseCommandLine(argv: readonly string[]): Promise<Invocation> {
  // Whoever asks for help gets it, whatever else is on the line, and before the parser is loaded.
  if (argv.includes("--help") || argv.includes("-h")) return { kind: "help", topic: findTopic(argv) };
  const [first, what] = argv;
  if (first === OFFER && (what === "port" || what === "program")) return { kind: "offer", what };
  // `help --port` asks about an option, and does not give it.
  if (argv[0] === "help" && argv.length === 2) return { kind: "help", topic: argv[1]! };
  try {
    const { scanArguments } = await import("./scan_arguments.ts");
    return readInvocation(await scanArguments(argv));
  } catch (error) {
    if (error instanceof UsageError) return { kind: "usage-error", message: error.message };
    throw error;
  }
}

/** The command that help is asked for: the first word, if it is one. */
function findTopic(argv: readonly string[]): string | null {
  const [word] = argv.filter((argument) => !argument.startsWith("-"));
  const command = COMMANDS.find(({ name }) => name === word);
  return command === undefined || command.name === "help" ? null : command.name;
}

function readInvocation({ words, values }: Scanned): Invocation {
  if (values.has("help")) return { kind: "help", topic: words[0] ?? null };
  if (values.has("version")) return { kind: "version" };
  const [name, ...rest] = words;
  const flags = readFlags(values);
  if (name === undefined) {
    if (flags.verbose) throw conflict("--verbose belongs to why, which was not given");
    if (flags.reportPath !== undefined || flags.isTrial) {
      throw conflict("--report and --try belong to doctor, which was not given: wslfwd doctor --try");
    }
    if (flags.all && !flags.cleanRules) {
      throw conflict("--all belongs to --clean-rules, url and address, and none of these was given");
    }
    refuseConflicts(flags);
    const kind = flags.cleanRules ? "clean-rules" : flags.genConfig ? "gen-config" : "run";
    return { kind, flags };
  }
  if (name.startsWith("-")) throw unknownOption(name);
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw unknownCommand(name);
  const argument = readArgument(command, rest);
  if (command.name === "help") return { kind: "help", topic: argument };
  const options: readonly string[] = command.options;
  for (const given of values.keys()) if (!options.includes(given)) throw misplacedOption(given, command);
  refuseConflicts(flags);
  if (command.name === "version") return { kind: "version" };
  return { kind: command.name, flags, argument };
}

function readFlags(values: Scanned["values"]): Flags {
  const flags: FlagsDraft = {};
  for (const option of OPTIONS) {
    const texts = values.get(option.name) ?? [];
    for (const text of texts) {
      const expected = option.apply(flags, text);
      if (expected !== null) throw badValue(option, expected, text);
    }
  }
  return flags;
}

function readArgument(command: Command, rest: readonly string[]): string | null {
  const { name, argument } = command;
  const surplus = rest[argument === null ? 0 : 1];
  if (surplus !== undefined) {
    throw conflict(
      `${name} takes ${argument === null ? "no" : "one"} word after it, but ${quoteText(surplus)} was given`,
    );
  }
  if (argument === null) return null;
  const found = rest[0] ?? null;
  if (found === null && argument.isOptional) return null;
  if (found === null || !argument.accepts(found)) throw badArgument(command, argument, found);
  return found;
}

function refuseConflicts(flags: Flags): void {
  if (flags.reportPath !== undefined && flags.isTrial) {
    throw conflict("--report and --try are two things to do, and both were given; give one");
  }
  if (flags.cleanRules && flags.genConfig) {
    throw conflict("--clean-rules and --gen-config are two things to do, and both were given; give one");
  }
  if (flags.only !== undefined) {
    const lists = {
      allow: flags.allowPrograms,
      disallow: flags.denyPrograms,
      "allow-port": flags.allowPorts,
    };
    for (const [name, list] of Object.entries({ ...lists, "disallow-port": flags.denyPorts })) {
      if (list === undefined) continue;
      throw conflict(`--${name} is of no use where the only ports are named; leave out one of the two`);
    }
  }
  for (
    const [other, isGiven] of [["--mode manual", flags.mode === "manual"], ["--no-cleanup", flags.noCleanup]]
  ) {
    if (!isGiven || flags.loopback === undefined) continue;
    throw conflict(
      `--loopback does not go with ${other}: a service on 127.0.0.1 is open only while wslfwd runs`,
    );
  }
  if (flags.mode === "manual" && (flags.realtime ?? false) !== false) {
    throw conflict("--realtime needs --mode auto, but --mode manual was given (it looks once, and ends)");
  }
}
