import { askWsl } from "./ask_wsl.ts";

/** How WSL connects its guests, as `wslinfo --networking-mode` names it. `consomme` is what virtioproxy is called since 2.9. */
export type NetworkingMode = "nat" | "mirrored" | "bridged" | "virtioproxy" | "consomme" | "none" | "wsl1";

/** A mode, or that nothing tells which. */
export type PerhapsMode = NetworkingMode | "unknown";

/**
 * Whether nothing but Windows' firewall stands before the guest: in mirrored mode the guest is on Windows' own addresses; in
 * virtioproxy and consomme Windows itself binds what the guest binds.
 */
export function isDirectMode(mode: PerhapsMode): boolean {
  return mode === "mirrored" || isRelayedMode(mode);
}

/**
 * Whether WSL itself, as a program of Windows (dllhost.exe), listens there for what listens in the guest, on the same address
 * (read in WSL's source: src/windows/common/ConsommeNetworking.cpp; not verified for WSL 2.6.3 and earlier).
 */
export function isRelayedMode(mode: PerhapsMode): boolean {
  return mode === "virtioproxy" || mode === "consomme";
}

const MODES: readonly string[] = ["nat", "mirrored", "bridged", "virtioproxy", "consomme", "none", "wsl1"];
const TIMEOUT_MS = 15_000;

/** The mode that is in force. */
export interface FoundMode {
  /** Null where neither WSL nor the guest's network tells. */
  readonly mode: NetworkingMode | null;
  /** Whether it was told by WSL; else it is what the guest's network looks like. */
  readonly isTold: boolean;
}

/**
 * Finds the mode that is in force; `.wslconfig` only says what was wished for. `env`: see `interopEnvironment`. No answer of
 * wslinfo says nothing of the mode: it asks a thread of WSL's init that may be dead (microsoft/WSL#41592).
 */
export async function findNetworkingMode(
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<FoundMode> {
  const word = await askWsl("wslinfo", ["--networking-mode"], { timeoutMs: TIMEOUT_MS, env, signal });
  if (word !== null && MODES.includes(word)) return { mode: word as NetworkingMode, isTold: true };
  return { mode: guessNetworkingMode(await readInterfaces()), isTold: false };
}

/** A network interface of the guest. */
export interface Interface {
  /** `eth0`. */
  readonly name: string;
  /** The driver of its device; null where it has no device. */
  readonly driver: string | null;
}

/**
 * The mode by what the guest's network looks like (read in WSL's source): only mirrored has a `loopback0`; Hyper-V's network
 * card is nat's, a virtio one is that of consomme and virtioproxy. Null where it looks like none of them.
 */
export function guessNetworkingMode(interfaces: readonly Interface[]): NetworkingMode | null {
  if (interfaces.some(({ name }) => name === "loopback0")) return "mirrored";
  switch (interfaces.find(({ name }) => name === "eth0")?.driver) {
    case "hv_netvsc":
      return "nat";
    case "virtio_net":
      return "consomme";
    default:
      return null;
  }
}

const INTERFACES = "/sys/class/net";

async function readInterfaces(): Promise<Interface[]> {
  const found: Interface[] = [];
  try {
    for await (const { name } of Deno.readDir(INTERFACES)) {
      const link = await Deno.readLink(`${INTERFACES}/${name}/device/driver`).catch(() => null);
      found.push({ name, driver: link?.slice(link.lastIndexOf("/") + 1) ?? null });
    }
  } catch {
    // No /sys: nothing tells.
  }
  return found;
}
