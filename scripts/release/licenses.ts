/** The licences of everything that is in a released file. */
import manifest from "../../deno.json" with { type: "json" };
import { REPOSITORY, runTool } from "../build/tool.ts";

/** A package of npm that is in the bundle. */
export interface Package {
  /** As npm calls it. */
  readonly name: string;
  /** The one that deno.lock names. */
  readonly version: string;
  /** Where its files are. */
  readonly localPath: string;
}

/** Texts of licences that packages name without having them, by SPDX's names. */
const STANDARD_TEXTS: Readonly<Record<string, string>> = { "Apache-2.0": "apache-2.0.txt" };

/** One text with all of them. Throws where a package has none that is known. */
export async function gatherLicenses(): Promise<string> {
  const parts = [
    ["wslfwd " + manifest.version, await Deno.readTextFile(new URL("LICENSE", REPOSITORY))],
    [
      `Deno ${Deno.version.deno}, the runtime`,
      await readBeside("deno.txt") +
      `\nDeno contains V8, SQLite and many Rust crates; their licences are in its source, at the tag v${Deno.version.deno}.\n`,
    ],
  ];
  for (const found of await listPackages()) {
    parts.push([`${found.name} ${found.version}`, await readLicense(found)]);
  }
  return parts.map(([title, text]) => `${title}\n${"=".repeat(title!.length)}\n\n${text!.trim()}\n`).join(
    "\n\n",
  );
}

/** The packages that main.ts reaches. */
export async function listPackages(): Promise<Package[]> {
  const words = await runTool("deno info", Deno.execPath(), ["info", "--json", "main.ts"]);
  const { npmPackages } = JSON.parse(words) as { readonly npmPackages: Readonly<Record<string, Package>> };
  return Object.values(npmPackages);
}

async function readLicense({ name, localPath }: Package): Promise<string> {
  for await (const entry of Deno.readDir(localPath)) {
    if (/^licen[cs]e(\.(md|txt))?$/i.test(entry.name)) {
      return await Deno.readTextFile(`${localPath}/${entry.name}`);
    }
  }
  const { license, author } = JSON.parse(await Deno.readTextFile(`${localPath}/package.json`)) as {
    readonly license?: string;
    readonly author?: string | { readonly name: string };
  };
  const file = STANDARD_TEXTS[license ?? ""];
  if (file === undefined) {
    throw new Error(`Cannot find the licence of ${name} (${license}): add its text here`);
  }
  const owner = typeof author === "object" ? author.name : author;
  return `${owner === undefined ? "" : `Copyright ${owner}\n\n`}${await readBeside(file)}`;
}

function readBeside(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}
