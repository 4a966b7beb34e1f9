/** The package for npm, installed from its tarball into empty prefixes, at work in the simulated network. */
import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { buildNpm } from "../../scripts/package/npm.ts";
import { runTool } from "../../scripts/build/tool.ts";
import manifest from "../../deno.json" with { type: "json" };
import { lacksProgram } from "./lacks_program.ts";
import { lacks } from "../contract/needs.ts";
import { runCommand } from "../../src/process/command.ts";
import { forwardings, waitForHoldings } from "../end_to_end/holdings.ts";
import { playScenario } from "../end_to_end/scenario.ts";
import { startForwarder } from "../end_to_end/forwarder.ts";
import type { SpawnOptions } from "../simulated/guest.ts";

/** Wherever who tests has it. */
const NPM = (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/npm`).find(isFile) ?? null;
const ignore = lacksProgram(NPM ?? "/usr/bin/npm", "npm") || lacks("root");

/** As sudo leaves it (env_reset, secure_path of sudoers(5)): a folder of npm's is in no PATH, nor WSL_INTEROP. */
const SUDO: SpawnOptions = {
  env: {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    WSL_INTEROP: undefined,
    SUDO_UID: "1000",
    SUDO_GID: "1000",
  },
};

/** Where a prefix may be: as nvm has it, in a folder of the user's; or as npm has it, in one of root's. */
const OWNERS = { "a user's prefix, as nvm's are": 1000, "root's prefix": 0 } as const;

/** A prefix of npm with nothing but wslfwd in it. */
class Prefix implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async install(owner: number): Promise<Prefix> {
    // Not in /tmp, which all can write: a trusted program is in no such folder.
    const folder = await Deno.makeTempDir({ dir: "/var/lib", prefix: "wslfwd-npm-" });
    await Deno.chmod(folder, 0o755);
    const tarball = await buildNpm(folder);
    // No script of any package is run: newer versions of npm ask before they run one.
    const words = ["install", "--global", "--ignore-scripts", "--no-fund", "--no-audit", "--prefix", folder];
    await runTool("npm", NPM!, [...words, tarball], { cwd: folder });
    await runTool("chown", "/usr/bin/chown", ["--recursive", "--no-dereference", `${owner}`, folder]);
    return new Prefix(folder);
  }

  get command(): string {
    return `${this.folder}/bin/wslfwd`;
  }

  get package(): string {
    return `${this.folder}/lib/node_modules/wslfwd`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

for (const [where, owner] of Object.entries(OWNERS)) {
  Deno.test({
    name:
      `the npm package in ${where} forwards for a user and for root, and leaves nothing when it is killed`,
    ignore,
    fn: async () => {
      await using prefix = await Prefix.install(owner);
      await playScenario(async (lab) => {
        lab.guest.install(prefix.command);
        const version = await lab.wslfwd(["--version"], { uid: 1000 }).exit;
        match(version.stdout, /^wslfwd \d+\.\d+\.\d+ \(npm, commit \S+, deno \d+\.\d+\.\d+\)$/);
        equal(version.stderr, "");
        await using _server = await lab.guest.listen(3000, { text: "the page" });
        // sudo finds neither prefix: its user is told what to type, and that works.
        const told = await lab.wslfwd(["--mode", "manual"], { uid: 1000 }).exit;
        match(
          told.stderr,
          /^wslfwd: sudo does not look where npm put wslfwd; as root it\s+starts by: sudo "\$\(command -v wslfwd\)"$/m,
        );
        const bySudo = `set -- "$(PATH=${prefix.folder}/bin command -v wslfwd)" --version; exec "$@"`;
        match((await lab.guest.spawn(["/bin/sh", "-c", bySudo], SUDO).exit).stdout, /^wslfwd \S+ \(npm, /);
        equal((await lab.guest.spawn(["/bin/sh", "-c", "command -v wslfwd"], SUDO).exit).stdout, "");
        equal((await lab.wslfwd(["--clean-rules"], SUDO).exit).code, 0);
        for (const options of [{ uid: 1000 }, SUDO]) {
          const program = await startForwarder(lab, [], options);
          await waitForHoldings(lab, forwardings([3000]));
          equal(await lab.lan.fetch(3000), "the page");
          await program.kill("SIGKILL");
          await waitForHoldings(lab, []);
          await program.exit;
        }
        const enabled = await lab.wslfwd(["autostart", "enable"], SUDO).exit;
        equal(enabled.code, 0, enabled.stderr);
        match(enabled.stdout, /wslfwd\/launch\b/);
        // What starts as root at each logon is only root's to change, or that is said.
        equal(/whoever can change wslfwd has root here/.test(enabled.stderr), owner !== 0);
      });
    },
  });
}

Deno.test({
  name:
    "the npm package finds its runtime where other package managers have it, and says so where there is none",
  ignore,
  fn: async () => {
    await using prefix = await Prefix.install(0);
    const modules = `${prefix.package}/node_modules`, start = () => run(prefix.command, ["--version"]);
    // npm lays all packages beside each other where it installs into a project.
    const beside = `${prefix.folder}/lib/node_modules`;
    await Deno.rename(`${modules}/@deno`, `${beside}/@deno`);
    equal((await start()).code, 0);
    // pnpm gives each package a folder of its own, with links to what it depends on.
    const store = `${prefix.folder}/store/node_modules`;
    await Deno.mkdir(store, { recursive: true });
    await Deno.rename(`${beside}/@deno`, `${store}/@deno`);
    await Deno.rename(`${modules}/deno`, `${store}/deno`);
    await Deno.symlink(`${store}/deno`, `${modules}/deno`);
    equal((await start()).code, 0);
    await Deno.remove(`${store}/@deno`, { recursive: true });
    const { code, stdout, stderr } = await start();
    same([code, stdout], [1, ""]);
    match(
      stderr,
      /^wslfwd: Cannot find the Deno runtime, npm's package @deno\/linux-\S+, for \S+: install again .*\n$/,
    );
  },
});

Deno.test("the npm package is the same bytes of the same commit, and names the runtime that built it", async () => {
  const folders = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    const [first, second] = await Promise.all(
      folders.map(async (folder) => Deno.readFileSync(await buildNpm(folder))),
    );
    same(first, second);
    const path = `${folders[0]}/wslfwd-${manifest.version}.tgz`;
    const text = await runTool("tar", "/usr/bin/tar", [
      "--extract",
      "--to-stdout",
      `--file=${path}`,
      "package/package.json",
    ]);
    const { dependencies, version, os } = JSON.parse(text);
    same([dependencies, version, os], [{ deno: Deno.version.deno }, manifest.version, ["linux"]]);
  } finally {
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
});

async function run(
  path: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await runCommand(path, args, { timeoutMs: 60_000, env: {} });
  const decoder = new TextDecoder();
  return { code: exitCode, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
