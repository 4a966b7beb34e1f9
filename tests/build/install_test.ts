/** scripts/install.sh, with an empty /usr/local, the kernel of WSL2 and a wslfwd that only says how it was called. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { lacks } from "../contract/needs.ts";
import { type CommandResult, runCommand } from "../../src/process/command.ts";
import { STRANGER } from "./packed.ts";

const INSTALL = new URL("../../scripts/install.sh", import.meta.url).pathname;
const ignore = lacks("root");

/** Writes down its arguments; prints them; fails where there is a file that says so. */
const WSLFWD = `#!/bin/sh
echo "$*" >>FOLDER/calls
[ ! -e FOLDER/fails ] || exit 1
echo "this is $*"
`;

/** Each word on a line, as a program that is asked for by a name of its own. */
const SAY = '#!/bin/sh\necho "${0##*/} $*"\n';

const FILES = [
  "/usr/local/bin/wslfwd",
  "/usr/local/share/bash-completion/completions/wslfwd",
  "/usr/local/share/fish/vendor_completions.d/wslfwd.fish",
  "/usr/local/share/man/man1/wslfwd.1",
  "/usr/local/share/zsh/site-functions/_wslfwd",
];

/** A machine to install on. */
class Machine implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Machine> {
    const folder = await Deno.makeTempDir();
    await Deno.chmod(folder, 0o755);
    for (const name of ["local", "dist", "cache"]) await Deno.mkdir(`${folder}/${name}`, { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/dist/wslfwd`, WSLFWD.replaceAll("FOLDER", folder), { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/say`, SAY, { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/calls`, "");
    await Deno.writeTextFile(`${folder}/release`, "6.6.87.2-microsoft-standard-WSL2\n");
    return new Machine(folder);
  }

  get file(): string {
    return `${this.folder}/dist/wslfwd`;
  }

  /** Runs install.sh; `before`: shell commands that make the machine another one. */
  async install(args: readonly string[], before = ":", uid = 0): Promise<Output> {
    const mounts = 'mount --bind "$1/local" /usr/local && mount --bind "$1/cache" /var/cache && ' +
      'mount --bind "$1/release" /proc/sys/kernel/osrelease';
    return new Output(
      await runCommand("/usr/bin/unshare", [
        ...["--mount", "--propagation", "private"],
        ...["/bin/sh", "-c", `${mounts} && { ${before}; } && shift && exec "$@"`, "sh", this.folder],
        ...["/usr/bin/setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"],
        ...["/usr/bin/env", "-i", "PATH=/evil", "/bin/sh", INSTALL, ...args],
      ], { timeoutMs: 30_000 }),
    );
  }

  /** What is in /usr/local now: path -> text. */
  files(folder = "/usr/local"): Map<string, string> {
    const found = new Map<string, string>();
    for (const { name, isDirectory } of Deno.readDirSync(this.here(folder))) {
      const path = `${folder}/${name}`;
      if (!isDirectory) found.set(path, Deno.readTextFileSync(this.here(path)));
      else for (const [inner, text] of this.files(path)) found.set(inner, text);
    }
    return found;
  }

  /** Where a path of the machine's /usr/local is. */
  here(path: string): string {
    return path.replace("/usr/local", `${this.folder}/local`);
  }

  calls(): string[] {
    return Deno.readTextFileSync(`${this.folder}/calls`).trimEnd().split("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** What it printed, and how it ended. */
class Output {
  readonly code: number;
  readonly lines: string[];
  readonly error: string;

  constructor({ exitCode, stdout, stderr }: CommandResult) {
    this.code = exitCode;
    this.lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    this.error = new TextDecoder().decode(stderr).trimEnd();
  }
}

async function hashOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function onMachine(name: string, run: (machine: Machine) => Promise<void>): void {
  Deno.test({
    name: `install.sh ${name}`,
    ignore,
    fn: async () => {
      await using machine = await Machine.make();
      await run(machine);
    },
  });
}

onMachine("installs a file that was built here, its completions and its manual page", async (machine) => {
  const { code, lines, error } = await machine.install([machine.file]);
  same([code, error], [0, ""]);
  const files = machine.files();
  same([...files.keys()].sort(), FILES);
  equal(files.get(FILES[0]!), await Deno.readTextFile(machine.file));
  for (const path of FILES) {
    const { uid, mode } = Deno.statSync(machine.here(path));
    same([uid, mode! & 0o777], [0, path === FILES[0] ? 0o755 : 0o644]);
  }
  equal(files.get(FILES[1]!), "this is completions bash\n");
  equal(files.get(FILES[3]!), "this is man\n");
  match(
    lines.join("\n"),
    /^SHA-256 [\da-f]{64} \(not compared: .*\n(.*\n)*Next, .*: sudo wslfwd --realtime$/,
  );
});

onMachine("installs what has the right SHA-256, and nothing else", async (machine) => {
  const hash = await hashOf(machine.file), wrong = hash.replace(/^./, (digit) => digit === "0" ? "1" : "0");
  const sums = `${machine.folder}/dist/SHA256SUMS`;
  const refused = async (args: string[], reason: RegExp) => {
    const { code, error } = await machine.install(args);
    equal(code, 1);
    match(error, reason);
    same([...machine.files().keys()], []);
    same(machine.calls(), [""], "it was never run");
  };
  await refused(
    ["--sha256", wrong, machine.file],
    /^install\.sh: Cannot trust .* and should be [\da-f]{64}; get it again$/,
  );
  await Deno.writeTextFile(sums, `${wrong}  wslfwd\n`);
  await refused([machine.file], /^install\.sh: Cannot trust /);
  await Deno.writeTextFile(sums, `${hash}  wslfwd-x86_64\n`);
  await refused([machine.file], /^install\.sh: Cannot verify .*: SHA256SUMS beside it does not name it$/);
  await Deno.writeTextFile(sums, `${wrong}  other\n${hash}  wslfwd\n`);
  const { code, lines } = await machine.install([machine.file]);
  equal(code, 0);
  equal(lines[0], `SHA-256 ${hash}, as it should be`);
});

onMachine("fetches a file of a release with its SHA-256, and never without", async (machine) => {
  // In the place of curl: the path behind the last slash out of dist.
  const curl =
    `#!/bin/sh\nwhile [ "$1" != --output ]; do shift; done\ncp "${machine.folder}/dist/\${4##*/}" "$2"\n`;
  await Deno.writeTextFile(`${machine.folder}/curl`, curl, { mode: 0o755 });
  const before = 'mkdir -p /usr/local/bin && cp "$1/curl" /usr/local/bin/curl';
  const url = "https://example.test/releases/v1/wslfwd";
  const without = await machine.install([url], before);
  equal(without.code, 1);
  match(without.error, /Cannot fetch https:\/\/example\.test\/releases\/v1\/SHA256SUMS$/);
  same(machine.calls(), [""]);
  await Deno.writeTextFile(`${machine.folder}/dist/SHA256SUMS`, `${await hashOf(machine.file)}  wslfwd\n`);
  const { code, lines } = await machine.install([url], before);
  same([code, lines[0]], [0, `Fetching ${url}`]);
  ok(machine.files().has(FILES[0]!));
  const plain = await machine.install(["http://example.test/wslfwd"]);
  match(plain.error, /^install\.sh: Cannot take http:\/\/example\.test\/wslfwd: only https:\/\/ and files$/);
});

onMachine("takes bpftrace from the distro's package manager, where it is told to", async (machine) => {
  const managers: readonly (readonly [string, string])[] = [
    ["apt-get", "apt-get install -y bpftrace"],
    ["dnf", "dnf install -y bpftrace"],
    ["pacman", "pacman -S --noconfirm bpftrace"],
    ["zypper", "zypper --non-interactive install bpftrace"],
    ["apk", "apk add bpftrace"],
  ];
  for (const [name, command] of managers) {
    const offered = await machine.install(["--bpftrace", "no", machine.file], withOnly(name));
    equal(offered.error, "");
    ok(offered.lines.includes(`bpftrace, which --realtime can use, is not installed: sudo ${command}`), name);
    const taken = await machine.install(["--bpftrace", "yes", machine.file], withOnly(name));
    ok(taken.lines.includes(command), taken.lines.join("\n"));
  }
});

/** Makes a machine without bpftrace whose only package manager is the named one. */
function withOnly(manager: string): string {
  const hidden = ["bpftrace", "apt-get", "dnf", "pacman", "zypper", "apk"].filter((name) => name !== manager);
  const hide = hidden.map((name) => `[ ! -e /usr/bin/${name} ] || mount --bind /dev/null /usr/bin/${name}`)
    .join("; ");
  return `rm -rf /usr/local/bin; mkdir /usr/local/bin; cp "$1/say" /usr/local/bin/${manager}; mount -t tmpfs tmpfs /usr/sbin; ${hide}; :`;
}

const REFUSALS: readonly (readonly [string, RegExp, readonly string[], string, number])[] = [
  ["outside WSL2", /This is not WSL2 \(kernel 6\.1\.0-amd64\): /, [], 'echo 6.1.0-amd64 >"$1/release"', 0],
  ["in WSL1", /This is WSL1, /, [], 'echo 4.4.0-19041-Microsoft >"$1/release"', 0],
  ["on another machine", /There is no wslfwd for uname -m, /, [], 'mount --bind "$1/say" /usr/bin/uname', 0],
  [
    "without root",
    /This needs root, .*; use: sudo sh '\S+\/install\.sh' '--bpftrace' 'no' 'FILE'$/,
    ["--bpftrace", "no"],
    ":",
    STRANGER,
  ],
  [
    "where others can write to /usr/local",
    /Others than root can change \/usr\/local; /,
    [],
    "chmod 777 /usr/local",
    0,
  ],
  [
    "where /usr/local/bin is a user's",
    /can change \/usr\/local\/bin; /,
    [],
    "mkdir /usr/local/bin; chown 7 /usr/local/bin",
    0,
  ],
  ["what does not run here", /Cannot use FILE: it does not run on this system$/, [], 'touch "$1/fails"', 0],
  ["with an option that it does not know", /There is no option --evil; usage: /, ["--evil"], ":", 0],
  ["with a SHA-256 that is none", /--sha256 takes 64 digits; usage: /, ["--sha256", "12"], ":", 0],
];

for (const [when, reason, args, before, uid] of REFUSALS) {
  onMachine(`installs nothing ${when}`, async (machine) => {
    const { code, error } = await machine.install([...args, machine.file], before, uid);
    equal(code, 1);
    match(error.replaceAll(machine.file, "FILE"), new RegExp(`^install\\.sh: .*${reason.source}`));
    equal(error.split("\n").length, 1);
    same([...machine.files().keys()], []);
  });
}

onMachine(
  "--uninstall has the rules removed first, then what it installed and what was unpacked",
  async (machine) => {
    await machine.install([machine.file]);
    await Deno.mkdir(`${machine.folder}/cache/wslfwd`);
    await Deno.writeTextFile(`${machine.folder}/fails`, "");
    const kept = await machine.install(["--uninstall"]);
    equal(kept.code, 1);
    match(kept.error, /^install\.sh: Nothing was removed: wslfwd autostart disable failed, /);
    equal(machine.files().size, FILES.length);
    await Deno.remove(`${machine.folder}/fails`);
    // Also where it can no longer be used.
    const { code } = await machine.install(["--uninstall"], 'echo 6.1.0-amd64 >"$1/release"');
    equal(code, 0);
    equal(machine.calls().at(-1), "--clean-rules");
    same([...machine.files().keys()], []);
    same([...Deno.readDirSync(`${machine.folder}/cache`)], []);
    equal((await machine.install(["--uninstall"])).code, 0, "once more does no harm");
  },
);

onMachine("--uninstall --keep-rules asks nothing of wslfwd", async (machine) => {
  await machine.install([machine.file]);
  const before = machine.calls().length;
  equal((await machine.install(["--uninstall", "--keep-rules"])).code, 0);
  same([machine.files().size, machine.calls().length], [0, before]);
});
