/** Fields that several types of json_fields.ts have. */
import { field, type JsonField } from "./json_field.ts";

/** What is spoken. */
export const PROTOCOL: JsonField = field("protocol", "text", "tcp or udp");
/** Of a rule. */
export const RULE: readonly JsonField[] = [
  PROTOCOL,
  field("listenAddress", "text", "address on Windows; 0.0.0.0 for all of IPv4, :: for all of IPv6"),
  field("listenPort", "number", "port on Windows"),
  field(
    "connectAddress",
    "text",
    "IPv4 address of the guest; 0.0.0.0 in mirrored mode, where nothing forwards",
  ),
  field("connectPort", "number", "port in the guest"),
];
/** What others type. */
export const LAN_ADDRESS: JsonField = field(
  "lanAddress",
  "text or null",
  "the address of Windows that others type; null where not known",
);
/** The name beside an address. */
export const LAN_NAME: JsonField = field(
  "lanName",
  "text or null",
  "the name, *.local, that Windows answers to in that network by mDNS; null where it does not",
);
/** What others type by IPv6. */
export const LAN_IPV6: JsonField = field(
  "lanIpv6",
  "text or null",
  "the IPv6 address of Windows that others may type as well; null where there is none, or none is known",
);
/** The rules that should be there. */
const MISSING = field(
  "missing",
  "objects",
  "where the port should be open as well, and is not; may be empty",
  [
    field("listenAddress", "text", "the address of Windows: :: for all of IPv6"),
    field("reason", "text", "a word that says why, such as foreign-entry"),
    field("detail", "text", "what stands in the way; may be empty"),
  ],
);
/** By which addresses of Windows a port is open. */
export const WAYS: readonly JsonField[] = [
  ...RULE,
  field("listenAddresses", "list", "every address on Windows that the port is open at, the best first"),
  LAN_ADDRESS,
  LAN_IPV6,
  MISSING,
];
/** Of a program. */
export const PROGRAM: readonly JsonField[] = [
  field("program", "text or null", "the program's name; null where it cannot be seen"),
  field("pid", "number or null", "its process id in this distro"),
  field("folder", "text or null", "the folder that it works in; null where it cannot be seen"),
];
/** Whether Windows is let in to a service on 127.0.0.1. */
export const IS_LOOPBACK: JsonField = field(
  "isLoopback",
  "true/false",
  "the program listens on 127.0.0.1 only, and wslfwd lets Windows in to it",
);
/** Of what listens. */
export const BOUND: readonly JsonField[] = [
  field("boundAddress", "text or null", "what the program is bound to; null for a fixed port"),
  field("boundPort", "number or null", "the port it is bound to; null for a fixed port"),
];

/** Of a port that is not forwarded. */
export const REJECTION: readonly JsonField[] = [
  PROTOCOL,
  field("listenPort", "number", "the port it would have on Windows"),
  ...BOUND,
  ...PROGRAM,
  field("reason", "text", "a word that says why, such as loopback or foreign-entry"),
  field("detail", "text", "what stands in the way; may be empty"),
];
