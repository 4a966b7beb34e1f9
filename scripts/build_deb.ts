/** Makes wslfwd a package for Debian and its relatives: `deno task build:deb [amd64|arm64] [FOLDER]`; it lands in dist/. */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { messageOf } from "../src/process/command.ts";
import { buildDeb } from "./package/deb.ts";
import { TARGETS } from "./build/target.ts";
import { REPOSITORY } from "./build/tool.ts";

if (import.meta.main) {
  try {
    const [
      machine = Deno.build.arch === "aarch64" ? "arm64" : "amd64",
      folder = `${REPOSITORY.pathname}dist`,
    ] = Deno.args;
    const target = { amd64: TARGETS.x86_64, arm64: TARGETS.aarch64 }[machine];
    if (target === undefined) throw new Error(`Cannot pack for ${machine}: there are amd64 and arm64`);
    await Deno.mkdir(folder, { recursive: true });
    const path = await buildDeb(folder, target);
    console.log(`${path}: ${(Deno.statSync(path).size / 1e6).toFixed(1)} MB`);
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(1);
  }
}
