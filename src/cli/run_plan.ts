import type { Settings } from "../config/settings.ts";
import { draftPlan } from "../daemon/draft_plan.ts";
import { ExitCode } from "../daemon/refusal.ts";
import { netshWords } from "../windows/netsh_words.ts";
import { describeProgram, describeReason } from "./describe.ts";
import { escapeText } from "./escape_text.ts";
import { JSON_VERSION } from "./json_fields.ts";
import type { Output } from "./output.ts";
import { stringifyLine } from "./render_json.ts";

/** `plan` and `--dry-run`: prints the netsh lines that would be run, and runs none. */
export async function printPlan(settings: Settings, isCleaning: boolean, stdout: Output): Promise<number> {
  const { plan, rejections, doubt } = await draftPlan(settings, isCleaning);
  const commands = plan.map((operation) => ["netsh", ...netshWords(operation)].join(" "));
  if (settings.json) {
    const rejected = rejections.map(({ hostPort, program, reason, detail }) => ({
      listenPort: hostPort,
      program: program?.name ?? null,
      reason,
      detail,
    }));
    stdout.write(stringifyLine({ wslfwd: JSON_VERSION, type: "plan", commands, rejected, doubt }) + "\n");
    return ExitCode.OK;
  }
  if (doubt !== null) {
    stdout.write(`# Windows was not asked, and is taken to hold nothing: ${escapeText(doubt)}\n`);
  }
  if (commands.length === 0) stdout.write("# nothing to change\n");
  for (const command of commands) stdout.write(command + "\n");
  for (const rejection of rejections) {
    const program = describeProgram(rejection.program);
    stdout.write(`# not forwarded ${rejection.hostPort}: ${program}: ${describeReason(rejection)}\n`);
  }
  return ExitCode.OK;
}
