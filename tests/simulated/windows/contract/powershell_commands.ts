/** What only `deno task test:windows` asks of PowerShell. */
import type { Call } from "../calls.ts";
import type { FirewallRule } from "../model.ts";
import type { Answer } from "../programs.ts";
import type { SimulatedWindows } from "../windows.ts";

const ACL = "(Get-Acl -LiteralPath 'C:\\Windows\\wslfwd').Sddl";

const EDITION = "[Environment]::OSVersion.Version.ToString(); (Get-UICulture).Name";

const LANGUAGE = "$ExecutionContext.SessionState.LanguageMode";

const HYPER_V_RULES =
  /^@\(Get-NetFirewallHyperVRule -PolicyStore ActiveStore \| Where-Object LocalPorts -eq (\d+)\)\.Count$/;

const COM_RULE =
  /^\$p = New-Object -ComObject HNetCfg\.FwPolicy2; \$r = New-Object -ComObject HNetCfg\.FWRule; \$r\.Name = '([\w-]+)'; \$r\.Protocol = 6; \$r\.LocalPorts = '(\d+)'; \$r\.Profiles = 2; \$r\.Enabled = \$true; \$r\.Action = 1; \$a = Measure-Command \{ \$p\.Rules\.Add\(\$r\) \}; \$d = Measure-Command \{ \$p\.Rules\.Remove\('([\w-]+)'\) \}; \[int\]\$a\.TotalMilliseconds; \[int\]\$d\.TotalMilliseconds$/;

/**
 * The rights of a new folder in C:\Windows: those that are inherited there (assumed; TrustedInstaller is the first). On a
 * Windows where others may write, everybody who is logged on may change it.
 */
const USUAL_RIGHTS = "(A;OICIID;FA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)" +
  "(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;AC)";

const HOLD =
  /^\$l = \[Net\.Sockets\.TcpListener\]::new\(\[Net\.IPAddress\]::Loopback, (\d+)\); \$l\.Start\(\); Start-Sleep -Seconds (\d+); \$l\.Stop\(\)$/;

/** The answer to a command; null where it is none of these. */
export function answerContract(
  command: string,
  machine: SimulatedWindows,
  call: Call,
): Answer | Promise<Answer> | null {
  if (command === ACL) return showRights(machine);
  if (command === LANGUAGE) {
    return {
      stdout: `${machine.switches.constrainsPowershell ? "Constrained" : "Full"}Language\r\n`,
      exitCode: 0,
    };
  }
  if (command === EDITION) {
    // A version that no Windows has: nobody takes a transcript of this one for recorded.
    const culture = machine.switches.language === "zh" ? "zh-CN" : "en-US";
    return { stdout: `10.0.0.0\r\n${culture}\r\n`, exitCode: 0 };
  }
  const hold = HOLD.exec(command);
  if (hold !== null) return holdPort(Number(hold[1]), Number(hold[2]), machine, call);
  const copies = HYPER_V_RULES.exec(command);
  if (copies !== null) return countHyperVRules(Number(copies[1]), machine);
  const com = COM_RULE.exec(command);
  return com === null ? null : makeRuleByCom(com[1]!, com[2]!, com[3]!, machine, call);
}

function showRights({ switches }: SimulatedWindows): Answer {
  try {
    if (!Deno.statSync("/mnt/c/Windows/wslfwd").isDirectory) throw new Error("It is a file");
  } catch {
    return { stdout: "", stderr: "Get-Acl : Cannot find path 'C:\\Windows\\wslfwd'\r\n", exitCode: 1 };
  }
  const others = switches.sharesProtectedFolder ? "(A;OICIID;0x1301bf;;;AU)" : "";
  return { stdout: `O:BAG:DUD:AI${USUAL_RIGHTS}${others}\r\n`, exitCode: 0 };
}

/** Rules by port are copied; those for a program or a service are not (M, Microsoft's staff: microsoft/WSL#10714). */
function countHyperVRules(port: number, { rules, switches }: SimulatedWindows): Answer {
  const copied = rules.filter(({ localPorts, service, isEnabled, direction }) =>
    switches.copiesRulesToHyperV && service === undefined && isEnabled && direction === "in" &&
    localPorts.some(({ first, last }) => first === port && last === port)
  );
  return { stdout: `${copied.length}\r\n`, exitCode: 0 };
}

/** How long it takes is what it takes here: of Windows nobody has measured it yet. */
function makeRuleByCom(
  name: string,
  port: string,
  removed: string,
  machine: SimulatedWindows,
  call: Call,
): Answer {
  if (!call.record.isElevated) return { stdout: "", stderr: "Access is denied.\r\n", exitCode: 1 };
  const rule: FirewallRule = {
    name,
    direction: "in",
    action: "allow",
    protocol: "tcp",
    localPorts: [{ first: Number(port), last: Number(port) }],
    profiles: ["private"],
    remoteIps: ["any"],
    description: "",
    isEnabled: true,
  };
  const measure = (change: () => void) => {
    const started = performance.now();
    change();
    return Math.round(performance.now() - started);
  };
  const added = measure(() => machine.addRule(rule));
  // Remove(name) removes one of several of a name.
  const gone = measure(() => machine.deleteRules(machine.rulesNamed(removed).slice(0, 1)));
  return { stdout: `${added}\r\n${gone}\r\n`, exitCode: 0 };
}

/** Listens for some seconds, or until Windows ends it. */
async function holdPort(
  port: number,
  seconds: number,
  machine: SimulatedWindows,
  call: Call,
): Promise<Answer> {
  machine.startService({ port, address: "127.0.0.1", name: "powershell.exe" });
  try {
    await call.take(seconds * 1_000);
  } finally {
    machine.stopService(port);
  }
  return { stdout: "", exitCode: 0 };
}
