/** What wslfwd reads of Windows, by the readers that it reads it with, in this Windows' language (sections 3, 4, 6). */
import { parseExcludedPorts, showExcludedPorts } from "../../../src/windows/network/excluded_ports.ts";
import { parseLanAddress, PRINT_ROUTES } from "../../../src/windows/network/lan_address.ts";
import { parseAdapters, SHOW_ADAPTERS } from "../../../src/windows/network/adapters.ts";
import { parseServiceState } from "../../../src/windows/network/service_state.ts";
import { parseWindowsListeners, SHOW_LISTENERS } from "../../../src/windows/network/windows_listeners.ts";
import { parseTable } from "../../../src/windows/portproxy/table/portproxy_table.ts";
import {
  parseRegistryEntries,
  QUERY_ENTRIES,
} from "../../../src/windows/portproxy/table/portproxy_registry.ts";
import { parseProcessName, tasklistWords } from "../../../src/windows/run/process_name.ts";
import { parseWindowsUser, WHOAMI } from "../../../src/windows/session/windows_user.ts";
import { confirmed, type Fact, impossible, judge, otherwise } from "../fact.ts";
import type { World } from "../world.ts";

/** A fact whose program must end with 0 and be read; `describe` gives what was read in a few words, null for nothing. */
function reads(
  id: string,
  claim: string,
  program: string,
  args: readonly string[],
  describe: (stdout: string) => string | null,
): Fact {
  return {
    id,
    claim,
    attempt: async (world) => {
      const { exitCode, stdout, durationMs } = await world.run(program, ...args);
      if (exitCode !== 0) return otherwise(`exit ${exitCode}`);
      const read = describe(stdout);
      return read === null
        ? otherwise("nothing was found in it")
        : confirmed(`${read}; ${durationMs.toFixed(0)} ms`);
    },
  };
}

const POWERSHELL = "WindowsPowerShell/v1.0/powershell.exe";

/** Of sections 3, 4 and 6. */
export const READER_FACTS: readonly Fact[] = [
  reads(
    "read-netstat",
    "netstat shows who listens, with its process id",
    "netstat.exe",
    SHOW_LISTENERS,
    (text) => {
      const found = parseWindowsListeners(text);
      // RPC's endpoint mapper is on every Windows.
      return found.some(({ port }) => port === 135) ? `${found.length} listeners` : null;
    },
  ),
  reads(
    "read-service",
    "sc shows the state of IP Helper and its process",
    "sc.exe",
    ["queryex", "iphlpsvc"],
    (text) => {
      const { isRunning, pid } = parseServiceState(text);
      return isRunning && pid === null ? null : isRunning ? "it runs" : "it is stopped";
    },
  ),
  reads(
    "read-routes",
    "route shows Windows' address in the LAN",
    "route.exe",
    PRINT_ROUTES,
    (text) => parseLanAddress(text) === null ? null : "there is one",
  ),
  ...([4, 6] as const).map((family) =>
    reads(
      family === 4 ? "read-excluded" : "read-excluded-ipv6",
      `netsh shows the ports that Windows keeps by IPv${family}`,
      "netsh.exe",
      showExcludedPorts(family),
      (text) => {
        parseExcludedPorts(text);
        return "it can be read";
      },
    )
  ),
  reads(
    "read-adapters",
    "PowerShell shows each interface, its addresses and the kind of its network, in English",
    POWERSHELL,
    SHOW_ADAPTERS,
    (text) => {
      const found = parseAdapters(text);
      return found.some(({ profile }) => profile !== null)
        ? found.map(({ profile, isPhysical }) => `${profile ?? "no network"}${isPhysical ? " (card)" : ""}`)
          .join(", ")
        : null;
    },
  ),
  reads(
    "read-user",
    "whoami shows the user's SID, and whether it is elevated",
    "whoami.exe",
    WHOAMI,
    (text) => parseWindowsUser(text).isElevated ? "elevated" : "not elevated",
  ),
  reads(
    "read-net-session",
    "net session ends with 0 where it is elevated",
    "net.exe",
    ["session"],
    () => "it did",
  ),
  {
    id: "read-process-name",
    claim: "tasklist shows the name of the process that holds a port",
    attempt: async (world) => {
      const { stdout } = await world.run("netstat.exe", ...SHOW_LISTENERS);
      const pid = parseWindowsListeners(stdout).find(({ port }) => port === 135)?.pid;
      if (pid === undefined) return impossible("nothing listens on 135 here");
      const name = parseProcessName((await world.run("tasklist.exe", ...tasklistWords(pid))).stdout, pid);
      return name === null ? otherwise("no name was found") : confirmed(name);
    },
  },
  {
    id: "read-registry-entries",
    claim: "the registry holds the same entries as netsh shows",
    attempt: async (world) => {
      const port = await world.sparePort();
      world.undo(
        "netsh.exe",
        ..."interface portproxy delete v4tov4".split(" "),
        `listenport=${port}`,
        "listenaddress=127.0.0.1",
      );
      await world.netsh(
        `interface portproxy add v4tov4 listenport=${port} listenaddress=127.0.0.1 connectport=9 connectaddress=127.0.0.1`,
      );
      const shown = parseTable((await world.netsh("interface portproxy show v4tov4")).stdout);
      const held = parseRegistryEntries((await world.run("reg.exe", ...QUERY_ENTRIES)).stdout);
      const texts = ({ entries }: typeof shown) => entries.map((entry) => JSON.stringify(entry)).sort();
      return judge({
        "the same": texts(shown).join() === texts(held).join(),
        "ours among them": shown.entries.some(({ listen }) => listen.port === port),
      }, `${shown.entries.length} shown, ${held.entries.length} in the registry`);
    },
  },
];

/** What tells in which language and version of Windows all of that was seen; `unknown` where it cannot be read. */
export async function readEdition(world: World): Promise<string> {
  const { exitCode, stdout } = await world.powershell(
    "[Environment]::OSVersion.Version.ToString(); (Get-UICulture).Name",
  );
  const words = stdout.trim().split(/\s+/);
  return exitCode === 0 && words.length === 2
    ? `Windows ${words[0]}, ${words[1]}`
    : "Windows of unknown version";
}
