import { CommandError, type CommandResult, messageOf } from "../../process/command.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";
import { decodeOutput } from "../run/output_text.ts";
import { quotePowershell, scriptWords } from "../run/powershell_script.ts";
import type { HelperFiles, HelperFolder } from "./helper_files.ts";
import { HELPER_SOURCE } from "./helper_source.ts";

/** How long a compiler may take, in milliseconds. Half a second is usual; a virus scanner can make it many. */
const COMPILE_TIMEOUT_MS = 60_000;

/** Where .NET Framework 4 keeps its compiler, from System32. Windows for Arm may have both. */
const COMPILERS = ["FrameworkArm64", "Framework64"].map((folder) =>
  `../Microsoft.NET/${folder}/v4.0.30319/csc.exe`
);

/** A helper that was compiled, and what it was then. */
export interface CompiledHelper extends HelperFiles {
  /** The program's SHA-256. */
  readonly digest: string;
}

/** The helper cannot be compiled here. The message says why; it may hold words of Windows. */
export class CompileError extends Error {
  /** The class's name, for logs. */
  override readonly name = "CompileError";
}

/**
 * Compiles the helper with the C# compiler that comes with Windows, else through PowerShell, which finds it where we do not.
 * Throws CompileError.
 */
export async function compileHelper(
  programs: WindowsPrograms,
  folder: HelperFolder,
  signal?: AbortSignal,
): Promise<CompiledHelper> {
  let files: HelperFiles;
  try {
    files = await folder.writeSource(HELPER_SOURCE);
  } catch (error) {
    throw new CompileError(`its source cannot be written on Windows: ${messageOf(error)}`);
  }
  const failures: string[] = [];
  for (const attempt of waysToCompile(programs, files, signal)) {
    const failure = await attempt().then(describeFailure, describeError);
    const digest = await folder.digest(files);
    if (failure === null && digest !== null) return { ...files, digest };
    if (signal?.aborted) break;
    failures.push(failure ?? "the compiler made no program");
  }
  throw new CompileError(failures.join("; "));
}

/** The C# compiler that comes with Windows, as a path from System32; null where it is not. `windowsFolder`: where that is mounted. */
export function findCompiler(windowsFolder: string): string | null {
  return COMPILERS.find((path) => isFile(`${windowsFolder}/${path.slice(3)}`)) ?? null;
}

function* waysToCompile(
  programs: WindowsPrograms,
  { windowsSource, windowsProgram }: HelperFiles,
  signal?: AbortSignal,
): Generator<() => Promise<CommandResult>> {
  const compiler = programs.windowsFolder === null ? null : findCompiler(programs.windowsFolder);
  // /noconfig: nothing is read but what is named here. A console program: Windows ends it with its Linux side.
  const words = ["/nologo", "/noconfig", "/target:exe", "/optimize+", "/r:System.dll", "/r:System.Core.dll"];
  if (compiler !== null) {
    yield () =>
      programs.run(
        compiler,
        [...words, `/out:${windowsProgram}`, windowsSource],
        COMPILE_TIMEOUT_MS,
        signal,
        VARIABLES,
      );
  }
  const script = `$ErrorActionPreference = 'Stop'\nAdd-Type -Path ${quotePowershell(windowsSource)} ` +
    `-OutputAssembly ${quotePowershell(windowsProgram)} -OutputType ConsoleApplication`;
  const powershell = "WindowsPowerShell/v1.0/powershell.exe";
  yield () => programs.run(powershell, scriptWords(script), COMPILE_TIMEOUT_MS, signal, VARIABLES);
}

/**
 * What the compilers leave in between must lie where only who is elevated can write, and no profiler of the user's is to be
 * loaded into them. (That .NET heeds these variables is documented; that WSL passes them on, read in its source.)
 */
const VARIABLES: Readonly<Record<string, string>> = {
  TEMP: "C:\\Windows\\wslfwd",
  TMP: "C:\\Windows\\wslfwd",
  COR_ENABLE_PROFILING: "0",
};

function describeFailure({ argv, exitCode, stdout }: CommandResult): string | null {
  if (exitCode === 0) return null;
  const program = argv[0]!.slice(argv[0]!.lastIndexOf("/") + 1);
  // `error CS0246` is the same in every language; what follows is not, and only shown.
  const said = decodeOutput(stdout).split("\r\n").find((line) => /\berror CS\d+/.test(line));
  return `${program} ended with ${exitCode}${said === undefined ? "" : ` (${said.slice(0, 200)})`}`;
}

function describeError(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  throw error;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
