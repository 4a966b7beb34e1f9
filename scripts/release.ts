/**
 * Makes everything that a release consists of, in dist/release: `release.ts [--dry-run] [--url URL]`. URL is where the files
 * will be; install.sh then takes them from there. It publishes nothing. With --dry-run, a commit without its tag will
 * do, and a machine whose runtime cannot be had here is left out and named.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { messageOf } from "../src/process/command.ts";
import manifest from "../deno.json" with { type: "json" };
import { build } from "./build.ts";
import { type Target, TARGETS } from "./build/target.ts";
import { REPOSITORY, runTool } from "./build/tool.ts";
import { writeChanges } from "./release/changes.ts";
import { gatherLicenses } from "./release/licenses.ts";

/** What is to be released. */
interface ReleaseOptions {
  readonly isDryRun: boolean;
  /** Where the files will be, without a slash at the end; null: install.sh has to be told. */
  readonly url: string | null;
}

const FOLDER = `${REPOSITORY.pathname}dist/release`;

async function release({ isDryRun, url }: ReleaseOptions): Promise<void> {
  if (!isDryRun) await checkTag(`v${manifest.version}`);
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  await Deno.mkdir(FOLDER, { recursive: true });
  const names: string[] = [];
  for (const target of Object.values(TARGETS)) {
    const name = await buildFor(target, isDryRun);
    if (name !== null) names.push(name);
  }
  const install = await Deno.readTextFile(new URL("scripts/install.sh", REPOSITORY));
  await Deno.writeTextFile(`${FOLDER}/install.sh`, nameRelease(install, url), { mode: 0o755 });
  await Deno.writeTextFile(`${FOLDER}/LICENSES.txt`, await gatherLicenses());
  await Deno.writeTextFile(`${FOLDER}/CHANGES.md`, await writeChanges(manifest.version));
  names.push("install.sh", "LICENSES.txt");
  const sums = await runTool("sha256sum", "/usr/bin/sha256sum", ["--", ...names], { cwd: FOLDER });
  await Deno.writeTextFile(`${FOLDER}/SHA256SUMS`, sums);
  console.log(`${FOLDER}: ${names.join(", ")}, SHA256SUMS; CHANGES.md says what is new`);
}

/** Builds for one machine and gives the file's name; null where a dry run goes on without it. */
async function buildFor(target: Target, isDryRun: boolean): Promise<string | null> {
  const name = `wslfwd-${target.architecture}`;
  try {
    const form = await build({ form: null, target, output: `${FOLDER}/${name}` });
    console.log(`${name}: ${form}`);
    return name;
  } catch (error) {
    if (!isDryRun) throw error;
    console.error(`Without ${name}: ${messageOf(error)}`);
    return null;
  }
}

/** Gives install.sh the place of its release. Throws where the URL could mean anything to a shell. */
export function nameRelease(install: string, url: string | null): string {
  if (url === null) return install;
  if (!/^https:\/\/[\w.:/-]+$/.test(url)) {
    throw new Error(`Cannot release at ${url}: an https:// URL is needed`);
  }
  const named = install.replace(/^release_url=$/m, `release_url=${url.replace(/\/$/, "")}`);
  if (named === install) throw new Error("Cannot find `release_url=` in install.sh");
  return named;
}

/** Throws unless this very commit, without changes, has the tag. */
async function checkTag(tag: string): Promise<void> {
  const tags = await runTool("git", "/usr/bin/git", ["tag", "--points-at=HEAD"]);
  const changes = await runTool("git", "/usr/bin/git", ["status", "--porcelain"]);
  if (!tags.split("\n").includes(tag)) throw new Error(`Cannot release: the commit has no tag ${tag}`);
  if (changes.trim() !== "") throw new Error("Cannot release: there are files that are not committed");
}

function parseOptions(args: readonly string[]): ReleaseOptions {
  const [first, second, ...rest] = args.filter((word) => word !== "--dry-run");
  if (first !== undefined && (first !== "--url" || second === undefined || rest.length > 0)) {
    throw new Error(`Cannot release with ${args.join(" ")}: there are --dry-run and --url URL`);
  }
  return { isDryRun: args.includes("--dry-run"), url: second ?? null };
}

if (import.meta.main) {
  try {
    await release(parseOptions(Deno.args));
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(1);
  }
}
