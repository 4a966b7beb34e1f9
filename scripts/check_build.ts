/**
 * Runs end-to-end tests against the built file: `deno task check-build [--quick] [FILE] [-- TEST...]`; FILE is dist/wslfwd where
 * none is named. First those of QUICK, where there is nothing but the file: each start is as sudo leaves it (build/as_sudo.sh),
 * and the folder that root's self-extracting wslfwd unpacks into is an empty one. Then, without --quick, every end-to-end test
 * (or TEST, as `deno test` takes it), where the file stands for the source. Needs root.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { messageOf, runCommand } from "../src/process/command.ts";
import { readCommit } from "./build/bundle.ts";
import { REPOSITORY } from "./build/tool.ts";
import { setUp } from "./setup.ts";
import { isRealRoot } from "./user_namespace.ts";

/** Those that start wslfwd in nothing but the usual environment, which is all that sudo leaves. */
const QUICK = ["tests/build/built_file.ts", "tests/end_to_end/forwarding_test.ts"];

/** All that there is, in whatever environment a test gives it. */
const WHOLE = ["tests/end_to_end"];

/** In mounts of its own: the folder $1 is what root's caches are; then runs the rest. */
const WITH_CACHE = 'mount --bind "$1" /var/cache && shift && exec "$@"';

/** What is checked. */
interface CheckOptions {
  /** Only as sudo starts it. */
  readonly isQuick: boolean;
  /** A path. */
  readonly file: string;
  /** What `deno test` gets in place of every end-to-end test. */
  readonly tests: readonly string[];
}

/** Resolves with the exit status: that of the first part that failed, else 0. */
async function checkBuild(executable: string, { isQuick, tests }: CheckOptions): Promise<number> {
  if (!isRealRoot()) throw new Error("This needs root: it makes namespaces, and a cache as root's");
  await setUp("test");
  // Not in /tmp: the guest's programs, and who looks at the cache, must not pass a folder that all can write.
  const scratch = await Deno.makeTempDir({ dir: "/var/lib", prefix: "wslfwd-check-" });
  try {
    await Deno.chmod(scratch, 0o755);
    for (const name of ["cache", "empty"]) await Deno.mkdir(`${scratch}/${name}`, { mode: 0o755 });
    const asSudo = `${scratch}/wslfwd`, script = new URL("scripts/build/as_sudo.sh", REPOSITORY).pathname;
    const words = ["/bin/sh", script, `${scratch}/empty`, executable].map(quote).join(" ");
    await Deno.writeTextFile(asSudo, `#!/bin/sh\nexec ${words} "$@"\n`);
    await Deno.chmod(asSudo, 0o755);
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
    const version = await readVersion(asSudo, withCache), commit = await readCommit();
    console.log(`Checking ${executable}: ${version}`);
    // What an older file does not know yet fails as if it were broken.
    if (!version.includes(`commit ${commit},`)) {
      console.log(`It is not of this commit, ${commit}: build it again where tests fail (deno task build)`);
    }
    const run = async (start: string, tests: readonly string[]): Promise<number> => {
      const test = [Deno.execPath(), "test", "--no-check", "--frozen", "--allow-all", "--parallel", ...tests];
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
    };
    // Who names tests wants those and no others.
    const asSudoCode = tests.length > 0 ? 0 : await run(asSudo, QUICK);
    if (isQuick || asSudoCode !== 0) return asSudoCode;
    return await run(executable, tests.length > 0 ? tests : WHOLE);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function readVersion(start: string, withCache: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand("/usr/bin/unshare", [
    ...withCache,
    start,
    "--version",
  ], {
    timeoutMs: 60_000,
  });
  const decoder = new TextDecoder();
  if (exitCode !== 0) throw new Error(`It does not start: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Reads the words of the command line. Throws for what there is not. */
function parseCheckOptions(args: readonly string[]): CheckOptions {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const words = args.slice(0, end), files = words.filter((word) => word !== "--quick");
  const [file = `${REPOSITORY.pathname}dist/wslfwd`] = files;
  if (files.length > 1 || file.startsWith("-")) {
    throw new Error(`Cannot check ${files.join(" ")}: there are [--quick] [FILE] [-- TEST...]`);
  }
  return { isQuick: words.includes("--quick"), file, tests: args.slice(end + 1) };
}

if (import.meta.main) {
  try {
    const options = parseCheckOptions(Deno.args);
    const executable = await Deno.realPath(options.file).catch(() => {
      throw new Error(`There is no ${options.file}: make it by deno task build`);
    });
    Deno.exit(await checkBuild(executable, options));
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(1);
  }
}
