/** Makes archives that are the same of the same files, whoever makes them and when. */
import { runTool } from "./tool.ts";

/**
 * Packs files of `folder`, by their names in it and in that order, as a tar file (ustar) at `path`. Owner root, times 0;
 * modes are the files' own. A folder is packed with what is in it, in the order of names.
 */
export async function packTar(path: string, folder: string, names: readonly string[]): Promise<void> {
  await runTool("tar", "/usr/bin/tar", [
    "--create",
    `--file=${path}`,
    "--format=ustar",
    "--sort=name",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mtime=@0",
    `--directory=${folder}`,
    "--",
    ...names,
  ]);
}

/**
 * Compresses a file by gzip(1) without a name or time in it; `level` 1 to 9. Gives the new path, which ends in .gz; the old
 * one is gone.
 */
export async function compress(path: string, level = 6): Promise<string> {
  await runTool("gzip", "/usr/bin/gzip", ["--no-name", `-${level}`, "--", path]);
  return `${path}.gz`;
}
