/** Packs wslfwd for npm: the program, a script that starts it, and a dependency on the runtime. */
import manifest from "../../deno.json" with { type: "json" };
import { gatherLicenses } from "../release/licenses.ts";
import { bundleProgram, readCommit } from "../build/bundle.ts";
import { renderLauncher } from "./launcher.ts";
import { compress, packTar } from "../build/tar.ts";
import { REPOSITORY } from "../build/tool.ts";

/** What package.json says. `os` keeps it off machines where it could only fail. */
export function renderPackage(): string {
  const description = {
    name: "wslfwd",
    version: manifest.version,
    description: "Start a server in WSL2, and it is on your network",
    license: manifest.license,
    bin: { wslfwd: "launch" },
    files: ["launch", "wslfwd.js"],
    os: ["linux"],
    cpu: ["x64", "arm64"],
    dependencies: { deno: Deno.version.deno },
  };
  return `${JSON.stringify(description, null, 2)}\n`;
}

/** Makes the tarball in a folder and gives its path; the same bytes of the same commit. */
export async function buildNpm(folder: string): Promise<string> {
  const scratch = await Deno.makeTempDir({ prefix: "wslfwd-npm-" });
  try {
    // npm takes the first part of each name away, whatever it is.
    const content = `${scratch}/package`;
    await Deno.mkdir(content, { mode: 0o755 });
    await bundleProgram(`${content}/wslfwd.js`, { form: "npm", commit: await readCommit() });
    const texts: Readonly<Record<string, string>> = {
      "launch": renderLauncher(),
      "package.json": renderPackage(),
      "README.md": await Deno.readTextFile(new URL("README.md", REPOSITORY)),
      "LICENSE": await Deno.readTextFile(new URL("LICENSE", REPOSITORY)),
      "LICENSES.txt": await gatherLicenses(),
    };
    for (const [name, text] of Object.entries(texts)) await Deno.writeTextFile(`${content}/${name}`, text);
    for (const { name } of Deno.readDirSync(content)) {
      await Deno.chmod(`${content}/${name}`, name === "launch" ? 0o755 : 0o644);
    }
    await Deno.chmod(content, 0o755);
    await packTar(`${scratch}/package.tar`, scratch, ["package"]);
    const path = `${folder}/wslfwd-${manifest.version}.tgz`;
    await Deno.copyFile(await compress(`${scratch}/package.tar`), path);
    return path;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
