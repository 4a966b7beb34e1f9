import { print } from "./print.ts";

/** How long npm may take, in milliseconds. */
const TIMEOUT_MS = 120_000;

/**
 * A new folder into which npm has installed packages, for as long as the tests run; null, with a line that says so, where npm cannot.
 */
export async function installFromNpm(...names: readonly [string, ...string[]]): Promise<string | null> {
  const folder = await Deno.makeTempDir({ prefix: "wslfwd-npm-" });
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  // Somebody else's folder of this name would have a package.json above it.
  await Deno.writeTextFile(`${folder}/package.json`, '{"private":true,"type":"module"}');
  try {
    const { success, stderr } = await new Deno.Command("/usr/bin/npm", {
      args: ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...names],
      cwd: folder,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).output();
    if (success) return folder;
    throw new Error(new TextDecoder().decode(stderr).split("\n")[0]);
  } catch (error) {
    print(`Tests with ${names[0]} are skipped: npm cannot install it (${(error as Error).message})`);
    return null;
  }
}
