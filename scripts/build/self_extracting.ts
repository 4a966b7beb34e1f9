/** Packs wslfwd as a shell script with the Deno runtime behind it: where `deno compile` cannot get what it needs. */
import { RUNTIME_FLAGS } from "../../src/daemon/launch/self_command.ts";
import { bundleProgram } from "./bundle.ts";
import { findRuntime } from "./runtime.ts";
import { compress, packTar } from "./tar.ts";
import type { Target } from "./target.ts";
import { runTool } from "./tool.ts";
import template from "./self_extracting.sh" with { type: "text" };

/** What is packed. */
export interface Parts {
  /** wslfwd's version. */
  readonly version: string;
  /** The machine. */
  readonly target: Target;
  /** The path of the Deno runtime for it. */
  readonly runtime: string;
  /** The path of the bundled program. */
  readonly program: string;
}

/** What the script says about what is behind it. */
interface Contents {
  readonly version: string;
  readonly target: Target;
  /** SHA-256 of the runtime and of the program, in hexadecimal digits. */
  readonly runtimeSha256: string;
  readonly programSha256: string;
  /** What they take when they are unpacked, in bytes. */
  readonly unpackedBytes: number;
  /** How long the tar.gz is, in bytes. */
  readonly archiveBytes: number;
}

/** Bundles wslfwd and packs it into the file at `output`. Throws where the runtime cannot be had. */
export async function buildSelfExtracting(
  output: string,
  target: Target,
  version: string,
  commit: string | null,
): Promise<void> {
  const runtime = await findRuntime(target);
  const folder = await Deno.makeTempDir({ prefix: "wslfwd-build-" });
  try {
    const program = `${folder}/wslfwd.js`;
    await bundleProgram(program, { form: "self-extracting", commit });
    await packSelfExtracting(output, { version, target, runtime, program });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes the file at `output`; the same of the same parts, whoever makes it and when. */
export async function packSelfExtracting(output: string, parts: Parts): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wslfwd-pack-" });
  try {
    // The runtime's name is what ps(1) shows: wslfwd, not deno.
    const runtime = `${folder}/wslfwd`, program = `${folder}/wslfwd.js`;
    await Deno.copyFile(parts.runtime, runtime);
    await Deno.copyFile(parts.program, program);
    await Deno.chmod(runtime, 0o500);
    await Deno.chmod(program, 0o400);
    const archive = await packArchive(folder);
    const script = renderScript({
      version: parts.version,
      target: parts.target,
      runtimeSha256: await hashFile(runtime),
      programSha256: await hashFile(program),
      unpackedBytes: sizeOf(runtime) + sizeOf(program),
      archiveBytes: sizeOf(archive),
    });
    // A name of its own until it is whole: another file may be run from there meanwhile.
    const unfinished = `${output}.new`;
    await Deno.writeTextFile(unfinished, script);
    const file = await Deno.open(unfinished, { append: true });
    await (await Deno.open(archive)).readable.pipeTo(file.writable);
    await Deno.chmod(unfinished, 0o755);
    await Deno.rename(unfinished, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The script that stands before the archive. */
function renderScript(contents: Contents): string {
  // Where the archive begins depends on how many digits that takes.
  let script = "";
  for (let length = -1; length !== script.length;) {
    length = script.length;
    script = fillIn(contents, length);
  }
  return script;
}

function fillIn(contents: Contents, scriptBytes: number): string {
  const { target, runtimeSha256, programSha256 } = contents;
  const words: Readonly<Record<string, string>> = {
    VERSION: contents.version,
    ID: `${contents.version}-${runtimeSha256.slice(0, 8)}${programSha256.slice(0, 8)}`,
    ARCHITECTURE: target.architecture,
    LOADER: target.loader,
    RUNTIME_SHA256: runtimeSha256,
    PROGRAM_SHA256: programSha256,
    RUNTIME_FLAGS: RUNTIME_FLAGS.join(" "),
    UNPACKED_MB: String(Math.ceil(contents.unpackedBytes / 2 ** 20)),
    OFFSET: String(scriptBytes + 1),
    SIZE: String(scriptBytes + contents.archiveBytes),
  };
  return template.replace(/@([A-Z\d_]+)@/g, (_, name: string) => {
    const word = words[name];
    // Quoted or bare, no word may mean anything to a shell.
    if (word === undefined || !/^[\w./= -]+$/.test(word)) {
      throw new Error(`Cannot fill in @${name}@: ${word}`);
    }
    return word;
  });
}

/** The tar.gz behind the script. Gives its path. */
async function packArchive(folder: string): Promise<string> {
  const path = `${folder}/archive.tar`;
  await packTar(path, folder, ["wslfwd", "wslfwd.js"]);
  return await compress(path);
}

async function hashFile(path: string): Promise<string> {
  return (await runTool("sha256sum", "/usr/bin/sha256sum", ["--", path])).slice(0, 64);
}

function sizeOf(path: string): number {
  return Deno.statSync(path).size;
}
