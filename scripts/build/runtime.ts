/** Where the Deno runtime of a self-extracting wslfwd comes from. */
import { messageOf } from "../../src/process/command.ts";
import { checkMachine, type Target } from "./target.ts";
import { runTool, type Variables } from "./tool.ts";

/** What `deno info --json` says of npm packages, as far as it is read. */
interface PackageInfo {
  readonly npmPackages?: Readonly<Record<string, { readonly localPath?: string }>>;
}

/**
 * Gives the path of the runtime for a machine: for this one the Deno that runs now, for another one the same version out
 * of the npm package that Deno publishes for it. Deno's own npm client fetches that and checks it against the
 * registry's hash. `env`: what Deno gets on top of the environment. Throws, with what to do, where it cannot be had.
 */
export async function findRuntime(target: Target, env: Variables = {}): Promise<string> {
  if (target.architecture === Deno.build.arch) return Deno.execPath();
  const name = `npm:${target.runtimePackage}@${Deno.version.deno}`;
  try {
    // Outside the project: this is no dependency of wslfwd, and its lock file does not know it.
    const options = { cwd: "/", env };
    await runTool(
      "deno cache",
      Deno.execPath(),
      ["cache", "--quiet", "--no-config", "--no-lock", name],
      options,
    );
    const args = ["info", "--json", "--no-config", "--no-lock", name];
    const info = JSON.parse(await runTool("deno info", Deno.execPath(), args, options)) as PackageInfo;
    const folder = Object.values(info.npmPackages ?? {})[0]?.localPath;
    if (folder === undefined) throw new Error("deno info does not say where it is");
    await checkMachine(`${folder}/deno`, target);
    return `${folder}/deno`;
  } catch (error) {
    throw new Error(
      `Cannot get the Deno runtime for ${target.architecture}, ${name}: ${
        messageOf(error).replace(/\.$/, "")
      }; ` +
        `build where the npm registry has it and can be reached, or on such a machine`,
      { cause: error },
    );
  }
}
