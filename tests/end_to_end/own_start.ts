/** How a wslfwd starts itself again, whatever form the tests run. */

/** Where the program ends and its options begin: from source, unpacked, installed by a package manager, or one file. */
const PROGRAMS = [/^\/.*main\.ts$/, /^\/.*\/wslfwd\.js$/, /^\/.*\/launch$/, /^\/.*\/(wslfwd|built)$/];

/** What stands behind the program in a command that starts wslfwd again: its options. Throws where no program is in it. */
export function optionsOf(argv: readonly string[]): string[] {
  for (const program of PROGRAMS) {
    const index = argv.findIndex((word) => program.test(word));
    if (index !== -1) return argv.slice(index + 1);
  }
  throw new Error(`No wslfwd is started by ${argv.join(" ")}`);
}

/** What a wslfwd from source needs in its environment where others than the lab start it as root for a user. */
export function sourceEnvironment(): Record<string, string> {
  return (Deno.env.get("WSLFWD_EXECUTABLE") ?? "") === "" ? { DENO_DIR: "/run/guest/deno_dir" } : {};
}

/** The built file that is tested; empty where it is the source. */
export function builtFile(): string {
  return Deno.env.get("WSLFWD_BUILT_FILE") ?? Deno.env.get("WSLFWD_EXECUTABLE") ?? "";
}
