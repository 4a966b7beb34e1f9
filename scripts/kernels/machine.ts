import { runCommand } from "../../src/process/command.ts";
import type { EngineResult } from "../../tests/contract/ebpf/try_engines.ts";
import type { Architecture, DebianArchive } from "./debian_archive.ts";
import { Initramfs } from "./initramfs.ts";

/** What one boot brought. */
export interface Boot {
  /** The kernel's name of itself. */
  readonly release: string;
  /** What each engine did. */
  readonly results: readonly EngineResult[];
  /** The lines of `doctor` on the engines, run by the built executable; none where there is none for that architecture. */
  readonly findings: readonly string[];
  /** What was printed last, for where there are no results. */
  readonly lastWords: string;
  /** From power-on to the end, in milliseconds. */
  readonly durationMs: number;
}

const QEMU = {
  amd64: {
    path: "/usr/bin/qemu-system-x86_64",
    debianPackage: "qemu-system-x86",
    // QEMU 7.2 emulates cmpxchg16b wrongly: Linux 6.12 crashed in kmalloc in every third boot, with it off in none of ten.
    args: ["-cpu", "max,cx16=off"],
    console: "ttyS0",
  },
  arm64: {
    path: "/usr/bin/qemu-system-aarch64",
    debianPackage: "qemu-system-arm",
    args: ["-machine", "virt", "-cpu", "cortex-a72"],
    console: "ttyAMA0",
  },
} as const satisfies Record<Architecture, unknown>;

const ROOT = new URL("../..", import.meta.url).pathname;
const BOOT_TIMEOUT_MS = 600_000, BUILD_TIMEOUT_MS = 300_000;

/** Where the built executable lies in a machine. */
const EXECUTABLE = "/usr/local/bin/wslfwd";

/** What it unpacks itself with, where busybox has none or another. */
const UNPACKERS = ["df", "flock", "gzip", "mktemp", "sha256sum", "stat", "sync", "tail", "tar"];

/** The checks of `doctor` that are about the kernel, and a line of theirs on the serial port. */
const CHECKS = "bpftrace|builtin|loopback";
const FINDING = new RegExp(`^#(. (?:${CHECKS}) .*)$`, "gmu");

/**
 * What runs as the first process. When it ends, the kernel gives up, and the machine with it, and what the serial port has
 * not sent by then.
 */
const INIT = `#!/bin/busybox sh
for what in proc:proc sysfs:sys devtmpfs:dev; do /bin/busybox mount -t \${what%:*} none /\${what#*:}; done
/bin/busybox ip link set lo up
export HOME=/tmp DENO_DIR=/tmp/deno NO_COLOR=1 PATH=/usr/bin:/bin
deno run --no-config --no-check -A /wslfwd/tests/contract/ebpf/try_engines.ts
if [ -e ${EXECUTABLE} ]; then
  /bin/busybox mkdir -p /sbin
  /bin/busybox --install -s /sbin
  # Elsewhere than in WSL2 it does nothing.
  echo "$(/sbin/uname -r)-microsoft" > /tmp/release
  /sbin/mount -o bind /tmp/release /proc/sys/kernel/osrelease
  ${EXECUTABLE} doctor | /sbin/grep -E '^[^ ]+ (${CHECKS}) ' | /sbin/sed 's/^/#/'
fi
/bin/busybox sleep 1
`;

/** The Debian package that is missing for machines of an architecture; null where none is. */
export function findMissingPackage(architecture: Architecture): string | null {
  const { path, debianPackage } = QEMU[architecture];
  try {
    Deno.statSync(path);
    return null;
  } catch {
    return debianPackage;
  }
}

/**
 * Makes what a machine runs: Deno, the engines and what they need. For our own architecture with this machine's
 * programs; for another with those of Debian and npm, and without bpftrace. Returns why the built executable is not in it; null
 * where it is.
 */
