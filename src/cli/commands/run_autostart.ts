import { currentInvokingUser } from "../../config/invoking_user.ts";
import type { Flags } from "../../config/settings.ts";
import { askInstance } from "../../daemon/instance/instance_lock.ts";
import {
  type Autostart,
  disableAutostart,
  enableAutostart,
  readAutostart,
} from "../../daemon/launch/autostart.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";
import { NEVER, RUNNING } from "../../windows/session/last_run.ts";
import { escapeText } from "../screen/escape_text.ts";
import { pickFields } from "../json/json_check.ts";
import { REPORT_FIELDS } from "../json/report_fields.ts";
import type { Output } from "../screen/output.ts";
import { readSettings } from "../args/read_settings.ts";
import { renderArguments } from "../args/render_arguments.ts";
import { renderJsonObject } from "../json/render_json.ts";
import { scanArguments } from "../args/scan_arguments.ts";

/** Where a wslfwd that Windows starts says what happens, since nobody sees its window; root alone reads it. */
const LOG_PATH = "/var/log/wslfwd.log";

/** `autostart enable|disable|status`. `status` resolves with 0 only where wslfwd starts by itself, and will. */
export async function setAutostart(
  action: string,
  flags: Flags,
  argv: readonly string[],
  stdout: Output,
  fail: (message: string) => void,
): Promise<number> {
  switch (action) {
    case "enable":
      await enable(flags, argv, fail);
      return await printAutostart(flags.json === true, stdout);
    case "disable":
      return await disable(flags, stdout);
    default:
      return await printAutostart(flags.json === true, stdout);
  }
}

async function enable(flags: Flags, argv: readonly string[], fail: (message: string) => void): Promise<void> {
  const { settings, configPath } = await readSettings(flags);
  if (settings.mode === "manual") {
    const where = flags.mode === "manual" ? "--mode manual" : `"mode": "manual" of the config file`;
    throw new Refusal(
      ExitCode.USAGE,
      `autostart is of no use with ${where}, which looks once, before anything listens; add --mode auto`,
    );
  }
  for (const warning of settings.warnings) fail(warning);
  const { values } = await scanArguments(argv);
  const args = renderArguments(values, ["config", "json"]);
  if (flags.logPath === undefined) args.unshift(`--log=${LOG_PATH}`);
  const path = configPath === null ? null : await Deno.realPath(configPath);
  const weakness = await enableAutostart({ args, configPath: path, user: currentInvokingUser() });
  if (weakness !== null) {
    fail(`whoever can change wslfwd has root here and your rights on Windows at each logon: ${weakness}`);
  }
}

/** Rules of a wslfwd that runs are its own to remove. */
async function disable(flags: Flags, stdout: Output): Promise<number> {
  const say = (line: string) => flags.json === true || stdout.write(`${line}\n`);
  say(await disableAutostart() ? "autostart is off now" : "autostart was off");
  const instance = await askInstance();
  if (instance !== null) {
    say(`wslfwd (pid ${instance.pid}) goes on until it is stopped: sudo wslfwd stop`);
    return ExitCode.OK;
  }
  const { settings } = await readSettings(flags, false);
  const { cleanRules } = await import("./run_clean.ts");
  return await cleanRules(settings, false, stdout);
}

async function printAutostart(isJson: boolean, stdout: Output): Promise<number> {
  const autostart = await readAutostart();
  stdout.write(`${(isJson ? [jsonAutostart(autostart)] : describeAutostart(autostart)).join("\n")}\n`);
  return autostart.isEnabled && autostart.fault === null ? ExitCode.OK : ExitCode.FAILED;
}

function jsonAutostart({ task, boot, bootFault, isEnabled, fault, lastRun }: Autostart): string {
  const hasRun = lastRun !== null && lastRun.result !== NEVER;
  const fields = {
    isEnabled,
    commandLine: task === null ? null : `${task.command} ${task.commandLine}`,
    bootCommandLine: boot === null ? null : `${boot.command} ${boot.commandLine}`,
    bootFault,
    program: task?.program ?? null,
    fault,
    lastRun: hasRun ? lastRun.time : null,
    lastResult: hasRun ? lastRun.result : null,
    log: findLog(task?.commandLine),
  };
  return renderJsonObject("autostart", Date.now(), pickFields(fields, REPORT_FIELDS.autostart));
}

function describeAutostart(autostart: Autostart): string[] {
  const { task, boot, bootName, bootFault, isEnabled, fault, lastRun } = autostart;
  if (task === null && boot !== null) {
    return [
      `autostart is off, but at logon Windows still boots the distro (task ${bootName}); end that: wslfwd autostart disable`,
    ];
  }
  if (task === null) return ["autostart is off; switch it on with: wslfwd autostart enable [options]"];
  const state = isEnabled ? "is on" : "is switched off in Windows (taskschd.msc)";
  const log = findLog(task.commandLine);
  return [
    `autostart ${state}: at logon Windows starts ${escapeText(task.program ?? "wslfwd")}`,
    bootFault === null
      ? `only wslfwd is elevated: ${bootName} boots the distro before, with the rights of an ordinary terminal`
      : `warning: ${escapeText(bootFault)}`,
    ...fault === null ? [] : [`error: ${escapeText(fault)}`],
    ...lastRun === null ? [] : [describeLastRun(lastRun)],
    ...log === null ? [] : [`what it says: ${escapeText(log)}`],
    `whole command: ${escapeText(`${task.command} ${task.commandLine}`)}`,
  ];
}

function describeLastRun({ time, result }: NonNullable<Autostart["lastRun"]>): string {
  if (result === NEVER) return "Windows has not started it yet";
  const end = result === RUNNING
    ? "and runs"
    : `and ended with ${result > 255 ? `0x${result.toString(16)}` : result}`;
  return `Windows last started it at ${escapeText(time)}, ${end}`;
}

/** The log that a command line of ours names. */
function findLog(commandLine: string | undefined): string | null {
  return /"?--log=([^"\s]+)/.exec(commandLine ?? "")?.[1] ?? null;
}
