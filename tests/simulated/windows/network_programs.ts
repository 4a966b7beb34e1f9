/** netstat.exe and route.exe. The layout is Windows'; which columns are how wide is assumed. */
import { listUdpSockets } from "./udp_sockets.ts";
import { SUBNETS } from "./sockets.ts";
import type { Answer } from "./programs.ts";
import { TEXTS } from "./texts.ts";
import { Refusal } from "./words.ts";
import type { SimulatedWindows } from "./windows.ts";

/** Runs `netstat.exe -ano`. */
export function showListeners(args: readonly string[], machine: SimulatedWindows): Answer {
  if (args.join(" ") !== "-ano") throw new Refusal();
  const texts = TEXTS[machine.switches.language];
  const row = (local: string, foreign: string, state: string, pid: number) =>
    `  TCP    ${local.padEnd(22)} ${foreign.padEnd(22)} ${state.padEnd(15)} ${pid}\r\n`;
  const isV6 = ({ address }: { address: string }) => address.includes(":");
  const [six, four] = [machine.listening.filter(isV6), machine.listening.filter((each) => !isV6(each))];
  const rows = four.map(({ address, port, pid }) =>
    row(`${address}:${port}`, "0.0.0.0:0", texts.listening, pid)
  );
  rows.push(row(`${SUBNETS[0]!.address}:52114`, "20.54.37.64:443", "ESTABLISHED", 4820));
  rows.push(row("127.0.0.1:52200", "127.0.0.1:52201", "TIME_WAIT", 0));
  rows.push(
    ...six.map(({ address, port, pid }) => row(`[${address}]:${port}`, "[::]:0", texts.listening, pid)),
    `  UDP    ${"0.0.0.0:5353".padEnd(22)} ${"*:*".padEnd(22)} ${"".padEnd(15)} 2100\r\n`,
    `  UDP    ${"[fe80::1c2d%12]:1900".padEnd(22)} ${"*:*".padEnd(22)} ${"".padEnd(15)} 5320\r\n`,
  );
  const udp = listUdpSockets([Deno.pid, ...machine.state.helperPids]);
  rows.push(
    ...udp.map(({ address, port, pid }) =>
      `  UDP    ${`${address}:${port}`.padEnd(22)} ${"*:*".padEnd(22)} ${"".padEnd(15)} ${pid}\r\n`
    ),
  );
  const head = "  Proto  Local Address          Foreign Address        State           PID";
  return { stdout: `\r\n${texts.activeConnections}\r\n\r\n${head}\r\n${rows.join("")}`, exitCode: 0 };
}

/** Runs `route.exe print -4`. */
export function printRoutes(args: readonly string[]): Answer {
  if (args.join(" ") !== "print -4") throw new Refusal();
  const line = "=".repeat(75);
  const [lan, wsl] = SUBNETS;
  const row = (...[destination, mask, gateway, address, metric]: string[]) =>
    `${destination!.padStart(17)}${mask!.padStart(17)}${gateway!.padStart(17)}${address!.padStart(17)}` +
    `${metric!.padStart(7)}\r\n`;
  const stdout = `${line}\r\nInterface List\r\n` +
    ` 12...a4 5e 60 c2 11 07 ......Intel(R) Wi-Fi 6 AX201\r\n` +
    ` 31...00 15 5d 2b 0c 01 ......Hyper-V Virtual Ethernet Adapter\r\n` +
    `  1...........................Software Loopback Interface 1\r\n${line}\r\n\r\n` +
    `IPv4 Route Table\r\n${line}\r\nActive Routes:\r\n` +
    `Network Destination        Netmask          Gateway       Interface  Metric\r\n` +
    row("0.0.0.0", "0.0.0.0", "10.8.0.1", "10.8.0.6", "4250") +
    row("0.0.0.0", "0.0.0.0", "192.168.50.254", lan!.address, "35") +
    row("127.0.0.0", "255.0.0.0", "On-link", "127.0.0.1", "331") +
    row("172.23.16.0", "255.255.240.0", "On-link", wsl!.address, "5256") +
    row("192.168.50.0", "255.255.255.0", "On-link", lan!.address, "291") +
    `${line}\r\nPersistent Routes:\r\n  None\r\n`;
  return { stdout, exitCode: 0 };
}
