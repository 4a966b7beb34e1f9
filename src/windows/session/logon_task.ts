import { OutputSyntaxError } from "../run/syntax_error.ts";

/** A task of Windows' scheduler that starts a program when a user logs on. */
export interface LogonTask {
  /** Windows path of the program. */
  readonly command: string;
  /** Its command line without itself. */
  readonly commandLine: string;
  /** The program in the guest that this starts, an absolute path; null where the task does not say. */
  readonly program: string | null;
  /** Whether it has its user's highest rights; else those of a program that somebody starts by hand. */
  readonly isElevated: boolean;
  /** How long after the logon, as XML writes a duration (`PT5S`); null for at once. */
  readonly delay: string | null;
}

/** A task as Windows has it. */
export interface StoredTask extends LogonTask {
  /** Whether nobody has switched it off. */
  readonly isEnabled: boolean;
}

const HIGHEST = "HighestAvailable", LEAST = "LeastPrivilege";

// Only of what is elevated: what merely boots the distro had better not boot it again after wsl --shutdown has ended it.
const RETRIES = `    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
`;

/**
 * The definition of a task for `schtasks /XML`: at the logon of one user, on battery too, without a time limit; an elevated
 * one three more times where it fails ([MS-TSCH] 2.5). ASCII, and no encoding is declared: what schtasks
 * makes of a file and what its first line says must agree. Throws RangeError for characters that XML cannot hold.
 */
export function formatLogonTask(sid: string, task: LogonTask): string {
  const { command, commandLine, program, isElevated, delay } = task;
  const delayLine = delay === null ? "" : `      <Delay>${escapeXml(delay)}</Delay>\n`;
  return `<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Makes what listens in WSL2 reachable from the network. Made by wslfwd autostart enable.</Description>
    <Documentation>${escapeXml(program ?? "")}</Documentation>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>${escapeXml(sid)}</UserId>
${delayLine}    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${escapeXml(sid)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>${isElevated ? HIGHEST : LEAST}</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <Enabled>true</Enabled>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
${isElevated ? RETRIES : ""}  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${escapeXml(command)}</Command>
      <Arguments>${escapeXml(commandLine)}</Arguments>
    </Exec>
  </Actions>
</Task>
`.replaceAll("\n", "\r\n");
}

/**
 * Reads what `schtasks /Query /XML` prints of such a task, in any language. Throws OutputSyntaxError where it is no task
 * that starts a program.
 */
export function parseLogonTask(output: string): StoredTask {
  const element = (name: string, within: string) =>
    new RegExp(`<${name}(?:\\s[^>]*)?>([^]*?)</${name}>`).exec(within)?.[1] ?? null;
  const program = element("Exec", output), settings = element("Settings", output) ?? "";
  const command = program === null ? null : element("Command", program);
  if (command === null) {
    throw new OutputSyntaxError("schtasks /Query /XML", 0, "a task that starts a program");
  }
  return {
    command: unescapeXml(command),
    commandLine: unescapeXml(element("Arguments", program!) ?? ""),
    program: unescapeXml(element("Documentation", element("RegistrationInfo", output) ?? "") ?? "") || null,
    // Least where it is left out ([MS-TSCH] 2.5.6).
    isElevated: (element("RunLevel", output) ?? LEAST).trim() === HIGHEST,
    delay: element("Delay", element("LogonTrigger", output) ?? "")?.trim() ?? null,
    isEnabled: (element("Enabled", settings) ?? "true").trim() === "true",
  };
}

/** Everything but plain ASCII as a number (XML 1.0, 4.1); line ends too, which a parser would make one of. */
function escapeXml(text: string): string {
  let escaped = "";
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    const isChar = codePoint >= 0x20
      ? !(codePoint >= 0xd800 && codePoint <= 0xdfff) && codePoint < 0xfffe ||
        codePoint > 0xffff
      : /[\t\n\r]/.test(character);
    if (!isChar) throw new RangeError(`Cannot write U+${codePoint.toString(16)} into a task of Windows`);
    escaped += /[ !#-%(-;=?-~]/.test(character) ? character : `&#${codePoint};`;
  }
  return escaped;
}

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(lt|gt|amp|quot|apos));/gi,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return NAMED[name] ?? whole;
      const codePoint = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
      return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : whole;
    },
  );
}
