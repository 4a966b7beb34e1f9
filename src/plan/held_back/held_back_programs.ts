const TUNNEL = "what it listens for is another machine's";
const AGENT = "whoever reaches it acts as you";
const EDITOR = "an editor's server runs programs for whoever connects";
const ROOT = "whoever reaches it is root";
const SCREEN = "the X server, which sees every key";
const BROWSER = "a browser's remote debugging, which reads every tab";

/** Programs that hand over the machine, or what they keep, without a password, as they come: held back on every address and port. */
const UNGUARDED: ReadonlyMap<string, string> = new Map([
  ["php-fpm", "it runs the script that it is named"],
  ["adb", "it gives a shell on every phone"],
  ["containerd", ROOT],
  ["dockerd", ROOT],
  ["redis-server", "Redis, often without a password"],
  ["valkey-server", "Valkey, often without a password"],
  ["memcached", "memcached, which knows no password"],
  ["mongod", "MongoDB, often without a password"],
  ["mongos", "MongoDB, often without a password"],
  ["etcd", "etcd, often without a password"],
  ["distccd", "distcc, which compiles and runs for anybody"],
  ["epmd", "Erlang's port mapper, the way to its shells"],
  ["debugpy", "debugpy, Python's debugger"],
  ["dlv", "delve, Go's debugger"],
  ["gdbserver", "gdbserver, which runs any program"],
  ["lldb-server", "lldb-server, which runs any program"],
  ["chromedriver", "ChromeDriver, which starts browsers"],
  ["geckodriver", "geckodriver, which starts browsers"],
  ...entries(["chrome", "chromium", "google-chrome", "msedge"], BROWSER),
  ...entries(["Xorg", "Xwayland", "Xvfb", "Xephyr", "Xnest"], SCREEN),
]);

/** Programs that on 127.0.0.1 are never meant by a range, nor by a name: each port of theirs has to be named by itself. */
const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ...UNGUARDED,
  ...entries(["ssh", "sshd", "socat", "ncat", "cloud-sql-proxy", "session-manager-plugin", "tor"], TUNNEL),
  ["kubectl", "it passes on your rights in a cluster"],
  ...entries(["gpg-agent", "ssh-agent"], AGENT),
  ...entries(["code-server", "vscode-server", "openvscode-server"], EDITOR),
]);

function entries(names: readonly string[], what: string): [string, string][] {
  return names.map((name) => [name, what]);
}

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
 * Why a program on 127.0.0.1 is never opened by a name or by a range; null where it may be. `names`: its name and its aliases;
 * `executablePath`: where its executable is, null where that cannot be told.
 */
export function findHeldBackProgram(
  names: readonly string[],
  executablePath: string | null = null,
): string | null {
  if (executablePath !== null && EDITOR_PATHS.some((part) => executablePath.includes(part))) return EDITOR;
  return findWhy(PROGRAMS, names)?.what ?? null;
}

/** Which of a program's names hands over the machine without a password, and how; null for most. */
export function findUnguardedProgram(names: readonly string[]): { name: string; what: string } | null {
  return findWhy(UNGUARDED, names);
}

function findWhy(
  programs: ReadonlyMap<string, string>,
  names: readonly string[],
): { name: string; what: string } | null {
  for (const name of names) {
    // Debian's carry their version: `php-fpm8.2`.
    const bare = name.replace(/^(php-fpm)[\d.]+$/, "$1"), what = programs.get(bare);
    if (what !== undefined) return { name, what };
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
