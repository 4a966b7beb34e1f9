import { field, type JsonField } from "./json_field.ts";

/** What is told of our program on Windows. */
export const HELPER_FIELDS: readonly JsonField[] = [
  field("state", "text", "starting, running or failed"),
  field("pid", "number or null", "its process id on Windows; null where it does not run"),
  field("reason", "text or null", "why it does not run; null where it does, or starts"),
  field("makesRules", "true/false", "whether it opens ports of TCP in place of netsh (--helper all)"),
  field("relayed", "objects", "what went through each port of UDP, as of the last few seconds", [
    field("listenAddress", "text", "address on Windows; 0.0.0.0 for all"),
    field("listenPort", "number", "port on Windows"),
    field("sessions", "number", "clients that have a session now"),
    field("received", "number", "datagrams from clients to the guest"),
    field("sent", "number", "datagrams from the guest to clients"),
    field("dropped", "number", "datagrams that were lost in either direction"),
  ]),
];
