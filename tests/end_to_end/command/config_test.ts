/** The config file: whose it is, what it is called, what it says, and how it is made. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { CONFIG_KEYS } from "../../../src/config/file/config_keys.ts";
import type { SpawnOptions } from "../../simulated/guest.ts";
import type { Lab } from "../../simulated/lab.ts";
import { startForwarder, stopForwarder } from "../forwarder.ts";
import { forwardings, waitForHoldings } from "../holdings.ts";
import { scenario } from "../scenario.ts";

const HOME = "/run/guest/home";
const NAME = ".wsl_port_forwarding.json", OLD_NAME = ".wsl-port-forward.json";

/** As the predecessor's documents show it, comments and all. */
const DOCUMENTED = `{
    // how often to look
    "update_interval": 0.5,
    "windows_ip": "0.0.0.0",
    "wsl_ip": "172.17.110.111", // yesterday's
    "ignore_exception": false,
    "allow_program_name": ["deno"],
    "disallow_program_name": []
}
`;

const FROZEN = `wslfwd: the config file's "wsl_ip" 172.17.110.111 is not followed: ` +
  "this guest does not hold it; remove the key";

/** A user `jo` of number 1234 in the guest, with a home; and what sudo says when jo calls it. */
const SUDO: SpawnOptions = {
  env: { HOME: "/root", SUDO_USER: "jo", SUDO_UID: "1234", SUDO_GID: "1234", WSL_INTEROP: undefined },
};

async function makeUser(lab: Lab): Promise<void> {
  await lab.guest.run(
    "sh",
    "-ec",
    `mkdir ${HOME}; chown 1234:1234 ${HOME}; cp /etc/passwd /run/guest/passwd
    echo 'jo:x:1234:1234::${HOME}:/bin/sh' >>/run/guest/passwd; mount --bind /run/guest/passwd /etc/passwd`,
  );
}

function write(lab: Lab, path: string, text: string): Promise<void> {
  const script = 'umask 077; printf %s "$2" >"$1"; chown --reference="${1%/*}" "$1"';
  return lab.guest.run("sh", "-ec", script, "sh", path, text);
}

async function read(lab: Lab, path: string): Promise<string> {
  return (await lab.guest.spawn(["cat", path]).exit).stdout;
}

for (const name of [NAME, OLD_NAME]) {
  scenario(`the predecessor's ~/${name} is read, under sudo that of who called it`, async (lab) => {
    await makeUser(lab);
    await write(lab, `${HOME}/${name}`, DOCUMENTED);
    await using _server = await lab.guest.listen(3000);
    for (const options of [SUDO, { uid: 1234, env: { HOME } }]) {
      const program = lab.wslfwd([], options);
      await program.waitForLine(/ ready: \d ports? forwarded to 172\.23\.21\.232$/);
      match(program.lines[0]!, /^config: \/\S+$/);
      same(program.errorLines, [FROZEN]);
      await program.kill("SIGINT");
      equal((await program.exit).code, 0);
    }
  });
}

