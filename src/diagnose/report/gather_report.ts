import { askInstance } from "../../daemon/instance/instance_lock.ts";
import { findPrograms } from "../../daemon/open/open_windows.ts";
import type { Settings } from "../../config/settings.ts";
import { formatEndpoint } from "../../net/address.ts";
import { messageOf } from "../../process/command.ts";
import { FIREWALL_RULES_KEY } from "../../windows/firewall/firewall_registry.ts";
import { SHOW_ADAPTERS } from "../../windows/network/adapters.ts";
import { showExcludedPorts } from "../../windows/network/excluded_ports.ts";
import { PRINT_ROUTES } from "../../windows/network/routes.ts";
import { SHOW_LISTENERS } from "../../windows/network/windows_listeners.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import { WHOAMI } from "../../windows/session/windows_user.ts";
import { askWsl } from "../../wsl/ask_wsl.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";
import { attempt } from "../attempt.ts";
import { examineMachine } from "../doctor/examine_machine.ts";
import type { Finding } from "../finding.ts";
import { readGuest } from "../why/guest_facts.ts";
import { standIns } from "./stand_ins.ts";

/** How long one program may take, in milliseconds. */
const PROGRAM_MS = 30_000;

/** What is asked of Windows, one after the other: the times are of interest, too. */
const QUESTIONS: readonly (readonly [program: string, ...args: string[]])[] = [
  ["whoami.exe", ...WHOAMI],
  ["netsh.exe", "interface", "portproxy", "show", "all"],
  ["netsh.exe", ...showExcludedPorts(4)],
  ["netsh.exe", ...showExcludedPorts(6)],
  ["reg.exe", "query", FIREWALL_RULES_KEY, "/f", "wslfwd", "/d"],
  ["netstat.exe", ...SHOW_LISTENERS],
  ["sc.exe", "queryex", "iphlpsvc"],
  ["route.exe", ...PRINT_ROUTES],
  ["WindowsPowerShell/v1.0/powershell.exe", ...SHOW_ADAPTERS],
];

/**
 * What a maintainer needs to see of a machine, as text: versions, findings, mounts, sockets, each Windows program's output and
 * time, what the running wslfwd says. Names, SIDs and addresses are stand-ins. Hostile text: escape before showing. Never
 * rejects: what cannot be read says so in its place. `version`: what `--version` prints.
 */
export async function gatherReport(settings: Settings, version: string): Promise<string> {
  const sections: readonly (readonly [title: string, read: () => Promise<string>])[] = [
    ["wsl", readWsl],
    ["doctor", async () => (await examineMachine(settings)).map(formatFinding).join("\n")],
    ["mounts of Windows' drives", readMounts],
    ["listening sockets of the guest", () => readSockets(settings)],
    ["running wslfwd", readInstance],
    ["programs of Windows", readWindows],
  ];
  // A version looks like an address, and tells of nobody.
  const head = `${version.trimEnd()}\nkernel ${await readLine("/proc/sys/kernel/osrelease")}\n`;
  let body = "";
  for (const [title, read] of sections) {
    body += `\n## ${title}\n\n${(await read().catch(messageOf)).trimEnd()}\n`;
  }
  return head + standIns(body, knownNames());
}

function formatFinding({ check, mark, text, remedy }: Finding): string {
  return `${mark.padEnd(7)} ${check}: ${text}${remedy === null ? "" : ` (to mend it: ${remedy})`}`;
}

/** Names that are this user's and this machine's: they go wherever they stand. */
function knownNames(): string[] {
  const variables = ["USER", "LOGNAME", "SUDO_USER"].map((name) => Deno.env.get(name));
  const home = Deno.env.get("HOME")?.split("/").at(-1);
  const all = [...variables, home, Deno.hostname()];
  return all.filter((name) => name !== undefined && name !== "root" && name !== "localhost") as string[];
}

async function readWsl(): Promise<string> {
  const ask = async (option: string) => {
    const answer = await askWsl("wslinfo", [option], { timeoutMs: PROGRAM_MS }).catch(messageOf);
    return `wslinfo ${option}: ${answer?.trim() ?? "no answer"}`;
  };
  const release = await Deno.readTextFile("/etc/os-release").catch(() => "");
  const distro = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? "unknown";
  return [`distro: ${distro}`, await ask("--networking-mode"), await ask("--wsl-version")].join("\n");
}

async function readMounts(): Promise<string> {
  const lines = (await Deno.readTextFile("/proc/mounts")).split("\n");
  return lines.filter((line) => /\s(?:9p|drvfs|virtiofs)\s/.test(line)).join("\n") || "none";
}

async function readSockets(settings: Settings): Promise<string> {
  const { listeners, address } = await readGuest(settings);
  const lines = "error" in listeners
    ? [listeners.error]
    : listeners.value.map(({ address, port, program }) =>
      `${formatEndpoint(address, port)} ${program?.name ?? "unknown program"}`
    );
  return [`address: ${"error" in address ? address.error : address.value}`, ...lines].join("\n");
}

async function readInstance(): Promise<string> {
  const instance = await askInstance();
  return instance === null ? "none" : JSON.stringify(instance, null, 1);
}

async function readWindows(): Promise<string> {
  const programs = await findPrograms(), answers: string[] = [];
  for (const [program, ...args] of QUESTIONS) answers.push(await askProgram(programs, program, args));
  return answers.join("\n\n");
}

async function askProgram(
  programs: WindowsPrograms,
  program: string,
  args: readonly string[],
): Promise<string> {
  const title = `$ ${[program, ...args].join(" ")}`;
  const answer = await attempt(() => programs.run(program, args, PROGRAM_MS), 2 * PROGRAM_MS);
  if ("error" in answer) return `${title}\n# ${answer.error}`;
  const { exitCode, durationMs, stdout, stderr } = answer.value;
  const output = (decodeOutput(stdout) + decodeOutput(stderr)).replace(/\r\n?/g, "\n").trimEnd();
  return `${title}\n# exit ${exitCode}, ${durationMs.toFixed(0)} ms\n${output}`;
}

async function readLine(path: string): Promise<string> {
  return (await Deno.readTextFile(path).catch(messageOf)).trim();
}
