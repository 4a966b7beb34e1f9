/**
 * How to start this very program again: the executable alone where it is a compiled one, else the runtime with the script
 * that it runs now.
 */
export function selfCommand(args: readonly string[]): string[] {
  if (Deno.build.standalone) return [Deno.execPath(), ...args];
  return [Deno.execPath(), "run", "--allow-all", "--no-check", new URL(Deno.mainModule).pathname, ...args];
}
