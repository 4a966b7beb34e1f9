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

/** As Debian names them. */
export type Architecture = "amd64" | "arm64";

const MIRROR = "http://deb.debian.org/debian";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** From the oldest kernel that has ring buffers and is still published to the newest one. */
const SUITES = ["bullseye", "bookworm", "bookworm-backports", "trixie", "trixie-backports"] as const;
const TIMEOUT_MS = 300_000;

/** Debian's packages, by an apt of our own: the lists and packages of this machine stay as they are. */
export class DebianArchive {
  readonly #folder: string;
  readonly #options: readonly string[];
  readonly #kernelPackage: string;

  private constructor(folder: string, architecture: Architecture) {
    this.#folder = folder;
    this.#kernelPackage = `linux-image-cloud-${architecture}`;
    const settings = {
      "APT::Architecture": architecture,
      "APT::Architectures": architecture,
      "APT::Sandbox::User": "root",
      "Dir::Cache": `${folder}/apt`,
      "Dir::Etc::sourcelist": `${folder}/apt/sources.list`,
      "Dir::Etc::sourceparts": "-",
      "Dir::State::lists": `${folder}/apt/lists`,
      "Dir::State::status": "/dev/null",
    };
    this.#options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  }

  /** Reads what there is. `folder` is for this alone, and kept: what lies there is not downloaded again. */
  static async open(folder: string, architecture: Architecture): Promise<DebianArchive> {
    for (const name of ["lists/partial", "archives/partial"]) {
      await Deno.mkdir(`${folder}/apt/${name}`, { recursive: true });
    }
    const lines = SUITES.map((suite) => `deb [signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`);
    await Deno.writeTextFile(`${folder}/apt/sources.list`, lines.join(""));
    const archive = new DebianArchive(folder, architecture);
    await archive.#run("/usr/bin/apt-get", "-q", "update");
    return archive;
  }

  /** The kernels whose version is wanted, the oldest first. */
  async downloadKernels(isWanted: (version: string) => boolean): Promise<Kernel[]> {
    const listed = await this.#run("/usr/bin/apt-cache", "madison", this.#kernelPackage);
    const kernels: Kernel[] = [];
    for (const line of listed.trim().split("\n").reverse()) {
      const [, version, source] = line.split("|").map((word) => word.trim());
      if (version === undefined || !isWanted(version)) continue;
      const about = await this.#run("/usr/bin/apt-cache", "show", `${this.#kernelPackage}=${version}`);
      const name = /^Depends:.*?(linux-image-[^\s,]+)/m.exec(about)?.[1];
      if (name === undefined) throw new Error(`${this.#kernelPackage} ${version} names no kernel`);
      const suite = source?.split(" ")[1]?.replace("/main", "") ?? "";
      kernels.push({ version, suite, image: await this.#findKernel(name, version) });
    }
    return kernels;
  }

  /** Downloads a package, unpacks it and returns the path of the folder it is in. `choice`: `=version` or `/suite`. */
  async unpack(name: string, choice: string): Promise<string> {
    const target = `${this.#folder}/${name}`;
    if ((await list(target)).length > 0) return target;
    await this.#run("/usr/bin/apt-get", "-q", "download", `${name}${choice}`);
    const file = (await list(this.#folder)).find((file) => file.startsWith(`${name}_`));
    if (file === undefined) throw new Error(`apt-get downloaded no ${name}`);
    await runOrThrow("/usr/bin/dpkg-deb", ["-x", file, target], this.#folder);
    await Deno.remove(`${this.#folder}/${file}`);
    return target;
  }

  /** Since 7.0 the image is in a package of its own, among its modules. */
  async #findKernel(name: string, version: string): Promise<string> {
    for (const part of [name, name.replace("linux-image", "linux-binary")]) {
      const unpacked = await this.unpack(part, `=${version}`);
      const modules = `${unpacked}/usr/lib/modules`;
      for (
        const folder of [
          `${unpacked}/boot`,
          ...(await list(modules)).map((name) => `${modules}/${name}`),
        ]
      ) {
        const image = (await list(folder)).find((name) => /^vmlinuz(-|$)/.test(name));
        if (image !== undefined) return `${folder}/${image}`;
      }
    }
    throw new Error(`${name} ${version} holds no vmlinuz`);
  }

  #run(path: string, ...args: readonly string[]): Promise<string> {
    return runOrThrow(path, [...this.#options, ...args], this.#folder);
  }
}

async function runOrThrow(path: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(path, args, { timeoutMs: TIMEOUT_MS, cwd });
  if (exitCode !== 0) {
    throw new Error(`${path} ${args.at(-1)} failed: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return new TextDecoder().decode(stdout);
}

/** The names in a folder; none where it is not there. */
async function list(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch {
    return [];
  }
}
