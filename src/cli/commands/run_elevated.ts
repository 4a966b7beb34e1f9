import { currentInvokingUser } from "../../config/invoking_user.ts";
import { elevate } from "../../daemon/launch/elevation.ts";
import { askInstance } from "../../daemon/instance/instance_lock.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";
import type { Output } from "../screen/output.ts";
import { renderArguments } from "../args/render_arguments.ts";
import { renderJsonEvent } from "../json/render_json.ts";
import { scanArguments } from "../args/scan_arguments.ts";

/**
 * `--elevate`: goes on in a window of its own, as administrator. Resolves with false where Windows lets us change rules
 * already. Throws Refusal, also where a wslfwd runs already: that window would be gone before anybody could read so.
 */
export async function goOnElevated(
  argv: readonly string[],
  configPath: string | null,
  isJson: boolean,
  stdout: Output,
): Promise<boolean> {
  const instance = await askInstance();
  if (instance !== null) {
    const message = `wslfwd is already running in this VM (pid ${instance.pid}); stop it first`;
    throw new Refusal(ExitCode.ALREADY_RUNNING, message);
  }
  const { values } = await scanArguments(argv);
  const args = renderArguments(values, ["elevate", "config"]);
  const path = configPath === null ? null : await Deno.realPath(configPath);
  if (!await elevate({ args, configPath: path, user: currentInvokingUser() })) return false;
  const message = "wslfwd goes on in a window of its own, as administrator";
  const event = { type: "notice", code: "elevated", message } as const;
  stdout.write(
    isJson
      ? renderJsonEvent(event, { timeMs: Date.now(), lanAddress: null, lanIpv6: null, isFile: false }) + "\n"
      : `${message}\n`,
  );
  return true;
}
