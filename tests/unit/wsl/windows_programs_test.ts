import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { InteropSockets } from "../../../src/wsl/interop_sockets.ts";
import { InteropPrograms } from "../../../src/wsl/windows_programs.ts";

const OWN = "/run/WSL/9_interop", FIRST = "/run/WSL/1_interop";

/** Runs a netsh.exe that is this script. Returns how often it was started, and by which sockets. */
async function runScript(script: string): Promise<{ exitCode: number | null; sockets: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/netsh.exe`;
    await Deno.writeTextFile(file, `#!/bin/sh\necho "$WSL_INTEROP" >> ${folder}/started\n${script}\n`);
    await Deno.chmod(file, 0o700);
    const sockets = new InteropSockets(() => ({
      variable: OWN,
      parentPids: [],
      identify: (path) => [OWN, FIRST].includes(path) ? path : null,
    }));
    const exitCode = await new InteropPrograms(folder, sockets).run("netsh.exe", [], 10_000).then(
      (result) => result.exitCode,
      () => null,
    );
    return { exitCode, sockets: (await Deno.readTextFile(`${folder}/started`)).trim().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("InteropPrograms.run: what ends without a word may have done something, and is not run again", async () => {
  equal(await runScript("exit 1"), { exitCode: 1, sockets: [OWN] });
  equal(await runScript("echo; exit 1"), { exitCode: 1, sockets: [OWN] });
});

Deno.test("InteropPrograms.run: what Windows never started is run by the next socket, and by none twice", async () => {
  const dead = "echo 'UtilConnectVsock: connect failed 111' >&2; exit 1";
  equal(await runScript(dead), { exitCode: null, sockets: [OWN, FIRST] });
  const onlyOwnIsDead = `[ "$WSL_INTEROP" = ${OWN} ] || { echo done; exit 0; }; ${dead}`;
  equal(await runScript(onlyOwnIsDead), { exitCode: 0, sockets: [OWN, FIRST] });
});

Deno.test("InteropPrograms.run gives back what a program says that failed, whatever it ended with", async () => {
  equal(await runScript("echo 'The system cannot find the file specified.'; exit 1"), {
    exitCode: 1,
    sockets: [OWN],
  });
  await rejects(new InteropPrograms("/does/not/exist").run("netsh.exe", [], 1000));
});
