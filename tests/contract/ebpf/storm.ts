/**
 * Opens and closes listeners as fast as the kernel allows and holds every event to what was done. Best run in a
 * network namespace of its own: `unshare --net sh -c 'ip link set lo up; deno run -A storm.ts OPTIONS'`, where the
 * options are those of Storm in JSON. Prints what came of it as JSON.
 */
import { BuiltinWake } from "../../../src/linux/ebpf/listen/builtin_wake.ts";
import { SockDiagListeners } from "../../../src/linux/netlink/sock_diag.ts";
import type { ListenEvent } from "../../../src/contracts/wake.ts";

/** What is done. */
export interface Storm {
  /** How often each of three programs opens and closes its listener. */
  readonly pairs: number;
  /** Of the ring. */
  readonly ringBytes: number;
  /** Whether our event loop stands still meanwhile, so that the ring must overflow. */
  readonly isBlocked: boolean;
}

/** What came of it. */
export interface StormResult {
  /** Changes that were made. */
  readonly changes: number;
  /** Events that were told. */
  readonly events: number;
  /** Events that were lost because the ring was full, by the program's count. */
  readonly lost: number;
  /** How often the kernel did not run the program, for whatever TCP socket of the machine. */
  readonly missed: number;
  /** Wakes that said so. */
  readonly lostWakes: number;
  /** The first events that are not what was done; where none was lost or missed, also those that came out of turn. */
  readonly torn: readonly string[];
  /** How often another timer got its turn while events came. */
  readonly turns: number;
  /** The longest that it had to wait, in milliseconds. */
  readonly longestWaitMs: number;
  /** Services that were open all the time, and are still found. */
  readonly services: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

const SCRIPT = new URL("./open_and_close.pl", import.meta.url).pathname;
const PATIENCE_MS = 2000;
const PROGRAMS = [
  { name: "first", family: 4, address: "127.11.11.11", port: 21111 },
  { name: "second-second", family: 4, address: "127.99.88.77", port: 52222 },
  { name: "third-of-sixtee", family: 6, address: "::1", port: 333 },
] as const;

async function run(storm: Storm): Promise<StormResult> {
  const wake = new BuiltinWake({ ringBytes: storm.ringBytes });
  const last = new Map<string, ListenEvent>();
  const result = { events: 0, lostWakes: 0 };
  const torn: string[] = [], outOfTurn: string[] = [];
  const check = (event: ListenEvent) => {
    result.events++;
    const before = last.get(event.address);
    last.set(event.address, event);
    if (isTorn(event)) torn.push(JSON.stringify(event));
    else if (isService(event)) return;
    else if (event.kind === (before?.kind ?? "close")) outOfTurn.push(JSON.stringify({ before, event }));
  };
  await wake.start(({ reason, events }) => {
    if (reason === "lost") result.lostWakes++;
    events.forEach(check);
  }, (reason) => {
    throw reason;
  });
  const services = Array.from({ length: 20 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const changes = services.length + 2 * storm.pairs * PROGRAMS.length;

  const startMs = performance.now();
  let turns = 0, longestWaitMs = 0, lastMs = startMs;
  const timer = setInterval(() => {
    turns++;
    longestWaitMs = Math.max(longestWaitMs, performance.now() - lastMs);
    lastMs = performance.now();
  });
  const commands = PROGRAMS.map(({ name, family, address, port }) =>
    new Deno.Command("perl", { args: [SCRIPT, name, `${family}`, address, `${port}`, `${storm.pairs}`] })
  );
  const outputs = storm.isBlocked
    ? commands.map((command) => command.outputSync())
    : await Promise.all(commands.map((command) => command.output()));
  const failed = outputs.find(({ success }) => !success);
  if (failed !== undefined) throw new Error(new TextDecoder().decode(failed.stderr));
  // Of what was missed nobody knows whose it was: then it is waited for until nothing comes any more.
  let patienceEndMs = performance.now() + PATIENCE_MS, count = result.events;
  while (result.events + wake.lostEvents < changes && performance.now() < patienceEndMs) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (result.events > count) patienceEndMs = performance.now() + PATIENCE_MS;
    count = result.events;
  }
  clearInterval(timer);
  const durationMs = Math.round(performance.now() - startMs);

  const listeners = new SockDiagListeners();
  const open = listeners.snapshot().filter(({ port }) =>
    services.some(({ addr }) => (addr as Deno.NetAddr).port === port)
  );
  listeners.close();
  for (const service of services) service.close();
  await wake.stop();
  return {
    ...result,
    changes,
    lost: wake.lostEvents,
    missed: wake.missedRuns,
    torn: (wake.lostEvents + wake.missedRuns === 0 ? [...torn, ...outOfTurn] : torn).slice(0, 10),
    turns,
    longestWaitMs,
    services: open.length,
    durationMs,
  };
}

function isService({ address }: ListenEvent): boolean {
  return address === "127.0.0.1";
}

/** Whether an event is none of those that can be. */
function isTorn(event: ListenEvent): boolean {
  const program = PROGRAMS.find(({ address }) => address === event.address);
  if (program === undefined) {
    return event.kind !== "open" || !isService(event) || event.programName !== "deno";
  }
  return event.family !== program.family || event.port !== program.port || event.inode === 0 ||
    event.programName !== (event.kind === "open" ? program.name : null);
}

if (import.meta.main) {
  const result = await run(JSON.parse(Deno.args[0]!));
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
}
