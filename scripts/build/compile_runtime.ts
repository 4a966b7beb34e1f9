/** The runtime that `deno compile` puts into its files, without what only a debugger reads: 84 MB instead of 108. */
import type { Target } from "./target.ts";
import { runTool, tell, type Variables } from "./tool.ts";
import { messageOf } from "../../src/process/command.ts";

/** Programs that can strip a program for a machine, the first that is there: binutils' for this one and for others, LLVM's. */
function strippers({ architecture }: Target): string[] {
  const own = architecture === Deno.build.arch ? ["/usr/bin/strip"] : [];
  return [...own, `/usr/bin/${architecture}-linux-gnu-strip`, "/usr/bin/llvm-strip"];
}

/**
 * Writes a stripped runtime into a folder and gives its path. Null where there is none to take yet (Deno fetches it when it
 * first compiles), no program to strip it with, or nothing to take away from it: then it is compiled as it is. `env`: what
 * Deno gets on top of the environment.
 */
export async function stripRuntime(
  target: Target,
  folder: string,
  env: Variables = {},
): Promise<string | null> {
  const strip = strippers(target).find(isFile);
  if (strip === undefined) return null;
  try {
    const found = await findRuntime(target, folder, env);
    if (found === null) return null;
    const path = `${folder}/stripped`;
    await runTool("strip", strip, ["--strip-all", "-o", path, found]);
    return Deno.statSync(path).size < Deno.statSync(found).size ? path : null;
  } catch (error) {
    tell(`The runtime is not stripped: ${messageOf(error)}`);
    return null;
  }
}

/** Where `deno compile` takes it from (see buildCompiled): a file, or a zip with that one file, which is unpacked. */
async function findRuntime(target: Target, folder: string, env: Variables): Promise<string | null> {
  const variable = (name: string) => env[name] ?? Deno.env.get(name);
  const named = variable("DENORT_BIN");
  if (named !== undefined && named !== "") return isFile(named) ? named : null;
  const cache = variable("DENO_DIR") ??
    `${variable("XDG_CACHE_HOME") ?? `${variable("HOME")}/.cache`}/deno`;
  const zip = `${cache}/dl/release/v${Deno.version.deno}/denort-${target.triple}.zip`;
  if (!isFile(zip)) return null;
  const path = `${folder}/denort`;
  await Deno.writeFile(path, await unzipOnly(await Deno.readFile(zip)), { mode: 0o755 });
  return path;
}

/**
 * The only file of a zip archive (PKWARE's APPNOTE 4.3: what the end of the archive says counts, as the beginning need not
 * have the sizes). Throws where it is another archive.
 */
export async function unzipOnly(zip: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length);
  const end = zip.length - 22;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50 || view.getUint16(end + 10, true) !== 1) {
    throw new Error("Cannot unpack the runtime: it is no zip archive of one file");
  }
  const entry = view.getUint32(end + 16, true);
  const method = view.getUint16(entry + 10, true), size = view.getUint32(entry + 20, true);
  const local = view.getUint32(entry + 42, true);
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const bytes = zip.subarray(start, start + size);
  if (method === 0) return bytes;
  if (method !== 8) throw new Error(`Cannot unpack the runtime: it is packed by method ${method}`);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
