import type { Settings } from "../../../config/settings.ts";
import { draftCleaning, draftPlan } from "../../../daemon/draft_plan.ts";
import { requireWsl2 } from "../../../daemon/open/open_windows.ts";
import { ExitCode } from "../../../daemon/exit_code.ts";
import type { Operation } from "../../../plan/changes/operation.ts";
import { formatEntry, ruleOf } from "../../../plan/rules/entry.ts";
import { formatRule } from "../../../plan/rules/rule.ts";
import { netshWords } from "../../../windows/portproxy/script/netsh_words.ts";
import {
  DELETE_PREDECESSOR_RULES,
  PREDECESSOR_RULE_NAME,
} from "../../../windows/portproxy/predecessor_rules.ts";
import { breakLine, columnsOf } from "../../screen/break_lines.ts";
import { countOf, describeProgram, describeReason, portLabel } from "../../screen/describe.ts";
import { escapeText } from "../../screen/escape_text.ts";
import { pickFields } from "../../json/json_check.ts";
import { REPORT_FIELDS } from "../../json/report_fields.ts";
import type { Output } from "../../screen/output.ts";
import { rejectionFields, renderJsonObject, ruleFields } from "../../json/render_json.ts";
import { ASKING, withSpinner } from "../../screen/terminal/spinner.ts";

/** With more lines than this a terminal shows only the first ones: every port there is takes 131,000. A pipe gets all. */
const MANY_LINES = 200, FIRST_LINES = 20;

/** What is printed: lines for cmd.exe, and what else there is to say. */
interface PlanReport {
  readonly commands: readonly string[];
  /** A line each, fit for a terminal. */
  readonly remarks: readonly string[];
  readonly relayed: readonly ReturnType<typeof ruleFields>[];
  readonly rejected: readonly ReturnType<typeof rejectionFields>[];
  readonly warning: string | null;
  readonly doubt: string | null;
}

/** `plan` and `--dry-run`: prints the netsh lines that would be run, and runs none. */
export async function printPlan(settings: Settings, stdout: Output): Promise<number> {
  requireWsl2();
  const { plan, relayed, rejections, warning, doubt } = await withSpinner(
    ASKING,
    settings.json,
    () => draftPlan(settings),
  );
  const remarks = rejections.map((rejection) => {
    const { protocol, hostPort, listener, program } = rejection;
    const what = listener === null ? "fixed port" : describeProgram(program);
    return `not forwarded ${portLabel(protocol, hostPort)}: ${what}: ${describeReason(rejection)}`;
  });
  const rules = relayed.map(ruleOf).filter((rule) => rule !== null);
  remarks.unshift(
    ...rules.map((rule) =>
      `relayed by wslfwd's program on Windows: ${formatRule(rule)}/${rule.listen.protocol}`
    ),
  );
  if (warning !== null) remarks.unshift(escapeText(warning));
  const rejected = rejections.map(rejectionFields);
  return print(
    { commands: plan.map(netshLine), remarks, relayed: rules.map(ruleFields), rejected, warning, doubt },
    settings.json,
    stdout,
  );
}

/** `--clean-rules --dry-run`: prints the netsh lines that would remove rules, and runs none. */
export async function printCleaning(settings: Settings, isAll: boolean, stdout: Output): Promise<number> {
  const { plan, unsayable, predecessorRules } = await withSpinner(
    ASKING,
    settings.json,
    () => draftCleaning(isAll),
  );
  const commands = plan.map(netshLine), remarks: string[] = [];
  const leftovers = `${countOf(predecessorRules, "firewall rule")} named "${PREDECESSOR_RULE_NAME}"`;
  if (isAll) {
    if (predecessorRules > 0) commands.push(quoteLine(DELETE_PREDECESSOR_RULES));
    if (commands.length > 0) remarks.push("asked about first, and with the entries saved to a file");
    remarks.push(
      ...unsayable.map((entry) => `not removed, do it by netsh: ${escapeText(formatEntry(entry))}`),
    );
  } else if (predecessorRules > 0) {
    remarks.push(`${leftovers} of wslfwd's predecessor would stay; --all removes them, and every entry`);
  }
  return print(
    { commands, remarks, relayed: [], rejected: [], warning: null, doubt: null },
    settings.json,
    stdout,
  );
}

function print(
  { commands, remarks, relayed, rejected, warning, doubt }: PlanReport,
  isJson: boolean,
  stdout: Output,
): number {
  if (isJson) {
    const fields = pickFields({ commands, relayed, rejected, warning, doubt }, REPORT_FIELDS.plan);
    stdout.write(renderJsonObject("plan", Date.now(), fields) + "\n");
    return ExitCode.OK;
  }
  const columns = columnsOf(stdout), isMany = stdout.isTerminal && commands.length > MANY_LINES;
  const rest = `# … and ${
    commands.length - FIRST_LINES
  } more lines of netsh; to see all of them, add: | less`;
  const lines = [
    ...(doubt === null
      ? []
      : [`# Windows is taken to hold nothing, since it was not asked: ${escapeText(doubt)}`]),
    ...(commands.length === 0 ? ["# nothing to change"] : isMany ? commands.slice(0, FIRST_LINES) : commands),
    ...(isMany ? [rest] : []),
    ...remarks.flatMap((remark) => breakLine(`# ${remark}`, columns, "#   ")),
  ];
  stdout.write(lines.map((line) => `${line}\n`).join(""));
  return ExitCode.OK;
}

function netshLine(operation: Operation): string {
  return ["netsh", ...netshWords(operation)].join(" ");
}

/** Words with blanks in them in quotes: `name="WSL Auto Fowards"`. */
function quoteLine(words: readonly string[]): string {
  return ["netsh", ...words.map((word) => word.replace(/^(\w+=)(.* .*)$/, '$1"$2"'))].join(" ");
}
