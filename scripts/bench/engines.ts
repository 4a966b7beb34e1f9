import type { Lab } from "../../tests/simulated/lab.ts";
import type { RunningProgram } from "../../tests/simulated/running_program.ts";

/** How long an engine may take until it is ready, in milliseconds. bpftrace takes 2 s, on a busy machine more. */
const START_TIMEOUT_MS = 40_000;

/** Something that follows the listeners of a guest, to be compared with others. */
export interface Engine {
  /** What tables call it. */
  readonly title: string;
  /** How often it looks, in milliseconds; null where the kernel tells it. */
  readonly intervalMs: number | null;
  /** Whether it is wslfwd. */
  readonly isWslfwd: boolean;
  /** What `--json` calls the engine once it is ready. */
  readonly name: string;
  /** The options of wslfwd. */
  readonly args: readonly string[];
}

/** wslfwd that is told by the kernel: a new engine is one line here. One that does not start is left out, and said. */
export const REALTIME_ENGINES: readonly Engine[] = [
  realtime("real time, bpftrace", "bpftrace"),
  realtime("real time, built in", "builtin"),
];

/** wslfwd that looks now and then. */
export const POLLING_ENGINES: readonly Engine[] = [polling("0.5"), polling("0.05")];

/** The model of the predecessor's loop, see predecessor.ts. */
export const PREDECESSOR: Engine = {
  title: "predecessor's loop",
  intervalMs: 500,
  isWslfwd: false,
  name: "netstat",
  args: [],
};

function realtime(title: string, name: string): Engine {
  return { title, intervalMs: null, isWslfwd: true, name, args: [`--realtime=${name}`] };
}

function polling(seconds: string): Engine {
  const title = `polling, ${seconds} s`;
  return {
    title,
    intervalMs: Number(seconds) * 1000,
    isWslfwd: true,
    name: "netlink",
    args: ["--interval", seconds],
  };
}

/** An engine that cannot run on this machine. */
export class EngineMissing extends Error {
  /** The class's name, for logs. */
  override readonly name = "EngineMissing";
}

/** Starts an engine in the guest and waits until it can miss nothing. Throws EngineMissing where it cannot start. */
export async function startEngine(
  lab: Lab,
  engine: Engine,
  options: readonly string[] = [],
): Promise<RunningProgram> {
  if (!engine.isWslfwd) {
    const script = new URL("predecessor.ts", import.meta.url).pathname;
    const program = lab.guest.spawn([
      Deno.execPath(),
      "run",
      "--allow-all",
      "--no-config",
      "--quiet",
      script,
    ]);
    await program.waitForLine(/^following/, START_TIMEOUT_MS);
    return program;
  }
  const program = lab.wslfwd([...engine.args, ...options, "--json"]);
  await program.waitForEvent("ready", () => true, START_TIMEOUT_MS);
  const isTold = (event: Record<string, unknown>) =>
    engine.intervalMs !== null || event.detail !== null || !isPolling(event);
  const event = await program.waitForEvent("engine", isTold, START_TIMEOUT_MS);
  if (engine.intervalMs === null && event.engine !== engine.name) {
    throw new EngineMissing(`${engine.title} does not start: ${event.detail ?? `it became ${event.engine}`}`);
  }
  return program;
}

function isPolling({ engine }: Record<string, unknown>): boolean {
  return engine === "netlink" || engine === "procfs";
}
