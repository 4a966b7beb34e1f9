/**
 * What must hold of a built file in particular; `deno task check-build` runs this, `deno task test` does not: it knows no
 * built file. WSLFWD_EXECUTABLE starts it as sudo does, WSLFWD_BUILT_FILE is the file itself.
 */
import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { type CommandResult, runCommand } from "../../src/process/command.ts";
import { startForwarder } from "../end_to_end/forwarder.ts";
import { forwardings, waitForHoldings } from "../end_to_end/holdings.ts";
import { scenario } from "../end_to_end/scenario.ts";
import { STRANGER } from "./packed.ts";

const START = Deno.env.get("WSLFWD_EXECUTABLE")!;
const FILE = Deno.env.get("WSLFWD_BUILT_FILE")!;
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** How long a first start may take where everybody wants the processor, in milliseconds. */
const TIMEOUT_MS = 60_000;

function run(path: string, args: readonly string[], cwd = "/"): Promise<CommandResult> {
  return runCommand(path, args, { timeoutMs: TIMEOUT_MS, cwd });
}

function textOf({ stdout, stderr }: CommandResult): readonly [string, string] {
  return [new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
}

Deno.test("The built file says which version, form and commit it is", async () => {
  const [stdout, stderr] = textOf(await run(START, ["--version"]));
  const version = Deno.version.deno.replaceAll(".", "\\.");
  const line = String
    .raw`^wslfwd \d+\.\d+\.\d+ \((compiled|self-extracting), commit \S+, deno ${version}\)\n$`;
  match(stdout, new RegExp(line));
  equal(stderr, "");
});

Deno.test("The built file prints what the source prints", async () => {
  for (const args of [["--help"], ["man"], ["completions", "bash"], ["--no-such-option"], ["--allow"]]) {
    const built = await run(START, args);
    const source = await run(Deno.execPath(), ["run", "--allow-all", "--quiet", MAIN, ...args]);
    same([built.exitCode, ...textOf(built)], [source.exitCode, ...textOf(source)], args.join(" "));
  }
});

Deno.test("The built file checks a config file, by modules that it loads late", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/config.json`, '{ "update_interval": "soon" }', { mode: 0o600 });
    const result = await run(START, ["--config", `${folder}/config.json`]);
    equal(result.exitCode, 2);
    match(textOf(result)[1], /^wslfwd: .*update_interval.*\n$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("The built file runs for a user without a home, without a network, in a folder of traps", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.chmod(folder, 0o755);
    for (const name of ["deno.json", "deno.lock", "package.json", ".npmrc", "import_map.json"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "{ trap");
    }
    await Deno.writeTextFile(`${folder}/.env`, "DENO_V8_FLAGS=--trap");
    await Deno.mkdir(`${folder}/cache`, { mode: 0o700 });
    await Deno.chown(`${folder}/cache`, STRANGER, STRANGER);
    const asStranger = ["/usr/bin/setpriv", `--reuid=${STRANGER}`, `--regid=${STRANGER}`, "--clear-groups"];
    const env = ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", `XDG_CACHE_HOME=${folder}/cache`];
    for (let start = 0; start < 2; start++) {
      const result = await run("/usr/bin/unshare", ["--net", ...asStranger, ...env, FILE, "status"], folder);
      const [stdout, stderr] = textOf(result);
      // Where this runs there is no WSL2: wslfwd itself says so.
      same([stdout, result.exitCode], ["", 3]);
      match(stderr, /^wslfwd: This is not WSL2 [^\n]*\n$/);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const args of [[], ["--realtime=builtin"]]) {
  scenario(`The built file ${args.join(" ")} leaves no rule when it is killed`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab, args);
    await waitForHoldings(lab, forwardings([3000]));
    await program.kill("SIGKILL");
    await waitForHoldings(lab, []);
    await program.exit;
  });
}
