/** Root, or what stands for it. */
import { runCommand } from "../src/process/command.ts";

const ENTER = ["--user", "--map-root-user", "--fork", "--kill-child"];

/** Whether this is root of the whole machine, not only of a user namespace. */
export function isRealRoot(): boolean {
  const map = Deno.readTextFileSync("/proc/self/uid_map").trim().split(/\s+/);
  return Deno.uid() === 0 && map.join(" ") === "0 0 4294967295";
}

/**
 * Does nothing where namespaces can be made here. Else runs this script once more, as root of a user namespace, and
 * ends with its exit status. Throws where this machine lets users make no user namespaces.
 */
export async function ensureNamespaces(script: string, args: readonly string[]): Promise<void> {
  const probe = [
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--mount-proc",
    "mount",
    "-t",
    "tmpfs",
    "tmpfs",
    "/mnt",
  ];
  const canMake = async (words: readonly string[]) => {
    const { exitCode } = await runCommand("/usr/bin/unshare", [...words, ...probe], { timeoutMs: 10_000 });
    return exitCode === 0;
  };
  if (Deno.uid() === 0 && await canMake([])) return;
  if (Deno.uid() === 0 || !await canMake(["--user", "--map-root-user"])) {
    throw new Error(
      "This needs network namespaces, which this machine gives neither to you nor to your user namespaces: run it as " +
        "root (in a container: a privileged one)",
    );
  }
  const child = new Deno.Command("/usr/bin/unshare", {
    args: [...ENTER, Deno.execPath(), "run", "--allow-all", script, ...args],
    stdin: "inherit",
  }).spawn();
  // A Ctrl-C in the terminal reaches the child by itself, and we have to outlive it. What is sent to us alone ends it:
  // unshare(1) passes nothing on but its own death.
  Deno.addSignalListener("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => child.kill("SIGKILL"));
  }
  const { code } = await child.status;
  Deno.exit(code);
}
