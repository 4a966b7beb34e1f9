import { ConfigError } from "../../config/file/parse_config.ts";
import { type Flags, mergeSettings, type Settings } from "../../config/settings.ts";
import { examineMachine } from "../../diagnose/doctor/examine_machine.ts";
import { countUnknown, failed, type Finding, isWell, note, ok } from "../../diagnose/finding.ts";
import { requireWsl2 } from "../../daemon/open/open_windows.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { PortSet } from "../../net/port_set.ts";
import { pickFields } from "../json/json_check.ts";
import { REPORT_FIELDS } from "../json/report_fields.ts";
import { countOf } from "../screen/describe.ts";
import type { Output } from "../screen/output.ts";
import { readSettings } from "../args/read_settings.ts";
import { renderFindings } from "../screen/render_findings.ts";
import { renderJsonObject } from "../json/render_json.ts";

/** `doctor`: whether this machine has what wslfwd needs. Resolves with 0 only where all is well. */
export async function examine(flags: Flags, stdout: Output): Promise<number> {
  requireWsl2();
  const { settings, finding } = await checkConfig(flags);
  if (flags.reportPath !== undefined) {
    const { report } = await import("./run_report.ts");
    return await report(settings, flags.reportPath, stdout);
  }
  if (flags.isTrial) {
    const { tryHere } = await import("./run_trial.ts");
    return await tryHere(settings, stdout);
  }
  const findings = [...await examineMachine(settings), finding];
  const isFine = isWell(findings);
  if (settings.json) {
    const fields = pickFields({ isWell: isFine, findings }, REPORT_FIELDS.doctor);
    stdout.write(renderJsonObject("doctor", Date.now(), fields) + "\n");
  } else {
    stdout.write(
      [...renderFindings(findings, stdout), describeVerdict(isFine, countUnknown(findings))].join("\n") +
        "\n",
    );
  }
  return isFine ? ExitCode.OK : ExitCode.FAILED;
}

function describeVerdict(isFine: boolean, unknown: number): string {
  if (!isFine) return "Not all is well: see the lines that begin with ✗.";
  if (unknown === 0) return "All is well.";
  return `Nothing is amiss; ${countOf(unknown, "check")} could not be made: see the lines that begin with ?.`;
}

/** A config file that cannot be followed is a finding like others; the rest is examined with what the options say. */
async function checkConfig(flags: Flags): Promise<{ settings: Settings; finding: Finding }> {
  try {
    const { settings, configPath } = await readSettings(flags);
    const [warning] = settings.warnings;
    if (warning !== undefined) return { settings, finding: note("config", warning) };
    const text = configPath === null
      ? "there is no config file, and none is needed"
      : `${configPath} can be followed`;
    return { settings, finding: ok("config", text) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const settings = mergeSettings(flags, {}, {
      ephemeralPorts: PortSet.EMPTY,
      holdsAddress: () => false,
      isRoot: Deno.uid() === 0,
    });
    const remedy = "mend the file; wslfwd --gen-config --config FILE writes one that explains itself";
    const more = error.others.length === 0 ? "" : ` (and ${error.others.length} more)`;
    return { settings, finding: failed("config", `${error.message}${more}`, remedy) };
  }
}
