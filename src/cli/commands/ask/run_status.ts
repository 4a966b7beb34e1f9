import { askInstance } from "../../../daemon/instance/instance_lock.ts";
import { type HeldStatus, readStatus, type Status } from "../../../daemon/instance/read_status.ts";
import { ExitCode } from "../../../daemon/exit_code.ts";
import { Refusal } from "../../../daemon/refusal.ts";
import { findPrograms, requireWsl2 } from "../../../daemon/open/open_windows.ts";
import { readLanAddresses } from "../../../daemon/open/read_lan_address.ts";
import { ANY_IPV4, parseIp } from "../../../net/address.ts";
import { endpointAt } from "../../../net/endpoint.ts";
import { formatEntry, ruleOf } from "../../../plan/rules/entry.ts";
import type { Rule } from "../../../plan/rules/rule.ts";
import { openingKey } from "../../../plan/claims/opening.ts";
import { breakLine, columnsOf } from "../../screen/break_lines.ts";
import {
  countOf,
  describeForward,
  describeLanName,
  describeProgram,
  describeReason,
  formatSince,
  guestEndpoint,
  lanEndpoint,
  portLabel,
} from "../../screen/describe.ts";
import { describePlace } from "../../screen/describe_missing.ts";
import { escapeText } from "../../screen/escape_text.ts";
import { pickFields } from "../../json/json_check.ts";
import { REPORT_FIELDS } from "../../json/report_fields.ts";
import type { Output } from "../../screen/output.ts";
import { entryFields, type MissingFields, renderJsonObject, wayFields } from "../../json/render_json.ts";
import { ASKING, withSpinner } from "../../screen/terminal/spinner.ts";
import { type ForwardFields, readStatusAnswer, type StatusAnswer } from "./status_answer.ts";
import { fitText, textWidth } from "../../screen/terminal/text_width.ts";

/** `status`: what the running instance does, and what Windows holds. */
export async function printStatus(isJson: boolean, stdout: Output): Promise<number> {
  const status = await withSpinner(ASKING, isJson, readStatus);
  const isRunning = status.instance !== null || status.stranger !== null;
  if (!isRunning) requireWsl2();
  const text = isJson
    ? renderJsonObject("status", Date.now(), pickFields(jsonStatus(status), REPORT_FIELDS.status))
    : [...describeInstance(status), "", ...describeHeld(status)]
      .flatMap((line) => breakLine(line, columnsOf(stdout), "    ")).join("\n");
  stdout.write(`${text}\n`);
  return isRunning ? ExitCode.OK : ExitCode.NOT_RUNNING;
}

/** `list`: a line for each forwarded port, without titles: LAN side, guest side, program. */
export async function printList(isJson: boolean, stdout: Output): Promise<number> {
  const instance = await askInstance();
  const answer = instance === null ? null : readStatusAnswer(instance);
  if (instance !== null && answer === null) throw new Refusal(ExitCode.FAILED, describeOther(instance.pid));
  const forwarded = answer?.forwarded ?? await readKept();
  if (isJson) {
    const fields = pickFields({ forwarded }, REPORT_FIELDS.list);
    stdout.write(renderJsonObject("list", Date.now(), fields) + "\n");
    return ExitCode.OK;
  }
  for (const forward of forwarded) {
    const name = forward.program === null ? "-" : escapeText(forward.program);
    stdout.write(`${lanOf(forward)}\t${guestOf(forward)}\t${name}\n`);
  }
  return ExitCode.OK;
}

