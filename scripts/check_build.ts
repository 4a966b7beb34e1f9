/**
 * Runs end-to-end tests against the built file, where there is nothing but it: `deno task check-build [FILE]`; FILE is
 * dist/wslfwd where none is named. Each start is as sudo leaves it (build/as_sudo.sh), and the folder that
 * root's self-extracting wslfwd unpacks into is an empty one. Needs root.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { messageOf, runCommand } from "../src/process/command.ts";
import { REPOSITORY } from "./build/tool.ts";
import { isRealRoot } from "./user_namespace.ts";

/**
 * Those that start wslfwd in nothing but the usual environment. What wslfwd makes of others is tested from source; here
 * it is about what a file is without its repository.
 */
const TESTS = ["tests/build/built_file.ts", "tests/end_to_end/forwarding_test.ts"];

/** In mounts of its own: the folder $1 is what root's caches are; then runs the rest. */
const WITH_CACHE = 'mount --bind "$1" /var/cache && shift && exec "$@"';

async function checkBuild(executable: string): Promise<number> {
  if (!isRealRoot()) throw new Error("This needs root: it makes namespaces, and a cache as root's");
  // Not in /tmp: the guest's programs, and who looks at the cache, must not pass a folder that all can write.
  const scratch = await Deno.makeTempDir({ dir: "/var/lib", prefix: "wslfwd-check-" });
  try {
    await Deno.chmod(scratch, 0o755);
    for (const name of ["cache", "empty"]) await Deno.mkdir(`${scratch}/${name}`, { mode: 0o755 });
    const start = `${scratch}/wslfwd`;
    const asSudo = new URL("scripts/build/as_sudo.sh", REPOSITORY).pathname;
    const words = ["/bin/sh", asSudo, `${scratch}/empty`, executable].map(quote).join(" ");
    await Deno.writeTextFile(start, `#!/bin/sh\nexec ${words} "$@"\n`);
    await Deno.chmod(start, 0o755);
    const withCache = [
      "--mount",
      "--propagation",
      "private",
      "/bin/sh",
      "-c",
      WITH_CACHE,
      "sh",
      `${scratch}/cache`,
    ];
    const version = await runCommand("/usr/bin/unshare", [...withCache, start, "--version"], {
      timeoutMs: 60_000,
    });
    const decoder = new TextDecoder();
    if (version.exitCode !== 0) {
      throw new Error(`${executable} does not start: ${decoder.decode(version.stderr)}`);
    }
    console.log(`Checking ${executable}: ${decoder.decode(version.stdout).trim()}`);
    const test = [Deno.execPath(), "test", "--no-check", "--frozen", "--allow-all", "--parallel", ...TESTS];
    const child = new Deno.Command("/usr/bin/unshare", {
      args: [...withCache, ...test],
      cwd: REPOSITORY,
      env: {
        WSLFWD_EXECUTABLE: start,
        WSLFWD_BUILT_FILE: executable,
        ...(Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" }),
      },
    }).spawn();
    return (await child.status).code;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

if (import.meta.main) {
  try {
    const [path = `${REPOSITORY.pathname}dist/wslfwd`] = Deno.args;
    const executable = await Deno.realPath(path).catch(() => {
      throw new Error(`There is no ${path}: make it by deno task build`);
    });
    Deno.exit(await checkBuild(executable));
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(1);
  }
}
