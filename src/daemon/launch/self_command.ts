import { FORM } from "./build_stamp.ts";

/**
 * Of V8: no optimizing compilers. wslfwd rests nearly always, and they cost it 8 to 14 MB of memory; what it does in
 * between takes as long without them (measured: listen() to the start of netsh).
 */
export const V8_FLAGS = "--v8-flags=--lite-mode";

/**
 * What the runtime is told besides the program. Nothing is looked for beside the program, in the current folder or on the
 * network. Compiled code is not kept between starts: it would be code that nobody checked, and it gains less than 2 ms.
 */
export const RUNTIME_FLAGS: readonly string[] = [
  "--allow-all",
  "--quiet",
  "--no-check",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--cached-only",
  "--no-code-cache",
  V8_FLAGS,
];

/**
 * What the runtime needs in its environment when it runs a program of the given folder: a place for its notes about
 * modules (without, 20 ms go into making them anew), and not to look for newer versions on the network.
 */
export function runtimeEnvironment(folder: string): string[] {
  return [`DENO_DIR=${folder}/state`, "DENO_NO_UPDATE_CHECK=1"];
}

/**
 * How to start what is installed, also after it was replaced by a newer version, in an empty environment: the file that the user
 * called where that unpacks itself (its script says which it is), else what {@link selfCommand} says.
 */
export function installedCommand(args: readonly string[]): string[] {
  const file = FORM === "self-extracting" ? Deno.env.get("WSLFWD_FILE") : undefined;
  return file?.startsWith("/") === true ? [Deno.realPathSync(file), ...args] : selfCommand(args);
}

/**
 * How to start this very program again, also in an empty environment: an absolute path and arguments.
 *
 * A self-extracting wslfwd starts again what runs now, from the folder that its script checked, not the file that the
 * user called: nobody but the user it runs as can write in that folder (root's: root alone), while the file may lie
 * where somebody else could change it. The script keeps that folder while a wslfwd runs from it. What a package manager
 * put in place is started by the script beside it (scripts/package/launch.sh).
 */
export function selfCommand(args: readonly string[]): string[] {
  if (FORM === "compiled") return [Deno.execPath(), ...args];
  const program = decodeURIComponent(new URL(Deno.mainModule).pathname);
  if (FORM === "source") return [Deno.execPath(), "run", "--allow-all", "--no-check", program, ...args];
  const folder = program.slice(0, program.lastIndexOf("/"));
  if (FORM === "npm" || FORM === "deb") return [`${folder}/launch`, ...args];
  const environment = runtimeEnvironment(folder);
  return ["/usr/bin/env", ...environment, Deno.execPath(), "run", ...RUNTIME_FLAGS, program, ...args];
}
