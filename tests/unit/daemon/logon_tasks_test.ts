import { equal, match } from "node:assert/strict";
import { findBootFault, findDistro } from "../../../src/daemon/launch/logon_tasks.ts";
import type { StoredTask } from "../../../src/windows/session/logon_task.ts";

const WSL = '--headless "C:\\Program Files\\WSL\\wsl.exe"';
const BOOT: StoredTask = {
  command: "C:\\Windows\\System32\\conhost.exe",
  commandLine: `${WSL} -d Debian -u root -e "/usr/bin/env" "sleep" "240"`,
  program: null,
  isElevated: false,
  delay: null,
  isEnabled: true,
};
const START: StoredTask = {
  ...BOOT,
  commandLine: `${WSL} -d Debian -u root -e "/usr/bin/env" "/usr/bin/wslfwd" " -d Ubuntu "`,
  program: "/usr/bin/wslfwd",
  isElevated: true,
  delay: "PT5S",
};

Deno.test("findBootFault says why the distro is elevated, and nothing where only wslfwd is", () => {
  const faults: readonly (readonly [Partial<StoredTask> | null, Partial<StoredTask>, RegExp | null])[] = [
    [{}, {}, null],
    [{}, { delay: "PT1M" }, null],
    [null, { isEnabled: false }, null],
    // Made by a version that knew of one task, then by this one's and that one's in turn.
    [null, { delay: null }, /there is no task name that boots/],
    [{}, { delay: null }, /is not given time before wslfwd/],
    [{ isEnabled: false }, {}, /is switched off/],
    [{ isElevated: true }, {}, /is elevated itself/],
    [{ commandLine: BOOT.commandLine.replace("Debian", "Ubuntu") }, {}, /boots another distro/],
    [{ commandLine: "" }, {}, /boots another distro/],
  ];
  for (const [boot, start, expected] of faults) {
    const tasks = { boot: boot === null ? null : { ...BOOT, ...boot }, start: { ...START, ...start } };
    const fault = findBootFault(tasks, "name");
    if (expected === null) equal(fault, null);
    else match(fault!, expected);
  }
  equal(findBootFault({ start: null, boot: BOOT }, "name"), null);
});

Deno.test("findDistro takes the distro that wsl.exe is told, not what an option of wslfwd holds", () => {
  equal(findDistro(START.commandLine), "Debian");
  equal(findDistro("x"), null);
});
