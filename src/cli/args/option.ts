import type { Flags } from "../../config/settings.ts";
import type { Parsed } from "../../config/values.ts";

/** The headings of the help, in its order. */
export const GROUPS = [
  "How it looks",
  "What is reachable, and by whom",
  "Rules, config and output",
] as const;

/** The flags while they are being gathered. */
export type FlagsDraft = { -readonly [K in keyof Flags]: Flags[K] };

/** One option of the command line. */
export interface Option {
  /** Without the two hyphens; words joined by hyphens. */
  readonly name: string;
  /** Its one-letter form, without the hyphen; null where it has none. */
  readonly alias: string | null;
  /** What stands for the value; null for an option that takes none. */
  readonly placeholder: string | null;
  /** What the option means without a value, where that may be left out: one is then given as `--name=value` only. */
  readonly bareValue: string | null;
  /** Whether giving it again adds to it. Of any other option the last one counts. */
  readonly isRepeatable: boolean;
  /** The words it takes; empty where they cannot be listed. */
  readonly values: readonly string[];
  /** The heading it stands under. */
  readonly group: typeof GROUPS[number];
  /** What it does, in at most 52 columns together with the default. */
  readonly brief: string;
  /** What holds without it; null where that is "no". */
  readonly defaultText: string | null;
  /** Its key in the config file; null for what is asked for one time. */
  readonly configKey: string | null;
  /** What a shell offers as its value where `values` is empty: a program or a port that listens, a file. */
  readonly completes: "nothing" | "file" | "program" | "port";
  /** Whether its value is a list with commas in it: a shell goes on behind each of them. */
  readonly isList: boolean;
  /** Adds one occurrence to the flags; the text is empty for an option that takes none. Gives what was expected, or null. */
  readonly apply: (flags: FlagsDraft, text: string) => string | null;
}

/** What the table says of an option; what it leaves out is null, false or empty. */
export type OptionWords = Pick<Option, "name" | "group" | "brief"> & Partial<Option>;

const BLANK = {
  alias: null,
  placeholder: null,
  bareValue: null,
  isRepeatable: false,
  values: [],
  defaultText: null,
  configKey: null,
  completes: "nothing",
  isList: false,
} as const;

/** An option with a value. */
export function valued<K extends keyof Flags>(
  flag: K,
  words: OptionWords & { readonly placeholder: string },
  parse: (text: string) => Parsed<NonNullable<Flags[K]>>,
): Option {
  const apply = (flags: FlagsDraft, text: string) => {
    const parsed = parse(text);
    if ("expected" in parsed) return parsed.expected;
    flags[flag] = parsed.value;
    return null;
  };
  return { ...BLANK, ...words, apply };
}

/** An option with a value that may be given again; `join` adds a value to what was given before. */
export function gathered<K extends keyof Flags, T>(
  flag: K,
  words: OptionWords & { readonly placeholder: string },
  parse: (text: string) => Parsed<T>,
  join: (before: NonNullable<Flags[K]> | undefined, value: T) => NonNullable<Flags[K]> | string,
): Option {
  const apply = (flags: FlagsDraft, text: string) => {
    const parsed = parse(text);
    if ("expected" in parsed) return parsed.expected;
    const joined = join(flags[flag] ?? undefined, parsed.value);
    if (typeof joined === "string") return joined;
    flags[flag] = joined;
    return null;
  };
  return { ...BLANK, ...words, isRepeatable: true, apply };
}

/** The flags that are either given or not. */
export type SwitchName = { [K in keyof Flags]-?: boolean extends Flags[K] ? K : never }[keyof Flags];

/** An option without a value; null for one that is answered at once (help, version). */
export function switched(flag: SwitchName | null, words: OptionWords): Option {
  const apply = (flags: FlagsDraft) => {
    if (flag !== null) flags[flag] = true;
    return null;
  };
  return { ...BLANK, ...words, apply };
}
