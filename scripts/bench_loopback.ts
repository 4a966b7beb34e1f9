/**
 * Measures four ways from Windows to a service of the guest in one run, with real TCP between two network namespaces, and writes
 * docs/loopback.md: a service that listens on every address, one on 127.0.0.1 that wslfwd opened, the same behind a relay and behind
 * DNAT. Takes root and about a minute: `deno task bench:loopback`.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { GateLab, GUEST } from "../tests/contract/ebpf/gate_lab.ts";
import { formatNumber } from "./bench/targets.ts";

const ENDS = new URL("./bench_loopback/ends.pl", import.meta.url).pathname;
const RELAY = new URL("./bench_loopback/relay.ts", import.meta.url).pathname;
const DOCUMENT = new URL("../docs/loopback.md", import.meta.url);
/** Rounds go from way to way, so that what disturbs the machine disturbs all of them. */
const ROUNDS = 8, CONNECTIONS = 500, STREAM_S = 2;

/** A way from Windows to a service, by the ports in the guest that requests and streams go to. */
interface Way {
  readonly name: string;
  readonly requests: number;
  readonly streams: number;
}

const WAYS: readonly Way[] = [
  { name: "direct: it listens on 0.0.0.0", requests: 3000, streams: 5200 },
  { name: "wslfwd --loopback (sk_lookup)", requests: 3001, streams: 5201 },
  { name: "DNAT to 127.0.0.1 (nftables, route_localnet)", requests: 3002, streams: 5202 },
  { name: "a relay in Deno", requests: 3003, streams: 5203 },
];
const [DIRECT, OPENED, DNAT, RELAYED] = WAYS as [Way, Way, Way, Way];

await using lab = await GateLab.start();
await using stack = new AsyncDisposableStack();

function command(where: "guest" | "windows", argv: readonly string[]): Deno.Command {
  const args = [`--net=/proc/${lab[where].pid}/ns/net`, ...argv];
  return new Deno.Command("nsenter", { args, stdin: "null", stdout: "piped", stderr: "piped" });
}

async function run(where: "guest" | "windows", ...argv: string[]): Promise<string> {
  const { success, stdout, stderr } = await command(where, argv).output();
  if (!success) throw new Error(`${argv.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Starts a program that goes on, and waits for its first line. Returns its process id. */
async function start(...argv: string[]): Promise<number> {
  const child = command("guest", argv).spawn();
  stack.defer(async () => {
    child.kill("SIGKILL");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
  });
  const reader = child.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  return child.pid;
}

/** Processor time of a process so far, in seconds: utime and stime of proc(5), in hundredths. */
function cpuOf(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

for (const [address, way] of [["0.0.0.0", DIRECT], ["127.0.0.1", OPENED]] as const) {
  await start("perl", ENDS, "serve", address, `${way.requests}`);
  await start("iperf3", "--server", "--bind", address, "--port", `${way.streams}`, "--forceflush");
}
const relayPid = await start(
  Deno.execPath(),
  "run",
  "-A",
  RELAY,
  GUEST,
  ...[RELAYED.requests, OPENED.requests, RELAYED.streams, OPENED.streams].map(String),
);
await run("guest", "sysctl", "-qw", "net.ipv4.tcp_max_tw_buckets=0", "net.ipv4.conf.all.route_localnet=1");
const dnat = (from: number, to: number) => `tcp dport ${from} dnat to 127.0.0.1:${to};`;
await run(
  "guest",
  "nft",
  `table ip bench { chain in { type nat hook prerouting priority dstnat; ${
    dnat(DNAT.requests, OPENED.requests)
  } ${dnat(DNAT.streams, OPENED.streams)} } }`,
);
const gate = await lab.gate();
stack.use(gate);
const { open } = await gate.set([OPENED.requests, OPENED.streams]);
if (open.length !== 2) throw new Error("The service could not be opened");

const results = new Map(
  WAYS.map((way) => [way, { us: [] as number[], gbits: [] as number[], cpuPerGb: [] as number[] }]),
);
for (let round = 0; round < ROUNDS; round++) {
  for (const way of WAYS) {
    const { us, gbits, cpuPerGb } = results.get(way)!;
    const lines = await run("windows", "perl", ENDS, "ask", GUEST, `${way.requests}`, `${CONNECTIONS}`);
    // The first connections of a process are its own warming up.
    us.push(...lines.trim().split("\n").slice(10).map(Number));
    const before = cpuOf(relayPid);
    const port = `${way.streams}`;
    const text = await run(
      "windows",
      "iperf3",
      "--client",
      GUEST,
      "--port",
      port,
      "--time",
      `${STREAM_S}`,
      "--json",
    );
    const { end } = JSON.parse(text);
    const bytes = end.sum_received.bytes, seconds = end.sum_received.seconds;
    const ends = end.cpu_utilization_percent.host_total + end.cpu_utilization_percent.remote_total;
    gbits.push(bytes * 8 / seconds / 1e9);
    cpuPerGb.push((ends / 100 * seconds + (way === RELAYED ? cpuOf(relayPid) - before : 0)) / (bytes / 1e9));
  }
  console.log(`round ${round + 1} of ${ROUNDS}`);
}

const at = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
const rows = WAYS.map((way) => {
  const { us, gbits, cpuPerGb } = results.get(way)!;
  const figures = [at(us, 0.5), at(us, 0.99), at(gbits, 0.5), at(cpuPerGb, 0.5)].map((value) =>
    formatNumber(value)
  );
  return `| ${way.name} | ${figures[0]} / ${figures[1]} µs | ${figures[2]} Gbit/s | ${figures[3]} s |`;
});
const [direct, opened] = [DIRECT, OPENED].map((way) => results.get(way)!);
const ratio = (pick: (of: { us: number[]; gbits: number[] }) => number[]) =>
  formatNumber(at(pick(opened!), 0.5) / at(pick(direct!), 0.5));
const requestRatio = ratio(({ us }) => us), streamRatio = ratio(({ gbits }) => gbits);
const document = `# Services on 127.0.0.1: the cost of each way to them

| way | connection and request, p50 / p99 | throughput | processor time for each GB |
| --- | --- | --- | --- |
${rows.join("\n")}

Opened by wslfwd against direct: ${requestRatio} times the time of a request (at most 1.1 is wanted), ${streamRatio} times the throughput
(at least 0.95).

Written by \`deno task bench:loopback\` on ${navigator.hardwareConcurrency} cores, kernel ${Deno.osRelease()}, ${
  new Date().toISOString().slice(0, 10)
}. Two network namespaces joined by a veth pair; ${
  ROUNDS * (CONNECTIONS - 10)
} requests and ${ROUNDS} streams of ${STREAM_S} s each way, in turns; medians. Processor time: both ends of the stream and the relay, without
the kernel's own threads. The relay and DNAT are here to compare: through a relay everybody is 127.0.0.1 to the service, and DNAT opens every
port on 127.0.0.1 to the neighbours of the guest.
`;
await Deno.writeTextFile(DOCUMENT, document);
console.log(document);
