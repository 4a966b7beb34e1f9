import { deepStrictEqual as equal, match, ok, rejects, throws } from "node:assert/strict";
import { CONFIG_NAMES, loadConfig } from "../../../src/config/file/config_file.ts";
import { CONFIG_KEYS } from "../../../src/config/file/config_keys.ts";
import { renderConfig, writeConfig } from "../../../src/config/file/gen_config.ts";
import type { InvokingUser } from "../../../src/config/invoking_user.ts";
import { ConfigError, parseConfig } from "../../../src/config/file/parse_config.ts";
import { type Choices, mergeSettings } from "../../../src/config/settings.ts";
import { PortSet } from "../../../src/net/port_set.ts";

const IS_ROOT = Deno.uid() === 0;
const SOMEBODY = 54321;

/** A home of its own for one test. */
async function withHome(use: (user: InvokingUser & { home: string }) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    await use({ uid: Deno.uid()!, gid: Deno.gid()!, home });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Writes a file that nobody else can write, whatever the umask. */
async function writeFile(path: string, text: string | Uint8Array, mode = 0o644): Promise<void> {
  await Deno.writeFile(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
  await Deno.chmod(path, mode);
}

async function refusal(path: string | null, user: InvokingUser, message: RegExp): Promise<void> {
  await rejects(loadConfig(path, user), (error) => {
    ok(error instanceof ConfigError, String(error));
    match(error.message, message);
    ok(!error.message.includes("\n"));
    return true;
  });
}

Deno.test("loadConfig finds nothing where there is nothing", async () => {
  await withHome(async (user) => equal(await loadConfig(null, user), null));
  equal(await loadConfig(null, { uid: 0, gid: 0, home: null }), null);
});

Deno.test("loadConfig reads the documented name, and the older one where that is missing", async () => {
  await withHome(async (user) => {
    const [documented, older] = CONFIG_NAMES.map((name) => `${user.home}/${name}`) as [string, string];
    await writeFile(older, '{"linger": 2}');
    equal((await loadConfig(null, user))?.path, older);
    await writeFile(documented, '{"linger": 3}');
    const loaded = await loadConfig(null, user);
    equal([loaded?.path, loaded?.choices.lingerMs], [documented, 3000]);
  });
});

Deno.test("loadConfig reads a named file, and misses it", async () => {
  await withHome(async (user) => {
    const path = `${user.home}/my config.json`;
    await refusal(path, user, /my config\.json: there is no such file; wslfwd --gen-config/);
    await writeFile(path, "{}", 0o600);
    equal((await loadConfig(path, user))?.path, path);
  });
});

Deno.test("loadConfig follows no link", async () => {
  await withHome(async (user) => {
    await writeFile(`${user.home}/real.json`, "{}");
    await Deno.symlink(`${user.home}/real.json`, `${user.home}/${CONFIG_NAMES[0]}`);
    await refusal(null, user, /expected a regular file, found a link/);
  });
});

Deno.test("loadConfig opens no folder, no device and no pipe", async () => {
  await withHome(async (user) => {
    await refusal(user.home, user, /expected a regular file/);
    await refusal("/dev/zero", user, /expected a regular file/);
  });
});

Deno.test("loadConfig refuses what others can write", async () => {
  await withHome(async (user) => {
    const path = `${user.home}/${CONFIG_NAMES[0]}`;
    for (const mode of [0o664, 0o646, 0o666]) {
      await writeFile(path, "{}", mode);
      await refusal(null, user, /others can write the file, .*; run chmod go-w on it/);
    }
  });
});

Deno.test({
  name: "loadConfig takes files of root and of the invoking user, and of nobody else",
  // Only root gives files away.
  ignore: !IS_ROOT,
  fn: () =>
    withHome(async (user) => {
      const path = `${user.home}/${CONFIG_NAMES[0]}`;
      await writeFile(path, "{}");
      const somebody = { ...user, uid: SOMEBODY };
      equal((await loadConfig(null, somebody))?.path, path, "root's");
      await Deno.chown(path, SOMEBODY, SOMEBODY);
      equal((await loadConfig(null, somebody))?.path, path, "the user's own");
      await refusal(null, user, /the file belongs to somebody else/);
    }),
});

Deno.test("loadConfig refuses what is too large and what is no text", async () => {
  await withHome(async (user) => {
    const path = `${user.home}/file`;
    await writeFile(path, " ".repeat((1 << 20) + 1));
    await refusal(path, user, /expected at most 1048576 bytes, found more/);
    await writeFile(path, new Uint8Array([0xff, 0xfe, 0x7b, 0x00]));
    await refusal(path, user, /expected text in UTF-8/);
    await refusal(`${path}/below`, user, /the file cannot be read \(NotADirectory\)/);
  });
});

Deno.test("writeConfig writes each key with its comment, for the user alone, and reads back as the defaults", async () => {
  await withHome(async (user) => {
    const { path } = writeConfig(null, user, {});
    equal(path, `${user.home}/${CONFIG_NAMES[0]}`);
    const text = await Deno.readTextFile(path);
    for (const { name, comment } of CONFIG_KEYS) ok(text.includes(`  // ${comment}\n  "${name}": `), name);
    equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const loaded = await loadConfig(null, user);
    const surroundings = { ephemeralPorts: PortSet.EMPTY, holdsAddress: () => false, isRoot: false };
    equal(mergeSettings({}, loaded!.choices, surroundings), mergeSettings({}, {}, surroundings));
    equal(loaded!.choices.wslIp, null);
  });
});

Deno.test("writeConfig never writes over a file or through a link", async () => {
  await withHome(async (user) => {
    const path = `${user.home}/${CONFIG_NAMES[0]}`;
    await writeFile(path, "mine");
    throws(() => writeConfig(null, user, {}), /there is a file already, and it is left as it is/);
    equal(await Deno.readTextFile(path), "mine");
    await Deno.remove(path);
    await Deno.symlink(`${user.home}/target`, path);
    throws(() => writeConfig(null, user, {}), ConfigError);
    await rejects(Deno.stat(`${user.home}/target`), Deno.errors.NotFound);
    throws(() => writeConfig(`${user.home}/no/folder`, user, {}), /the file cannot be made \(ENOENT\)/);
    throws(() => writeConfig(null, { ...user, home: null }, {}), /the home of the user is not known/);
  });
});

Deno.test({
  name: "writeConfig gives the file to the user who called sudo",
  // Only root gives files away.
  ignore: !IS_ROOT,
  fn: () =>
    withHome(async (user) => {
      const { uid, gid, mode } = await Deno.stat(
        writeConfig(null, { ...user, uid: SOMEBODY, gid: 777 }, {}).path,
      );
      equal([uid, gid, mode! & 0o777], [SOMEBODY, 777, 0o600]);
    }),
});

Deno.test("renderConfig keeps every choice", async () => {
  const choices: Choices = {
    mode: "manual",
    intervalMs: 250,
    lingerMs: 0,
    realtime: "builtin",
    windowsIps: ["192.168.1.20"],
    ipv4Only: true,
    wslIp: "172.23.21.232",
    profiles: "any",
    remoteIps: ["10.0.0.0/8", "localsubnet"],
    allowPrograms: ['no"de', "程序\u202e\n"],
    denyPrograms: ["sshd"],
    allowPorts: { ports: PortSet.parse("80,90-99")!, ephemeral: true },
    denyPorts: { ports: PortSet.parse("22")!, ephemeral: false },
    fixedPorts: PortSet.parse("443,8000-8001")!,
    only: { ports: PortSet.parse("3000")!, maps: [{ hostPort: 8080, guestPort: 5000 }] },
    udp: true,
    fixedUdpPorts: PortSet.parse("53,5000-5001")!,
    published: ["nodeport"],
    helper: "off",
    portMaps: [{ hostPort: 8080, guestPort: 80 }],
    loopback: [
      { program: null, ports: PortSet.parse("5173")!, ranges: PortSet.EMPTY },
      { program: "node", ports: PortSet.parse("3000")!, ranges: PortSet.parse("8000-8010")! },
      { program: "uvicorn", ports: PortSet.EMPTY, ranges: PortSet.EVERY },
    ],
    codePorts: PortSet.parse("9229")!,
    ignoreException: true,
    noCleanup: true,
  };
  equal(await parseConfig(renderConfig(choices), "file"), choices);
  const only = {
    ports: new PortSet([3000, 3001, 5000].map((port) => ({ first: port, last: port }))),
    maps: [],
  };
  const read = (await parseConfig(renderConfig({ only }), "file")).only!;
  equal([3000, 3001, 5000].map((port) => read.ports.names(port)), [true, true, true]);
  equal((await parseConfig(renderConfig({ realtime: "auto" }), "file")).realtime, "auto");
});
