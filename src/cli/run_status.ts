import { askInstance } from "../daemon/instance_lock.ts";
import { type HeldStatus, readStatus, type Status } from "../daemon/read_status.ts";
import { ExitCode } from "../daemon/refusal.ts";
import { formatEntry } from "../plan/rule.ts";
import { describeForward, describeProgram, describeReason, formatSince, lanEndpoint } from "./describe.ts";
import { escapeText } from "./escape_text.ts";
import { JSON_VERSION } from "./json_fields.ts";
import type { Output } from "./output.ts";
import { stringifyLine } from "./render_json.ts";
import { readStatusAnswer } from "./status_answer.ts";
import { fitText, textWidth } from "./text_width.ts";
import type { Forward } from "./view.ts";

/** `status`: what the running instance does, and what Windows holds. */
export async function printStatus(isJson: boolean, stdout: Output): Promise<number> {
  const status = await readStatus();
  if (isJson) stdout.write(stringifyLine({ wslfwd: JSON_VERSION, type: "status", ...status }) + "\n");
  else stdout.write([...describeInstance(status), ...describeHeld(status)].join("\n") + "\n");
  return ExitCode.OK;
}

/** `list`: a line for each forwarded port, without titles: LAN side, guest side, program. */
export async function printList(isJson: boolean, stdout: Output): Promise<number> {
  const instance = await askInstance();
  const forwards = instance === null ? [] : readStatusAnswer(instance)?.view.forwards ?? [];
  if (isJson) stdout.write(stringifyLine({ wslfwd: JSON_VERSION, type: "list", forwards }) + "\n");
  else {
    for (const forward of forwards) {
      const { rule, program } = forward;
      const name = program === null ? "-" : escapeText(program).replaceAll("\t", " ");
      stdout.write(`${lanEndpoint(forward)}\t${rule.connectAddress}:${rule.connectPort}\t${name}\n`);
    }
  }
  return ExitCode.OK;
}

function describeInstance({ instance }: Status): string[] {
  if (instance === null) return ["wslfwd is not running; start it with: sudo wslfwd --realtime"];
  const answer = readStatusAnswer(instance);
  if (answer === null) {
    return [`wslfwd runs (pid ${instance.pid}), in a version that this one does not understand`];
  }
  const { view, guestAddress, version, pid, task } = answer;
  const lines = [
    `wslfwd ${version} runs (pid ${pid}, ${task}), told of listeners by ${escapeText(view.engine)}, ` +
    `forwarding to ${guestAddress ?? "an address that it looks for"}`,
  ];
  for (const { level, text, count } of view.notices) {
    lines.push(`${level}: ${escapeText(text)}${count > 1 ? ` (${count} times)` : ""}`);
  }
  lines.push("", view.forwards.length === 0 ? "Nothing is forwarded." : "Forwarded:");
  lines.push(...alignColumns(view.forwards.map(forwardColumns)));
  if (view.rejections.length > 0) {
    lines.push("", "Not forwarded:");
    lines.push(...alignColumns(view.rejections.map((rejection) => [
      String(rejection.hostPort),
      describeProgram(rejection.program),
      describeReason(rejection),
    ])));
  }
  return lines;
}

function forwardColumns(forward: Forward): string[] {
  const { rule, sinceMs } = forward;
  const guest = `${rule.connectAddress}:${rule.connectPort}`;
  return [lanEndpoint(forward), guest, describeForward(forward), formatSince(sinceMs, Date.now())];
}

function describeHeld({ held, doubt }: Status): string[] {
  if (held === null) return ["", `Windows cannot be asked what it holds: ${escapeText(doubt ?? "")}`];
  const lines = ["", held.entries.length === 0 ? "Windows holds no portproxy entries." : "Windows holds:"];
  lines.push(
    ...alignColumns(
      held.entries.map((entry) => [escapeText(formatEntry(entry)), describeHolder(entry.holder)]),
    ),
  );
  if (held.emptyClaims.length > 0) {
    lines.push(`and ${held.emptyClaims.length} firewall rules of wslfwd without an entry`);
  }
  if (held.entries.some((entry) => entry.holder === "left-over")) {
    lines.push("Left over: the next wslfwd takes over or removes them; or now: wslfwd --clean-rules");
  }
  if (held.predecessorRules > 0) {
    lines.push(
      `and ${held.predecessorRules} firewall rules of wslfwd's predecessor; to remove them: wslfwd --clean-rules --all`,
    );
  }
  return lines;
}

function describeHolder(holder: HeldStatus["entries"][number]["holder"]): string {
  return { "ours": "wslfwd's", "left-over": "wslfwd's, left over", "foreign": "somebody else's" }[holder];
}

/** Two blanks before each row and between columns; the columns as wide as their widest text. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => textWidth(row[column]!))));
  return rows.map((row) =>
    `  ${row.map((text, column) => fitText(text, widths[column]!)).join("  ")}`.trimEnd()
  );
}
