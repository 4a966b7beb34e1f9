/** schtasks.exe, and what the scheduler does at a logon. The words are Microsoft's; what it prints is assumed. */
import type { Call } from "./calls.ts";
import { readWslArguments } from "./command_line.ts";
import { readScript } from "./drive.ts";
import type { Answer } from "./programs.ts";
import { TEXTS } from "./texts.ts";
import type { SimulatedWindows, StoredTask } from "./windows.ts";
import { Refusal } from "./words.ts";

/** What a task must say so that it serves: elements with their text. */
const NEEDED: readonly (readonly [element: string, text: string])[] = [
  ["LogonType", "InteractiveToken"],
  ["MultipleInstancesPolicy", "IgnoreNew"],
  ["DisallowStartIfOnBatteries", "false"],
  ["StopIfGoingOnBatteries", "false"],
  ["ExecutionTimeLimit", "PT0S"],
];

/** `RunLevel` by whether it is elevated ([MS-TSCH] 2.5.6). */
const RUN_LEVELS: ReadonlyMap<string | null, boolean> = new Map([
  ["HighestAvailable", true],
  ["LeastPrivilege", false],
]);

/** Runs `schtasks.exe /Create /TN … /XML … /F`, `/Query /TN … /XML`, `/Run /TN …` and `/Delete /TN … /F`. */
export async function runTaskScheduler(
  args: readonly string[],
  machine: SimulatedWindows,
  call: Call,
): Promise<Answer> {
  const [verb, tn, name, ...rest] = args;
  if (tn !== "/TN" || name === undefined || !/^[\w-]+$/.test(name)) throw new Refusal();
  const texts = TEXTS[machine.switches.language];
  const say = (text: string): Answer => ({ stdout: `${text.replace("%s", name)}\r\n`, exitCode: 0 });
  const fail = (text: string): Answer => ({ stdout: "", stderr: `${text}\r\n`, exitCode: 1 });
  if (verb !== "/Query" && verb !== "/Run" && !call.record.isElevated) return fail(texts.accessDenied);
  switch (verb) {
    case "/Create": {
      const [xmlOption, path, force, ...more] = rest;
      if (xmlOption !== "/XML" || path === undefined || force !== "/F" || more.length > 0) {
        throw new Refusal();
      }
      const lines = await readScript(path, machine);
      if (lines === null) return fail(texts.noTask);
      machine.tasks.set(name, readTask(name, lines.join("\r\n")));
      machine.changed();
      return say(texts.taskMade);
    }
    case "/Query": {
      const task = machine.tasks.get(name), what = rest.join(" ");
      if (what !== "/XML" && what !== "/V /FO CSV /NH") throw new Refusal();
      if (task === undefined) return fail(texts.noTask);
      if (what !== "/XML") return { stdout: `${lastRunRow(name, machine)}\r\n`, exitCode: 0 };
      const xml = task.xml.replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-16"?>');
      return { stdout: `${xml}\r\n`, exitCode: 0 };
    }
    case "/Run": {
      if (rest.length > 0) throw new Refusal();
      const task = machine.tasks.get(name);
      if (task === undefined) return fail(texts.noTask);
      launch(task, machine);
      return say(texts.taskStarted);
    }
    case "/Delete": {
      if (rest.join(" ") !== "/F") throw new Refusal();
      if (!machine.tasks.delete(name)) return fail(texts.noTask);
      machine.changed();
      return say(texts.taskDeleted);
    }
    default:
      throw new Refusal();
  }
}

/** The columns that are asked about, and those before them; what follows is assumed to be of no use. */
function lastRunRow(name: string, machine: SimulatedWindows): string {
  const result = machine.switches.taskResult,
    time = result === 267011 ? "11/30/1999 12:00:00 AM" : "11/25/2026 9:00:01 AM";
  const cells = [
    "DESKTOP-1",
    `\\${name}`,
    "N/A",
    "Ready",
    "Interactive only",
    time,
    String(result),
    "PC\\me",
    "conhost",
  ];
  return cells.map((cell) => `"${cell}"`).join(",");
}

/** Reads a definition as strictly as needed. Throws Refusal where it declares an encoding, or lacks something. */
function readTask(name: string, xml: string): StoredTask {
  const text = (element: string) => new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? null;
  if (!xml.startsWith('<?xml version="1.0"?>\r\n<Task version="1.2" ')) throw new Refusal(`task ${xml}`);
  for (const [element, wanted] of NEEDED) {
    if (text(element) !== wanted) throw new Refusal(`task: ${element} is ${text(element)}`);
  }
  const isElevated = RUN_LEVELS.get(text("RunLevel"));
  if (isElevated === undefined) throw new Refusal(`task: RunLevel is ${text("RunLevel")}`);
  if (isElevated && text("Interval") !== "PT1M") throw new Refusal("task: it is not started again");
  // A sequence: what stands in another order is refused ([MS-TSCH] 2.5.2, 2.5.3).
  const [, sid, delay] =
    /<LogonTrigger>\s*<Enabled>true<\/Enabled>\s*<UserId>(S-1-[\d-]+)<\/UserId>(?:\s*<Delay>PT(\d+)S<\/Delay>)?\s*<\/LogonTrigger>/
      .exec(xml) ?? [];
  const command = text("Command"), commandLine = text("Arguments");
  if (sid === undefined || command === null || commandLine === null) throw new Refusal(`task ${xml}`);
  const delayS = Number(delay ?? 0),
    commands = { command: decode(command), commandLine: decode(commandLine) };
  return { name, sid, ...commands, isElevated, delayS, xml };
}

function decode(text: string): string {
  return text.replace(/&#(\d+);/g, (_, digits) => String.fromCodePoint(Number(digits)));
}

/**
 * Starts what the tasks of the user start, without a window; whether the first of them, which boots the distro, is elevated;
 * null where there is none. In which order Windows starts what has the same delay is nowhere said: what is elevated comes first.
 */
export function logOn(machine: SimulatedWindows): boolean | null {
  const tasks = [...machine.tasks.values()].filter(({ sid }) => sid === machine.switches.sid);
  tasks.sort((a, b) => a.delayS - b.delayS || Number(b.isElevated) - Number(a.isElevated));
  for (const task of tasks) launch(task, machine);
  return tasks[0]?.isElevated ?? null;
}

function launch({ command, commandLine, isElevated }: StoredTask, machine: SimulatedWindows): void {
  const wsl = /^--headless "C:\\(?:Program Files\\WSL|Windows\\System32)\\wsl\.exe" (.*)$/s.exec(commandLine);
  const words = wsl === null ? null : readWslArguments(wsl[1]!);
  if (words === null || command !== "C:\\Windows\\System32\\conhost.exe") {
    machine.refuse(`a task starts: ${command} ${commandLine}`);
  } else machine.noteLaunch({ ...words, isElevated, isHidden: true });
}
