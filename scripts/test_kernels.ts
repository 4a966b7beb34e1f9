/**
 * Boots Debian's kernels in virtual machines without hardware help and tries each engine on each of them. Takes some
 * minutes, downloads 300 MB, and writes docs/kernels.md. With arguments, only kernels whose version begins like one
 * of them, and only their sections are written: `deno task test:kernels 6.1`.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import type { EngineResult } from "../tests/contract/ebpf/try_engines.ts";
import { mergeSections } from "./kernels/document.ts";
import { type Architecture, DebianArchive, type Kernel } from "./kernels/debian_archive.ts";
import { type Boot, boot, findMissingPackage, makeInitramfs } from "./kernels/machine.ts";

const CACHE = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
const DOCUMENT = new URL("../docs/kernels.md", import.meta.url);
const HEADER = `# Kernels

What each engine told of one listener that was opened and closed, on kernels of Debian in virtual machines. Written by
\`deno task test:kernels\`, which boots them without hardware help: the times are a hundred times those of a real machine.

- full: the inode of the socket and, for listen, the name of its program
- partial: an event that lacks one of them
- wake: only that some socket changed
- loopback: a service on 127.0.0.1 that was reached once it was opened (listen) and not after it was closed (close)
- \`tp_btf\`, \`raw_tp\`, \`bare\`: the types of program that our own probe tries, in this order

These are the sources, run by Deno. Below each table stands what \`doctor\` of the built executable finds there, where there is
one: it listens for a moment, too.
`;

function describe(
  kernel: Kernel,
  architecture: Architecture,
  { release, results, findings, durationMs }: Boot,
): string {
  const rows = results.map(({ engine, readyMs, opened, closed, remark }) =>
    `| ${engine} | ${readyMs ?? "-"} | ${opened} | ${closed} | ${remark?.replaceAll("|", "\\|") ?? ""} |\n`
  );
  return `\n## ${release}\n\nDebian ${kernel.suite}, ${architecture}, package ${kernel.version}; ` +
    `${Math.round(durationMs / 1000)} s from power-on to the end.\n\n` +
    `| engine | ready after ms | listen | close | remark |\n| --- | --- | --- | --- | --- |\n${
      rows.join("")
    }${findings.length === 0 ? "" : `\n\`\`\`\n${findings.join("\n")}\n\`\`\`\n`}`;
}

/**
 * Our own probe must do all it can, also that of the built executable; bpftrace may say that it cannot run there, which the
 * remark tells.
 */
function isGood({ results, findings }: Boot, hasBuilt: boolean): boolean {
  const isFine = ({ isAsExpected, engine, readyMs }: EngineResult) =>
    isAsExpected || (engine === "bpftrace" && readyMs === null);
  const isBuiltFine = ["✓ builtin ", "✓ loopback "].every((start) =>
    findings.some((line) => line.startsWith(start))
  );
  return results.length === 6 && results.every(isFine) && (!hasBuilt || isBuiltFine);
}

const sections: string[] = [];
let passed = 0, failed = 0, skipped = 0;
for (const architecture of ["amd64", "arm64"] satisfies Architecture[]) {
  const missing = findMissingPackage(architecture);
  if (missing !== null) {
    console.log(`${architecture} is left out: apt-get install --no-install-recommends ${missing}`);
    skipped++;
    continue;
  }
  const folder = `${CACHE}/wslfwd-kernels/${architecture}`;
  const archive = await DebianArchive.open(folder, architecture);
  const isWanted = (version: string) =>
    Deno.args.length === 0 || Deno.args.some((arg) => version.startsWith(arg));
  const kernels = await archive.downloadKernels(isWanted);
  const initramfs = `${folder}/initramfs.cpio`;
  const withoutBuilt = await makeInitramfs(initramfs, architecture, archive);
  if (withoutBuilt !== null) {
    console.log(`The built executable is left out on ${architecture}: ${withoutBuilt}`);
    // On arm64 it never is: that is no less than what was meant.
    if (architecture === "amd64") skipped++;
  }
  for (const kernel of kernels) {
    const booted = await boot(kernel.image, initramfs, architecture);
    const part = describe(kernel, architecture, booted);
    sections.push(part);
    console.log(part);
    if (isGood(booted, withoutBuilt === null)) passed++;
    else {
      failed++;
      console.log(`Its last words:\n${booted.lastWords}\n`);
    }
  }
  await Deno.remove(initramfs);
}
if (passed + failed > 0) {
  const isWhole = Deno.args.length === 0 && skipped === 0;
  const before = isWhole ? "" : await Deno.readTextFile(DOCUMENT);
  await Deno.writeTextFile(DOCUMENT, mergeSections(before, HEADER, sections));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", DOCUMENT.pathname] }).output();
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
