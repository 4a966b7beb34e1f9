import { startProcess } from "../../../src/process/start_process.ts";
import { GUEST, type Network, WINDOWS } from "../../../tests/helper/network.ts";
import { PORT, type RelayKind } from "./relays.ts";

const LOAD = new URL("../../../tests/helper/udp_load.pl", import.meta.url).pathname;

/** Client and service are on the second processor, the relay on the first. */
const PINNED = ["/usr/bin/taskset", "-c", "1"] as const;

/** What was found of one relay. */
export interface UdpFigures {
  /** In the table. */
  readonly title: string;
  /** One datagram of 64 bytes there and back, in microseconds. */
  readonly ping: { readonly answered: number; readonly p50: number; readonly p99: number };
  /** Datagrams a second one way, of which none was lost; 0 where even the slowest rate loses some. */
  readonly oneWay: number;
  /** The same, there and back. */
  readonly echo: number;
  /** 1,000 clients with 20 datagrams each. */
  readonly sessions: { readonly answered: number; readonly wrong: number };
  /** RSS after that, in MB; null where the relay is many processes, or none. */
  readonly memoryMb: number | null;
}

/** How much is measured. */
export interface UdpSize {
  /** Datagrams of the latency. */
  readonly pings: number;
  /** Of each rate. */
  readonly seconds: number;
  /** Tried in turn until one loses something. */
  readonly rates: readonly number[];
}

/** Measures one relay in a network of its own; null where it is not installed. */
export async function measureRelay(
  kind: RelayKind,
  network: Network,
  size: UdpSize,
): Promise<UdpFigures | null> {
  const relay = await kind.start(network);
  if (relay === null) return null;
  const target = relay.pid === 0 ? GUEST : WINDOWS;
  const load = async <T>(...words: (string | number)[]): Promise<T> =>
    JSON.parse(await network.run(...PINNED, "/usr/bin/perl", LOAD, ...words.map(String)));
  const withService = async <T>(mode: "echo" | "sink", use: () => Promise<T>) => {
    const service = await startService(network, mode);
    const found = await use();
    return { found, said: await service.end() };
  };
  try {
    const { found: ping } = await withService(
      "echo",
      () => load<UdpFigures["ping"]>("ping", target, PORT, 64, size.pings, 0),
    );
    const { found: echo } = await withService("echo", () =>
      findRate(size.rates, async (rate) => {
        const { sent, back } = await load<Flood>("flood", target, PORT, 64, rate, size.seconds);
        return sent === back;
      }));
    const oneWay = await findRate(size.rates, async (rate) => {
      const { found, said } = await withService(
        "sink",
        () => load<Flood>("flood", target, PORT, 64, rate, size.seconds),
      );
      return (JSON.parse(said) as { received: number }).received === found.sent;
    });
    const { found: sessions } = await withService(
      "echo",
      () => load<UdpFigures["sessions"]>("sessions", target, PORT, 1000, 20),
    );
    const memoryMb = relay.pid === 0 || kind.title === "socat" ? null : await readRss(relay.pid);
    return { title: kind.title, ping, oneWay, echo, sessions, memoryMb };
  } finally {
    await relay.stop();
  }
}

interface Flood {
  readonly sent: number;
  readonly back: number;
}

/** The highest rate before the first that loses something. */
async function findRate(
  rates: readonly number[],
  isWhole: (rate: number) => Promise<boolean>,
): Promise<number> {
  let best = 0;
  for (const rate of rates) {
    if (!await isWhole(rate)) break;
    best = rate;
  }
  return best;
}

async function startService(network: Network, mode: string): Promise<{ end(): Promise<string> }> {
  const lines: string[] = [], ready = Promise.withResolvers<void>();
  const [path, ...args] = network.enterArgv(...PINNED, "/usr/bin/perl", LOAD, mode, GUEST, `${PORT}`);
  const service = startProcess(path, args, {
    hasInput: true,
    onLines: (parts) => {
      lines.push(...parts.map((part) => new TextDecoder().decode(part ?? undefined)));
      ready.resolve();
    },
  });
  await ready.promise;
  return {
    end: async () => {
      await service.endInput();
      await service.ended;
      return lines.at(-1)!;
    },
  };
}

async function readRss(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
