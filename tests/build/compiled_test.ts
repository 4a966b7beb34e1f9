/** What is made of a `deno compile` that makes no wslfwd. (With a true denort, check-build tests what it makes.) */
import { equal, rejects } from "node:assert/strict";
import { buildCompiled, NoCompileRuntime } from "../../scripts/build/compiled.ts";
import { TARGETS } from "../../scripts/build/target.ts";

async function buildWith(denort: string): Promise<void> {
  const folder = await Deno.makeTempDir(), before = Deno.env.get("DENORT_BIN");
  Deno.env.set("DENORT_BIN", denort);
  try {
    await buildCompiled(`${folder}/wslfwd`, TARGETS[Deno.build.arch], null);
  } finally {
    if (before === undefined) Deno.env.delete("DENORT_BIN");
    else Deno.env.set("DENORT_BIN", before);
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
