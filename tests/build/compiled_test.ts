/** What is made of a `deno compile` that makes no wslfwd. (With a true denort, check-build tests what it makes.) */
import { deepStrictEqual as same, equal, ok, rejects } from "node:assert/strict";
import { buildCompiled, NoCompileRuntime } from "../../scripts/build/compiled.ts";
import { stripRuntime, unzipOnly } from "../../scripts/build/compile_runtime.ts";
import { runTool } from "../../scripts/build/tool.ts";
import { lacksProgram } from "./lacks_program.ts";
import { TARGETS } from "../../scripts/build/target.ts";

async function buildWith(denort: string): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await buildCompiled(`${folder}/wslfwd`, TARGETS[Deno.build.arch], null, { DENORT_BIN: denort });
  } finally {
    equal([...Deno.readDirSync(folder)].length, 0, "nothing is left that somebody could take for wslfwd");
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("buildCompiled refuses a DENORT_BIN that is the whole of Deno: what it makes starts Deno's command line", async () => {
  await rejects(buildWith(Deno.execPath()), (error: Error) => {
    return error instanceof NoCompileRuntime &&
      /is DENORT_BIN a denort\?\): deno \d\S+ [^\n]*$/.test(error.message);
  });
});

Deno.test("buildCompiled says so where there is no runtime for compiling", async () => {
  await rejects(buildWith("/nonexistent/denort"), (error: Error) => {
    return error instanceof NoCompileRuntime && /^no runtime for compiling: ./.test(error.message);
  });
});

Deno.test({
  name: "stripRuntime takes the symbols away, and nothing where there are none",
  ignore: lacksProgram("/usr/bin/strip", "binutils") || lacksProgram("/usr/bin/objcopy", "binutils"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const runtime = `${folder}/denort`, target = TARGETS[Deno.build.arch];
      await runTool("objcopy", "/usr/bin/objcopy", [
        "--add-symbol=seen_by_debuggers=.text:0",
        "/bin/true",
        runtime,
      ]);
      const path = await stripRuntime(target, folder, { DENORT_BIN: runtime });
      ok(path !== null && Deno.statSync(path).size < Deno.statSync(runtime).size);
      await runTool(path, path, []);
      const empty = await Deno.makeTempDir({ dir: folder });
      equal(await stripRuntime(target, empty, { DENORT_BIN: path }), null, "nothing is left to take away");
      const none = await stripRuntime(target, empty, { DENORT_BIN: "", DENO_DIR: folder });
      equal(none, null, "Deno has not fetched one yet");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("unzipOnly unpacks the only file of an archive, packed or not, and refuses any other", async () => {
  const text = "denort ".repeat(99);
  for (const isPacked of [true, false]) {
    same(new TextDecoder().decode(await unzipOnly(await zipOf(text, isPacked))), text);
  }
  await rejects(unzipOnly(new TextEncoder().encode("#!/bin/sh\n".repeat(9))), /no zip archive of one file/);
  await rejects(unzipOnly(new Uint8Array(3)), /no zip archive of one file/);
});

/** An archive with sizes at its end alone, as programs write that do not know them before. */
async function zipOf(text: string, isPacked: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream();
  const packed = isPacked ? stream.pipeThrough(new CompressionStream("deflate-raw")) : stream;
  const data = new Uint8Array(await new Response(packed).arrayBuffer());
  const name = new TextEncoder().encode("denort"), local = 30 + name.length;
  const zip = new Uint8Array(local + data.length + 46 + name.length + 22), view = new DataView(zip.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(26, name.length, true);
  zip.set(name, 30);
  zip.set(data, local);
  const entry = local + data.length, end = entry + 46 + name.length;
  view.setUint32(entry, 0x02014b50, true);
  view.setUint16(entry + 10, isPacked ? 8 : 0, true);
  view.setUint32(entry + 20, data.length, true);
  view.setUint32(end, 0x06054b50, true);
  view.setUint16(end + 10, 1, true);
  view.setUint32(end + 16, entry, true);
  return zip;
}
