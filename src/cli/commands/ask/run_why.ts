import type { Flags, Settings } from "../../../config/settings.ts";
import { explainPort } from "../../../diagnose/why/explain_port.ts";
import { countUnknown } from "../../../diagnose/finding.ts";
import { type InstanceOpinion, readPortFacts } from "../../../diagnose/why/port_facts.ts";
import { askInstance } from "../../../daemon/instance/instance_lock.ts";
import { requireWsl2 } from "../../../daemon/open/open_windows.ts";
import { ExitCode } from "../../../daemon/exit_code.ts";
import { Refusal } from "../../../daemon/refusal.ts";
import { messageOf } from "../../../process/command.ts";
import type { RejectionReason } from "../../../plan/desired/rejection.ts";
import { pickFields } from "../../json/json_check.ts";
import { REPORT_FIELDS } from "../../json/report_fields.ts";
import { countOf } from "../../screen/describe.ts";
import { escapeText } from "../../screen/escape_text.ts";
import { Output } from "../../screen/output.ts";
import { readSettings } from "../../args/read_settings.ts";
import { renderFindings } from "../../screen/render_findings.ts";
import { type RejectionFields, renderJsonObject } from "../../json/render_json.ts";
import { readStatusAnswer } from "./status_answer.ts";

/** `why PORT`: walks the chain from the program to the LAN. Resolves with 0 only where the port should answer there. */
export async function explainWhy(
  port: number,
  flags: Flags,
  stdout: Output,
  fail: (message: string) => void,
): Promise<number> {
  requireWsl2();
  const { settings } = await readSettings(flags);
  for (const warning of settings.warnings) fail(warning);
  const facts = await readPortFacts(port, settings, await askOpinion(port));
  const { findings, answers, endpoint } = explainPort(facts);
  if (settings.json) {
    const fields = pickFields({ port, answers, endpoint, findings }, REPORT_FIELDS.why);
    stdout.write(renderJsonObject("why", Date.now(), fields) + "\n");
  } else {
    const verdict = describeVerdict(port, answers, endpoint, countUnknown(findings));
    const shown = flags.verbose === true ? findings : findings.filter(({ mark }) => mark !== "ok");
    const rest = shown.length === findings.length ? [] : [
      `(${
        countOf(findings.length - shown.length, "check")
      } without a fault; to see all: wslfwd why ${port} --verbose)`,
    ];
    const lines = [verdict, ...renderFindings(shown, stdout), ...rest];
    stdout.write(lines.map((line) => `${line}\n`).join(""));
  }
  return answers ? ExitCode.OK : ExitCode.FAILED;
}

/** The same for who looks at the table: the verdict first, in lines without colours. Never rejects. */
export async function explainInLines(port: number, settings: Settings): Promise<string[]> {
  try {
    const { findings, answers, endpoint } = explainPort(
      await readPortFacts(port, settings, await askOpinion(port)),
    );
    const verdict = describeVerdict(port, answers, endpoint, countUnknown(findings));
    // What is no terminal gets no colours and no broken lines: the panel breaks them itself.
    const plain = new Output({ writeSync: (bytes) => bytes.length });
    return [verdict, ...renderFindings(findings, plain)];
  } catch (error) {
    return [escapeText(messageOf(error))];
  }
}

function describeVerdict(port: number, answers: boolean, endpoint: string | null, unknown: number): string {
  if (!answers) return `Port ${port} does not answer on the LAN.`;
  const where = endpoint === null ? "" : `: ${endpoint}`;
  const doubt = unknown === 0 ? "" : `; ${countOf(unknown, "check")} could not be made`;
  return `Port ${port} should answer on the LAN${where}${doubt}`;
}

/** What the running wslfwd says of the port; null where none runs that can be asked. */
async function askOpinion(port: number): Promise<InstanceOpinion | null> {
  try {
    const instance = await askInstance();
    if (instance === null) return null;
    const answer = readStatusAnswer(instance);
    const isOf =
      (wanted: string) => ({ protocol, listenPort }: Pick<RejectionFields, "protocol" | "listenPort">) =>
        protocol === wanted && listenPort === port;
    const rejected = answer?.rejected.find(isOf("tcp"));
    const reason = (rejected?.reason ?? null) as RejectionReason | null;
    const forwarded = answer?.forwarded.find(isOf("tcp"));
    const byUdp = answer?.forwarded.some(isOf("udp")) ?? false, notByUdp = answer?.rejected.find(isOf("udp"));
    return {
      pid: instance.pid,
      reason,
      detail: rejected?.detail ?? "",
      isForwarding: forwarded !== undefined,
      udp: byUdp || notByUdp !== undefined
        ? {
          isForwarding: byUdp,
          reason: (notByUdp?.reason ?? null) as RejectionReason | null,
          detail: notByUdp?.detail ?? "",
        }
        : null,
      addresses: {
        open: forwarded?.listenAddresses ?? [],
        missing: forwarded?.missing.map(({ listenAddress }) => listenAddress) ?? [],
      },
    };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
