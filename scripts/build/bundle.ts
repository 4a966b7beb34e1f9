/** Makes one JavaScript file of wslfwd, with a stamp of what it is. */
import { messageOf } from "../../src/process/command.ts";
import type { Form } from "../../src/daemon/launch/build_stamp.ts";
import manifest from "../../deno.json" with { type: "json" };
import { REPOSITORY, runTool, tell } from "./tool.ts";

/** What the built program knows about itself. */
export interface Stamp {
  /** How it is packed. */
  readonly form: Exclude<Form, "source">;
  /** From {@link readCommit}. */
  readonly commit: string | null;
}

/**
 * Writes the program to `path`, a file in an existing folder. Everything that it reads at run time is in it: the probes
 * are imported as text. One file, not one per lazily loaded module: a newer version may take the folder away while this
 * one runs. Throws where the lock file does not fit.
 */
export async function bundleProgram(path: string, stamp: Stamp): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wslfwd-bundle-" });
  try {
    const stampFile = `${folder}/build_stamp.ts`, mapFile = `${folder}/import_map.json`;
    await Deno.writeTextFile(stampFile, renderStamp(stamp));
    // The map stands for the one in deno.json, and gives the stamp the place of the file that says "source".
    const imports = {
      ...manifest.imports,
      [new URL("src/daemon/launch/build_stamp.ts", REPOSITORY).href]: `file://${stampFile}`,
    };
    await Deno.writeTextFile(mapFile, JSON.stringify({ imports }));
    await runTool("deno bundle", Deno.execPath(), [
      "bundle",
      "--quiet",
      "--frozen",
      "--platform=deno",
      "--minify",
      `--import-map=${mapFile}`,
      `--output=${path}`,
      "main.ts",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The module that stands for src/daemon/launch/build_stamp.ts. */
export function renderStamp({ form, commit }: Stamp): string {
  return `export const FORM = ${JSON.stringify(form)};\nexport const COMMIT = ${JSON.stringify(commit)};\n`;
}

/** The commit that is checked out, in 12 digits, with `+changes` where files differ from it; null without git. */
export async function readCommit(): Promise<string | null> {
  try {
    const commit = await runTool("git", "/usr/bin/git", ["rev-parse", "--short=12", "HEAD"]);
    const changes = await runTool("git", "/usr/bin/git", ["status", "--porcelain", "--untracked-files=no"]);
    return commit.trim() + (changes.trim() === "" ? "" : "+changes");
  } catch (error) {
    tell(`The commit is not known and not stamped in: ${messageOf(error)}`);
    return null;
  }
}
