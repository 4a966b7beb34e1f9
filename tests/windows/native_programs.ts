/** Windows' programs, started on Windows itself. */
import { CommandError, type CommandResult, messageOf } from "../../src/process/command.ts";
import type { WindowsPrograms } from "../../src/wsl/windows_programs.ts";

/** Programs below `C:\Windows\System32`. */
export class NativePrograms implements WindowsPrograms {
  /** Deno takes a slash on Windows, too. */
  readonly windowsFolder = "C:/Windows";

  /** As `WindowsPrograms` has it. Throws CommandError where it does not start or does not end in time. */
  async run(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const path = `C:\\Windows\\System32\\${name.replaceAll("/", "\\")}`, argv = [path, ...args];
    const started = performance.now(), late = AbortSignal.timeout(timeoutMs);
    const fail = (reason: CommandError["reason"], message: string, cause?: unknown) =>
      new CommandError(argv, reason, message, performance.now() - started, { cause });
    let output: Deno.CommandOutput;
    try {
      output = await new Deno.Command(path, {
        args: [...args],
        stdin: "null",
        env: variables,
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      }).output();
    } catch (error) {
      throw fail("start", `${path} cannot be started: ${messageOf(error)}`, error);
    }
    if (late.aborted) throw fail("timeout", `${path} did not end within ${timeoutMs / 1000} s`);
    if (signal?.aborted) throw fail("abort", `${path} was told to stop`);
    const { code, stdout, stderr } = output;
    return { argv, exitCode: code, stdout, stderr, durationMs: performance.now() - started };
  }
}