export async function makeInitramfs(
  path: string,
  architecture: Architecture,
  archive: DebianArchive,
): Promise<string | null> {
  let withoutBuilt: string | null = "it is tried on amd64 alone";
  const initramfs = new Initramfs();
  for (const folder of ["/proc", "/sys", "/dev", "/tmp"]) initramfs.addFolder(folder);
  initramfs.addFile("/init", new TextEncoder().encode(INIT));
  const busybox = await archive.unpack("busybox-static", "/bookworm");
  initramfs.addFile("/bin/busybox", Deno.readFileSync(`${busybox}/bin/busybox`));
  if (architecture === "amd64") {
    const built = await buildExecutable().catch((error) => error as Error);
    withoutBuilt = built instanceof Error ? built.message : null;
    if (!(built instanceof Error)) initramfs.addFile(EXECUTABLE, built);
    // bpftrace asks a shell, and crashes where there is none. That of busybox would run its own programs, whatever is in PATH.
    await initramfs.addProgram("/bin/sh", "/bin/sh");
    for (const name of UNPACKERS) await initramfs.addProgram(`/usr/bin/${name}`, `/usr/bin/${name}`);
    await initramfs.addProgram("/usr/bin/deno", Deno.execPath());
    await initramfs.addProgram("/usr/bin/bpftrace", "/usr/bin/bpftrace");
  } else {
    for (const name of ["libc6", "libgcc-s1"]) {
      const unpacked = await archive.unpack(name, "/bookworm");
      initramfs.addTree("/lib/aarch64-linux-gnu", `${unpacked}/lib/aarch64-linux-gnu`);
    }
    const loader = "/lib/ld-linux-aarch64.so.1";
    const libc = await archive.unpack("libc6", "/bookworm");
    initramfs.addFile(loader, Deno.readFileSync(`${libc}${loader}`));
    initramfs.addFile("/usr/bin/deno", await fetchDeno(path.slice(0, path.lastIndexOf("/"))));
  }
  for (const tree of ["src", "bpf", "tests/contract/ebpf"]) {
    initramfs.addTree(`/wslfwd/${tree}`, `${ROOT}${tree}`);
  }
  initramfs.write(path);
  return withoutBuilt;
}

async function buildExecutable(): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "wslfwd-" });
  const output = `${folder}/wslfwd`;
  try {
    const build = ["run", "-A", `${ROOT}scripts/build.ts`, "--output", output];
    const { exitCode, stderr } = await runCommand(Deno.execPath(), build, { timeoutMs: BUILD_TIMEOUT_MS });
    if (exitCode !== 0) throw new Error(`it cannot be built: ${new TextDecoder().decode(stderr).trim()}`);
    return await Deno.readFile(output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Deno for arm64, of our own minor version: not every patch is published for it at once. */
async function fetchDeno(folder: string): Promise<Uint8Array> {
  const range = Deno.version.deno.replace(/\d+$/, "x");
  const pack = ["pack", "--silent", "--pack-destination", folder, `@deno/linux-arm64-glibc@${range}`];
  const { stdout } = await new Deno.Command("npm", { args: pack, stderr: "inherit" }).output();
  const file = `${folder}/${new TextDecoder().decode(stdout).trim().split("\n").at(-1)}`;
  await runCommand("/usr/bin/tar", ["-xzf", file, "-C", folder, "package/deno"], { timeoutMs: 60_000 });
  await Deno.remove(file);
  return await Deno.readFile(`${folder}/package/deno`);
}

/** Boots a kernel. Throws CommandError where it does not come to an end in ten minutes. */
export async function boot(image: string, initramfs: string, architecture: Architecture): Promise<Boot> {
  const qemu = QEMU[architecture];
  const { stdout, durationMs } = await runCommand(qemu.path, [
    ...["-accel", "tcg", ...qemu.args, "-m", "3072", "-smp", "2", "-nic", "none", "-no-reboot"],
    ...["-display", "none", "-serial", "stdio", "-kernel", image, "-initrd", initramfs],
    ...["-append", `console=${qemu.console} panic=-1 rdinit=/init`],
  ], { timeoutMs: BOOT_TIMEOUT_MS });
  const text = new TextDecoder().decode(stdout).replaceAll("\r", "");
  return {
    release: /Linux version (\S+)/.exec(text)?.[1] ?? "?",
    results: [...text.matchAll(/^@(\{.*\})$/gm)].map(([, json]) => JSON.parse(json!) as EngineResult),
    findings: [...text.matchAll(FINDING)].map(([, line]) => line!),
    lastWords: text.split("Kernel panic")[0]!.trim().split("\n").slice(-12).join("\n"),
    durationMs,
  };
}
