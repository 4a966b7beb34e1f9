/** `reg.exe query` of the keys that wslfwd reads, and of the firewall's settings. */
import type { Call } from "./calls.ts";
import { writeRegistry } from "./contract/registry_writing.ts";
import { maskOf } from "./firewall.ts";
import type { FirewallRule } from "./model.ts";
import { queryFirewallSettings } from "./firewall_settings.ts";
import { familiesOf } from "./portproxy.ts";
import type { Answer } from "./programs.ts";
import { TEXTS } from "./texts.ts";
import { Refusal } from "./words.ts";
import type { SimulatedWindows } from "./windows.ts";

const RULES =
  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules";
const PORTPROXY = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\PortProxy";
const IPV6 = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters";

const COMPUTER_NAME = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName";

/** Where Windows says which folder is whose (Microsoft, "User Profiles"). */
const PROFILES = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList";

/** A value that every Windows has. */
const PROBE = "query HKLM\\SYSTEM\\CurrentControlSet\\Services\\iphlpsvc /v Start";

/** Runs `reg.exe`. */
export function runReg(args: readonly string[], machine: SimulatedWindows, call: Call): Answer {
  return args[0] === "add" || args[0] === "delete"
    ? writeRegistry(args, machine, call)
    : queryRegistry(args, machine);
}

function queryRegistry(args: readonly string[], machine: SimulatedWindows): Answer {
  const [verb, key, ...options] = args;
  const texts = TEXTS[machine.switches.language];
  if (verb !== "query") throw new Refusal();
  if (machine.switches.forbidsRegistry) {
    return { stdout: "", stderr: `${texts.registryForbidden}\r\n`, exitCode: 1 };
  }
  if (args.join(" ") === PROBE) {
    return {
      stdout: `\r\n${key!.replace("HKLM", "HKEY_LOCAL_MACHINE")}\r\n    Start    REG_DWORD    0x2\r\n\r\n`,
      exitCode: 0,
    };
  }
  if (key === COMPUTER_NAME && options.join(" ") === "/v ComputerName") {
    const row = "    ComputerName    REG_SZ    DESKTOP-ABC";
    return { stdout: `\r\n${key.replace("HKLM", "HKEY_LOCAL_MACHINE")}\r\n${row}\r\n\r\n`, exitCode: 0 };
  }
  if (key === `${PROFILES}\\${machine.switches.sid}` && options.join(" ") === "/v ProfileImagePath") {
    const row = "    ProfileImagePath    REG_EXPAND_SZ    C:\\Users\\Max Muster";
    return { stdout: `\r\n${key.replace("HKLM", "HKEY_LOCAL_MACHINE")}\r\n${row}\r\n\r\n`, exitCode: 0 };
  }
  let values: { name: string; data: string }[];
  if (key === RULES) {
    values = machine.rules.map((rule) => ({
      name: rule.guid,
      data: formatRule(rule, machine.switches.shufflesRegistry),
    }));
  } else if (key === PORTPROXY && options.join(" ") === "/s") {
    return queryPortproxy(machine);
  } else if (key === IPV6 && options.join(" ") === "/v DisabledComponents") {
    // Nobody has made the value where nobody ever touched it.
    if (machine.switches.hasIpv6) {
      return { stdout: "", stderr: `${texts.registryNotFound}\r\n\r\n`, exitCode: 1 };
    }
    const row = "    DisabledComponents    REG_DWORD    0xff";
    return { stdout: `\r\n${IPV6.replace("HKLM", "HKEY_LOCAL_MACHINE")}\r\n${row}\r\n\r\n`, exitCode: 0 };
  } else return queryFirewallSettings(key!, options, machine);
  const isSearch = options.length === 3 && options[0] === "/f" && options[2] === "/d";
  if (!isSearch && options.length > 0) throw new Refusal();
  if (isSearch) {
    const wanted = options[1]!.toLowerCase();
    values = values.filter(({ data }) => data.toLowerCase().includes(wanted));
  }
  const rows = values.map(({ name, data }) => `    ${name}    REG_SZ    ${data}\r\n`).join("");
  const title = `\r\n${key.replace("HKLM", "HKEY_LOCAL_MACHINE")}\r\n`;
  if (!isSearch) return { stdout: `${title}${rows}\r\n`, exitCode: 0 };
  const summary = `${texts.endOfSearch.replace("%n", `${values.length}`)}\r\n`;
  if (values.length === 0) return { stdout: summary, exitCode: 1 };
  return { stdout: `${title}${rows}\r\n${summary}`, exitCode: 0 };
}

/** Windows makes the key with the first entry, and one below it for each table. */
function queryPortproxy({ entries, switches }: SimulatedWindows): Answer {
  const key = PORTPROXY.replace("HKLM", "HKEY_LOCAL_MACHINE");
  if (entries.length === 0) {
    return { stdout: "", stderr: `${TEXTS[switches.language].registryNotFound}\r\n\r\n`, exitCode: 1 };
  }
  const tables = [...Map.groupBy(entries, familiesOf)].map(([families, table]) => {
    const rows = table.map(({ listenAddress, listenPort, connectAddress, connectPort }) =>
      `    ${listenAddress}/${listenPort}    REG_SZ    ${connectAddress}/${connectPort}\r\n`
    );
    return `\r\n${key}\\${families}\\tcp\r\n${rows.join("")}`;
  });
  return { stdout: `${tables.join("")}\r\n`, exitCode: 0 };
}

/** The text of a rule, by the grammar of [MS-GPFAS] 2.2.2.19. `isShuffled`: the parts in any order, as it allows. */
export function formatRule(rule: FirewallRule, isShuffled: boolean): string {
  const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
  const parts = [
    `Action=${capital(rule.action)}`,
    `Active=${rule.isEnabled ? "TRUE" : "FALSE"}`,
    `Dir=${capital(rule.direction)}`,
    ...(rule.protocol === "any" ? [] : [`Protocol=${rule.protocol === "tcp" ? 6 : 17}`]),
    ...(rule.profiles.length === 3 ? [] : rule.profiles.map((profile) => `Profile=${capital(profile)}`)),
    ...rule.localPorts.map(({ first, last }) =>
      first === last ? `LPort=${first}` : `LPort2_10=${first}-${last}`
    ),
    ...rule.remoteIps.flatMap((word) => {
      if (word === "any") return [];
      if (word === "localsubnet") return ["RA4=LocalSubnet", "RA6=LocalSubnet"];
      const prefix = /^(.*)\/(\d{1,2})$/.exec(word);
      return [`RA4=${prefix === null ? word : `${prefix[1]}/${maskOf(Number(prefix[2]))}`}`];
    }),
    ...(rule.service === undefined ? [] : [`App=${rule.program}`, `Svc=${rule.service}`]),
    `Name=${rule.name}`,
    ...(rule.description === "" ? [] : [`Desc=${rule.description}`]),
  ];
  if (isShuffled) {
    for (let i = parts.length - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [parts[i], parts[j]] = [parts[j]!, parts[i]!];
    }
  }
  return `v2.31|${parts.join("|")}|`;
}
