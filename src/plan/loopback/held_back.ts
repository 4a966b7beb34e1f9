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
}

/** Ports and ranges, with what usually listens there and why that matters (from knowledge, not measured). */
const CODE_PORTS: readonly (readonly [ports: string, what: string])[] = [
  ["2375", "Docker's API, where whoever connects is root"],
  ["9229-9230", "node's inspector, which runs any script"],
  ["5858", "node's old debugger, which runs any script"],
  ["9222-9223", "Chrome's remote debugging, which reads every tab"],
  ["5678", "debugpy, Python's debugger"],
  ["5005", "Java's debugger (JDWP)"],
  ["2345", "delve, Go's debugger"],
  ["1234", "gdbserver"],
  ["9003", "Xdebug, PHP's debugger"],
  ["5037", "adb's server, with a shell on every phone"],
  ["5554-5585", "Android's emulators, with a shell each"],
  ["9515", "ChromeDriver, which starts browsers"],
  ["4444", "Selenium, which starts browsers"],
  ["4723", "Appium, which starts programs on phones"],
  ["6000-6063", "the X server, which sees every key"],
  ["4369", "Erlang's port mapper, the way to its shells"],
  ["6274", "the MCP inspector, which starts programs"],
  ["6277", "the MCP inspector's proxy, which starts programs"],
  ["8001", "kubectl's proxy, with your rights in the cluster"],
];

const DATA_PORTS: readonly (readonly [ports: string, what: string])[] = [
  ["1433", "SQL Server"],
  ["1521", "Oracle's database"],
  ["3306", "MySQL"],
  ["33060", "MySQL's X protocol"],
  ["5432", "PostgreSQL"],
  ["5984", "CouchDB"],
  ["6379", "Redis, often without a password"],
  ["7474", "Neo4j's browser"],
  ["7687", "Neo4j"],
  ["8086", "InfluxDB"],
  ["9042", "Cassandra, often without a password"],
  ["9200", "Elasticsearch, often without a password"],
  ["9300", "Elasticsearch's cluster port"],
  ["11211", "memcached, which knows no password"],
  ["27017-27019", "MongoDB, often without a password"],
  ["2181", "ZooKeeper, often without a password"],
  ["2376", "Docker's API with certificates"],
  ["2379-2380", "etcd, often without a password"],
  ["5672", "RabbitMQ, whose guest account is meant for this machine"],
  ["8200", "Vault's API"],
  ["8500", "Consul's API"],
  ["9092", "Kafka, often without a password"],
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
  ["9000", "PHP's FastCGI, which runs what it is named"],
];

const PORTS: ReadonlyMap<number, HeldBackPort> = new Map([
  ...expand("data", DATA_PORTS),
  ...expand("code", CODE_PORTS),
]);

function expand(
  kind: HeldBackKind,
  rows: readonly (readonly [ports: string, what: string])[],
): [number, HeldBackPort][] {
  return rows.flatMap(([ports, what]) => {
    const [first, last = first] = ports.split("-").map((end) => parsePort(end)!);
    return Array.from(
      { length: last! - first! + 1 },
      (_, i): [number, HeldBackPort] => [first! + i, { kind, what }],
    );
  });
}

/** What is held back on a port; null for most. */
export function findHeldBackPort(port: number): HeldBackPort | null {
  return PORTS.get(port) ?? null;
}

const TUNNEL = "what it listens for is another machine's";
const AGENT = "whoever reaches it acts as you";
const EDITOR = "an editor's server runs programs for whoever connects";

/** Programs that are never meant by a range, nor by a name: each port of theirs has to be named by itself. */
const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ...["ssh", "sshd", "socat", "ncat", "cloud-sql-proxy", "session-manager-plugin", "tor"].map((
    name,
  ): [string, string] => [name, TUNNEL]),
  ["kubectl", "it passes on your rights in a cluster"],
  ...["gpg-agent", "ssh-agent"].map((name): [string, string] => [name, AGENT]),
  ["php-fpm", "it runs the script that it is named"],
  ["adb", "it gives a shell on every phone"],
  ...["containerd", "dockerd"].map((name): [string, string] => [name, "whoever reaches it is root"]),
  ...["code-server", "vscode-server", "openvscode-server"].map((name): [string, string] => [name, EDITOR]),
]);

/** Parts of the paths of executables that are an editor's server: VS Code and its kin, JetBrains' back ends. */
const EDITOR_PATHS: readonly string[] = [
  "/.vscode-server/",
  "/.vscode-server-insiders/",
  "/.vscode-remote/",
  "/.cursor-server/",
  "/.windsurf-server/",
  "/JetBrains/",
  "/.jetbrains/",
];

/**
 * Why a program is never opened by a name or by a range; null where it may be. `names`: its name and its aliases; `executablePath`:
 * where its executable is, null where that cannot be told.
 */
export function findHeldBackProgram(
  names: readonly string[],
  executablePath: string | null = null,
): string | null {
  if (executablePath !== null && EDITOR_PATHS.some((part) => executablePath.includes(part))) return EDITOR;
  for (const name of names) {
    const why = PROGRAMS.get(name);
    if (why !== undefined) return why;
  }
  return null;
}

/** Programs that run whatever they are given: their name says nothing of what is opened. */
const INTERPRETERS =
  /^(node|nodejs|node-MainThread|MainThread|deno|bun|java|(python|pypy|ruby|perl|php|lua)[\d.]*|dotnet|mono|(ba|z|da|fi)?sh)$/;

/** Whether a program's name says nothing of what it runs. */
export function isInterpreter(name: string): boolean {
  return INTERPRETERS.test(name);
}
