/**
 * A text that a Windows program reads back as exactly these arguments, by the rules of CommandLineToArgvW: a quote within is
 * `\"`, and backslashes count only before a quote. wsl.exe reads what stands behind `-e` so (microsoft/WSL,
 * src/windows/common/WslClient.cpp); nothing there is a shell. `program`, the first word, is read by another rule: up to the
 * next quote. Throws RangeError for a program with a quote in it, and for NUL, which ends every text on Windows.
 */
export function formatCommandLine(program: string, args: readonly string[]): string {
  if ([program, ...args].some((word) => word.includes("\0"))) {
    throw new RangeError("Cannot pass a NUL character to a Windows program");
  }
  if (program.includes('"') || program === "") {
    throw new RangeError(`Cannot start ${program} from Windows: its path is empty or has a quote in it`);
  }
  return [`"${program}"`, ...args.map(quoteArgument)].join(" ");
}

/** One argument, always in quotes: what it holds does not matter then. */
function quoteArgument(argument: string): string {
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, "$&$&")}"`;
}
