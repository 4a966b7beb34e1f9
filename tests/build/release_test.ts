/** The parts of build and release that need no built file. */
import { deepStrictEqual as same, equal, match, rejects, throws } from "node:assert/strict";
import { renderStamp } from "../../scripts/build/bundle.ts";
import { parseBuildOptions } from "../../scripts/build/options.ts";
import { findRuntime } from "../../scripts/build/runtime.ts";
import { checkMachine, TARGETS } from "../../scripts/build/target.ts";
import { REPOSITORY, runTool } from "../../scripts/build/tool.ts";
import { nameRelease } from "../../scripts/release.ts";
import { renderChanges } from "../../scripts/release/changes.ts";
import { gatherLicenses } from "../../scripts/release/licenses.ts";
import * as stamp from "../../src/daemon/launch/build_stamp.ts";
import { serveRuntime } from "./npm_registry.ts";

const HERE = TARGETS[Deno.build.arch];
const OTHER = TARGETS[Deno.build.arch === "x86_64" ? "aarch64" : "x86_64"];

Deno.test("parseBuildOptions builds for this machine into dist/wslfwd, else as it is told", () => {
  const dist = `${REPOSITORY.pathname}dist`;
  same(parseBuildOptions([]), { form: null, target: HERE, output: `${dist}/wslfwd` });
  same(parseBuildOptions(["--target", OTHER.architecture, "--form=self-extracting"]), {
    form: "self-extracting",
    target: OTHER,
    output: `${dist}/wslfwd-${OTHER.architecture}`,
  });
  equal(parseBuildOptions(["--output=/a=b"]).output, "/a=b");
  equal(parseBuildOptions(["--output", "x"]).output, `${Deno.cwd()}/x`);
  for (
    const args of [["--form", "zip"], ["--target=riscv64"], ["--target", "toString"], ["x", "y"], ["--form="]]
  ) {
    throws(
      () => parseBuildOptions(args),
      /^Error: Cannot build with .*: there are --form compiled\|self-extracting/,
    );
  }
  throws(() => parseBuildOptions(["--form"]), /^Error: --form takes a value$/);
});

Deno.test("renderStamp has the names of the module that it stands for", () => {
  const text = renderStamp({ form: "compiled", commit: null });
  same(
    [...text.matchAll(/^export const (\w+) = /gm)].map((found) => found[1]).sort(),
    Object.keys(stamp).sort(),
  );
});

Deno.test("checkMachine knows a program of its machine, and refuses anything else", async () => {
  await checkMachine(Deno.execPath(), HERE);
  await rejects(checkMachine(Deno.execPath(), OTHER), /: it is no program for /);
  await rejects(checkMachine(new URL(import.meta.url).pathname, HERE), /: it is no program for /);
  await rejects(checkMachine("/dev/null", HERE), /: it is no program for /);
});

Deno.test("findRuntime takes the Deno that runs, for another machine the npm package, if its hash is right", async () => {
  equal(await findRuntime(HERE), Deno.execPath());
  const machine = new Uint8Array([OTHER.elfMachine, 0]);
  const program = new Uint8Array([
    0x7f,
    0x45,
    0x4c,
    0x46,
    ...new Uint8Array(14),
    ...machine,
    ...new Uint8Array(44),
  ]);
  await using good = await serveRuntime(OTHER.runtimePackage, program);
  same(await Deno.readFile(await findRuntime(OTHER, good.env)), program);
  await using wrong = await serveRuntime(OTHER.runtimePackage, program, "sha512-" + btoa("x".repeat(64)));
  await rejects(
    findRuntime(OTHER, wrong.env),
    /Cannot get the Deno runtime for .*(checksum|integrity)/is,
  );
  await using foreign = await serveRuntime(
    OTHER.runtimePackage,
    new TextEncoder().encode("#!/bin/sh\n".repeat(9)),
  );
  await rejects(
    findRuntime(OTHER, foreign.env),
    /Cannot get the Deno runtime for .*: it is no program for /,
  );
  await using gone = await serveRuntime(OTHER.runtimePackage, program);
  await gone.stop();
  await rejects(
    findRuntime(OTHER, gone.env),
    /Cannot get the Deno runtime for .*; build where the npm registry /,
  );
});

Deno.test("nameRelease gives install.sh the place of its release, and only by a URL that a shell does not read", async () => {
  const install = await Deno.readTextFile(new URL("scripts/install.sh", REPOSITORY));
  equal(nameRelease(install, null), install);
  match(nameRelease(install, "https://example.test/a/v1/"), /^release_url=https:\/\/example\.test\/a\/v1$/m);
  for (
    const url of ["http://example.test", "https://example.test/$(id)", "https://a b", "https://x\ny", ""]
  ) {
    throws(() => nameRelease(install, url), /^Error: Cannot release at /);
  }
});

Deno.test("renderChanges lists what was done since, as text", () => {
  const text = renderChanges("1.2.0", "2026-01-31", "v1.1.0", ["Add *this*", "Mend <that> by #4"]);
  equal(text, "## 1.2.0 (2026-01-31)\n\nSince v1.1.0:\n\n- Add \\*this\\*\n- Mend \\<that\\> by \\#4\n");
  match(renderChanges("1.0.0", "2026-01-31", null, ["x"]), /^The first release\.$/m);
});

Deno.test("gatherLicenses has a text for each package that the program uses", async () => {
  const text = await gatherLicenses();
  const info = JSON.parse(await runTool("deno info", Deno.execPath(), ["info", "--json", "main.ts"]));
  const names = Object.keys(info.npmPackages).map((name) => name.replace(/@(?=[^@]*$)/, " "));
  const titles = text.split("\n").filter((_, i, lines) => /^=+$/.test(lines[i + 1] ?? ""));
  same(titles.slice(2), names);
  match(titles[0]!, /^wslfwd /);
  match(titles[1]!, /^Deno \d/);
});
