import type { Lab } from "../simulated/lab.ts";
import type { Switches } from "../simulated/windows/model.ts";

/** One reason why port 3000 does not answer on the LAN, and what `why` makes of it. */
export interface Cause {
  readonly cause: string;
  /** The link that fails. */
  readonly check: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
  /** What listens in the guest, as sockets.pl has it; null: nothing. Default: 0.0.0.0. */
  readonly socket?: string | null;
  /** How wslfwd is started; null: not at all. */
  readonly wslfwd?: readonly string[] | null;
  readonly before?: (lab: Lab) => Promise<unknown>;
  readonly after?: (lab: Lab) => Promise<unknown>;
  readonly switches?: Partial<Switches>;
  readonly args?: readonly string[];
}

/** Every cause that `why` can name, as it is produced and named. */
export const CAUSES: readonly Cause[] = [
  {
    cause: "nothing listens",
    check: "listener",
    says: /^nothing listens on TCP port 3000 in this VM$/,
    remedy: /ss -ltnp/,
    socket: null,
  },
  {
    cause: "the program is bound to loopback",
    check: "binding",
    says: /^it is bound to 127\.0\.0\.1 only: nothing outside this VM can reach it$/,
    remedy: /0\.0\.0\.0/,
    socket: "4 127.0.0.1 3000",
  },
  {
    cause: "the program takes IPv6 only",
    check: "binding",
    says: /IPv6 only/,
    remedy: /0\.0\.0\.0/,
    socket: "6 :: 3000 v6only",
  },
  {
    cause: "the program is bound to a docker bridge",
    check: "binding",
    says: /^it is bound to 172\.17\.0\.1, and Windows connects to 172\.23\.21\.232$/,
    remedy: /0\.0\.0\.0/,
    socket: "4 172.17.0.1 3000",
  },
  {
    cause: "the running wslfwd disallows the port",
    check: "policy",
    says: /disallowed \(--disallow-port\)/,
    remedy: /--allow-port 3000/,
    wslfwd: ["--disallow-port", "3000"],
  },
  {
    cause: "the options disallow the program",
    check: "policy",
    says: /the program is disallowed/,
    remedy: /--allow-port 3000/,
    wslfwd: null,
    args: ["--disallow", "perl"],
  },
  {
    cause: "the port has another number on Windows",
    check: "number",
    says: /^port 3000 of this guest is port 8080 on Windows \(--map\)$/,
    remedy: /^wslfwd why 8080$/,
    wslfwd: null,
    args: ["--map", "8080:3000"],
  },
  {
    cause: "Windows programs do not run",
    check: "windows",
    says: /interop does not answer/,
    remedy: /^wslfwd doctor$/,
    wslfwd: null,
    switches: { interop: "gone" },
  },
  ...["bridged", "none"].map((networkingMode): Cause => ({
    cause: `the network is in mode ${networkingMode}`,
    check: "mode",
    says: new RegExp(`in mode ${networkingMode}`),
    remedy: /networkingMode=nat/,
    wslfwd: null,
    switches: { networkingMode },
  })),
  {
    cause: "Windows reserves the port",
    check: "reserved",
    says: /^Windows reserves port 3000 /,
    remedy: /^wslfwd --map 8080:3000/,
    switches: { excludedRanges: [{ first: 2990, last: 3089 }] },
  },
  {
    cause: "a Windows program has the port",
    check: "occupant",
    says: /^on Windows, postgres\.exe \(process 4711\) has port 3000$/,
    remedy: /taskkill\.exe \/PID 4711\b.*--map 8080:3000/,
    before: (lab) => lab.windows.startService({ port: 3000, name: "postgres.exe", pid: 4711 }),
  },
  {
    cause: "somebody else has an entry",
    check: "entry",
    says: /did not make: \* *:3000 -> 10\.1\.2\.3:80$/,
    remedy: /delete v4tov4 listenport=3000 listenaddress=\*/,
    before: (lab) =>
      lab.windows.putEntry({
        listenAddress: "*",
        listenPort: "3000",
        connectAddress: "10.1.2.3",
        connectPort: "80",
      }),
  },
  {
    cause: "no wslfwd runs",
    check: "entry",
    says: /no wslfwd runs/,
    remedy: /^sudo wslfwd --realtime/,
    wslfwd: null,
  },
  {
    cause: "IP Helper is stopped",
    check: "forwarder",
    says: /is stopped$/,
    remedy: /^sc\.exe start iphlpsvc/,
    switches: { ipHelper: "stopped" },
  },
  {
    cause: "a firewall in the guest keeps Windows out",
    check: "guest",
    says: /^Windows cannot connect to 172\.23\.21\.232:3000: ufw in this guest keeps it out$/,
    remedy: /^sudo ufw allow 3000\/tcp$/,
    after: async (lab) => {
      await lab.guest.run("ip", "route", "add", "blackhole", "172.23.16.1/32");
      await overlay(lab, "/etc", "ufw/ufw.conf", "ENABLED=yes");
    },
  },
  {
    cause: "nftables in the guest keeps Windows out",
    check: "guest",
    says: /: nftables in this guest keeps it out$/,
    remedy: /^sudo nft insert rule inet filter input tcp dport 3000 accept/,
    after: async (lab) => {
      await lab.guest.run("ip", "route", "add", "blackhole", "172.23.16.1/32");
      const ruleset =
        "table inet filter { chain input { type filter hook input priority filter; policy drop; } }";
      await overlay(lab, "/usr/sbin", "nft", `#!/bin/sh\necho '${ruleset}'`);
    },
  },
  {
    cause: "the firewall's rule is gone",
    check: "entry",
    says: /has lost its firewall rule/,
    remedy: /wslfwd notices by itself/,
    after: async (lab) => {
      const [rule] = await lab.windows.rules();
      await lab.windows.deleteRules(rule!.name);
    },
  },
  {
    cause: "the firewall's rule is switched off",
    check: "rule",
    says: /^the firewall's rule for the port is switched off$/,
    remedy: /^wf\.msc, .*enable wslfwd-3000-/,
    after: async (lab) => {
      const [rule] = await lab.windows.rules();
      await lab.windows.deleteRules(rule!.name);
      await lab.windows.addRule({ ...rule!, isEnabled: false });
    },
  },
  {
    cause: "a group policy has the firewall ignore local rules",
    check: "firewall",
    says: /^a group policy .* in private networks$/,
    remedy: /administrator.*3000/,
    switches: { ignoresLocalRules: ["private"] },
  },
  {
    cause: "the firewall blocks all incoming connections",
    check: "firewall",
    says: /^the firewall keeps out everything in private networks/,
    remedy: /Blocks all incoming connections/,
    switches: { firewallShut: ["private"] },
  },
  {
    cause: "somebody's rule blocks the port",
    check: "blocks",
    says: /^the firewall's rule "no dev servers" keeps everybody out/,
    remedy: /disable "no dev servers"/,
    before: (lab) =>
      lab.windows.addRule({
        name: "no dev servers",
        action: "block",
        localPorts: [{ first: 3000, last: 3999 }],
      }),
  },
  {
    cause: "the network is Public",
    check: "network",
    says: /^Windows takes its network for public, where the rule does not hold$/,
    remedy: /Set-NetConnectionProfile -InterfaceIndex 12 -NetworkCategory Private .*wslfwd --profile any/,
    switches: { networkProfile: "public" },
  },
];

/** Puts a file, executable and root's, into a folder of the guest's. */
function overlay(lab: Lab, folder: string, path: string, text: string): Promise<void> {
  const place = `/run/guest/over${folder.replaceAll("/", "_")}`;
  const file = `${place}/upper/${path}`;
  const script =
    `mkdir -p ${place}/upper ${place}/work "$(dirname ${file})"; printf '%s\\n' "$1" >${file}; chmod 755 ${file}
    mount -t overlay -o lowerdir=${folder},upperdir=${place}/upper,workdir=${place}/work overlay ${folder}`;
  return lab.guest.run("/bin/sh", "-ec", script, "sh", text);
}
