/** Packs wslfwd by `deno compile`: the form of choice. */
import { V8_FLAGS } from "../../src/daemon/launch/self_command.ts";
import { messageOf } from "../../src/process/command.ts";
import { bundleProgram } from "./bundle.ts";
import { stripRuntime } from "./compile_runtime.ts";
import { checkMachine, type Target } from "./target.ts";
import { runTool, ToolError, type Variables } from "./tool.ts";

/** The runtime that `deno compile` puts into its files could not be had, or was something else. */
export class NoCompileRuntime extends Error {
  /** The class's name, for logs. */
  override readonly name = "NoCompileRuntime";
}

/**
 * Makes the file at `output`. `deno compile` takes its runtime, denort, from the file that DENORT_BIN names, else from
 * `$DENO_DIR/dl/release/v<version>/denort-<triple>.zip`, else from Deno's download site. It is stripped where it can be
 * (compile_runtime.ts). `env`: what Deno gets on top of the environment. Throws NoCompileRuntime where none of these has it.
 */
export async function buildCompiled(
  output: string,
  target: Target,
  commit: string | null,
  env: Variables = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wslfwd-build-" });
  // A name of its own until it is known to work: another file may be run from there meanwhile.
  const unfinished = `${output}.new`;
  try {
    await bundleProgram(`${folder}/wslfwd.js`, { form: "compiled", commit });
    const stripped = await stripRuntime(target, folder, env);
    const variables = stripped === null ? env : { ...env, DENORT_BIN: stripped };
    await compile(`${folder}/wslfwd.js`, unfinished, target, variables);
    await checkMachine(unfinished, target);
    if (target.architecture === Deno.build.arch) await checkRuns(unfinished);
    await Deno.rename(unfinished, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(unfinished).catch(() => {});
  }
}

async function compile(
  program: string,
  output: string,
  target: Target,
  env: Variables,
): Promise<void> {
  try {
    await runTool("deno compile", Deno.execPath(), [
      "compile",
      "--quiet",
      "--allow-all",
      "--no-check",
      "--no-config",
      "--no-lock",
      // Else the program keeps compiled code in /tmp, by a name that others can guess and take first.
      "--no-code-cache",
      V8_FLAGS,
      `--target=${target.triple}`,
      `--output=${output}`,
      program,
    ], { env });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    // Of a chain of causes, "Caused by: 0: Setting up base binary. 1: error sending request … 2: dns error …".
    const reason = /Caused by:.*? 1: (.*?)(?= 2: |$)/.exec(error.message)?.[1] ?? error.message;
    throw new NoCompileRuntime(`no runtime for compiling: ${reason}`, { cause: error });
  }
}

/** Throws where the file is not wslfwd: a DENORT_BIN that is the whole of Deno makes one that is. */
async function checkRuns(path: string): Promise<void> {
  const words = await runTool(path, path, ["--version"]).catch(messageOf);
  if (!/^wslfwd .*\bcompiled\b/.test(words)) {
    throw new NoCompileRuntime(
      `what deno compile made does not start wslfwd (is DENORT_BIN a denort?): ${words.split("\n")[0]}`,
    );
  }
}
