import { HELPER_FIELDS } from "./helper_fields.ts";
import { field, type JsonField } from "./json_field.ts";
import {
  BOUND,
  IS_LOOPBACK,
  LAN_ADDRESS,
  LAN_IPV6,
  LAN_NAME,
  PROGRAM,
  REJECTION,
  RULE,
  WAYS,
} from "./shared_fields.ts";

/**
 * What `--json` prints, field by field: the definition that the documents, the tests and `status` (which reads what
 * another version may have written) go by. Fields and types may be added within a version; what is here keeps its name
 * and meaning.
 */

/** The `wslfwd` field of each object. In version 1 the ports of `restored` and of Windows' entries were texts. */
export const JSON_VERSION = 2;

/** In each object, before the others. */
export const COMMON_FIELDS: readonly JsonField[] = [
  field("wslfwd", "number", `version of this format: ${JSON_VERSION}`),
  field("time", "text", "when it happened, or was asked: ISO 8601, UTC, with milliseconds"),
  field("type", "text", "what it is: one of the types below"),
];

/** The fields of each type, in their order. */
export const EVENT_FIELDS = {
  ready: [
    field("guestAddress", "text", "IPv4 address of the guest that Windows connects to"),
    field("forwarded", "number", "how many ports are forwarded"),
  ],
  forwarded: [
    ...WAYS,
    ...BOUND,
    ...PROGRAM,
    IS_LOOPBACK,
    field("isTakenOver", "true/false", "an earlier run of wslfwd had made the rule"),
  ],
  changed: WAYS,
  removed: [...RULE, ...PROGRAM, field("reason", "text", "closed, rejected, left-over, moved or stopped")],
  rejected: REJECTION,
  cleared: REJECTION,
  restored: [
    field(
      "listenAddress",
      "text",
      "of the other's entry, as netsh shows it: an address, a host name or *",
    ),
    field(
      "listenPort",
      "number or text",
      "of the other's entry; the text that netsh shows where it is no port",
    ),
    field("connectAddress", "text", "of the other's entry"),
    field("connectPort", "number or text", "of the other's entry"),
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
    LAN_ADDRESS,
    LAN_IPV6,
    field("lanAddresses", "list", "every address of Windows that others may type, the best first"),
    LAN_NAME,
    field(
      "profiles",
      "list or null",
      "public, private, domain: of the networks of these; null where it cannot be read",
    ),
    field("warning", "text or null", "why the rules do not apply there, and what to do"),
  ],
  asked: [
    field("opening", "numbers", "the ports that Windows is asked to open; none in both: what it holds"),
    field("closing", "numbers", "the ports that it is asked to close"),
  ],
  answered: [
    field("durationMs", "number", "milliseconds until it answered, or until it was clear that it does not"),
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

/** Of a port that is forwarded, where `status` and `list` tell of it. */
const FORWARDED: readonly JsonField[] = [
  ...WAYS,
  ...PROGRAM,
  field("since", "text or null", "when the rule was made; null where no wslfwd runs that knows it"),
  field("state", "text", "reachable, blocked (something before it keeps others out), closing, or kept"),
  IS_LOOPBACK,
  field(
    "note",
    "text",
    "what else is to be said of it, such as fixed port or kept (no wslfwd runs); may be empty",
  ),
];

/** What a running instance tells whoever asks; `app`, `wslfwd`, `pid` and `task` are before these. */
export const ANSWER_FIELDS: readonly JsonField[] = [
  field("version", "text", "its version"),
  field("engine", "text", "what tells it of listeners"),
  field("guestAddress", "text or null", "the guest's address; null until it is known"),
  LAN_NAME,
  field("keepsRules", "true/false", "whether its rules stay at the end"),
  LAN_ADDRESS,
  LAN_IPV6,
  field("forwarded", "objects", "the ports that are forwarded, lowest first", FORWARDED),
  field("rejected", "objects", "the ports that are not, lowest first", REJECTION),
  field("helper", "object or null", "wslfwd's program on Windows; null where none is wanted", HELPER_FIELDS),
  field("notices", "objects", "what lasts, errors first", [
    field("level", "text", "error: something does not work; warning: something is not as asked"),
    field("text", "text", "what is the matter, and what to do"),
    field("count", "number", "how often it was said"),
  ]),
];
