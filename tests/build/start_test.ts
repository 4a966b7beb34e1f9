/** How a self-extracting wslfwd starts what is in it, and what it says where it cannot. */
import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { lacks } from "../contract/needs.ts";
import { RUNTIME_FLAGS } from "../../src/daemon/launch/self_command.ts";
import { runCommand } from "../../src/process/command.ts";
import { lacksProgram } from "./lacks_program.ts";
import { Packed, type StartOptions, STRANGER } from "./packed.ts";
import type { Target } from "../../scripts/build/target.ts";

const ignore = lacks("root");

/** What nobody may do anything with but pass it on. */
const ARGUMENTS = ["", "a b", "two\nlines", "$(id)", "'\"\\", "*", "--", "--version", "-", "é"];

for (const shell of [["/bin/sh"], ["/bin/dash"], ["/bin/bash", "--posix"], ["/bin/bash"]]) {
  Deno.test({
    name: `a packed file passes on every argument, by ${shell.join(" ")}`,
    ignore,
    fn: async () => {
      await using packed = await Packed.make(STRANGER);
      for (let start = 0; start < 2; start++) {
        const { stdout, stderr, code } = await packed.start({ args: ARGUMENTS, shell });
        const words = ["run", ...RUNTIME_FLAGS, `${packed.unpacked}/wslfwd.js`, ...ARGUMENTS];
        same([stdout, stderr, code], [`program 1.0.0\n${words.join("\n")}\n`, "", 0]);
      }
    },
  });
}

Deno.test({
  name: "a packed file leaves folder, umask, PATH and input as they are, and takes Deno's settings away",
  ignore,
  fn: async () => {
    await using packed = await Packed.make(0);
    const runtime = `${packed.folder}/tell`;
    const text =
      '#!/bin/sh\n[ "$1" = --version ] || { pwd; umask; /usr/bin/env | /usr/bin/sort; read -r x; echo "<$x>"; }\n';
    await Deno.writeTextFile(runtime, text);
    await packed.pack("1.0.0", {}, runtime);
    const before = "umask 027 && cd / && exec </etc/hostname";
    const env = {
      DENO_DIR: "/evil",
      DENO_V8_FLAGS: "--evil",
      NODE_OPTIONS: "--evil",
      KEPT: "yes",
      XDG_CACHE_HOME: "/evil",
    };
    const { stdout } = await packed.start({ before, env });
    const folder = `/var/cache/wslfwd/${packed.list()[0]}`;
    const hostname = (await Deno.readTextFile("/etc/hostname")).trim();
    // _ is the shell's, as is PWD of some.
    same(stdout.trim().split("\n").filter((line) => !/^(_|PWD|OLDPWD|SHLVL)=/.test(line)), [
      "/",
      "0027",
      `DENO_DIR=${folder}/state`,
      "DENO_NO_UPDATE_CHECK=1",
      "KEPT=yes",
      "PATH=/caller's/bin",
      `WSLFWD_FILE=${packed.file}`,
      "XDG_CACHE_HOME=/evil",
      `<${hostname}>`,
    ]);
  },
});

Deno.test({
  name: "a packed file keeps a user's cache by XDG_CACHE_HOME, else HOME, else as passwd(5) says",
  ignore,
  fn: async () => {
    await using packed = await Packed.make(STRANGER);
    const ran = async (env: Record<string, string>, before = ":") =>
      (await packed.start({ env, before })).stdout;
    match(
      await ran({ XDG_CACHE_HOME: packed.base, HOME: "/evil" }),
      new RegExp(`^${packed.base}/wslfwd/`, "m"),
    );
    match(await ran({ HOME: packed.base }), new RegExp(`^${packed.base}/.cache/wslfwd/`, "m"));
    match(
      await ran({ HOME: packed.base, XDG_CACHE_HOME: "not/absolute" }),
      new RegExp(`^${packed.base}/.cache/wslfwd/`, "m"),
    );
    const entry = `x:x:${STRANGER}:${STRANGER}::${packed.base}/home:/bin/sh`;
    await Deno.mkdir(`${packed.base}/home`);
    await Deno.chown(`${packed.base}/home`, STRANGER, STRANGER);
    const passwd = `echo ${entry} >"$1/passwd" && mount --bind "$1/passwd" /etc/passwd`;
    match(await ran({}, passwd), new RegExp(`^${packed.base}/home/.cache/wslfwd/`, "m"));
  },
});

interface Refusal {
  readonly uid?: number;
  readonly target?: Partial<Target>;
  readonly options?: StartOptions;
  readonly prepare?: (packed: Packed) => Promise<unknown>;
  readonly line: RegExp;
}

