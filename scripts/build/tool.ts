/** Runs the programs that the build needs. */
import { runCommand } from "../../src/process/command.ts";

/** The folder of deno.json, as a URL that ends in a slash. */
export const REPOSITORY: URL = new URL("../../", import.meta.url);

/** A program of the build that failed. Its message holds all that the program said about it in one line. */
export class ToolError extends Error {
  /** The class's name, for logs. */
  override readonly name = "ToolError";
}

/** Variables on top of the environment that a program of the build gets. */
export type Variables = Readonly<Record<string, string>>;

/** How long a program may run, in milliseconds: a download may be under way. */
const TIMEOUT_MS = 600_000;

/**
 * Runs a program in the repository, else in `cwd`, and gives what it printed. Throws ToolError where it fails; `name`
 * is what to call it then.
 */
export async function runTool(
  name: string,
  path: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Variables } = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(path, args, {
    timeoutMs: TIMEOUT_MS,
    cwd: options.cwd ?? REPOSITORY.pathname,
    env: { ...Deno.env.toObject(), NO_COLOR: "1", ...options.env },
  });
  const decoder = new TextDecoder();
  if (exitCode === 0) return decoder.decode(stdout);
  const words = decoder.decode(stderr).replace(/\s*Stack backtrace:[\s\S]*/, "").trim();
  throw new ToolError(`${name} ended with status ${exitCode}: ${words.split(/\s*\n\s*/).join(" ")}`);
}

/** Tells whoever builds one line, beside what the build gives. */
export function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
