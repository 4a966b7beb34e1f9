/** What each key of the config file may hold. Loads zod, so it is itself loaded only where a file was found. */
import * as z from "zod/mini";
import { PortSet } from "../../net/port_set.ts";
import { parseLoopback } from "../loopback_values.ts";
import { parseRemoteIps } from "../remote_ips.ts";
import type { Choices } from "../settings.ts";
import {
  HELPER_CHOICES,
  INTERVAL_RANGE_S,
  LINGER_RANGE_S,
  listWords,
  MODES,
  type OnlyPorts,
  type Parsed,
  parseGuestAddress,
  parseListenAddresses,
  parseOnlyPorts,
  parsePortMap,
  parsePorts,
  parsePortWords,
  parseProfiles,
  parseProgramName,
  parsePublished,
  type PortWords,
  REALTIME_CHOICES,
} from "../values.ts";

const flag = z.boolean({ error: "true or false" });

function seconds({ min, max }: { readonly min: number; readonly max: number }) {
  const error = `a number of seconds from ${min} to ${max}`;
  const inRange = z.number({ error }).check(z.gte(min, { error }), z.lte(max, { error }));
  return z.pipe(inRange, z.transform((value: number) => Math.round(value * 1000)));
}

/** Text that one of the parsers of values.ts takes. */
function text<T>(parse: (text: string) => Parsed<T>, error: string) {
  return z.pipe(z.string({ error }), z.transform((value: string, context) => accept(parse(value), context)));
}

/** One word or a list of words, each text or a number, which a parser takes with commas between them. */
function words<T>(parse: (text: string) => Parsed<T>, empty: T | null, error: string) {
  const word = z.union([z.string(), z.number()], { error });
  return z.pipe(
    z.union([word, z.array(word)], { error }),
    z.transform((value, context) => {
      const list = [value].flat();
      return list.length === 0 && empty !== null ? empty : accept(parse(list.join(",")), context);
    }),
  );
}

function accept<T>(parsed: Parsed<T>, context: { issues: unknown[] }): T {
  if ("value" in parsed) return parsed.value;
  context.issues.push({ code: "custom", message: parsed.expected, input: null });
  return z.NEVER;
}

const PORTS_ERROR = `a list of ports and ranges, such as [3000, "8000-8999"]`;
const NO_PORTS: PortWords = { ports: PortSet.EMPTY, ephemeral: false };
const REALTIME_ERROR = `null, false, true, ${listWords(REALTIME_CHOICES.map((word) => `"${word}"`))}`;

const programs = z.array(text(parseProgramName, "the name of a program in double quotes"), {
  error: `a list of program names, such as ["node"]`,
});

const maps = z.array(text(parsePortMap, `a text such as "8080:80"`), {
  error: `a list such as ["8080:80"]`,
}).check(z.refine(
  (list) => new Set(list.map(({ hostPort }) => hostPort)).size === list.length,
  { error: "a list with each port of Windows one time" },
));

const loopback = z.array(
  z.pipe(
    z.union([z.string(), z.number()], { error: `a text such as "node:5173", or a port` }),
    z.transform((value, context) => accept(parseLoopback(String(value)), context)),
  ),
  { error: `a list such as [5173, "uvicorn"]` },
);

const SCHEMA = z.strictObject({
  mode: z.optional(z.enum(MODES, { error: listWords(MODES.map((word) => `"${word}"`)) })),
  update_interval: z.optional(seconds(INTERVAL_RANGE_S)),
  linger: z.optional(seconds(LINGER_RANGE_S)),
  realtime: z.optional(z.union([z.boolean(), z.null(), z.enum(REALTIME_CHOICES)], { error: REALTIME_ERROR })),
  windows_ip: z.optional(
    words(parseListenAddresses, null, `an address in double quotes, or a list such as ["0.0.0.0", "::"]`),
  ),
  ipv4_only: z.optional(flag),
  wsl_ip: z.optional(z.nullable(text(parseGuestAddress, "null, or an IPv4 address in double quotes"))),
  profile: z.optional(words(parseProfiles, null, `a list such as ["private", "domain"]`)),
  remote_ip: z.optional(words(parseRemoteIps, null, `a list such as ["localsubnet"]`)),
  allow_program_name: z.optional(programs),
  disallow_program_name: z.optional(programs),
  allow_port: z.optional(words(parsePortWords, NO_PORTS, PORTS_ERROR)),
  disallow_port: z.optional(words(parsePortWords, NO_PORTS, PORTS_ERROR)),
  only: z.optional(
    z.nullable(words<OnlyPorts>(parseOnlyPorts, null, `null, or a list such as [3000, "8080:3000"]`)),
  ),
  port: z.optional(words(parsePorts, PortSet.EMPTY, PORTS_ERROR)),
  udp: z.optional(flag),
  udp_port: z.optional(words(parsePorts, PortSet.EMPTY, PORTS_ERROR)),
  published: z.optional(words(parsePublished, [], `a list such as ["container", "nodeport"], or []`)),
  helper: z.optional(z.enum(HELPER_CHOICES, { error: listWords(HELPER_CHOICES.map((word) => `"${word}"`)) })),
  map: z.optional(maps),
  loopback: z.optional(loopback),
  loopback_code: z.optional(words(parsePorts, PortSet.EMPTY, PORTS_ERROR)),
  ignore_exception: z.optional(flag),
  no_cleanup: z.optional(flag),
});

/** The keys that the schema takes. */
export const SCHEMA_KEYS: readonly string[] = Object.keys(SCHEMA.shape);

/** What is wrong with a config, one fault of it. */
export type ConfigFault =
  /** A key that stands nowhere in the schema. */
  | { readonly kind: "unknown-key"; readonly key: string }
  /** A value; `path` leads to it, key first. `expected` follows "must be". */
  | { readonly kind: "bad-value"; readonly path: readonly PropertyKey[]; readonly expected: string };

/** The choices that a config (objects, arrays and plain values) says, or everything that is wrong with it. */
export function checkConfig(
  value: unknown,
): { readonly choices: Choices } | { readonly faults: readonly ConfigFault[] } {
  const result = SCHEMA.safeParse(value);
  if (result.success) return { choices: choicesOf(result.data) };
  return {
    faults: result.error.issues.flatMap((issue): ConfigFault[] =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => ({ kind: "unknown-key", key }))
        : [{ kind: "bad-value", path: issue.path, expected: issue.message }]
    ),
  };
}

function choicesOf(config: z.infer<typeof SCHEMA>): Choices {
  return {
    mode: config.mode,
    intervalMs: config.update_interval,
    lingerMs: config.linger,
    realtime: config.realtime === true ? "auto" : config.realtime ?? undefined,
    windowsIps: config.windows_ip,
    ipv4Only: config.ipv4_only,
    wslIp: config.wsl_ip,
    profiles: config.profile,
    remoteIps: config.remote_ip,
    allowPrograms: config.allow_program_name,
    denyPrograms: config.disallow_program_name,
    allowPorts: config.allow_port,
    denyPorts: config.disallow_port,
    only: config.only ?? undefined,
    fixedPorts: config.port,
    udp: config.udp,
    fixedUdpPorts: config.udp_port,
    published: config.published,
    helper: config.helper,
    portMaps: config.map,
    loopback: config.loopback,
    codePorts: config.loopback_code,
    ignoreException: config.ignore_exception,
    noCleanup: config.no_cleanup,
  };
}
