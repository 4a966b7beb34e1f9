/**
 * Makes everything that a release consists of, in dist/release: `release.ts [--dry-run] [--url URL]`. URL is where the files
 * will be; install.sh then takes them from there. It publishes nothing. With --dry-run, a commit without its tag will
 * do, and a machine whose runtime cannot be had here is left out and named.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { messageOf } from "../src/process/command.ts";
import manifest from "../deno.json" with { type: "json" };
import { build } from "./build.ts";
import { buildDeb, debName } from "./package/deb.ts";
import { buildNpm } from "./package/npm.ts";
import { TARGETS } from "./build/target.ts";
import { REPOSITORY, runTool } from "./build/tool.ts";
import { type ReleaseFile, renderFiles, writeChanges } from "./release/changes.ts";
import { gatherLicenses } from "./release/licenses.ts";
import { renderRecipes } from "./release/recipes.ts";
import { renderSbom } from "./release/sbom.ts";

/** What is to be released. */
interface ReleaseOptions {
  readonly isDryRun: boolean;
  /** Where the files will be, without a slash at the end; null: install.sh has to be told. */
  readonly url: string | null;
}

/** Where recipes say that the files are while nobody has said it: a place that is nobody's (RFC 2606). */
const NOWHERE = "https://example.org/wslfwd";

/** For whom each recipe is. */
const RECIPE_OF: Readonly<Record<string, string>> = {
  "PKGBUILD": "recipe for Arch Linux's AUR",
  "wslfwd.rb": "recipe for Homebrew on Linux",
};

const FOLDER = `${REPOSITORY.pathname}dist/release`;

async function release({ isDryRun, url }: ReleaseOptions): Promise<void> {
  if (!isDryRun) await checkTag(`v${manifest.version}`);
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
  await Deno.mkdir(FOLDER, { recursive: true });
  const files = new Map<string, string>();
  /** Makes a file or says what is lacking, where a dry run goes on without it. */
  const make = async (name: string, kind: string, build: () => Promise<unknown>) => {
    try {
      const made = await build();
      files.set(name, typeof made === "string" && kind === "" ? made : kind);
    } catch (error) {
      if (!isDryRun) throw error;
      console.error(`Without ${name}: ${messageOf(error)}`);
    }
  };
  for (const target of Object.values(TARGETS)) {
    const name = `wslfwd-${target.architecture}`;
    await make(name, "", () => build({ form: null, target, output: `${FOLDER}/${name}` }));
    await make(debName(target), "package for Debian and its relatives", () => buildDeb(FOLDER, target));
  }
  await make(`wslfwd-${manifest.version}.tgz`, "package for npm", () => buildNpm(FOLDER));
  const install = nameRelease(await Deno.readTextFile(new URL("scripts/install.sh", REPOSITORY)), url);
  const texts: readonly (readonly [name: string, kind: string, text: string])[] = [
    ["install.sh", "installs wslfwd-x86_64 or wslfwd-aarch64", install],
    ["LICENSES.txt", "licences of all that is in these files", await gatherLicenses()],
    ["wslfwd.cdx.json", "what is in these files (CycloneDX)", await renderSbom()],
    ...[...renderRecipes(url ?? NOWHERE, await sumFiles([...files.keys()]))].map(([name, text]) =>
      [name, RECIPE_OF[name]!, text] as const
    ),
  ];
  for (const [name, kind, text] of texts) {
    await Deno.writeTextFile(`${FOLDER}/${name}`, text, { mode: name.endsWith(".sh") ? 0o755 : 0o644 });
    files.set(name, kind);
  }
  await Deno.writeTextFile(
    `${FOLDER}/CHANGES.md`,
    await writeChanges(manifest.version) + renderFiles(measureFiles(files), Deno.version.deno),
  );
  const sums = await runTool("sha256sum", "/usr/bin/sha256sum", ["--", ...files.keys()], { cwd: FOLDER });
  await Deno.writeTextFile(`${FOLDER}/SHA256SUMS`, sums);
  console.log(`${FOLDER}: ${[...files.keys()].join(", ")}, SHA256SUMS; CHANGES.md says what is new`);
}

function measureFiles(files: ReadonlyMap<string, string>): ReadonlyMap<string, ReleaseFile> {
  return new Map(
    [...files].map(([name, what]) => [name, { what, size: Deno.statSync(`${FOLDER}/${name}`).size }]),
  );
}

/** The SHA-256 of files of the release, by their names. */
async function sumFiles(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  const lines = await runTool("sha256sum", "/usr/bin/sha256sum", ["--", ...names], { cwd: FOLDER });
  return new Map([...lines.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)].map(([, sum, name]) => [name!, sum!]));
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
