import { quotePowershell, scriptWords } from "./powershell_script.ts";
import { OutputSyntaxError } from "./syntax_error.ts";

/** ERROR_CANCELLED: the user said no to Windows' question. */
export const REFUSED = 1223;

/**
 * What to tell powershell.exe so that Windows asks the user (UAC) and starts a program as administrator, in a window of its own.
 * `file`: its Windows path; `commandLine`: see `formatCommandLine`.
 *
 * Start-Process of Windows PowerShell keeps Windows' error code to itself and puts Windows' words for it, in the user's
 * language, into its own: so they are looked for in the same language.
 */
export function runAsWords(file: string, commandLine: string): string[] {
  return scriptWords([
    "$ErrorActionPreference = 'Stop'",
    "try {",
    `  Start-Process -FilePath ${quotePowershell(file)} -Verb RunAs -ArgumentList ${
      quotePowershell(commandLine)
    }`,
    "  '0'",
    "} catch {",
    "  $code = -1",
    "  for ($e = $_.Exception; $e; $e = $e.InnerException) { if ($e.NativeErrorCode) { $code = $e.NativeErrorCode } }",
    `  $refusal = (New-Object ComponentModel.Win32Exception ${REFUSED}).Message`,
    `  if ($_.Exception.Message.Contains($refusal)) { $code = ${REFUSED} }`,
    '  "$code"',
    "}",
  ].join("\n"));
}

/** Reads what powershell.exe prints for {@link runAsWords}: 0, or an error code of Windows; -1 for one that is not known. */
export function parseRunAs(output: string): number {
  const code = /^\s*(-?\d{1,10})\s*$/.exec(output);
  if (code === null) throw new OutputSyntaxError("Start-Process -Verb RunAs", 0, "an error code");
  return Number(code[1]);
}
