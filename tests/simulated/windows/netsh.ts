/** netsh.exe: single commands and scripts. */
import type { Call } from "./calls.ts";
import { readScript } from "./drive.ts";
import type { SimulatedWindows } from "./windows.ts";
import { runFirewall } from "./netsh_firewall.ts";
import { runPortproxy } from "./netsh_portproxy.ts";
import type { Answer } from "./programs.ts";
import { TEXTS, type Texts } from "./texts.ts";
import { Refusal, splitWords } from "./words.ts";

/** What became of one command. */
export interface LineOutcome {
  /** Whether netsh's exit status would be 0 for it alone. */
  readonly succeeded: boolean;
  /** What it prints. */
  readonly output: string;
}

/** Where a command runs. */
export interface NetshContext {
  /** The Windows that it changes. */
  readonly machine: SimulatedWindows;
  /** Whether it may. */
  readonly isElevated: boolean;
  /** What it says. */
  readonly texts: Texts;
}

/** Runs `netsh.exe` with these arguments. */
export async function runNetsh(call: Call, machine: SimulatedWindows): Promise<Answer> {
  const { netshNoise } = machine.switches;
  const answer = await runCommands(call, machine);
  return { ...answer, stdout: netshNoise === "" ? answer.stdout : `${netshNoise}\r\n${answer.stdout}` };
}

async function runCommands(call: Call, machine: SimulatedWindows): Promise<Answer> {
  const { args, isElevated } = call.record;
  const context: NetshContext = { machine, isElevated, texts: TEXTS[machine.switches.language] };
  if (args[0] !== "-f") {
    await call.begin(args.join(" "));
    const outcome = await runCounted(args, call, context);
    return { stdout: outcome.output, exitCode: outcome.succeeded ? 0 : 1 };
  }
  if (args.length !== 2) throw new Refusal(`netsh ${args.join(" ")}`);
  const lines = await readScript(args[1]!, machine);
  if (lines === null) {
    await call.begin(args.join(" "));
    return { stdout: `${context.texts.fileNotFound}\r\n\r\n`, exitCode: 1 };
  }
  call.record.script = lines;
  await call.begin(lines.join("\n"));
  let output = "", succeeded = true;
  for (const line of lines) {
    const words = splitWords(line);
    if (words.length === 0 || words[0]!.startsWith("#")) continue;
    const outcome = await runCounted(words, call, context);
    output += outcome.output;
    succeeded &&= outcome.succeeded;
  }
  return { stdout: output, exitCode: succeeded ? 0 : machine.switches.failedScriptExits };
}

/** Runs one command with the faults that are meant for it, and notes when it took effect. */
async function runCounted(words: readonly string[], call: Call, context: NetshContext): Promise<LineOutcome> {
  const { machine, texts } = context;
  const text = words.join(" ");
  const fault = machine.faults.take("netsh.exe", "line", text);
  if (machine.switches.lineMs > 0) await call.take(machine.switches.lineMs);
  if (fault === "hang") await call.hang();
  let outcome: LineOutcome;
  if (fault === "fail") outcome = { succeeded: false, output: `${texts.fileNotFound}\r\n\r\n` };
  else if (fault === "pretend") outcome = { succeeded: true, output: "\r\n" };
  else outcome = runLine(words, context);
  call.noteLine(text, outcome.succeeded);
  if (fault === "hang-after") await call.hang();
  return outcome;
}

/** Runs one command. What it does not know is refused and counted. */
function runLine(words: readonly string[], context: NetshContext): LineOutcome {
  const { machine, texts } = context;
  try {
    const [first, second, ...rest] = words;
    if (first === "interface" && second === "portproxy") return runPortproxy(rest, context);
    if (first === "advfirewall" && second === "firewall") return runFirewall(rest, context);
    const [, family, protocol] =
      /^interface ipv([46]) show excludedportrange protocol=(tcp|udp)$/.exec(words.join(" ")) ??
        [];
    if (family !== undefined) {
      return { succeeded: true, output: showExcludedRanges(protocol!, Number(family), context) };
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    machine.refuse(`netsh: ${error.message}`);
    return { succeeded: false, output: `\r\n${texts.badSyntax}\r\n\r\n` };
  }
  machine.refuse(`netsh: ${words.join(" ")}`);
  return { succeeded: false, output: `${texts.noCommand.replace("%s", words.join(" "))}\r\n` };
}

function showExcludedRanges(protocol: string, family: number, { machine, texts }: NetshContext): string {
  const { excludedRanges, excludedUdp } = machine.switches;
  const ranges = (protocol === "tcp" ? excludedRanges : excludedUdp).filter((range) =>
    (range.family ?? family) === family
  );
  const rows = ranges.map(({ first, last, isAdministered }) =>
    `${String(first).padStart(10)}  ${String(last).padStart(10)}     ${isAdministered ? "*" : " "}\r\n`
  );
  return `\r\n${texts.excludedRanges}\r\n\r\n${texts.startPort}    ${texts.endPort}      \r\n` +
    `----------    --------      \r\n${rows.join("")}\r\n* - Administered port exclusions.\r\n\r\n`;
}