/** How many bytes the runtime of the tests for full disks has. */
const BIG = 3 << 20;

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "has lost its end": {
    prepare: async ({ file }) => await Deno.truncate(file, (await Deno.stat(file)).size - 200),
    line: /Cannot unpack \S+: it is not whole \(\d+ of \d+ bytes\); get it again$/,
  },
  "has a wrong byte": {
    prepare: async ({ file }) => {
      const bytes = await Deno.readFile(file);
      bytes[bytes.length - 40]! ^= 0xff;
      await Deno.writeFile(file, bytes);
    },
    line: /Cannot unpack \S+ into \S+: (gzip|tar|it is damaged)\b/,
  },
  "finds the disk full": {
    options: { before: "mount -t tmpfs -o size=1m,mode=755 tmpfs /var/cache" },
    prepare: async (packed) => {
      const runtime = `${packed.folder}/big`;
      await Deno.writeFile(runtime, crypto.getRandomValues(new Uint8Array(1 << 16)));
      await Deno.truncate(runtime, BIG);
      await packed.pack("1.0.0", {}, runtime);
    },
    line: /Cannot unpack into \/var\/cache\/wslfwd: it takes 4 MB, and \d MB are free there$/,
  },
  "finds the disk full of files": {
    options: { before: "mount -t tmpfs -o nr_inodes=2,mode=755 tmpfs /var/cache" },
    line: /Cannot make a folder in \/var\/cache\/wslfwd: mktemp: .*$/,
  },
  "may not run anything there": {
    options: { before: "mount -t tmpfs -o noexec,mode=755 tmpfs /var/cache" },
    line: /Cannot run programs from \/var\/cache\/wslfwd: its file system is mounted noexec$/,
  },
  "may not run anything there any more": {
    prepare: (packed) => packed.start(),
    options: { before: "mount -o remount,bind,noexec /var/cache" },
    line: /Cannot run programs from \/var\/cache\/wslfwd: its file system is mounted noexec$/,
  },
  "is for another machine": {
    target: { architecture: Deno.build.arch === "x86_64" ? "aarch64" : "x86_64" },
    line: /Cannot run here: this is wslfwd for \w+, the machine is \w+$/,
  },
  "finds no glibc": {
    target: { loader: "/lib/ld-none.so.2" },
    line:
      /Cannot run here: this distro has no glibc \(\/lib\/ld-none\.so\.2\); take one that has, such as Debian$/,
  },
  "finds no flock": {
    options: { before: "mount --bind /dev/null /usr/bin/flock" },
    line: /Cannot unpack without flock: install it \(looked for in \S+\)$/,
  },
  "has a runtime that does not start": {
    prepare: async (packed) => {
      const runtime = `${packed.folder}/failing`;
      await Deno.writeTextFile(
        runtime,
        "#!/bin/sh\necho \"libc.so.6: version 'GLIBC_2.99' not found\" >&2\nexit 1\n",
      );
      await packed.pack("1.0.0", {}, runtime);
    },
    line: /Cannot run the runtime on this system: libc\.so\.6: version 'GLIBC_2\.99' not found$/,
  },
  "is of a user without a home": {
    uid: STRANGER,
    options: { env: {} },
    line: /Cannot find a folder to unpack into: set HOME, or XDG_CACHE_HOME to a folder of yours$/,
  },
  "is of a user who cannot write there": {
    uid: STRANGER,
    options: { env: { HOME: "/" } },
    line: /Cannot make \/\.cache: .*; or set XDG_CACHE_HOME to another folder of yours$/,
  },
};

for (const [what, { uid = 0, target, options, prepare, line }] of Object.entries(REFUSALS)) {
  Deno.test({
    name: `a packed file that ${what} says so in one line, and leaves nothing half-done`,
    ignore,
    fn: async () => {
      await using packed = await Packed.make(uid, target);
      await prepare?.(packed);
      const { stdout, stderr, code } = await packed.start(options);
      same([stdout, code], ["", 1]);
      match(stderr.replace(/\n$/, ""), new RegExp(`^wslfwd: ${line.source}`));
      equal(stderr.split("\n").length, 2, stderr);
      try {
        const left = packed.list().filter((name) => name.startsWith(".new"));
        same(left, []);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    },
  });
}

const SCRIPTS = [
  "build/self_extracting.sh",
  "build/as_sudo.sh",
  "package/launch.sh",
  "package/deb/postinst.sh",
  "package/deb/prerm.sh",
  "install.sh",
  "try_contract.sh",
  "try_wsl.sh",
];

for (const script of SCRIPTS) {
  Deno.test({
    name: `${script} has nothing that shellcheck or a shell complains of`,
    ignore: lacksProgram("/usr/bin/shellcheck", "shellcheck"),
    fn: async () => {
      const path = new URL(`../../scripts/${script}`, import.meta.url).pathname;
      // What is filled in later is not there yet.
      const text = (await Deno.readTextFile(path)).replace(/@[A-Z\d_]+@/g, "1");
      const copy = await Deno.makeTempFile({ suffix: ".sh" });
      try {
        await Deno.writeTextFile(copy, text);
        for (
          const argv of [["/usr/bin/shellcheck", copy], ["/bin/dash", "-n", copy], ["/bin/bash", "-n", copy]]
        ) {
          const { exitCode, stdout, stderr } = await runCommand(argv[0]!, argv.slice(1), {
            timeoutMs: 30_000,
          });
          const words = new TextDecoder().decode(new Uint8Array([...stdout, ...stderr]));
          same([exitCode, words], [0, ""]);
        }
      } finally {
        await Deno.remove(copy);
      }
    },
  });
}
