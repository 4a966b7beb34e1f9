/**
 * Makes wslfwd a package for npm, dist/wslfwd-<version>.tgz: `deno task build:npm [FOLDER]`. It holds the program, and
 * depends on npm's package `deno` of the version that builds it: the program needs Deno's FFI, so Node cannot run it.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { messageOf } from "../src/process/command.ts";
import { buildNpm } from "./package/npm.ts";
import { REPOSITORY } from "./build/tool.ts";

if (import.meta.main) {
  try {
    const [folder = `${REPOSITORY.pathname}dist`] = Deno.args;
    await Deno.mkdir(folder, { recursive: true });
    const path = await buildNpm(folder);
    console.log(`${path}: npm, ${(Deno.statSync(path).size / 1e6).toFixed(1)} MB`);
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(1);
  }
}
