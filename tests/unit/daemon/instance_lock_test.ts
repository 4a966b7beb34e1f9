import { deepStrictEqual as equal } from "node:assert/strict";
import { SCENARIOS } from "./lock_scenarios.ts";

const SCRIPT = new URL("./lock_scenarios.ts", import.meta.url).pathname;

for (const name of SCENARIOS) {
  // The lock is an abstract socket, of which each network namespace has its own.
  Deno.test(`InstanceLock ${name}`, async () => {
    const { code, stderr } = await new Deno.Command("/usr/bin/unshare", {
      args: ["--net", Deno.execPath(), "run", "-A", SCRIPT, name],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    equal([code, code === 0 ? "" : new TextDecoder().decode(stderr)], [0, ""]);
  });
}
