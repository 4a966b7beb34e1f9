/** What a release changes, from the commits. */
import { runTool, ToolError } from "../build/tool.ts";

/** A section for a changelog: the subjects of the commits since the release before, the newest first. */
export async function writeChanges(version: string): Promise<string> {
  const before = await findReleaseBefore();
  const range = before === null ? "HEAD" : `${before}..HEAD`;
  const subjects = await runTool("git", "/usr/bin/git", ["log", "--no-merges", "--format=%s", range]);
  const date = await runTool("git", "/usr/bin/git", ["log", "-1", "--format=%cs"]);
  return renderChanges(version, date.trim(), before, subjects.trim().split("\n"));
}

/** The section's text. `date`: as 2026-01-31. */
export function renderChanges(
  version: string,
  date: string,
  before: string | null,
  subjects: readonly string[],
): string {
  const since = before === null ? "The first release." : `Since ${before}:`;
  // A subject is plain text, and must not become a link or a heading.
  const lines = subjects.map((subject) => `- ${subject.replace(/[\\`*_[\]<>#|]/g, "\\$&")}`);
  return `## ${version} (${date})\n\n${since}\n\n${lines.join("\n")}\n`;
}

/** A file of a release. */
export interface ReleaseFile {
  /** For those that are wslfwd itself, the form. */
  readonly what: string;
  /** Its size in bytes. */
  readonly size: number;
}

/** What each file of the release is, by its name. */
export function renderFiles(files: ReadonlyMap<string, ReleaseFile>, denoVersion: string): string {
  const lines = [...files].map(([name, { what, size }]) =>
    `| \`${name}\` | ${what} | ${size < 1e5 ? "< 0.1" : (size / 1e6).toFixed(1)} MB |\n`
  );
  return `\nBuilt with the official Deno ${denoVersion}; SHA256SUMS has the checksum of each file.\n\n` +
    `| file | what it is | size |\n| --- | --- | --- |\n${lines.join("")}`;
}

/** The tag of the newest release that is not this commit's own; null for the first. */
async function findReleaseBefore(): Promise<string | null> {
  try {
    const args = ["describe", "--tags", "--abbrev=0", "--match=v[0-9]*", "HEAD^"];
    return (await runTool("git", "/usr/bin/git", args)).trim();
  } catch (error) {
    // No tag, or no commit before this one.
    if (error instanceof ToolError) return null;
    throw error;
  }
}
