/**
 * Boots Debian's kernels in a virtual machine without hardware help and tries each engine on each of them. Takes some
 * minutes, downloads 150 MB by apt, and writes docs/kernels.md. With arguments, only kernels whose version begins like
 * one of them, and writes nothing: `deno task test:kernels 6.1`.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { runCommand } from "../src/process/command.ts";
import type { EngineResult } from "../tests/contract/ebpf/try_engines.ts";
import { downloadKernels, type Kernel } from "./kernels/debian_kernels.ts";
import { Initramfs } from "./kernels/initramfs.ts";

const QEMU = "/usr/bin/qemu-system-x86_64";
const FOLDER = `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/wslfwd-kernels`;
const ROOT = new URL("..", import.meta.url).pathname;
const DOCUMENT = `${ROOT}docs/kernels.md`;
const BOOT_TIMEOUT_MS = 900_000;

/** What runs as the first process. When it ends, the kernel gives up, and the machine with it. */
const INIT = `#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
export HOME=/tmp DENO_DIR=/tmp/deno NO_COLOR=1 PATH=/usr/bin:/bin
deno run --no-config --no-check -A /wslfwd/tests/contract/ebpf/try_engines.ts
`;

async function makeInitramfs(path: string): Promise<void> {
  const archive = new Initramfs();
  for (const folder of ["/proc", "/sys", "/dev", "/tmp"]) archive.addFolder(folder);
  archive.addFile("/init", new TextEncoder().encode(INIT));
  await archive.addProgram("/bin/sh", "/bin/dash");
  await archive.addProgram("/bin/mount", "/bin/mount");
  await archive.addProgram("/usr/bin/deno", Deno.execPath());
  await archive.addProgram("/usr/bin/bpftrace", "/usr/bin/bpftrace");
  for (const tree of ["src", "bpf", "tests/contract/ebpf"]) {
    archive.addTree(`/wslfwd/${tree}`, `${ROOT}${tree}`);
  }
  archive.write(path);
}

/** What one kernel did: how it names itself, and each engine's result. Its last words where it told nothing. */
interface Boot {
  readonly release: string;
  readonly results: readonly EngineResult[];
  readonly lastWords: string;
  readonly durationMs: number;
}

async function boot(kernel: Kernel, initramfs: string): Promise<Boot> {
  const { stdout, durationMs } = await runCommand(QEMU, [
    ...["-accel", "tcg", "-cpu", "max", "-m", "3072", "-smp", "2", "-nic", "none", "-no-reboot"],
    ...["-display", "none", "-serial", "stdio", "-kernel", kernel.image, "-initrd", initramfs],
    ...["-append", "console=ttyS0 panic=-1 rdinit=/init"],
  ], { timeoutMs: BOOT_TIMEOUT_MS });
  const text = new TextDecoder().decode(stdout).replaceAll("\r", "");
  return {
    release: /Linux version (\S+)/.exec(text)?.[1] ?? "?",
    results: [...text.matchAll(/^@(\{.*\})$/gm)].map(([, json]) => JSON.parse(json!) as EngineResult),
    lastWords: text.split("Kernel panic")[0]!.trim().split("\n").slice(-12).join("\n"),
    durationMs,
  };
}

function describe(kernel: Kernel, { release, results, durationMs }: Boot): string {
  const rows = results.map(({ engine, readyMs, opened, closed, remark }) =>
    `| ${engine} | ${readyMs ?? "-"} | ${opened} | ${closed} | ${remark?.replaceAll("|", "\\|") ?? ""} |\n`
  );
  return `\n## ${release}\n\nDebian ${kernel.suite}, package ${kernel.version}; ` +
    `${Math.round(durationMs / 1000)} s from power-on to the end.\n\n` +
    `| engine | ready after ms | listen | close | remark |\n| --- | --- | --- | --- | --- |\n${
      rows.join("")
    }`;
}

const HEADER = `# Kernels

What each engine told of one listener that was opened and closed, on kernels of Debian in virtual machines. Written by
\`deno task test:kernels\`, which boots them without hardware help: the times are a hundred times those of a real machine.

- full: the inode of the socket and, for listen, the name of its program
- partial: an event that lacks one of them
- wake: only that some socket changed
- \`tp_btf\`, \`raw_tp\`, \`bare\`: the types of program that our own probe tries, in this order
`;

for (const path of [QEMU, "/usr/bin/bpftrace"]) {
  try {
    Deno.statSync(path);
  } catch {
    console.error(`${path} is missing: apt-get install --no-install-recommends qemu-system-x86 bpftrace`);
    Deno.exit(1);
  }
}
await Deno.mkdir(FOLDER, { recursive: true });
const isWanted = ({ version }: Kernel) =>
  Deno.args.length === 0 || Deno.args.some((arg) => version.startsWith(arg));
const kernels = (await downloadKernels(FOLDER)).filter(isWanted);
const initramfs = `${FOLDER}/initramfs.cpio`;
await makeInitramfs(initramfs);
let document = HEADER, failures = 0;
for (const kernel of kernels) {
  const booted = await boot(kernel, initramfs);
  const part = describe(kernel, booted);
  const isGood = booted.results.length > 0 && booted.results.every((result) => result.isAsExpected);
  if (!isGood) failures++;
  console.log(part + (booted.results.length < 5 ? `\nIts last words:\n${booted.lastWords}\n` : ""));
  document += part;
}
await Deno.remove(initramfs);
if (Deno.args.length === 0) await Deno.writeTextFile(DOCUMENT, document);
console.log(`${kernels.length - failures} passed, ${failures} failed`);
Deno.exit(failures === 0 ? 0 : 1);
