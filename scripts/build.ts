/**
 * Makes wslfwd one file: `deno task build [--form compiled|self-extracting] [--target x86_64|aarch64] [--output FILE]`.
 * Without --form it is compiled, and self-extracting where the runtime for compiling cannot be had.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { messageOf } from "../src/process/command.ts";
import manifest from "../deno.json" with { type: "json" };
import { readCommit } from "./build/bundle.ts";
import { buildCompiled, NoCompileRuntime } from "./build/compiled.ts";
import { type BuildOptions, parseBuildOptions } from "./build/options.ts";
import { buildSelfExtracting } from "./build/self_extracting.ts";

/** Builds, and gives the form that it has become. Says in one line why it is not compiled where that was tried. */
export async function build({ form, target, output }: BuildOptions): Promise<"compiled" | "self-extracting"> {
  await Deno.mkdir(output.slice(0, output.lastIndexOf("/")), { recursive: true });
  const commit = await readCommit();
  if (form !== "self-extracting") {
    try {
      await buildCompiled(output, target, commit);
      return "compiled";
    } catch (error) {
      if (form === "compiled" || !(error instanceof NoCompileRuntime)) throw error;
      console.error(`Cannot compile, so it becomes self-extracting: ${error.message}`);
    }
  }
  await buildSelfExtracting(output, target, manifest.version, commit);
  return "self-extracting";
}

if (import.meta.main) {
  try {
    const options = parseBuildOptions(Deno.args);
    const form = await build(options);
    const size = (Deno.statSync(options.output).size / 1e6).toFixed(1);
    console.log(`${options.output}: ${form}, ${options.target.architecture}, ${size} MB`);
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(1);
  }
}