scenario("of two config files the documented name counts; without one nothing is said", async (lab) => {
  await makeUser(lab);
  await using _server = await lab.guest.listen(3000);
  const first = await lab.wslfwd(["--mode", "manual"], SUDO).exit;
  same([first.stderr, first.stdout.includes("config")], ["", false]);
  await write(lab, `${HOME}/${OLD_NAME}`, '{"disallow_port": 3000}');
  await write(lab, `${HOME}/${NAME}`, '{"windows_ip": "192.168.50.1"}');
  const { stdout } = await lab.wslfwd(["plan"], SUDO).exit;
  match(stdout, /^# config: \S+\nnetsh [^]* add v4tov4 .* listenaddress=192\.168\.50\.1 /);
});

scenario("a wsl_ip that this guest holds is followed", async (lab) => {
  await lab.guest.addAddress("172.23.21.99");
  await write(lab, "/run/guest/config", '{"wsl_ip": "172.23.21.99"}');
  await using _server = await lab.guest.listen(3000);
  const { stdout, stderr } = await lab.wslfwd(["plan", "--config", "/run/guest/config"]).exit;
  match(stdout, / connectaddress=172\.23\.21\.99$/m);
  equal(stderr, "");
});

for (const option of ["--gen-config", "--gen_config"]) {
  scenario(
    `${option} writes a file that explains itself, once, for the user who called sudo`,
    async (lab) => {
      await makeUser(lab);
      const { code, stdout, stderr } = await lab.wslfwd([option], SUDO).exit;
      same([code, stdout, stderr], [0, `Wrote the config file ${HOME}/${NAME}`, ""]);
      const { stdout: mode } = await lab.guest.spawn(["stat", "-c", "%u:%g %a", `${HOME}/${NAME}`]).exit;
      equal(mode, "1234:1234 600");
      const text = await read(lab, `${HOME}/${NAME}`);
      const keys = [...text.matchAll(/^ {2}\/\/ .+\n {2}"(\w+)": /gm)].map(([, key]) => key!);
      for (
        const key of ["update_interval", "windows_ip", "wsl_ip", "allow_program_name", "realtime", "map"]
      ) {
        ok(keys.includes(key), `${key} with a comment above it`);
      }
      match(text, /"wsl_ip": null/);
      const again = await lab.wslfwd([option], SUDO).exit;
      same([again.code, again.stdout], [2, ""]);
      equal(
        again.stderr,
        `wslfwd: ${HOME}/${NAME}: there is a file already, and it is left as it is; remove it first, ` +
          "or say where by --config FILE",
      );
      equal(await read(lab, `${HOME}/${NAME}`), text);
      equal((await lab.windows.calls()).length, 0);
      await using _server = await lab.guest.listen(3000);
      const program = await startForwarder(lab, [], SUDO);
      await waitForHoldings(lab, forwardings([3000]));
      await stopForwarder(program);
    },
  );
}

scenario(
  "--gen-config says which older file is not read any more, and writes what was chosen",
  async (lab) => {
    await makeUser(lab);
    await write(lab, `${HOME}/${OLD_NAME}`, DOCUMENTED);
    const chosen = ["--allow", "node", "--port", "80,8000-8009", "--map=8080:3000", "--interval", "2"];
    const { stdout } = await lab.wslfwd(["--gen-config", ...chosen], SUDO).exit;
    equal(
      stdout,
      `Wrote the config file ${HOME}/${NAME}; ${HOME}/${OLD_NAME} is not read any more`,
    );
    const text = await read(lab, `${HOME}/${NAME}`);
    match(text, /"update_interval": 2,\n/);
    match(text, /"allow_program_name": \["node"\],\n/);
    match(text, /"port": \[80,"8000-8009"\],\n/);
    match(text, /"map": \["8080:3000"\],\n/);
  },
);

/** A config, and the line that says what is wrong with it, after its path. */
const faults: readonly (readonly [config: string, says: string])[] = [
  ['{\n  "update_intervall": 1\n}', ':2: unknown key "update_intervall"; did you mean "update_interval"?'],
  ['{"allow-program-name": []}', ':1: unknown key "allow-program-name"; did you mean "allow_program_name"?'],
  [
    '{"xyzzy": 1}',
    `:1: unknown key "xyzzy"; the keys are ${CONFIG_KEYS.map(({ name }) => name).join(", ")}`,
  ],
  ['{\n\n"update_interval": "fast"}', ':3: "update_interval" must be a number of seconds from 0.05 to 86400'],
  ['{"linger": -1}', ':1: "linger" must be a number of seconds from 0 to 86400'],
  ['{"mode": "manuel"}', ':1: "mode" must be "auto" or "manual"'],
  ['{"realtime": 1}', ':1: "realtime" must be null, false, true, "auto", "require", "bpftrace" or "builtin"'],
  [
    '{"windows_ip": "x"}',
    ':1: "windows_ip" must be an address of Windows, or 0.0.0.0 or :: for all of a family',
  ],
  [
    '{"wsl_ip": "127.0.0.1"}',
    ':1: "wsl_ip" must be an IPv4 address of this guest that Windows can reach (0.0.0.0 and 127.x mean ' +
    "Windows itself there: it would forward to itself without end)",
  ],
  ['{"wsl_ip": 1}', ':1: "wsl_ip" must be null, or an IPv4 address in double quotes'],
  ['{"profile": "home"}', ':1: "profile" must be one or more of private, domain, public or any'],
  [
    '{"remote_ip": ["here"]}',
    ':1: "remote_ip" must be any, localsubnet, or IPv4 addresses such as 192.168.1.7, 192.168.1.0/24, ' +
    "10.0.0.1-10.0.0.9",
  ],
  [
    '{"allow_program_name": "node"}',
    ':1: "allow_program_name" must be a list of program names, such as ["node"]',
  ],
  [
    '{"disallow_program_name": [\n1]}',
    ':2: "disallow_program_name" must be the name of a program in double quotes',
  ],
  [
    '{"allow_port": "80-"}',
    ':1: "allow_port" must be ports from 1 to 65535 or ephemeral, such as 3000,8000-8999',
  ],
  ['{"port": {}}', ':1: "port" must be a list of ports and ranges, such as [3000, "8000-8999"]'],
  ['{"map": ["80"]}', ':1: "map" must be two ports from 1 to 65535, Windows\' first, such as 8080:80'],
  ['{"map": ["80:1", "80:2"]}', ':1: "map" must be a list with each port of Windows one time'],
  ['{"ignore_exception": 1}', ':1: "ignore_exception" must be true or false'],
  ['{\n  "mode" "auto"\n}', ':2: expected ":" after the key'],
  ['{\n  mode: "auto"\n}', ':2: expected a key in double quotes, or "}"'],
  ["[]", ':1: expected { and keys, such as {"mode": "auto"}'],
  ["", ":1: expected a value: text in double quotes, a number, true, false, null, [ or {"],
  ['{"port": 1} 2', ":1: expected nothing after the end of the value"],
  ['{"port": 1, "port": 2}', ":1: expected each key one time"],
  ["/* x", ":1: expected */ at the end of the comment"],
];

scenario("what is wrong with a config file is said in a line, and no Windows program starts", async (lab) => {
  const path = "/run/guest/config";
  for (const [config, says] of faults) {
    await write(lab, path, config);
    const { code, stdout, stderr } = await lab.wslfwd(["--config", path]).exit;
    const withoutColumns = stderr.replace(/^(wslfwd: \S+:\d+):\d+: /, "$1: ");
    same([code, stdout, withoutColumns], [2, "", `wslfwd: ${path}${says}`], config);
  }
  await write(lab, path, '{"mode": "atuo",\n"interval": 2}');
  const all = await lab.wslfwd(["--config", path]).exit;
  same(all.stderr.split("\n"), [
    `wslfwd: ${path}:1:2: "mode" must be "auto" or "manual"`,
    `wslfwd: ${path}:2:1: unknown key "interval"; did you mean "update_interval"?`,
  ]);
  const files: readonly (readonly [make: string, says: string])[] = [
    ["true", "there is no such file; wslfwd --gen-config --config FILE writes one"],
    ["mkdir f", "expected a regular file, found a link, a folder or a device; name the file itself"],
    ["ln -s config f", "expected a regular file, found a link, a folder or a device; name the file itself"],
    ["echo {} >f; chmod 666 f", "others can write the file, and it says what to open; run chmod go-w on it"],
    [
      "echo {} >f; chown 77 f",
      "the file belongs to somebody else; it must be yours or root's, since it says what to open",
    ],
    ["printf '\\377' >f", "expected text in UTF-8; save the file in that encoding"],
    ["truncate -s 2M f", "expected at most 1048576 bytes, found more; is it the right file?"],
  ];
  for (const [make, says] of files) {
    await lab.guest.run("sh", "-ec", `cd /run/guest; rm -rf f; umask 077; ${make}`);
    const { code, stdout, stderr } = await lab.wslfwd(["plan", "--config", "/run/guest/f"]).exit;
    same([code, stdout, stderr], [2, "", `wslfwd: /run/guest/f: ${says}`], make);
  }
  const nowhere = await lab.wslfwd(["--gen-config", "--config", "/nonexistent/f"]).exit;
  same([nowhere.code, nowhere.stderr], [
    2,
    "wslfwd: /nonexistent/f: the file cannot be made (ENOENT); check the folder and its rights",
  ]);
  equal((await lab.windows.calls()).length, 0);
});
