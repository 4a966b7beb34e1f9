import { deepStrictEqual as same, equal, match, throws } from "node:assert/strict";
import { formatLogonTask, parseLogonTask } from "../../../src/windows/session/logon_task.ts";

const SID = "S-1-5-21-1-2-3-1001", COMMAND = "C:\\Windows\\System32\\conhost.exe";

Deno.test("parseLogonTask reads what formatLogonTask writes, whatever the options hold", () => {
  const texts = [
    "",
    "a b",
    `<&>"'`,
    "]]>",
    "</Arguments>",
    "&#65;",
    "\t\n\r",
    "中文 é 🚀",
    "\ue000\u{10fffd}",
  ];
  for (const commandLine of texts) {
    const xml = formatLogonTask(SID, { command: COMMAND, commandLine });
    match(xml, /^[\r\n\x20-\x7e]*$/, "plain ASCII");
    same(parseLogonTask(xml), { command: COMMAND, commandLine, isEnabled: true });
  }
});

Deno.test("formatLogonTask declares no encoding, no time limit, and battery", () => {
  const xml = formatLogonTask(SID, { command: COMMAND, commandLine: "x" });
  for (
    const part of [
      '<?xml version="1.0"?>\r\n',
      "<RunLevel>HighestAvailable</RunLevel>",
      "<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>",
      "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>",
      "<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>",
      "<RestartOnFailure>",
    ]
  ) equal(xml.includes(part), true, part);
});

Deno.test("formatLogonTask refuses characters that XML cannot hold", () => {
  for (const text of ["\0", "\x1b", "\ud800", "\ufffe", "\uffff"]) {
    throws(() => formatLogonTask(SID, { command: COMMAND, commandLine: text }), RangeError);
  }
});

Deno.test("parseLogonTask sees that a task was switched off, and refuses what is none", () => {
  const xml = formatLogonTask(SID, { command: COMMAND, commandLine: "x" });
  const [before, after] = xml.split("<Settings>") as [string, string];
  const off = `${before}<Settings>${after.replace("<Enabled>true", "<Enabled>false")}`;
  equal(parseLogonTask(off).isEnabled, false);
  for (const text of ["", "ERROR: The system cannot find the file specified.", "<Task></Task>"]) {
    throws(() => parseLogonTask(text));
  }
});
