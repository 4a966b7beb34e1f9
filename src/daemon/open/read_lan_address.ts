import { parseAdapters, SHOW_ADAPTERS } from "../../windows/network/adapters.ts";
import { chooseLans, findIpv6, type Lan } from "../../windows/network/lan_address.ts";
import { parseRoutes, PRINT_ROUTES } from "../../windows/network/routes.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import type { WindowsPrograms } from "../../wsl/windows_programs.ts";

/** How long route.exe may take, in milliseconds: a dead interop answers after about 10 s. */
const ROUTES_MS = 15_000;

/** How long powershell.exe may take, in milliseconds: it only tells network cards from VPNs. */
const ADAPTERS_MS = 6000;

/** Where others in the network find Windows. */
export type FoundLan = Pick<Lan, "address" | "ipv6">;

/** The addresses of Windows that others type; null where it is in no network. Throws where it cannot be read. */
export async function readLanAddresses(programs: WindowsPrograms): Promise<FoundLan | null> {
  const read = async <T>(
    program: string,
    args: readonly string[],
    timeoutMs: number,
    parse: (text: string) => T,
  ) => {
    const { exitCode, stdout } = await programs.run(program, args, timeoutMs);
    if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}`);
    return parse(decodeOutput(stdout));
  };
  const powershell = "WindowsPowerShell/v1.0/powershell.exe";
  const [routes, adapters] = await Promise.all([
    read("route.exe", PRINT_ROUTES, ROUTES_MS, parseRoutes),
    read(powershell, SHOW_ADAPTERS, ADAPTERS_MS, parseAdapters).catch(() => null),
  ]);
  const lans = chooseLans(routes, adapters), [best] = lans;
  return best === undefined ? null : { address: best.address, ipv6: findIpv6(lans) };
}
