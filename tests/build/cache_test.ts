/** What a self-extracting wslfwd makes of the folder it unpacks into, whoever was there before. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { lacks } from "../contract/needs.ts";
import { Packed, STRANGER } from "./packed.ts";

const ignore = lacks("root");

/** What would tell that something else ran. */
const EVIL = "#!/bin/sh\necho evil\n";

for (const [who, uid] of [["root", 0], ["a user", STRANGER]] as const) {
  Deno.test({
    name: `the cache of ${who} is made once, closed to others, and run from then on`,
    ignore,
    fn: async () => {
      await using packed = await Packed.make(uid);
      equal((await packed.start()).ran, "program 1.0.0");
      const name = packed.list()[0]!;
      match(name, /^1\.0\.0-[\da-f]{16}$/);
      const paths = [
        packed.cache,
        ...["", "/wslfwd", "/wslfwd.js", "/checked"].map((end) => packed.unpacked + end),
      ];
      const look = () => paths.map((path) => Deno.lstatSync(path));
      const before = look();
      for (const info of before) same([info.mode! & 0o077, info.uid], [0, uid]);
      equal((await packed.start()).ran, "program 1.0.0");
      same(packed.list(), [name]);
      same(look().map((info) => [info.ino, info.ctime]), before.map((info) => [info.ino, info.ctime]));
    },
  });

  for (const [what, damage] of Object.entries(damages(uid))) {
    Deno.test({
      name: `the cache of ${who} is made anew, and nothing else is run, where ${what}`,
      ignore,
      fn: async () => {
        await using packed = await Packed.make(uid);
        await packed.start();
        const name = packed.list()[0]!;
        await damage(packed, packed.unpacked);
        const { ran, stderr, code } = await packed.start();
        same([ran, stderr, code], ["program 1.0.0", "", 0]);
        same(packed.list(), [name]);
        same([...Deno.readDirSync(packed.unpacked)].map((entry) => entry.name).sort(), [
          "checked",
          "wslfwd",
          "wslfwd.js",
        ]);
        for (const end of ["", "/wslfwd", "/wslfwd.js", "/checked"]) {
          const { mode, uid: owner, isSymlink } = Deno.lstatSync(packed.unpacked + end);
          same([mode! & 0o077, owner, isSymlink], [0, uid, false]);
        }
      },
    });
  }

  for (const [what, [prepare, reason]] of Object.entries(distrusts(uid))) {
    Deno.test({
      name: `the cache of ${who} is refused, and left as it is, where ${what}`,
      ignore,
      fn: async () => {
        await using packed = await Packed.make(uid);
        await packed.start();
        await Deno.rename(`${packed.unpacked}/wslfwd.js`, `${packed.unpacked}/aside`);
        await prepare(packed);
        const { stdout, stderr, code } = await packed.start();
        same([stdout, code], ["", 1]);
        match(stderr, reason);
        equal(stderr.split("\n").length, 2, "one line");
        ok(Deno.statSync(`${packed.unpacked}/aside`).isFile, "nothing was touched");
      },
    });
  }

  Deno.test({
    name: `the cache of ${who} is right after many first starts at once`,
    ignore,
    fn: async () => {
      await using packed = await Packed.make(uid);
      const all = await Promise.all(Array.from({ length: 6 }, () => packed.start()));
      same(all.map(({ ran, stderr }) => [ran, stderr]), all.map(() => ["program 1.0.0", ""]));
      equal(packed.list().length, 1);
    },
  });

  Deno.test({
    name: `the cache of ${who} loses other versions, but none that runs, and what killed starts left`,
    ignore,
    fn: async () => {
      // GNU yes writes its arguments until nobody reads them; a program, as no script would be known to /proc.
      await using packed = await Packed.make(uid, {}, "/usr/bin/yes");
      const [path, ...args] = packed.argv({ env: { XDG_CACHE_HOME: packed.base, POSIXLY_CORRECT: "1" } });
      const child = new Deno.Command(path!, { args, stdout: "piped" }).spawn();
      try {
        const reader = child.stdout.getReader();
        await reader.read();
        const running = packed.list()[0]!;
        await Deno.mkdir(`${packed.cache}/.new.AbCdEfGhIj`);
        await packed.pack("2.0.0");
        equal((await packed.start()).ran, "program 2.0.0");
        const two = packed.list().sort();
        same([two.length, two[0]], [2, running]);
        child.kill("SIGKILL");
        reader.releaseLock();
        await child.stdout.cancel();
        await child.status;
        await packed.pack("3.0.0");
        equal((await packed.start()).ran, "program 3.0.0");
        match(packed.list().join(" "), /^3\.0\.0-\w+$/);
      } finally {
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended.
        }
      }
    },
  });
}

type Damage = (packed: Packed, unpacked: string) => Promise<unknown>;

