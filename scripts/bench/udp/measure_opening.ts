import { Lab } from "../../../tests/simulated/lab.ts";
import { pause } from "../clocks.ts";

/** How long netsh takes, and each call of the firewall or of IP Helper by the helper, in milliseconds. The latter is a guess at a real Windows. */
export const NETSH_MS = 100, HELPER_MS = 5;

/** wslfwd changes rules at most five times a second. */
const PACED_MS = 450;

const FIRST_PORT = 22_000;

/** listen() -> a peer on the LAN has the whole answer, in milliseconds. */
export interface Opening {
  /** With `--helper all`. */
  readonly byHelper: readonly number[];
  /** With netsh alone. */
  readonly byNetsh: readonly number[];
}

/** Opens a service `count` times either way. */
export async function measureOpening(count: number): Promise<Opening> {
  return { byHelper: await measure(count, ["--helper", "all"]), byNetsh: await measure(count, []) };
}

async function measure(count: number, args: readonly string[]): Promise<number[]> {
  await using lab = await Lab.start({ latencyMs: { default: NETSH_MS, helper: HELPER_MS } });
  const program = lab.wslfwd(["--json", "--realtime=builtin", "--linger", "0", ...args]);
  await program.waitForEvent("engine", ({ engine }) => engine === "builtin");
  await program.waitForEvent("ready");
  while (args.length > 0 && !await makesRules(lab)) await pause(100);
  const found: number[] = [];
  // The first is a rehearsal.
  for (let i = 0; i <= count; i++) {
    const server = await lab.guest.listen(FIRST_PORT + i);
    const { at } = await lab.lan.waitForOpen(FIRST_PORT + i);
    found.push(at - server.listenAt);
    await pause(PACED_MS);
    await server.close();
    await pause(PACED_MS);
  }
  return found.slice(1);
}

async function makesRules(lab: Lab): Promise<boolean> {
  return JSON.parse((await lab.wslfwd(["status", "--json"]).exit).stdout).helper?.makesRules === true;
}
