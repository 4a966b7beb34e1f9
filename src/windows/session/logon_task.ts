import { OutputSyntaxError } from "../run/syntax_error.ts";

/** A task of Windows' scheduler that starts a program when a user logs on. */
export interface LogonTask {
  /** Windows path of the program. */
  readonly command: string;
  /** Its command line without itself. */
  readonly commandLine: string;
  /** The program in the guest that this starts, an absolute path; null where the task does not say. */
  readonly program: string | null;
}

/**
 * The definition of a task for `schtasks /XML`: at the logon of one user, with that user's highest rights, on battery too,
 * without a time limit, three more times where it fails ([MS-TSCH] 2.5). ASCII, and no encoding is declared: what schtasks
 * makes of a file and what its first line says must agree. Throws RangeError for characters that XML cannot hold.
 */
export function formatLogonTask(sid: string, { command, commandLine, program }: LogonTask): string {
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
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${escapeXml(sid)}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>HighestAvailable</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <Enabled>true</Enabled>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
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
 * Reads what `schtasks /Query /XML` prints of such a task, in any language. `isEnabled`: nobody has switched it off. Throws
 * OutputSyntaxError where it is no task that starts a program.
 */
export function parseLogonTask(output: string): LogonTask & { readonly isEnabled: boolean } {
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
