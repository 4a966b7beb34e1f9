/**
 * The options: one definition, from which the parser, the help, the completions, the man page and the README's
 * table are made.
 */
import {
  INTERVAL_RANGE_S,
  LINGER_RANGE_S,
  MODES,
  parseRealtime,
  parseSeconds,
  parseWord,
  REALTIME_CHOICES,
  REALTIME_OFF,
} from "../../config/values.ts";
import { parsePort } from "../../net/port.ts";
import { type Option, switched, valued } from "./option.ts";
import { DOCTOR_OPTIONS } from "./doctor_options.ts";
import { REACH_OPTIONS } from "./reach_options.ts";

/** Every option, in the order of the help. */
export const OPTIONS: readonly Option[] = [
  valued("mode", {
    name: "mode",
    placeholder: "MODE",
    values: MODES,
    group: "How it looks",
    brief: "manual looks once and ends; auto goes on",
    defaultText: "auto",
    configKey: "mode",
  }, (text) => parseWord(text, MODES)),
  valued("intervalMs", {
    name: "interval",
    placeholder: "S",
    group: "How it looks",
    brief: "seconds between two looks",
    defaultText: "0.5",
    configKey: "update_interval",
  }, (text) => parseSeconds(text, INTERVAL_RANGE_S)),
  valued("lingerMs", {
    name: "linger",
    placeholder: "S",
    group: "How it looks",
    brief: "seconds that a rule outlives its program",
    defaultText: "1",
    configKey: "linger",
  }, (text) => parseSeconds(text, LINGER_RANGE_S)),
  valued("realtime", {
    name: "realtime",
    placeholder: "ENGINE",
    bareValue: "auto",
    values: [...REALTIME_CHOICES.filter((choice) => choice !== "auto"), REALTIME_OFF],
    group: "How it looks",
    brief: "learn of listeners from the kernel",
    defaultText: "as root",
    configKey: "realtime",
  }, parseRealtime),
  ...REACH_OPTIONS,

  switched("cleanRules", {
    name: "clean-rules",
    group: "Rules, config and output",
    brief: "remove every rule that wslfwd made, and end",
  }),
  switched("all", {
    name: "all",
    group: "Rules, config and output",
    brief: "with --clean-rules: everybody's; url: each address",
  }),
  switched("noCleanup", {
    name: "no-cleanup",
    group: "Rules, config and output",
    brief: "keep the rules at the end",
    configKey: "no_cleanup",
  }),
  switched("ignoreException", {
    name: "ignore-exception",
    group: "Rules, config and output",
    brief: "try again after errors that would end wslfwd",
    configKey: "ignore_exception",
  }),
  switched("elevate", {
    name: "elevate",
    group: "Rules, config and output",
    brief: "have Windows ask, and go on as administrator",
  }),
  switched("dryRun", {
    name: "dry-run",
    group: "Rules, config and output",
    brief: "say what would be done; change nothing",
  }),
  switched("yes", {
    name: "yes",
    alias: "y",
    group: "Rules, config and output",
    brief: "answer questions with yes",
  }),

  valued("configPath", {
    name: "config",
    placeholder: "FILE",
    group: "Rules, config and output",
    brief: "read this one",
    defaultText: "~/.wsl_port_forwarding.json",
    completes: "file",
  }, (text) => text === "" ? { expected: "the path of a file" } : { value: text }),
  switched("genConfig", {
    name: "gen-config",
    group: "Rules, config and output",
    brief: "write that file, with a comment for each key, and end",
  }),
  switched("verbose", {
    name: "verbose",
    group: "Rules, config and output",
    brief: "with why: every check, also those without a fault",
  }),
  valued("logPath", {
    name: "log",
    placeholder: "FILE",
    group: "Rules, config and output",
    brief: "append what happens to a file (rotated), not stdout",
    completes: "file",
  }, (text) => text.startsWith("/") ? { value: text } : { expected: "an absolute path" }),
  ...DOCTOR_OPTIONS,
  valued("page", {
    name: "page",
    placeholder: "PORT",
    bareValue: "8088",
    group: "Rules, config and output",
    brief: "a page for the phone that lists what is open",
  }, (text) => {
    const port = parsePort(text);
    return port === null ? { expected: "a port from 1 to 65535" } : { value: port };
  }),
  switched("json", {
    name: "json",
    group: "Rules, config and output",
    brief: "one JSON object for each line",
  }),
  switched(null, {
    name: "version",
    alias: "V",
    group: "Rules, config and output",
    brief: "print the version",
  }),
  switched(null, { name: "help", alias: "h", group: "Rules, config and output", brief: "print this" }),
];

/** The option with this name, hyphens in it. */
export function findOption(name: string): Option | null {
  return OPTIONS.find((option) => option.name === name) ?? null;
}
