import { runCommand } from "../../src/process/command.ts";

/** A kernel as Debian built it for virtual machines: what it needs is in it, not in modules. */
export interface Kernel {
  /** The version of the package. */
  readonly version: string;
  /** Where it comes from. */
  readonly suite: string;
  /** The path of its image. */
  readonly image: string;
}

const PACKAGE = "linux-image-cloud-amd64";
const MIRROR = "http://deb.debian.org/debian";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** From the oldest kernel that has ring buffers and is still published to the newest one. */
const SUITES = ["bullseye", "bookworm", "bookworm-backports", "trixie", "trixie-backports"] as const;
const TIMEOUT_MS = 300_000;

/** Downloads them into `folder`, by an apt of their own: the machine's lists and packages stay as they are. */
export async function downloadKernels(folder: string): Promise<Kernel[]> {
  const options = await prepareApt(folder);
  await run("/usr/bin/apt-get", [...options, "-q", "update"], folder);
  const listed = await run("/usr/bin/apt-cache", [...options, "madison", PACKAGE], folder);
  const kernels: Kernel[] = [];
  for (const line of listed.trim().split("\n").reverse()) {
    const [, version, source] = line.split("|").map((word) => word.trim());
    if (version === undefined) continue;
    const about = await run("/usr/bin/apt-cache", [...options, "show", `${PACKAGE}=${version}`], folder);
    const name = /^Depends:.*?(linux-image-[^\s,]+)/m.exec(about)?.[1];
    if (name === undefined) throw new Error(`${PACKAGE} ${version} names no kernel`);
    const suite = source?.split(" ")[1]?.replace("/main", "") ?? "";
    kernels.push({ version, suite, image: await download(folder, options, name, version) });
  }
  return kernels;
}

async function prepareApt(folder: string): Promise<string[]> {
  for (const name of ["lists/partial", "archives/partial"]) {
    await Deno.mkdir(`${folder}/apt/${name}`, { recursive: true });
  }
  const lines = SUITES.map((suite) => `deb [signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`);
  await Deno.writeTextFile(`${folder}/apt/sources.list`, lines.join(""));
  const settings = {
    "Dir::Etc::sourcelist": `${folder}/apt/sources.list`,
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": `${folder}/apt/lists`,
    "Dir::Cache": `${folder}/apt`,
    "APT::Sandbox::User": "root",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

/** Returns the path of the image. Newer packages hold only what depends on the image's own. */
async function download(folder: string, options: string[], name: string, version: string): Promise<string> {
  const unpacked = `${folder}/${name}`;
  for (const part of [name, name.replace("linux-image", "linux-binary")]) {
    const image = await findImage(unpacked);
    if (image !== null) return image;
    await run("/usr/bin/apt-get", [...options, "-q", "download", `${part}=${version}`], folder);
    const [archive] = [...Deno.readDirSync(folder)].filter((entry) => entry.name.startsWith(`${part}_`));
    await run("/usr/bin/dpkg-deb", ["-x", archive!.name, unpacked], folder);
    await Deno.remove(`${folder}/${archive!.name}`);
  }
  const image = await findImage(unpacked);
  if (image === null) throw new Error(`${name} ${version} holds no vmlinuz`);
  return image;
}

async function findImage(unpacked: string): Promise<string | null> {
  // Since 7.0 it lies among its modules.
  const modules = `${unpacked}/usr/lib/modules`;
  const folders = [`${unpacked}/boot`, ...(await list(modules)).map((name) => `${modules}/${name}`)];
  for (const folder of folders) {
    const image = (await list(folder)).find((name) => /^vmlinuz(-|$)/.test(name));
    if (image !== undefined) return `${folder}/${image}`;
  }
  return null;
}

/** The names in a folder; none where it is not there. */
async function list(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch {
    return [];
  }
}

async function run(path: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(path, args, { timeoutMs: TIMEOUT_MS, cwd });
  if (exitCode !== 0) {
    throw new Error(`${path} ${args.at(-1)} failed: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return new TextDecoder().decode(stdout);
}
