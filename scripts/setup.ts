/**
 * What the tasks need besides Deno: programs of Debian packages, and wslfwd's modules in Deno's cache (where they run,
 * there is no way to the internet). Says what it installs; installs only as root and only what is missing.
 */
import { runCommand } from "../src/process/command.ts";

/** What is set up for. */
export type Purpose = "demo" | "test" | "bench";

/** A program, the Debian package that holds it, and for what it is needed. */
interface Need {
  readonly program: string;
  readonly package: string;
  readonly for: readonly Purpose[];
  /** Whether there is something left to do without it. */
  readonly isOptional: boolean;
}

const NEEDS: readonly Need[] = [
  { program: "ip", package: "iproute2", for: ["demo", "test", "bench"], isOptional: false },
  { program: "unshare", package: "util-linux", for: ["demo", "test", "bench"], isOptional: false },
  { program: "nsenter", package: "util-linux", for: ["demo", "test", "bench"], isOptional: false },
  { program: "setpriv", package: "util-linux", for: ["test"], isOptional: false },
  { program: "perl", package: "perl-base", for: ["demo", "test", "bench"], isOptional: false },
  { program: "bpftrace", package: "bpftrace", for: ["demo", "test", "bench"], isOptional: true },
  { program: "nft", package: "nftables", for: ["test", "bench"], isOptional: true },
  { program: "dig", package: "bind9-dnsutils", for: ["test"], isOptional: true },
  { program: "iperf3", package: "iperf3", for: ["test"], isOptional: true },
  { program: "openssl", package: "openssl", for: ["test"], isOptional: true },
  { program: "mcs", package: "mono-mcs", for: ["test", "bench"], isOptional: true },
  { program: "mono", package: "mono-runtime", for: ["test", "bench"], isOptional: true },
  { program: "socat", package: "socat", for: ["bench"], isOptional: true },
  { program: "netstat", package: "net-tools", for: ["bench"], isOptional: true },
  { program: "zsh", package: "zsh", for: ["test"], isOptional: true },
  { program: "fish", package: "fish", for: ["test"], isOptional: true },
  { program: "tmux", package: "tmux", for: ["test"], isOptional: true },
  { program: "chromium", package: "chromium", for: ["test"], isOptional: true },
  { program: "redis-server", package: "redis-server", for: ["test"], isOptional: true },
  { program: "node", package: "nodejs", for: ["test"], isOptional: true },
  { program: "jupyter-server", package: "jupyter-server", for: ["test"], isOptional: true },
  { program: "jupyter-notebook", package: "jupyter-notebook", for: ["test"], isOptional: true },
  { program: "npm", package: "npm", for: ["test"], isOptional: true },
  { program: "python3", package: "python3", for: ["test"], isOptional: true },
  { program: "bsdtar", package: "libarchive-tools", for: ["test"], isOptional: true },
  { program: "lintian", package: "lintian", for: ["test"], isOptional: true },
  { program: "ruby", package: "ruby", for: ["test"], isOptional: true },
  { program: "shellcheck", package: "shellcheck", for: ["test"], isOptional: true },
];

/** Where Debian puts programs; a user's PATH may lack the last two. */
const FOLDERS = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/** How long apt-get may take, in milliseconds. */
const APT_TIMEOUT_MS = 600_000;

/**
 * Installs what is missing. Where that cannot be done, says so in one line; then throws where something is missing that
 * nothing works without.
 */
export async function setUp(purpose: Purpose): Promise<void> {
  let missing = findMissing(purpose);
  if (missing.length > 0 && Deno.uid() === 0 && isThere("apt-get")) {
    const packages = [...new Set(missing.map((need) => need.package))];
    tell(`Installing ${packages.join(", ")} with apt-get, which deno task ${purpose} needs.`);
    await installPackages(packages);
    missing = findMissing(purpose);
  }
  for (const { program, package: name, isOptional } of missing) {
    const text = `${program} is not installed: sudo apt-get install ${name}`;
    if (!isOptional) throw new Error(text);
    if (Deno.uid() === 0) tell(`${text} (going on without it)`);
  }
  await cacheModules();
}

/** Whether one of the usual folders holds a program. */
export function isThere(program: string): boolean {
  return FOLDERS.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

function findMissing(purpose: Purpose): Need[] {
  return NEEDS.filter((need) => need.for.includes(purpose) && !isThere(need.program));
}

async function installPackages(packages: readonly string[]): Promise<void> {
  const env = { ...Deno.env.toObject(), DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  const wait = ["-o", "DPkg::Lock::Timeout=120"];
  const install = ["install", "--yes", "--no-install-recommends", ...packages];
  // The list of packages of a fresh machine is empty, and that of an old one may name files that are gone.
  for (const words of [["update"], install]) {
    const { exitCode, stderr } = await runCommand("/usr/bin/apt-get", ["-q", ...wait, ...words], {
      timeoutMs: APT_TIMEOUT_MS,
      env,
    });
    if (exitCode !== 0) {
      tell(`apt-get ${words[0]} failed: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
    }
  }
}

async function cacheModules(): Promise<void> {
  const main = new URL("../main.ts", import.meta.url).pathname;
  const { exitCode, stderr } = await runCommand(Deno.execPath(), ["cache", "--quiet", main], {
    timeoutMs: APT_TIMEOUT_MS,
  });
  if (exitCode !== 0) {
    throw new Error(`Cannot load wslfwd's modules: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