/** What is open though no wslfwd runs (`--mode manual`, `--no-cleanup`). Throws Refusal, SnapshotError. */
async function readKept(): Promise<ForwardFields[]> {
  requireWsl2();
  const { held, doubt } = await readStatus();
  if (held === null) throw new Refusal(ExitCode.FAILED, `What Windows holds cannot be read: ${doubt}`);
  const ours = held.entries.flatMap((entry) => entry.holder === "kept" ? ruleOf(entry) ?? [] : []);
  const open = held.openPorts.filter(({ holder }) => holder === "kept").map(({ protocol, port }): Rule => (
    { listen: endpointAt(protocol, ANY_IPV4, port), target: { kind: "direct" } }
  ));
  if (ours.length + open.length === 0) return [];
  const lan = await readLanAddresses(await findPrograms()).catch(() => null);
  const addresses = { lanAddress: lan?.address ?? null, lanIpv6: lan?.ipv6 ?? null };
  const nobody = { program: null, pid: null, folder: null, since: null };
  const kept = { ...nobody, state: "kept", isLoopback: false, note: "kept" };
  // A port is one, however many entries it has; that of IPv4 says most.
  const byPort = Map.groupBy([...ours, ...open], ({ listen }) => openingKey(listen));
  return [...byPort.values()].map((rules) => {
    const [rule, ...beside] = rules.toSorted((a, b) => a.listen.family - b.listen.family);
    return { ...wayFields({ rule: rule!, beside, missing: [] }, addresses), ...kept };
  });
}

function jsonStatus({ instance, stranger, held, doubt }: Status): Record<string, unknown> {
  const answer = instance === null ? null : readStatusAnswer(instance);
  return {
    holder: stranger !== null ? "other" : instance === null ? "none" : "wslfwd",
    instance: instance === null ? null : answer ??
      { ...instance, version: null, engine: null, guestAddress: null, lanName: null, keepsRules: null },
    forwarded: answer?.forwarded ?? [],
    rejected: answer?.rejected ?? [],
    helper: answer?.helper ?? null,
    notices: answer?.notices ?? [],
    windows: held === null ? null : jsonHeld(held),
    doubt,
  };
}

function jsonHeld(
  { entries, unread, openPorts, emptyClaims, predecessorRules }: HeldStatus,
): Record<string, unknown> {
  return {
    entries: entries.map((entry) => ({ ...entryFields(entry), holder: entry.holder })),
    unread,
    openPorts,
    rulesWithoutEntry: emptyClaims.length,
    predecessorRules,
  };
}

function describeInstance({ instance, stranger }: Status): string[] {
  if (stranger !== null) return [escapeText(stranger)];
  if (instance === null) return ["wslfwd is not running; start it with: sudo wslfwd"];
  const answer = readStatusAnswer(instance);
  return answer === null ? [describeOther(instance.pid)] : describeAnswer(answer);
}

function describeOther(pid: number): string {
  return `wslfwd runs (pid ${pid}) in another version, whose answer this one cannot read; use that version`;
}

function describeAnswer(answer: StatusAnswer): string[] {
  const { forwarded, rejected, notices, guestAddress, engine, version, pid, task } = answer;
  const how = engine === "" ? "starting" : `told of listeners by ${escapeText(engine)}`;
  const where = guestAddress === null ? "" : `, forwarding to ${escapeText(guestAddress)}`;
  const lines = [`wslfwd ${escapeText(version)} runs (pid ${pid}, ${escapeText(task)}), ${how}${where}`];
  for (const { level, text, count } of notices) {
    lines.push(`${escapeText(level)}: ${escapeText(text)}${count > 1 ? ` (${count} times)` : ""}`);
  }
  if (answer.lanName !== null && forwarded.length > 0) {
    lines.push(describeLanName(escapeText(answer.lanName)));
  }
  lines.push("", forwarded.length === 0 ? "Nothing is forwarded." : "Forwarded:");
  lines.push(...alignColumns(forwarded.map(forwardColumns)), ...describeRelayed(answer));
  if (rejected.length === 0) return lines;
  const rows = rejected.map((rejection) => [
    portLabel(rejection.protocol, rejection.listenPort),
    rejection.boundPort === null
      ? "fixed port"
      : describeProgram(rejection.program === null ? null : { name: rejection.program, pid: rejection.pid }),
    describeReason(rejection),
  ]);
  return [...lines, "", "Not forwarded:", ...alignColumns(rows)];
}

