/** The helper's real source, compiled once by Mono's compiler as a program for Mono. */
import { runCommand } from "../../src/process/command.ts";

const SOURCE = new URL("../../helper/", import.meta.url).pathname;

let compiled: Promise<string> | null = null;

/** The path of the compiled helper, in a folder that goes with this process. Throws with what the compiler said. */
export function compileHelper(): Promise<string> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "wslfwd-helper-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const output = `${folder}/helper.exe`;
  const sources = [...Deno.readDirSync(SOURCE)].map(({ name }) => SOURCE + name).filter((path) =>
    path.endsWith(".cs")
  );
  const args = ["-langversion:5", "-warnaserror", "-target:exe", `-out:${output}`, ...sources];
  const { exitCode, stdout, stderr } = await runCommand("/usr/bin/mcs", args, { timeoutMs: 60_000 });
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (exitCode !== 0) throw new Error(`mcs: ${said}`);
  return output;
}
