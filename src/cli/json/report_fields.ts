import { field, type JsonField } from "./json_field.ts";
import { ANSWER_FIELDS } from "./json_fields.ts";
import { LAN_NAME, PROTOCOL, REJECTION, RULE } from "./shared_fields.ts";

const DOUBT = field("doubt", "text or null", "why Windows could not be asked; null where it was");
const WARNING = field("warning", "text or null", "what is to be said of the guest's address");
const RELAYED = field(
  "relayed",
  "objects",
  "the ports of UDP that wslfwd's program on Windows would relay",
  RULE,
);
const REJECTED = field("rejected", "objects", "the ports that would not be forwarded", REJECTION);
const answerField = (name: string) => ANSWER_FIELDS.find((one) => one.name === name)!;

const FINDINGS = field(
  "findings",
  "objects",
  "what was checked, in order; why ends at the first that failed",
  [
    field("check", "text", "a word that stands for the check and does not change"),
    field(
      "mark",
      "text",
      "ok, note (nothing is wrong, but worth a word), failed, unknown (it could not be told)",
    ),
    field("text", "text", "what was found"),
    field("remedy", "text or null", "what mends it"),
  ],
);

/** The fields of what a command prints, one object for each call, in their order. */
export const REPORT_FIELDS: Readonly<
  Record<"status" | "list" | "url" | "plan" | "why" | "doctor" | "autostart", readonly JsonField[]>
> = {
  status: [
    field("holder", "text", "who holds the lock of this VM: none, wslfwd, or other (another program)"),
    field("instance", "object or null", "the wslfwd that runs; null where none does", [
      field("pid", "number", "its process id, in its own distro"),
      field("task", "text", "what it does: auto, manual, clean-rules"),
      field("version", "text or null", "its version; null where its answer is in another format"),
      field("engine", "text or null", "what tells it of listeners"),
      field("guestAddress", "text or null", "the guest's address; null until it is known"),
      LAN_NAME,
      field("keepsRules", "true/false or null", "whether its rules stay at the end"),
    ]),
    answerField("forwarded"),
    answerField("rejected"),
    answerField("helper"),
    answerField("notices"),
    field("windows", "object or null", "what Windows holds; null where it cannot be asked", [
      field("entries", "objects", "every entry of portproxy", [
        field("listenAddress", "text", "as netsh shows it: an address, a host name or *"),
        field("listenPort", "number or text", "the text that netsh shows where it is no port"),
        field("connectAddress", "text", "as netsh shows it"),
        field("connectPort", "number or text", "the text that netsh shows where it is no port"),
        field(
          "holder",
          "text",
          "ours, kept (ours, open though no wslfwd runs), left-over (the same, and leads nowhere), foreign",
        ),
      ]),
      field("unread", "list", "rows of the portproxy table that cannot be understood: somebody else's"),
      field(
        "openPorts",
        "objects",
        "ports that only the firewall stands before (mirrored mode), as wslfwd opened them",
        [
          PROTOCOL,
          field("port", "number", "the port"),
          field("holder", "text", "ours, or kept (ours, open though no wslfwd runs)"),
        ],
      ),
      field("rulesWithoutEntry", "number", "firewall rules of wslfwd whose entry is not there"),
      field("predecessorRules", "number", "firewall rules that wslfwd's predecessor left"),
    ]),
    DOUBT,
  ],
  list: [answerField("forwarded")],
  url: [
    field("url", "text", "what others type, by Windows' address"),
    field("urls", "list", "the same by each address that the port is open at, that one first"),
    field(
      "nameUrl",
      "text or null",
      "the same by its name; null where it answers to none, or no wslfwd runs",
    ),
    field("isOpen", "true/false", "whether they get there now"),
  ],
  plan: [
    field("commands", "list", "the netsh lines that would be run, in order"),
    RELAYED,
    REJECTED,
    WARNING,
    DOUBT,
  ],
  why: [
    field("port", "number", "the port that was asked for"),
    field("answers", "true/false", "whether it should answer on the LAN"),
    field("endpoint", "text or null", "what others type; null where it is not known"),
    FINDINGS,
  ],
  doctor: [field("isWell", "true/false", "whether nothing is amiss, as far as it could be told"), FINDINGS],
  autostart: [
    field("isEnabled", "true/false", "whether Windows starts wslfwd when its user logs on"),
    field("commandLine", "text or null", "what Windows starts then; null where there is no task"),
    field(
      "bootCommandLine",
      "text or null",
      "what Windows starts before, unelevated, so that it boots the distro; null where there is no task for that",
    ),
    field(
      "bootFault",
      "text or null",
      "why not only wslfwd is elevated, and what to do; null where it alone is",
    ),
    field("program", "text or null", "the file in this distro that this starts; null where it is not known"),
    field("fault", "text or null", "what is wrong with it, and what to do; null where nothing is"),
    field("lastRun", "text or null", "when Windows last started it, as Windows writes times; null for never"),
    field("lastResult", "number or null", "how that ended: an exit code, or 267009 (0x41301) where it runs"),
    field("log", "text or null", "the file that says what happened; null where there is none"),
  ],
};