/** What went through our program on Windows, a line for each port of UDP; nothing where it has none. */
function describeRelayed({ helper }: StatusAnswer): string[] {
  if (helper === null || helper.relayed.length === 0) return [];
  const rows = helper.relayed.map(({ listenPort, sessions, received, sent, dropped }) => [
    portLabel("udp", listenPort),
    countOf(sessions, "client"),
    `${countOf(received, "datagram")} in, ${sent} out, ${dropped} lost`,
  ]);
  return ["", "Relayed by wslfwd's program on Windows:", ...alignColumns(rows)];
}

function forwardColumns(forward: ForwardFields): string[] {
  const since = Date.parse(forward.since ?? "");
  const sinceText = Number.isNaN(since) ? "" : formatSince(since, Date.now());
  const { missing, protocol } = forward, who = describeForward(forward);
  const lacks = missing.map((each) => describeLack(each, protocol)).join("; ");
  const program = lacks === "" ? who : `${who} (${lacks})`;
  return [lanOf(forward), guestOf(forward), program, sinceText];
}

/** What another version says may be of any words. */
function describeLack({ listenAddress, reason, detail }: MissingFields, protocol: string): string {
  const address = parseIp(listenAddress);
  const where = address === null
    ? `at ${escapeText(listenAddress)}`
    : describePlace(endpointAt("tcp", address, 1));
  return `not ${where}: ${describeReason({ protocol, reason, detail, program: null })}`;
}

function lanOf({ protocol, lanAddress, listenPort }: ForwardFields): string {
  const endpoint = lanEndpoint(lanAddress, listenPort);
  return protocol === "tcp" ? endpoint : `${endpoint}/${escapeText(protocol)}`;
}

function guestOf({ connectAddress, connectPort }: ForwardFields): string {
  return guestEndpoint(escapeText(connectAddress), connectPort);
}

function describeHeld({ held, doubt }: Status): string[] {
  if (held === null) return [`What Windows holds cannot be read: ${escapeText(doubt ?? "")}`];
  const lines = [
    held.entries.length + held.unread.length === 0 ? "Windows holds no portproxy entries." : "Windows holds:",
  ];
  lines.push(
    ...alignColumns(
      held.entries.map((entry) => [escapeText(formatEntry(entry)), describeHolder(entry.holder)]),
    ),
  );
  if (held.unread.length > 0) {
    lines.push("Rows of somebody else's that wslfwd does not understand, and leaves as they are:");
    lines.push(...held.unread.map((text) => `  ${escapeText(text)}`));
  }
  if (held.limit !== null) lines.push(escapeText(held.limit));
  if (held.openPorts.length > 0) {
    lines.push("Windows' firewall lets others in to this guest:");
    lines.push(
      ...alignColumns(
        held.openPorts.map((
          { protocol, port, holder },
        ) => [`:${portLabel(protocol, port)}`, describeHolder(holder)]),
      ),
    );
  }
  const holders = new Set([...held.entries, ...held.openPorts].map(({ holder }) => holder));
  if (holders.has("kept")) {
    lines.push(
      "What is kept stays open until the next wslfwd, which takes it over; to close: wslfwd --clean-rules",
    );
  }
  if (holders.has("left-over")) {
    lines.push("What is left over goes with the next wslfwd; or now: wslfwd --clean-rules");
  }
  const empty = held.emptyClaims.length, predecessors = held.predecessorRules;
  if (empty > 0) {
    lines.push(`${countOf(empty, "firewall rule")} of wslfwd without an entry: wslfwd --clean-rules`);
  }
  if (predecessors > 0) {
    const rules = countOf(predecessors, "firewall rule");
    lines.push(`${rules} of wslfwd's predecessor; to remove all: wslfwd --clean-rules --all`);
  }
  return lines;
}

function describeHolder(holder: HeldStatus["entries"][number]["holder"]): string {
  return {
    "ours": "wslfwd's",
    "kept": "wslfwd's, kept",
    "left-over": "wslfwd's, left over",
    "foreign": "somebody else's",
  }[holder];
}

/** Two blanks before each row and between columns; the columns as wide as their widest text. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => textWidth(row[column]!))));
  return rows.map((row) =>
    `  ${row.map((text, column) => fitText(text, widths[column]!)).join("  ")}`.trimEnd()
  );
}
