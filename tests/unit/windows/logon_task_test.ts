import { deepStrictEqual as same, equal, match, throws } from "node:assert/strict";
import { NEVER, parseLastRun } from "../../../src/windows/session/last_run.ts";
import { formatLogonTask, parseLogonTask } from "../../../src/windows/session/logon_task.ts";

const START = { program: "/usr/local/bin/wslfwd", isElevated: true, delay: "PT5S" } as const;
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
    for (const rest of [START, { program: null, isElevated: false, delay: null }]) {
      const task = { command: COMMAND, commandLine, ...rest };
      const xml = formatLogonTask(SID, task);
      match(xml, /^[\r\n\x20-\x7e]*$/, "plain ASCII");
      same(parseLogonTask(xml), { ...task, isEnabled: true });
    }
  }
});

Deno.test("formatLogonTask declares no encoding, no time limit, and battery", () => {
  const xml = formatLogonTask(SID, { command: COMMAND, commandLine: "x", ...START });
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
    throws(() => formatLogonTask(SID, { ...START, command: COMMAND, commandLine: text }), RangeError);
  }
});

Deno.test("parseLogonTask sees that a task was switched off, and refuses what is none", () => {
  const xml = formatLogonTask(SID, { command: COMMAND, commandLine: "x", ...START });
  const [before, after] = xml.split("<Settings>") as [string, string];
  const off = `${before}<Settings>${after.replace("<Enabled>true", "<Enabled>false")}`;
  equal(parseLogonTask(off).isEnabled, false);
  for (const text of ["", "ERROR: The system cannot find the file specified.", "<Task></Task>"]) {
    throws(() => parseLogonTask(text));
  }
});

Deno.test("parseLogonTask reads which program of the guest the task starts", () => {
  const xml = formatLogonTask(SID, {
    ...START,
    command: COMMAND,
    commandLine: "x",
    program: "/usr/local/bin/a&b",
  });
  equal(parseLogonTask(xml).program, "/usr/local/bin/a&b");
});

Deno.test("parseLastRun reads when a task was started and how it ended, by the place in the row", () => {
  const row = (time: string, result: string) =>
    `\r\n"PC","\\wslfwd-1","N/A","就绪","Interactive ""only""","${time}","${result}","PC\\me","conhost"\r\n`;
  same(parseLastRun(row("2026/11/25 9:00:01", "0")), { time: "2026/11/25 9:00:01", result: 0 });
  same(parseLastRun(row("x", "-2147024894"))?.result, 0x80070002);
  same(parseLastRun(row("30/11/1999 00:00:00", "267011"))?.result, NEVER);
  same([parseLastRun(""), parseLastRun('"a","b"'), parseLastRun(row("x", "keine"))], [null, null, null]);
});

Deno.test("parseLogonTask takes a task without a level for one of least rights, and one without a delay for one at once", () => {
  const xml = formatLogonTask(SID, { ...START, command: COMMAND, commandLine: "x" });
  const bare = xml.replace(/<RunLevel>.*<\/RunLevel>/, "").replace(/<Delay>.*<\/Delay>/, "");
  const { isElevated, delay } = parseLogonTask(bare);
  same([isElevated, delay], [false, null]);
});

Deno.test("formatLogonTask has Windows try again only what is elevated", () => {
  const of = (isElevated: boolean) =>
    formatLogonTask(SID, { ...START, isElevated, command: COMMAND, commandLine: "x" });
  same([of(true).includes("<RestartOnFailure>"), of(false).includes("<RestartOnFailure>")], [true, false]);
  equal(of(false).includes("<RunLevel>LeastPrivilege</RunLevel>"), true);
});
