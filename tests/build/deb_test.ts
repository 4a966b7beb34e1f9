/** The package for Debian: looked at by lintian, installed and removed by dpkg in the simulated network. */
import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { buildDeb } from "../../scripts/package/deb.ts";
import { findRuntime } from "../../scripts/build/runtime.ts";
import { type Target, TARGETS } from "../../scripts/build/target.ts";
import { REPOSITORY, runTool } from "../../scripts/build/tool.ts";
import { runCommand } from "../../src/process/command.ts";
import { lacks } from "../contract/needs.ts";
import { waitForHoldings } from "../end_to_end/holdings.ts";
import { playScenario } from "../end_to_end/scenario.ts";
import type { Lab } from "../simulated/lab.ts";
import { lacksProgram } from "./lacks_program.ts";

const HERE = TARGETS[Deno.build.arch], OTHER = TARGETS[Deno.build.arch === "x86_64" ? "aarch64" : "x86_64"];

/** Each package is built once: that takes longer than most of what is tried with it. */
const folder = Deno.makeTempDirSync(), packages = new Map<Target, Promise<string>>();
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

/** The path of the package for a machine, alone in its folder. */
function packageFor(target: Target): Promise<string> {
  const built = packages.get(target) ?? (async () => {
    const own = `${folder}/${target.architecture}`;
    await Deno.mkdir(own);
    return await buildDeb(own, target);
  })();
  packages.set(target, built);
  return built;
}

/** dpkg's folders of its own in the guest, which its namespace alone sees. */
const OWN_FOLDERS = `cd /run/guest; for folder in usr/lib usr/share var/lib/dpkg var/log; do
  mkdir -p "deb/up/$folder" "deb/work/$folder"
  mount -t overlay -o "lowerdir=/$folder,upperdir=/run/guest/deb/up/$folder,workdir=/run/guest/deb/work/$folder" overlay "/$folder"
done`;

Deno.test({
  name: "dpkg installs the package, which starts nothing, and removes it with the rules, or not at all",
  ignore: lacks("root") || lacksProgram("/usr/bin/dpkg", "dpkg"),
  fn: async () => {
    const path = await packageFor(HERE);
    await playScenario(async (lab) => {
      await lab.guest.run("/bin/sh", "-ec", OWN_FOLDERS);
      const installed = await dpkg(lab, "--install", path);
      equal(installed.code, 0, installed.stderr);
      match(
        installed.stdout,
        /^wslfwd: next, in a terminal that Windows runs as administrator: sudo wslfwd --realtime$/m,
      );
      same([await lab.windows.calls(), await ours(lab)], [[], []], "nothing was started");
      const version = await lab.guest.spawn(["wslfwd", "--version"], { uid: 1000 }).exit;
      match(version.stdout, /^wslfwd \S+ \(deb, commit \S+, deno \S+\)$/);

      await using _server = await lab.guest.listen(3000, { text: "the page" });
      const made = await lab.guest.spawn(["wslfwd", "--mode", "manual", "--port", "3000"]).exit;
      equal(made.code, 0, made.stderr);
      equal(await lab.lan.fetch(3000), "the page");
      const held = await ours(lab);

      await lab.windows.set({ isElevated: false });
      const refused = await dpkg(lab, "--remove", "wslfwd");
      equal(refused.code, 1);
      match(refused.stderr, /^wslfwd: not removed, as its rules on Windows could not be; /m);
      same(await ours(lab), held);
      equal((await lab.guest.spawn(["wslfwd", "--version"]).exit).code, 0, "it is still there");

      await lab.windows.set({ isElevated: true });
      const upgraded = await dpkg(lab, "--install", path);
      equal(upgraded.code, 0, upgraded.stderr);
      same(await ours(lab), held, "an upgrade keeps the rules");
      const removed = await dpkg(lab, "--remove", "wslfwd");
      equal(removed.code, 0, removed.stderr);
      await waitForHoldings(lab, []);
      const left = await lab.guest.spawn(["find", "/usr/lib/wslfwd", "/usr/bin/wslfwd"]).exit;
      equal(left.stdout, "", "nothing of it is left");
    });
  },
});

Deno.test({
  name: "try_contract.sh tries the facts by the package's Deno, and takes it away again",
  ignore: lacks("root") || lacksProgram("/usr/bin/dpkg", "dpkg") ||
    lacksProgram("/usr/bin/mcs", "mono-mcs") ||
    HERE.architecture !== "x86_64",
  fn: async () => {
    const path = await packageFor(HERE);
    await playScenario(async (lab) => {
      await lab.guest.run("/bin/sh", "-ec", OWN_FOLDERS);
      const script = `${REPOSITORY.pathname}scripts/try_contract.sh`;
      const words = [script, path.slice(0, path.lastIndexOf("/")), "/run/guest/contract.txt"];
      const { code, stdout, stderr } = await lab.guest.spawn(["/bin/sh", ...words]).exit;
      equal(code, 0, stdout + stderr);
      match(
        stdout,
        /^confirmed +helper: [^]*^\d+ confirmed, 0 otherwise, \d not possible here; \/run\/guest\/contract\.txt$/m,
      );
      const title = await lab.guest.spawn(["head", "-n", "1", "/run/guest/contract.txt"]).exit;
      match(title.stdout, /^# test:windows, Windows \S+, \S+, from WSL2, /);
      const left = await lab.guest.spawn(["find", "/usr/lib/wslfwd", "/usr/bin/wslfwd"]).exit;
      equal(left.stdout, "", "nothing of it is left");
    }, { afterKilledClient: "stops" });
  },
});

for (const target of [HERE, OTHER]) {
  Deno.test({
    name: `lintian has nothing to say of the package for ${target.architecture}`,
    ignore: lacksProgram("/usr/bin/lintian", "lintian"),
    fn: async () => {
      const path = await packageFor(target);
      const { exitCode, stdout } = await runCommand("/usr/bin/lintian", [
        "--allow-root",
        "--fail-on=error,warning",
        path,
      ], { timeoutMs: 300_000 });
      same([exitCode, new TextDecoder().decode(stdout)], [0, ""]);
    },
  });
}

Deno.test("the package for another machine says so, and has that machine's runtime unchanged", async () => {
  const path = await packageFor(OTHER);
  const field = await runTool("dpkg-deb", "/usr/bin/dpkg-deb", ["--field", path, "Architecture"]);
  equal(field.trim(), OTHER.architecture === "aarch64" ? "arm64" : "amd64");
  await runTool("dpkg-deb", "/usr/bin/dpkg-deb", ["--extract", path, `${folder}/content`]);
  const runtime = await findRuntime(OTHER);
  same(
    await runCommand("/usr/bin/cmp", [runtime, `${folder}/content/usr/lib/wslfwd/wslfwd`], {
      timeoutMs: 60_000,
    })
      .then(({ exitCode }) => exitCode),
    0,
  );
});

async function dpkg(lab: Lab, ...args: string[]) {
  // Without triggers: what the manual pages' index does with the machine's is none of this test's business.
  const words = ["dpkg", "--no-triggers", ...args];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  return await lab.guest.spawn(words, { env }).exit;
}

async function ours(lab: Lab): Promise<readonly unknown[]> {
  const { entries, rules } = await lab.windows.state();
  return [...entries, ...rules];
}
