/** csc.exe, and PowerShell's Add-Type: both compile with Mono's compiler what is then run by Mono. */
import type { Call } from "./calls.ts";
import { findFlaws, toLocalPath } from "./drive.ts";
import type { Answer } from "./programs.ts";
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

/** Where what was compiled lies for Mono; on the drive there is what the guest starts. */
const COMPILED = "/run/simulation/compiled";

/** What the helper takes for Windows here. */
const FAKE = new URL("fake_windows.cs", import.meta.url).pathname;

/** Where .NET Framework keeps its compiler. */
export const COMPILER = "Microsoft.NET/Framework64/v4.0.30319/csc.exe";

/** Runs csc.exe with exactly the words that wslfwd and `test:windows` give it. */
export async function runCompiler(
  args: readonly string[],
  machine: SimulatedWindows,
  call: Call,
): Promise<Answer> {
  // What it prints is assumed: its caller goes by the exit status.
  if (args.join(" ") === "/help") return { stdout: "Visual C# Compiler Options\r\n", exitCode: 0 };
  const pattern =
    /^\/nologo \/noconfig \/target:exe \/optimize\+ \/r:System\.dll \/r:System\.Core\.dll \/out:(\S+) (\S+)$/;
  const words = pattern.exec(args.join(" "));
  if (words === null) throw new Refusal();
  if (!call.record.isElevated) machine.violate("csc.exe ran without rights");
  return await compile(words[2]!, words[1]!, machine);
}

/** Compiles a source to a program, both named by their Windows paths. */
export async function compile(
  windowsSource: string,
  windowsProgram: string,
  machine: SimulatedWindows,
): Promise<Answer> {
  const source = toLocalPath(windowsSource), program = toLocalPath(windowsProgram);
  if (source === null || program === null) throw new Refusal("not on a Windows drive");
  for (const flaw of await findFlaws(windowsSource, source)) {
    machine.violate(`source ${windowsSource}: ${flaw}`);
  }
  await Deno.mkdir(COMPILED, { recursive: true });
  const { code, stderr } = await new Deno.Command("/usr/bin/mcs", {
    args: ["-langversion:5", "-target:exe", `-out:${pathOfCompiled(windowsProgram)}`, source, FAKE],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) return { stdout: new TextDecoder().decode(stderr).replaceAll("\n", "\r\n"), exitCode: 1 };
  await Deno.copyFile(new URL("../boot/program.pl", import.meta.url), program);
  await Deno.chmod(program, 0o755);
  return { stdout: "", exitCode: 0 };
}

/** What Mono runs for a program that was compiled here. */
export function pathOfCompiled(windowsProgram: string): string {
  return `${COMPILED}/${windowsProgram.slice(windowsProgram.lastIndexOf("\\") + 1)}`;
}
