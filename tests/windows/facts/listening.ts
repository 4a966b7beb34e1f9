/** For which entries IP Helper listens, and that it forwards (facts of Windows, section 1). */
import { parseExcludedPorts, showExcludedPorts } from "../../../src/windows/network/excluded_ports.ts";
import { parseServiceState } from "../../../src/windows/network/service_state.ts";
import { parseWindowsListeners, SHOW_LISTENERS } from "../../../src/windows/network/windows_listeners.ts";
import { curlWords, parseCurlConnect } from "../../../src/windows/run/curl_connect.ts";
import { type Fact, impossible, judge } from "../fact.ts";
import type { World } from "../world.ts";
import { holdPort } from "./hold_port.ts";
import { rows, undoEntry } from "./portproxy.ts";

/** How often is looked whether a service has become what it was told to; each look is a start of sc.exe. */
const LOOKS = 40;

/** Makes an entry on loopback that leads to nowhere; whether netsh took it, and shows it. */
async function addEntry(world: World, port: number): Promise<{ exitCode: number | null; isShown: boolean }> {
  undoEntry(world, "v4tov4", port, "127.0.0.1");
  const { exitCode } = await world.netsh(
    `interface portproxy add v4tov4 listenport=${port} listenaddress=127.0.0.1 connectport=9 connectaddress=127.0.0.1`,
  );
  return { exitCode, isShown: (await rows(world, "v4tov4")).includes(`127.0.0.1 ${port} 127.0.0.1 9`) };
}

/** The processes that listen on a port of Windows. */
export async function holdersOf(world: World, port: number): Promise<number[]> {
  const { stdout } = await world.run("netstat.exe", ...SHOW_LISTENERS);
  return parseWindowsListeners(stdout).filter((each) => each.port === port).map(({ pid }) => pid);
}

async function readHelper(world: World): Promise<ReturnType<typeof parseServiceState>> {
  return parseServiceState((await world.run("sc.exe", "queryex", "iphlpsvc")).stdout);
}

/** Tells IP Helper to stop or to start, and looks until it has; whether it has. */
async function turnHelper(world: World, verb: "stop" | "start"): Promise<boolean> {
  await world.run("sc.exe", verb, "iphlpsvc");
  for (let look = 0; look < LOOKS; look++) {
    const { isRunning, pid } = await readHelper(world);
    // While it is still about to stop, it has a process.
    if (verb === "start" ? isRunning : !isRunning && pid === 0) return true;
  }
  return false;
}

/** Of section 1: who listens. */
export const LISTENING_FACTS: readonly Fact[] = [
  {
    id: "portproxy-forwards",
    claim:
      "IP Helper listens for an entry by the time that netsh has ended, and leads a connection to its target",
    attempt: async (world) => {
      const port = await world.sparePort();
      undoEntry(world, "v4tov4", port, "127.0.0.1");
      using server = world.serve();
      await world.netsh(
        `interface portproxy add v4tov4 listenport=${port} listenaddress=127.0.0.1 connectport=${server.port} connectaddress=${server.address}`,
      );
      const listeners = parseWindowsListeners((await world.run("netstat.exe", ...SHOW_LISTENERS)).stdout);
      const helper = parseServiceState((await world.run("sc.exe", "queryex", "iphlpsvc")).stdout);
      const holder = listeners.find((each) => each.port === port)?.pid;
      const curl = await world.run("curl.exe", ...curlWords("127.0.0.1", port));
      return judge({
        "IP Helper runs": helper.isRunning,
        "held by IP Helper": holder !== undefined && holder === helper.pid,
        "connected": parseCurlConnect(curl.stdout),
        "led to the target": await server.connected(),
      }, `curl exit ${curl.exitCode}`);
    },
  },
  {
    id: "portproxy-taken-port",
    claim: "an entry on a port that a program holds is kept and shown, and the program keeps the port",
    attempt: async (world) => {
      await using held = await holdPort(world);
      if (held === null) return impossible("nothing could be made to listen on Windows");
      const { exitCode, isShown } = await addEntry(world, held.port);
      const holders = await holdersOf(world, held.port);
      return judge({
        "exit 0": exitCode === 0,
        "shown": isShown,
        "its holder alone": holders.join() === `${held.pid}`,
      }, `exit ${exitCode}, ${holders.length} listeners`);
    },
  },
  {
    id: "portproxy-excluded-port",
    claim: "an entry on a port that Windows keeps is kept and shown, and IP Helper does not listen there",
    attempt: async (world) => {
      const excluded = parseExcludedPorts((await world.run("netsh.exe", ...showExcludedPorts(4))).stdout);
      // An administrator's reservation may be of a port that something listens on.
      const ports = [...`${excluded}`.matchAll(/\d+/g)].map(Number);
      for (const port of ports) {
        if ((await holdersOf(world, port)).length > 0) continue;
        const { exitCode, isShown } = await addEntry(world, port);
        const holders = await holdersOf(world, port);
        const checks = { "exit 0": exitCode === 0, "shown": isShown, "no listener": holders.length === 0 };
        return judge(checks, `port ${port}, exit ${exitCode}, ${holders.length} listeners`);
      }
      return impossible("Windows keeps no port that is free");
    },
  },
  {
    id: "portproxy-stopped-service",
    claim: "while IP Helper is stopped, entries are kept and nothing listens; it listens once it has started",
    attempt: async (world) => {
      if (!world.mayStopServices) {
        return impossible("stopping it would cut connections of others: --stop-services lets it");
      }
      if (!(await readHelper(world)).isRunning) return impossible("IP Helper does not run");
      const port = await world.sparePort();
      world.undo("sc.exe", "start", "iphlpsvc");
      if (!await turnHelper(world, "stop")) return impossible("it does not stop: something may depend on it");
      const { exitCode, isShown } = await addEntry(world, port);
      const stopped = await holdersOf(world, port), isBack = await turnHelper(world, "start");
      const { pid } = await readHelper(world);
      let isHeld = false;
      for (let look = 0; look < LOOKS && !isHeld; look++) {
        isHeld = (await holdersOf(world, port)).includes(pid);
      }
      return judge({
        "exit 0": exitCode === 0,
        "shown": isShown,
        "no listener while stopped": stopped.length === 0,
        "started again": isBack,
        "held by IP Helper then": isHeld,
      }, `exit ${exitCode}`);
    },
  },
];
