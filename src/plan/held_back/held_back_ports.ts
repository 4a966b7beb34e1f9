import { parsePort } from "../../net/port.ts";

/**
 * What is behind a port that is held back. `code`: whoever connects can run programs, without a password; `data`: what it keeps or
 * passes on is often open to whoever connects.
 */
export type HeldBackKind = "code" | "data";

/** A port that nobody should open without meaning it. */
export interface HeldBackPort {
  /** See {@link HeldBackKind}. */
  readonly kind: HeldBackKind;
  /** What usually listens there. */
  readonly what: string;
  /**
   * Whether it hands over what it has without a password, as it comes, so that it is held back on every address; else on 127.0.0.1
   * alone.
   */
  readonly isUnguarded: boolean;
  /**
   * Its programs, where much else listens on the port, too (an everyday port): on other addresses than 127.0.0.1 it is held back
   * together with one of them alone. Null: the port says it all.
   */
  readonly programs: RegExp | null;
}

type Row = readonly [ports: string, what: string, programs?: RegExp];

const PYTHON = /^(debugpy|python[\d.]*)$/;
const JAVA = /^java$/;
const X_SERVER = /^(X|Xorg|Xwayland|Xvfb|Xephyr|Xnest|Xvnc|Xtigervnc)$/;

/** Ports and ranges, with what usually listens there and why that matters (from knowledge, not measured). */
const CODE: readonly Row[] = [
  ["2375", "Docker's API, where whoever connects is root"],
  ["3632", "distcc, which compiles and runs for anybody"],
  ["9229-9230", "node's inspector, which runs any script"],
  ["5858", "node's old debugger, which runs any script"],
  ["9222-9223", "Chrome's remote debugging, which reads every tab"],
  ["5678", "debugpy, Python's debugger", PYTHON],
  ["5005", "Java's debugger (JDWP)", JAVA],
  ["2345", "delve, Go's debugger", /^(dlv|__debug_bin\d*)$/],
  ["1234", "gdbserver", /^(gdbserver|lldb-server|qemu-system-.*)$/],
  ["5037", "adb's server, with a shell on every phone"],
  ["5554-5585", "Android's emulators, with a shell each", /^(qemu-system-.*|emulator.*)$/],
  ["9515", "ChromeDriver, which starts browsers"],
  ["4444", "Selenium, which starts browsers", JAVA],
  ["4723", "Appium, which starts programs on phones"],
  ["6000-6063", "the X server, which sees every key", X_SERVER],
  ["4369", "Erlang's port mapper, the way to its shells"],
  ["6274", "the MCP inspector, which starts programs"],
  ["6277", "the MCP inspector's proxy, which starts programs"],
  ["8001", "kubectl's proxy, with your rights in the cluster", /^kubectl$/],
];

/** Of these only the listener on 127.0.0.1 is held back: the editor waits there for PHP, which connects to it. */
const GUARDED_CODE: readonly Row[] = [
  ["9003", "Xdebug, PHP's debugger"],
];

/** What asks for no password as it is installed. */
const OPEN_DATA: readonly Row[] = [
  ["6379", "Redis, often without a password"],
  ["9042", "Cassandra, often without a password"],
  ["9200", "Elasticsearch, often without a password"],
  ["9300", "Elasticsearch's cluster port"],
  ["11211", "memcached, which knows no password"],
  ["27017-27019", "MongoDB, often without a password"],
  ["2181", "ZooKeeper, often without a password"],
  ["2379-2380", "etcd, often without a password"],
  ["8500", "Consul's API"],
  ["9092", "Kafka, often without a password", JAVA],
  ["9000", "PHP's FastCGI, which runs what it is named", /^php-fpm[\d.]*$/],
];

/** What asks for a password, or lets in only whom its own settings say. */
const GUARDED_DATA: readonly Row[] = [
  ["1433", "SQL Server"],
  ["1521", "Oracle's database"],
  ["3306", "MySQL"],
  ["33060", "MySQL's X protocol"],
  ["5432", "PostgreSQL"],
  ["5984", "CouchDB"],
  ["7474", "Neo4j's browser"],
  ["7687", "Neo4j"],
  ["8086", "InfluxDB"],
  ["2376", "Docker's API with certificates"],
  ["5672", "RabbitMQ, whose guest account is meant for this machine"],
  ["8200", "Vault's API"],
  ["10250", "the kubelet's API"],
  ["15672", "RabbitMQ's pages"],
  ["53", "a DNS resolver"],
  ["111", "the RPC port mapper"],
  ["139", "Windows file sharing"],
  ["445", "Windows file sharing"],
  ["631", "the print server"],
  ["2049", "NFS"],
  ["3389", "a remote desktop"],
  ["4713", "PulseAudio, with the microphone"],
  ["5900-5910", "VNC, a remote screen"],
  ["9050-9051", "Tor's proxy and control port"],
  ["11434", "Ollama, which anybody may put to work"],
];

const PORTS: ReadonlyMap<number, HeldBackPort> = new Map([
  ...expand("data", false, GUARDED_DATA),
  ...expand("data", true, OPEN_DATA),
  ...expand("code", false, GUARDED_CODE),
  ...expand("code", true, CODE),
]);

function expand(kind: HeldBackKind, isUnguarded: boolean, rows: readonly Row[]): [number, HeldBackPort][] {
  return rows.flatMap(([ports, what, programs = null]) => {
    const [first, last = first] = ports.split("-").map((end) => parsePort(end)!);
    return Array.from(
      { length: last! - first! + 1 },
      (_, i): [number, HeldBackPort] => [first! + i, { kind, what, isUnguarded, programs }],
    );
  });
}

/** What is held back on a port; null for most. */
export function findHeldBackPort(port: number): HeldBackPort | null {
  return PORTS.get(port) ?? null;
}

/** Whether a program by these names can be what a port is held back for: any can, but where much else listens there, too. */
export function isOneOf({ programs }: HeldBackPort, names: readonly string[]): boolean {
  return programs === null || names.some((name) => programs.test(name));
}
