import {
  AliasNotFoundError,
  buildApplication,
  buildCommand,
  type FlagParametersForType,
  run,
  text_en,
  UnsatisfiedFlagError,
} from "@stricli/core";
import { findOption, OPTIONS } from "./option_table.ts";
import { missingValue, needlessValue, unknownOption } from "./usage_error.ts";

/** What stands on a command line, before any value is read. */
export interface Scanned {
  /** The words that belong to no option, in the order given. */
  readonly words: readonly string[];
  /** The texts given to each option, by its name, in the order given. An option without a value: one empty text. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** An option that takes no value is counted. */
type FlagTexts = Readonly<Record<string, number | readonly string[] | undefined>>;

/** Tells options, their values and words apart. Throws UsageError. */
export async function scanArguments(argv: readonly string[]): Promise<Scanned> {
  const scanned = { words: [] as readonly string[], values: new Map<string, readonly string[]>() };
  let failure: unknown = null;
  const fail = (error: unknown) => {
    failure ??= error;
    return "";
  };
  const command = buildCommand<FlagTexts, string[]>({
    docs: { brief: "" },
    parameters: {
      flags: stricliFlags(),
      aliases: Object.fromEntries(
        OPTIONS.flatMap(({ alias, name }) => alias === null ? [] : [[alias, name]]),
      ),
      positional: { kind: "array", parameter: { brief: "", parse: (text: string) => text } },
    },
    func: (flags, ...words) => {
      scanned.words = words;
      for (const [name, given] of Object.entries(flags)) {
        if (given !== undefined) scanned.values.set(name, typeof given === "number" ? [""] : given);
      }
    },
  });
  const application = buildApplication(command, {
    name: "wslfwd",
    // Stricli prints what goes wrong; it is caught here instead, as the class that tells the cases apart (its own
    // formatMessageForArgumentScannerError goes by class names, which a minified build changes).
    localization: {
      text: {
        ...text_en,
        exceptionWhileParsingArguments: fail,
        exceptionWhileRunningCommand: fail,
        exceptionWhileRunningIntegrationFlag: ({ exception }) => fail(exception),
      },
    },
  }, {});
  const silent = { write: () => {} };
  await run(application, prepareArguments(argv), { process: { stdout: silent, stderr: silent } });
  if (failure instanceof UnsatisfiedFlagError) throw missingValue(findOption(failure.externalFlagName)!);
  if (failure instanceof AliasNotFoundError) throw unknownOption(`-${failure.input}`);
  if (failure !== null) throw failure;
  return withPorts(scanned);
}

/** `wslfwd 3000 8080:3000` is short for `wslfwd --only 3000 --only 8080:3000`: no command begins with a digit. */
function withPorts({ words, values }: Scanned): Scanned {
  if (!/^\d/.test(words[0] ?? "")) return { words, values };
  return { words: [], values: new Map([...values, ["only", [...values.get("only") ?? [], ...words]]]) };
}

/** Every value is taken as text, any number of times: what it may be is for the option table to say. */
function stricliFlags(): FlagParametersForType<FlagTexts> {
  const flags = Object.fromEntries(OPTIONS.map(({ name, placeholder, brief }) => [
    name,
    placeholder === null
      ? { kind: "counter", optional: true, brief } as const
      : { kind: "parsed", optional: true, variadic: true, brief, parse: (text: string) => text } as const,
  ]));
  // Stricli's types tell options apart by literal names; these come from a table.
  return flags as unknown as FlagParametersForType<FlagTexts>;
}

/**
 * The arguments as stricli takes them, underscores in option names made hyphens. It would take an unknown
 * `--constructor` for an option, and `--option=` without a value for a word, so both are refused here.
 */
function prepareArguments(argv: readonly string[]): string[] {
  return argv.map((argument) => {
    if (argument === "-v") return "-V"; // What most programs call it.
    if (/^-[^-]=/.test(argument)) throw valueOfLetter(argument);
    if (!argument.startsWith("--")) return argument;
    const [, written, equals, value] = /^(--[^=]*)(=?)(.*)$/s.exec(argument)!;
    const option = findOption(written!.slice(2).replaceAll("_", "-"));
    if (option === null) throw unknownOption(written!);
    if (option.placeholder === null && equals === "=") throw needlessValue(option, value!);
    if (option.bareValue !== null && equals === "") return `--${option.name}=${option.bareValue}`;
    if (equals === "=" && value === "") throw missingValue(option);
    return `--${option.name}${equals}${value}`;
  });
}

/** No option with a letter takes a value. */
function valueOfLetter(argument: string): Error {
  const option = OPTIONS.find(({ alias }) => alias === argument[1]);
  return option === undefined
    ? unknownOption(argument.slice(0, 2))
    : needlessValue(option, argument.slice(3));
}
