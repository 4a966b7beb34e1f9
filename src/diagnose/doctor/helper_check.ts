import { findCompiler } from "../../windows/helper/compile_helper.ts";
import { valueOf } from "../attempt.ts";
import { failed, type Finding, note, ok, unknown } from "../finding.ts";
import type { Machine } from "./machine.ts";

/** How our program on Windows runs, or why not; nothing where nobody wants it. */
export async function checkHelper({ instance, settings, windows }: Machine): Promise<Finding | null> {
  if (instance !== null) return describeRunning(instance.helper);
  if (!settings.udp || settings.helper === "off") return null;
  const folder = valueOf(await windows)?.programs.windowsFolder ?? null;
  if (folder === null) {
    return unknown("helper", "no drive of Windows is mounted, so nothing can be compiled there");
  }
  if (findCompiler(folder) !== null) {
    return ok("helper", "Windows has the compiler that makes wslfwd's program, which forwards UDP");
  }
  return note(
    "helper",
    "Windows has no csc.exe where .NET Framework 4 keeps it: PowerShell is asked to compile wslfwd's program, which forwards UDP",
  );
}

/** `helper`: as the running wslfwd told, which may be of another version. */
function describeRunning(helper: unknown): Finding | null {
  if (typeof helper !== "object" || helper === null) return null;
  const { state, pid, reason } = helper as Readonly<Record<string, unknown>>;
  switch (state) {
    case "running":
      return ok("helper", `wslfwd's program on Windows runs (process ${Number(pid)})`);
    case "failed":
      return failed(
        "helper",
        `wslfwd's program on Windows does not run, so UDP is not forwarded: ${String(reason)}`,
        "TCP is not affected; where a policy or an antivirus refuses it, that is what has to allow it",
      );
    default:
      return unknown("helper", "wslfwd's program on Windows starts");
  }
}
