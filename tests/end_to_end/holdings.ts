/** What Windows holds, as lines that tests compare: each entry and each firewall rule is one. */
import { deepStrictEqual } from "node:assert/strict";
import { GUEST_ADDRESS } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import {
  type FirewallRule,
  type PortproxyEntry,
  USUAL,
  type WindowsState,
} from "../simulated/windows/model.ts";

/** How a port is forwarded, where it differs from the usual. */
export interface ForwardOptions {
  /** Whether Windows has IPv6, so that there is an entry for it, too. */
  readonly hasIpv6?: boolean;
  /** The one family that it is forwarded by, where Windows has both and one is taken. */
  readonly only?: "v4" | "v6";
  /** Whether only the firewall stands before the port. */
  readonly isDirect?: boolean;
  /** The port in the guest; default: the same as on Windows. */
  readonly guestPort?: number;
  /** The guest's address. */
  readonly to?: string;
  /** Windows' address; default 0.0.0.0. */
  readonly listenAddress?: string;
  /** The profiles, in the order in which the firewall has them; default `domain,private`. */
  readonly profiles?: string;
  /** Who may connect; default `localsubnet`. */
  readonly remoteIps?: string;
  /** Whose it is; default: the usual user's. */
  readonly owner?: string;
}

/** Eight hexadecimal digits that stand for a user. */
export async function ownerOf(sid: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sid)));
  return [...digest.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The usual user of the lab. */
export const OWNER: string = await ownerOf(USUAL.sid);

/** The entry and the firewall rule of a forwarded port. */
export function forwarding(port: number, options: ForwardOptions = {}): string[] {
  const { guestPort = port, to = GUEST_ADDRESS, listenAddress = "0.0.0.0", owner = OWNER } = options;
  const { profiles = "domain,private", remoteIps = "localsubnet", hasIpv6 = false, only } = options;
  const listens = [
    ...(only === "v6" ? [] : [`${listenAddress}:${port}`]),
    ...(hasIpv6 && only !== "v4" ? [`[::]:${port}`] : []),
  ];
  const target = options.isDirect === true ? "direct" : `${to}:${guestPort}`;
  const pairs = listens.map((listen) => `;${listen};${target}`);
  const tag = `wslfwd/2;${owner};tcp${pairs.join("")}`;
  return [
    ...listens.map((listen) => `entry ${listen} -> ${to}:${guestPort}`),
    `rule in allow tcp ${port} profiles ${profiles} from ${remoteIps}: ${tag}`,
  ];
}

/** The firewall rule of a port that is forwarded by UDP; its entry is the helper's. */
export function udpForwarding(port: number, options: ForwardOptions = {}): string {
  const { to = GUEST_ADDRESS, hasIpv6 = false } = options;
  const target = options.isDirect === true ? "direct" : `${to}:${port}`;
  const listens = [`0.0.0.0:${port}`, ...hasIpv6 ? [`[::]:${port}`] : []];
  const tag = `wslfwd/2;${OWNER};udp${listens.map((listen) => `;${listen};${target}`).join("")}`;
  return `rule in allow udp ${port} profiles domain,private from localsubnet: ${tag}`;
}

/** The usual entry and firewall rule of each of some ports. */
export function forwardings(ports: Iterable<number>, options: ForwardOptions = {}): string[] {
  return [...ports].flatMap((port) => forwarding(port, options));
}

/** An entry as a line. */
export function entryLine(entry: PortproxyEntry): string {
  const listen = entry.families?.startsWith("v6") ? `[${entry.listenAddress}]` : entry.listenAddress;
  const connect = entry.families?.endsWith("v6") ? `[${entry.connectAddress}]` : entry.connectAddress;
  return `entry ${listen}:${entry.listenPort} -> ${connect}:${entry.connectPort}`;
}

/** Everything that a Windows holds, in rising order. */
export function holdings(state: WindowsState): string[] {
  return [...state.entries.map(entryLine), ...state.rules.map(ruleLine)].sort();
}

function ruleLine(rule: FirewallRule): string {
  const ports = rule.localPorts.map(({ first, last }) => first === last ? first : `${first}-${last}`);
  const what = [rule.direction, rule.action, rule.protocol, ports.join(",") || "any"].join(" ");
  const isOn = rule.isEnabled ? "" : " off";
  const text = rule.description === "" ? rule.name : rule.description;
  return `rule ${what} profiles ${rule.profiles.join(",")} from ${rule.remoteIps.join(",")}${isOn}: ${text}`;
}

/** Resolves when Windows holds exactly this. Throws, and shows the difference, where it does not in time. */
export async function waitForHoldings(
  lab: Lab,
  wanted: readonly string[],
  timeoutMs: number = 30_000,
): Promise<WindowsState> {
  const lines = [...wanted].sort();
  const text = JSON.stringify(lines);
  const isWanted = (state: WindowsState) =>
    JSON.stringify(holdings(state)) === text && state.entries.every((entry) => entry.isListening);
  try {
    return await lab.windows.waitFor(isWanted, timeoutMs);
  } catch (error) {
    const state = await lab.windows.state();
    deepStrictEqual(holdings(state), lines, `Windows does not hold this after ${timeoutMs} ms`);
    throw error;
  }
}
