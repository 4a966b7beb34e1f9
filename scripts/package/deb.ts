/** Packs wslfwd for Debian and its relatives: the program, the runtime beside it, and a script that starts it. */
import manifest from "../../deno.json" with { type: "json" };
import { gatherLicenses } from "../release/licenses.ts";
import { bundleProgram, readCommit } from "../build/bundle.ts";
import copyright from "./deb/copyright.txt" with { type: "text" };
import overrides from "./deb/lintian_overrides.txt" with { type: "text" };
import postinst from "./deb/postinst.sh" with { type: "text" };
import prerm from "./deb/prerm.sh" with { type: "text" };
import { renderLauncher } from "./launcher.ts";
import { findRuntime } from "../build/runtime.ts";
import type { Target } from "../build/target.ts";
import { compress } from "../build/tar.ts";
import { REPOSITORY, runTool } from "../build/tool.ts";

/** What Debian calls the machines. */
const DEBIAN_NAMES: Readonly<Record<Target["architecture"], string>> = { x86_64: "amd64", aarch64: "arm64" };

/** Who is named as responsible: nobody in particular, at a name that no mail reaches (RFC 2606). */
const MAINTAINER = "The wslfwd authors <wslfwd@example.org>";

/** The package's name as a file: `wslfwd_1.0.0_amd64.deb`. */
export function debName({ architecture }: Target): string {
  return `wslfwd_${manifest.version}_${DEBIAN_NAMES[architecture]}.deb`;
}

/** Makes `wslfwd_<version>_<machine>.deb` in a folder and gives its path; the same bytes of the same commit. */
export async function buildDeb(folder: string, target: Target): Promise<string> {
  const runtime = await findRuntime(target);
  const root = await Deno.makeTempDir({ prefix: "wslfwd-deb-" });
  try {
    const library = `${root}/usr/lib/wslfwd`;
    await Deno.mkdir(library, { recursive: true });
    await bundleProgram(`${library}/wslfwd.js`, { form: "deb", commit: await readCommit() });
    await Deno.writeTextFile(`${library}/launch`, renderLauncher());
    // The runtime's name is what ps(1) shows: wslfwd, not deno.
    await Deno.copyFile(runtime, `${library}/wslfwd`);
    await Deno.mkdir(`${root}/usr/bin`);
    await Deno.symlink("../lib/wslfwd/launch", `${root}/usr/bin/wslfwd`);
    await writeShare(`${root}/usr/share`);
    await writeControl(root, DEBIAN_NAMES[target.architecture]);
    await setModes(root, new Set([`${library}/launch`, `${library}/wslfwd`]));
    const path = `${folder}/${debName(target)}`;
    // gzip, which every dpkg reads, and in a tenth of xz's time.
    const words = ["--root-owner-group", "-Zgzip", "-z6", "--build", root, path];
    await runTool("dpkg-deb", "/usr/bin/dpkg-deb", words, { env: { SOURCE_DATE_EPOCH: await commitTime() } });
    return path;
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Manual page, completions and Debian's papers. */
async function writeShare(share: string): Promise<void> {
  const date = await runTool("date", "/usr/bin/date", [
    "--utc",
    "--rfc-email",
    `--date=@${await commitTime()}`,
  ]);
  const changelog = `wslfwd (${manifest.version}) unstable; urgency=medium\n\n` +
    `  * CHANGES.md of the release says what is new.\n\n -- ${MAINTAINER}  ${date.trim()}\n`;
  const texts: Readonly<Record<string, string>> = {
    "man/man1/wslfwd.1": await print("man"),
    "bash-completion/completions/wslfwd": await print("completions", "bash"),
    "zsh/vendor-completions/_wslfwd": await print("completions", "zsh"),
    "fish/vendor_completions.d/wslfwd.fish": await print("completions", "fish"),
    "doc/wslfwd/copyright": copyright + quoteLicense(await Deno.readTextFile(new URL("LICENSE", REPOSITORY))),
    "doc/wslfwd/LICENSES.txt": await gatherLicenses(),
    "doc/wslfwd/changelog": changelog,
    "lintian/overrides/wslfwd": overrides,
  };
  for (const [name, text] of Object.entries(texts)) {
    const path = `${share}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  for (const name of ["man/man1/wslfwd.1", "doc/wslfwd/changelog"]) await compress(`${share}/${name}`, 9);
}

/** The text below a `License:` line: each line after a blank, an empty one as a dot. */
function quoteLicense(text: string): string {
  const [, , , ...lines] = text.trimEnd().split("\n");
  return lines.slice(1).map((line) => ` ${line === "" ? "." : line}\n`).join("");
}

/** What the program itself prints. */
function print(...words: string[]): Promise<string> {
  return runTool("wslfwd", Deno.execPath(), ["run", "--allow-all", "--quiet", "main.ts", ...words]);
}

async function writeControl(root: string, architecture: string): Promise<void> {
  const control = `${root}/DEBIAN`;
  const size = (await runTool("du", "/usr/bin/du", ["-sk", "--apparent-size", `${root}/usr`])).split("\t")[0];
  const sums = await runTool("md5sum", "/bin/sh", ["-c", "find usr -type f | LC_ALL=C sort | xargs md5sum"], {
    cwd: root,
  });
  await Deno.mkdir(control);
  // What the runtime asks of glibc: GLIBC_2.27 (objdump -T), and libgcc's unwinder.
  const fields = `Package: wslfwd
Version: ${manifest.version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${size}
Depends: libc6 (>= 2.27), libgcc-s1 (>= 3.0) | libgcc1
Suggests: bpftrace
Section: net
Priority: optional
Description: make what listens in WSL2 reachable from the network
 wslfwd runs inside WSL2, hears from the kernel which programs listen, and
 keeps exactly the right port forwarding and firewall rules on Windows: made
 within milliseconds, removed when the program stops. Rules that it did not
 make are never touched.
`;
  await Deno.writeTextFile(`${control}/control`, fields);
  await Deno.writeTextFile(`${control}/md5sums`, sums);
  await Deno.writeTextFile(`${control}/postinst`, postinst);
  await Deno.writeTextFile(`${control}/prerm`, prerm);
}

/** As Debian has them, whatever umask made them; programs are those named, and the scripts for dpkg. */
async function setModes(folder: string, programs: ReadonlySet<string>): Promise<void> {
  await Deno.chmod(folder, 0o755);
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await setModes(path, programs);
    const isProgram = programs.has(path) || /\/DEBIAN\/(postinst|prerm)$/.test(path);
    if (isFile) await Deno.chmod(path, isProgram ? 0o755 : 0o644);
  }
}

/** When the commit was made, in seconds since 1970; where git does not know, 1980, which every format can hold. */
async function commitTime(): Promise<string> {
  const time = await runTool("git", "/usr/bin/git", ["log", "-1", "--format=%ct"]).catch(() => "315532800");
  return time.trim();
}
