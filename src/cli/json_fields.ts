/**
 * What `--json` prints while wslfwd runs, field by field: the definition that the documents and the tests go by.
 * Fields and types may be added within a version; what is here keeps its name and meaning.
 */

/** The `wslfwd` field of each object. */
export const JSON_VERSION = 1;

/** One field of an object. */
export interface JsonField {
  /** Its name. */
  readonly name: string;
  /** `text`, `number`, `true/false`; with `or null`. Times are ISO 8601 in UTC. */
  readonly type: string;
  /** What it says. */
  readonly meaning: string;
}

const field = (name: string, type: string, meaning: string): JsonField => ({ name, type, meaning });

/** In each object, before the others. */
export const COMMON_FIELDS: readonly JsonField[] = [
  field("wslfwd", "number", `version of this format: ${JSON_VERSION}`),
  field("time", "text", "when it happened: ISO 8601, UTC, with milliseconds"),
  field("type", "text", "what happened: one of the types below"),
];

const RULE = [
  field("listenAddress", "text", "IPv4 address on Windows; 0.0.0.0 for all"),
  field("listenPort", "number", "port on Windows"),
  field("connectAddress", "text", "IPv4 address of the guest"),
  field("connectPort", "number", "port in the guest"),
];
const PROGRAM = [
  field("program", "text or null", "the program's name; null where it cannot be seen"),
  field("pid", "number or null", "its process id in this distro"),
];
const BOUND = [
  field("boundAddress", "text or null", "what the program is bound to; null for a fixed port"),
  field("boundPort", "number or null", "the port it is bound to; null for a fixed port"),
];

const REJECTION = [
  field("listenPort", "number", "the port it would have on Windows"),
  ...BOUND,
  ...PROGRAM,
  field("reason", "text", "a word that says why, such as loopback or foreign-entry"),
  field("detail", "text", "what stands in the way; may be empty"),
];

/** The fields of each type, in their order. */
export const EVENT_FIELDS = {
  ready: [
    field("guestAddress", "text", "IPv4 address of the guest that Windows connects to"),
    field("forwarded", "number", "how many ports are forwarded"),
  ],
  forwarded: [
    ...RULE,
    field("lanAddress", "text or null", "the address of Windows that others type; null where not known"),
    ...BOUND,
    ...PROGRAM,
    field("isTakenOver", "true/false", "an earlier run of wslfwd had made the rule"),
  ],
  removed: [...RULE, ...PROGRAM, field("reason", "text", "closed, rejected, left-over, moved or stopped")],
  rejected: REJECTION,
  cleared: REJECTION,
  restored: [
    field(
      "listenAddress",
      "text",
      "of the other's entry, as netsh shows it; no number is promised in these four",
    ),
    field("listenPort", "text", "of the other's entry"),
    field("connectAddress", "text", "of the other's entry"),
    field("connectPort", "text", "of the other's entry"),
    field("isBack", "true/false", "whether the entry is there again"),
  ],
  released: RULE,
  address: [
    field("from", "text", "the guest's address until now"),
    field("to", "text", "its address from now on"),
  ],
  engine: [
    field("engine", "text", "what tells of listeners now: bpftrace, builtin, netlink or procfs"),
    field("detail", "text or null", "why it is this one, in a sentence"),
  ],
  network: [
    field("lanAddress", "text or null", "the address of Windows that others type; null where not known"),
    field(
      "profiles",
      "list or null",
      "public, private, domain: of each network; null where it cannot be read",
    ),
    field("warning", "text or null", "why the rules do not apply there, and what to do"),
  ],
  notice: [
    field("code", "text", "a word that stands for the message and does not change"),
    field("message", "text", "the message"),
  ],
  recovered: [
    field("operation", "text", "what works again"),
    field("count", "number", "how often in a row it had failed"),
  ],
  error: [
    field("operation", "text", "what was tried"),
    field("message", "text", "what went wrong, and what to do"),
    field("isRetriable", "true/false", "whether wslfwd tries again"),
    field("count", "number", "how often in a row"),
  ],
} as const satisfies Record<string, readonly JsonField[]>;
