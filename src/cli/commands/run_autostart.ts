import { currentInvokingUser } from "../../config/invoking_user.ts";
import type { Flags } from "../../config/settings.ts";
import { disableAutostart, enableAutostart, readAutostart } from "../../daemon/launch/autostart.ts";
import { ExitCode } from "../../daemon/refusal.ts";
import { escapeText } from "../screen/escape_text.ts";
import { pickFields } from "../json/json_check.ts";
import { REPORT_FIELDS } from "../json/json_fields.ts";
import type { Output } from "../screen/output.ts";
import { readSettings } from "../args/read_settings.ts";
import { renderArguments } from "../args/render_arguments.ts";
import { renderJsonObject } from "../json/render_json.ts";
import { scanArguments } from "../args/scan_arguments.ts";

/** `autostart enable|disable|status`. `status` resolves with 0 only where wslfwd starts by itself. */
export async function setAutostart(
  action: string,
  flags: Flags,
  argv: readonly string[],
  stdout: Output,
  fail: (message: string) => void,
): Promise<number> {
  const isJson = flags.json === true;
  switch (action) {
    case "enable": {
      const { settings, configPath } = await readSettings(flags);
      for (const warning of settings.warnings) fail(warning);
      const { values } = await scanArguments(argv);
      const args = renderArguments(values, ["config", "json"]);
      const path = configPath === null ? null : await Deno.realPath(configPath);
      const weakness = await enableAutostart({ args, configPath: path, user: currentInvokingUser() });
      if (weakness !== null) {
        fail(`whoever can change wslfwd has root here and your rights on Windows at each logon: ${weakness}`);
      }
      return await printAutostart(isJson, stdout);
    }
    case "disable": {
      const wasThere = await disableAutostart();
      if (!isJson) stdout.write(wasThere ? "autostart is off now\n" : "autostart was off\n");
      const { settings } = await readSettings(flags, false);
      const { cleanRules } = await import("./run_clean.ts");
      return await cleanRules(settings, false, stdout);
    }
    default:
      return await printAutostart(isJson, stdout);
  }
}

async function printAutostart(isJson: boolean, stdout: Output): Promise<number> {
  const { task, isEnabled } = await readAutostart();
  const commandLine = task === null ? null : `${task.command} ${task.commandLine}`;
  if (isJson) {
    const fields = pickFields({ isEnabled, commandLine }, REPORT_FIELDS.autostart);
    stdout.write(renderJsonObject("autostart", Date.now(), fields) + "\n");
  } else if (commandLine === null) {
    stdout.write("autostart is off; switch it on with: wslfwd autostart enable [options]\n");
  } else {
    const state = isEnabled ? "is on" : "is switched off in Windows (taskschd.msc)";
    stdout.write(`autostart ${state}: at logon Windows starts ${escapeText(commandLine)}\n`);
  }
  return isEnabled ? ExitCode.OK : ExitCode.FAILED;
}
