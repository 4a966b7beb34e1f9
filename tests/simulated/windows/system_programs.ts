/** whoami.exe, net.exe and sc.exe. */
import type { Call } from "./calls.ts";
import type { Answer } from "./programs.ts";
import { TEXTS } from "./texts.ts";
import { Refusal } from "./words.ts";
import type { SimulatedWindows } from "./windows.ts";

/** Runs `whoami.exe` with `/user`, `/groups` or both. */
export function tellIdentity(args: readonly string[], machine: SimulatedWindows, call: Call): Answer {
  if (args.length === 0 || args.some((arg) => arg !== "/user" && arg !== "/groups")) throw new Refusal();
  const { isElevated } = call.record;
  const texts = TEXTS[machine.switches.language];
  let stdout = "";
  if (args.includes("/user")) {
    stdout += "\r\nUSER INFORMATION\r\n----------------\r\n\r\n" +
      table([["User Name", "SID"], ["desktop-7f3k2ab\\mia", machine.switches.sid]]);
  }
  if (args.includes("/groups")) {
    const usual = "Mandatory group, Enabled by default, Enabled group";
    stdout += "\r\nGROUP INFORMATION\r\n-----------------\r\n\r\n" + table([
      ["Group Name", "Type", "SID", "Attributes"],
      ["Everyone", "Well-known group", "S-1-1-0", usual],
      ...machine.switches.isStandardUser ? [] : [[
        "BUILTIN\\Administrators",
        "Alias",
        "S-1-5-32-544",
        isElevated ? `${usual}, Group owner` : "Group used for deny only",
      ]],
      ["NT AUTHORITY\\INTERACTIVE", "Well-known group", "S-1-5-4", usual],
      isElevated
        ? [texts.highLevel, "Label", "S-1-16-12288", ""]
        : [texts.mediumLevel, "Label", "S-1-16-8192", ""],
    ]);
  }
  return { stdout, exitCode: 0 };
}

/** Runs `net.exe session`. */
export function showPrivileges(args: readonly string[], _machine: SimulatedWindows, call: Call): Answer {
  if (args.join(" ") !== "session") throw new Refusal();
  if (call.record.isElevated) return { stdout: "There are no entries in the list.\r\n\r\n", exitCode: 0 };
  return {
    stdout: "",
    stderr: "System error 5 has occurred.\r\n\r\nAccess is denied.\r\n\r\n",
    exitCode: 2,
  };
}

/** Runs `sc.exe query iphlpsvc` and `sc.exe queryex iphlpsvc`. */
export function queryService(args: readonly string[], machine: SimulatedWindows): Answer {
  const [verb, service] = args;
  if (args.length !== 2 || (verb !== "query" && verb !== "queryex") || service !== "iphlpsvc") {
    throw new Refusal();
  }
  const texts = TEXTS[machine.switches.language];
  const isRunning = machine.switches.ipHelper !== "stopped";
  const line = (title: string, value: string) => `        ${title.padEnd(19)}: ${value}\r\n`;
  return {
    stdout: `\r\nSERVICE_NAME: iphlpsvc \r\n` +
      line("TYPE", "30  WIN32  ") +
      line(texts.state, isRunning ? `4  ${texts.running} ` : `1  ${texts.stopped} `) +
      (isRunning ? `${" ".repeat(32)}(STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n` : "") +
      line("WIN32_EXIT_CODE", "0  (0x0)") +
      line("SERVICE_EXIT_CODE", "0  (0x0)") +
      line("CHECKPOINT", "0x0") +
      line("WAIT_HINT", "0x0") +
      (verb === "queryex" ? line("PID", `${isRunning ? machine.portproxy.pid : 0}`) + line("FLAGS", "") : ""),
    exitCode: 0,
  };
}

/** Runs `tasklist.exe /FI "PID eq N" /FO CSV /NH`. What it says where there is no such process is assumed. */
export function listTasks(args: readonly string[], machine: SimulatedWindows): Answer {
  const filter = /^\/FI PID eq (\d+) \/FO CSV \/NH$/.exec(args.join(" "));
  if (filter === null || args.length !== 5) throw new Refusal();
  const pid = Number(filter[1]);
  const name = machine.processName(pid);
  if (name === null) return { stdout: `${TEXTS[machine.switches.language].noTasks}\r\n`, exitCode: 0 };
  return { stdout: `"${name}","${pid}","Services","0","12,345 K"\r\n`, exitCode: 0 };
}

/** Columns as wide as their widest word, under a line of `=`. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = widths.map((width) => "=".repeat(width)).join(" ");
  const [head, ...body] = rows.map((row) =>
    row.map((word, column) => word.padEnd(widths[column]!)).join(" ").trimEnd()
  );
  return [head, line, ...body].map((row) => `${row}\r\n`).join("");
}