function damages(uid: number): Record<string, Damage> {
  const evilFolder = async (packed: Packed) => {
    const folder = `${packed.folder}/evil`;
    await Deno.mkdir(folder);
    for (const name of ["wslfwd", "wslfwd.js"]) {
      await Deno.writeTextFile(`${folder}/${name}`, EVIL, { mode: 0o755 });
    }
    return folder;
  };
  const replaceByLink = (name: string): Damage => async (packed, unpacked) => {
    await Deno.remove(`${unpacked}/${name}`);
    await Deno.symlink(`${await evilFolder(packed)}/${name}`, `${unpacked}/${name}`);
  };
  return {
    "the runtime is another": (_, unpacked) => Deno.writeTextFile(`${unpacked}/wslfwd`, EVIL),
    "a byte of the program differs, its size and time do not": async (_, unpacked) => {
      const path = `${unpacked}/wslfwd.js`;
      const { atime, mtime } = await Deno.stat(path);
      await Deno.writeTextFile(path, "progrxm 1.0.0\n");
      await Deno.utime(path, atime!, mtime!);
    },
    "the program is cut off": (_, unpacked) => Deno.truncate(`${unpacked}/wslfwd.js`, 3),
    "the runtime is empty": (_, unpacked) => Deno.truncate(`${unpacked}/wslfwd`, 0),
    "the runtime is missing": (_, unpacked) => Deno.remove(`${unpacked}/wslfwd`),
    "the runtime is a link": replaceByLink("wslfwd"),
    "the program is a link": replaceByLink("wslfwd.js"),
    "all can write the runtime": async (_, unpacked) => {
      await Deno.chmod(`${unpacked}/wslfwd`, 0o777);
    },
    "all can write the folder": (_, unpacked) => Deno.chmod(unpacked, 0o777),
    // A user cannot remove what is in there; see below.
    ...(uid === 0 &&
      { "the folder is somebody else's": (_, unpacked) => Deno.chown(unpacked, STRANGER, STRANGER) }),
    "the runtime is somebody else's": (_, unpacked) =>
      Deno.chown(`${unpacked}/wslfwd`, STRANGER + 1, STRANGER + 1),
    "the folder is a link": async (packed, unpacked) => {
      await Deno.remove(unpacked, { recursive: true });
      await Deno.symlink(await evilFolder(packed), unpacked);
    },
    "a file is in its place": async (_, unpacked) => {
      await Deno.remove(unpacked, { recursive: true });
      await Deno.writeTextFile(unpacked, EVIL, { mode: 0o755 });
    },
    "a start was killed half-way": async (_, unpacked) => {
      await Deno.remove(`${unpacked}/wslfwd.js`);
      await Deno.truncate(`${unpacked}/wslfwd`, 5);
      await Deno.rename(unpacked, `${unpacked.slice(0, unpacked.lastIndexOf("/"))}/.new.AbCdEfGhIj`);
    },
    "the notes about it are missing": (_, unpacked) => Deno.remove(`${unpacked}/checked`),
    "the notes about it are empty": (_, unpacked) => Deno.truncate(`${unpacked}/checked`, 0),
    "the notes about it are of something else, and the program too": async (_, unpacked) => {
      await Deno.writeTextFile(`${unpacked}/wslfwd.js`, EVIL);
      await Deno.writeTextFile(`${unpacked}/checked`, "81c0.0.1.2.3\n81c0.0.1.2.3\n");
    },
  };
}

function distrusts(uid: number): Record<string, readonly [(packed: Packed) => Promise<unknown>, RegExp]> {
  const notTrusted =
    /^wslfwd: Cannot trust \S+\/wslfwd: it is no folder of your own that is closed to others; /;
  const others = /^wslfwd: Cannot unpack into \S+\/wslfwd: others can change \S+; mend /;
  const foreignVersion = ({ unpacked }: Packed) => Deno.chown(unpacked, STRANGER + 1, STRANGER + 1);
  return {
    ...(uid !== 0 && {
      "a version in it is somebody else's": [
        foreignVersion,
        /^wslfwd: Cannot replace \S+, which is not what it should be; /,
      ],
    }),
    "it is a link": [async ({ cache, folder }) => {
      await Deno.rename(cache, `${folder}/real`);
      await Deno.symlink(`${folder}/real`, cache);
    }, notTrusted],
    "it is somebody else's": [({ cache }) => Deno.chown(cache, STRANGER + 1, STRANGER + 1), notTrusted],
    "all can write it": [({ cache }) => Deno.chmod(cache, 0o777), notTrusted],
    "its group can write it": [({ cache }) => Deno.chmod(cache, 0o770), notTrusted],
    "all can write the folder above": [({ base }) => Deno.chmod(base, 0o777), others],
    "the folder above is somebody else's": [({ base }) => Deno.chown(base, STRANGER + 1, uid), others],
  };
}
