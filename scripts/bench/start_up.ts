import { runCommand } from "../../src/process/command.ts";
import { Lab } from "../../tests/simulated/lab.ts";
import { wallOffsetMs } from "./clocks.ts";
import type { ExecTrace } from "./exec_trace.ts";

const REPOSITORY = new URL("../..", import.meta.url).pathname;

/** Where `deno task build` puts the executable. */
const EXECUTABLE = `${REPOSITORY}dist/wslfwd`;

/** Where the self-extracting form unpacks itself for root. */
const CACHE = "/var/cache";

/** How long wslfwd takes to begin, in milliseconds each. */
export interface StartUp {
  /** `wslfwd --help`, from start to end. */
  readonly help: number[];
  /** Start -> the first netsh is a process. */
  readonly toNetsh: number[];
  /** The same where it was never started before; empty for what does not unpack itself. */
  readonly firstToNetsh: number[];
}

/** The built executable. */
export interface BuiltStartUp extends StartUp {
  /** Its size in MB. */
  readonly sizeMb: number;
}

/** Measures wslfwd from source. */
export async function measureStartUp(count: number, trace: ExecTrace | null): Promise<StartUp> {
  return await measure(
    [Deno.execPath(), "run", "--allow-all", "--quiet", `${REPOSITORY}main.ts`],
    count,
    trace,
  );
}

/** Measures dist/wslfwd; null where it was not built. */
export async function measureBuiltStartUp(
  count: number,
  trace: ExecTrace | null,
): Promise<BuiltStartUp | null> {
  let size: number;
  try {
    size = Deno.statSync(EXECUTABLE).size;
  } catch {
    return null;
  }
  const head = new TextDecoder("latin1").decode(await readHead(EXECUTABLE));
  const unpacks = head.startsWith("#!");
  const measured = await measure([EXECUTABLE], count, trace);
  const firstToNetsh: number[] = [];
  for (let i = 0; unpacks && i < Math.min(count, 5); i++) firstToNetsh.push(await measureFirstStart(trace));
  return { ...measured, firstToNetsh, sizeMb: size / 1e6 };
}

async function measure(argv: readonly string[], count: number, trace: ExecTrace | null): Promise<StartUp> {
  const help: number[] = [];
  for (let i = 0; i <= count; i++) {
    const { durationMs, exitCode } = await runCommand(argv[0]!, [...argv.slice(1), "--help"], {
      timeoutMs: 30_000,
    });
    if (exitCode !== 0) throw new Error(`${argv.join(" ")} --help ended with status ${exitCode}`);
    if (i > 0) help.push(durationMs);
  }
  // Windows answers at once here: what is asked of it before the first netsh is not what is measured.
  await using lab = await Lab.start();
  const toNetsh: number[] = [];
  for (let i = 0; i <= count; i++) {
    const ms = await timeStart(lab, argv, trace);
    if (i > 0) toNetsh.push(ms);
  }
  return { help, toNetsh, firstToNetsh: [] };
}

async function measureFirstStart(trace: ExecTrace | null): Promise<number> {
  await using lab = await Lab.start();
  await lab.guest.run("mount", "-t", "tmpfs", "tmpfs", CACHE);
  return await timeStart(lab, [EXECUTABLE], trace);
}

/** From the start of the program (and of nsenter, which adds 2 ms) until its first netsh. */
async function timeStart(lab: Lab, argv: readonly string[], trace: ExecTrace | null): Promise<number> {
  const offsetMs = wallOffsetMs();
  const startedAt = performance.timeOrigin + performance.now();
  const program = lab.guest.spawn([...argv, "--json"]);
  await program.waitForEvent("ready", () => true, 30_000);
  const starts = trace?.startsIn(lab.guest.initPid).map((ms) => ms + offsetMs) ??
    (await lab.windows.calls("netsh.exe")).map((call) => call.startedAt);
  const first = starts.find((at) => at > startedAt);
  await program.kill("SIGTERM");
  await program.exit;
  if (first === undefined) throw new Error("wslfwd is ready, and no netsh was started");
  return first - startedAt;
}

async function readHead(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(64);
  return head.subarray(0, await file.read(head) ?? 0);
}
