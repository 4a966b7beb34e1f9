import { currentInvokingUser } from "../../config/invoking_user.ts";
import { writePrivateFile } from "../../config/file/private_file.ts";
import type { Settings } from "../../config/settings.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";
import { gatherReport } from "../../diagnose/report/gather_report.ts";
import { messageOf } from "../../process/command.ts";
import { renderVersion } from "../docs/version.ts";
import { escapeText } from "../screen/escape_text.ts";
import type { Output } from "../screen/output.ts";

/**
 * `doctor --report FILE`: shows what a maintainer would see, asks whether it may be written, and writes it to a new file of the
 * user's own. Resolves with 1 where the answer was no. Throws Refusal.
 */
export async function report(settings: Settings, path: string, stdout: Output): Promise<number> {
  if (!settings.yes && !(Deno.stdin.isTerminal() && stdout.isTerminal)) {
    throw new Refusal(
      ExitCode.USAGE,
      "--report asks before it writes, and there is no terminal to ask; add --yes",
    );
  }
  const text = await gatherReport(settings, renderVersion());
  // What is written is what was shown.
  const shown = text.split("\n").map(escapeText).join("\n");
  stdout.write(shown);
  if (!settings.yes && !/^y(es)?$/i.test(prompt(`Write this to ${escapeText(path)}? [y/N]`)?.trim() ?? "")) {
    stdout.write("Nothing was written.\n");
    return ExitCode.FAILED;
  }
  try {
    writePrivateFile(path, shown, currentInvokingUser());
  } catch (error) {
    throw new Refusal(
      ExitCode.FAILED,
      `Cannot write the report: ${messageOf(error)}; name a file that is not there yet`,
    );
  }
  stdout.write(
    `\nWritten to ${
      escapeText(path)
    }: names, SIDs and addresses in it are stand-ins; look through it before you send it.\n`,
  );
  return ExitCode.OK;
}
