import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { CONFIG_KEYS } from "../../../src/config/file/config_keys.ts";
import { SCHEMA_KEYS } from "../../../src/config/file/config_schema.ts";
import { ConfigError, parseConfig } from "../../../src/config/file/parse_config.ts";
import type { Choices } from "../../../src/config/settings.ts";
import { PortSet } from "../../../src/net/port_set.ts";

const ports = (text: string) => PortSet.parse(text)!;

/** What was said, without what was not. */
async function said(text: string): Promise<Choices> {
  const choices = await parseConfig(text, "file");
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined));
}

const READ: readonly (readonly [text: string, choices: Choices])[] = [
  ["{}", {}],
  ['{"mode": "manual"}', { mode: "manual" }],
  ['{"update_interval": 0.25}', { intervalMs: 250 }],
  ['{"linger": 0}', { lingerMs: 0 }],
  ['{"realtime": true}', { realtime: "auto" }],
  ['{"realtime": false}', { realtime: false }],
  ['{"realtime": "builtin"}', { realtime: "builtin" }],
  ['{"windows_ip": "127.0.0.1"}', { windowsIps: ["127.0.0.1"] }],
  ['{"wsl_ip": "172.17.110.111"}', { wslIp: "172.17.110.111" }],
  ['{"wsl_ip": null}', { wslIp: null }],
  ['{"profile": ["private", "public"]}', { profiles: ["private", "public"] }],
  ['{"profile": "any"}', { profiles: "any" }],
  ['{"remote_ip": ["localsubnet", "10.0.0.0/8"]}', { remoteIps: ["localsubnet", "10.0.0.0/8"] }],
  ['{"remote_ip": "any"}', { remoteIps: ["any"] }],
  ['{"allow_program_name": ["node", "a b"]}', { allowPrograms: ["node", "a b"] }],
  ['{"disallow_program_name": []}', { denyPrograms: [] }],
  [
    '{"allow_port": [80, "90-91", "ephemeral"]}',
    { allowPorts: { ports: ports("80,90-91"), ephemeral: true } },
  ],
  ['{"disallow_port": []}', { denyPorts: { ports: PortSet.EMPTY, ephemeral: false } }],
  ['{"port": 80}', { fixedPorts: ports("80") }],
  ['{"port": "80,443"}', { fixedPorts: ports("80,443") }],
  ['{"port": []}', { fixedPorts: PortSet.EMPTY }],
  ['{"map": ["8080:80"]}', { portMaps: [{ hostPort: 8080, guestPort: 80 }] }],
  [
    '{"loopback": [5173, "node:3000"], "loopback_code": [9229]}',
    {
      loopback: [
        { program: null, ports: ports("5173"), ranges: PortSet.EMPTY },
        { program: "node", ports: ports("3000"), ranges: PortSet.EMPTY },
      ],
      codePorts: ports("9229"),
    },
  ],
  ['{"ignore_exception": true, "no_cleanup": true}', { ignoreException: true, noCleanup: true }],
];

for (const [text, choices] of READ) {
  Deno.test(`parseConfig reads ${text}`, async () => equal(await said(text), choices));
}

const LOOPBACK =
  "an IPv4 address of this guest that Windows can reach (0.0.0.0 and 127.x mean Windows itself there: " +
  "it would forward to itself without end)";
const PORTS = 'a list of ports and ranges, such as [3000, "8000-8999"]';

/** What is refused: the text, and the message behind the file's name. */
const REFUSED: readonly (readonly [text: string, message: string])[] = [
  ["[]", `1: expected { and keys, such as {"mode": "auto"}`],
  ["{", `1: expected a key in double quotes, or "}"`],
  ['{\n"mode": "atuo"}', `2: "mode" must be "auto" or "manual"`],
  ['{\n\n"update_intervall": 1}', `3: unknown key; did you mean "update_interval"?`],
  ['{"windows-ip": "x"}', `1: unknown key; did you mean "windows_ip"?`],
  ['{"__proto__": {}}', `1: unknown key; the keys are ${SCHEMA_KEYS.join(", ")}`],
  ['{"constructor": 1}', `1: unknown key; the keys are ${SCHEMA_KEYS.join(", ")}`],
  ['{"update_interval": "0.5"}', `1: "update_interval" must be a number of seconds from 0.05 to 86400`],
  ['{"update_interval": 0}', `1: "update_interval" must be a number of seconds from 0.05 to 86400`],
  ['{"linger": -1}', `1: "linger" must be a number of seconds from 0 to 86400`],
  [
    '{"realtime": "yes"}',
    `1: "realtime" must be null, false, true, "auto", "require", "bpftrace" or "builtin"`,
  ],
  [
    '{"windows_ip": 5}',
    `1: "windows_ip" must be an address of Windows, or 0.0.0.0 or :: for all of a family`,
  ],
  [
    '{"windows_ip": "pc"}',
    `1: "windows_ip" must be an address of Windows, or 0.0.0.0 or :: for all of a family`,
  ],
  ['{"wsl_ip": true}', `1: "wsl_ip" must be null, or an IPv4 address in double quotes`],
  ['{"wsl_ip": "127.0.0.1"}', `1: "wsl_ip" must be ${LOOPBACK}`],
  ['{"profile": ["home"]}', `1: "profile" must be one or more of private, domain, public or any`],
  ['{"profile": []}', `1: "profile" must be one or more of private, domain, public or any`],
  ['{"profile": {}}', `1: "profile" must be a list such as ["private", "domain"]`],
  ['{"remote_ip": ["any", "10.0.0.1"]}', `1: "remote_ip" must be any alone, or a list without it`],
  ['{"remote_ip": null}', `1: "remote_ip" must be a list such as ["localsubnet"]`],
  [
    '{"allow_program_name": "node"}',
    `1: "allow_program_name" must be a list of program names, such as ["node"]`,
  ],
  [
    '{"allow_program_name": [\n"node",\n5]}',
    `3: "allow_program_name" must be the name of a program in double quotes`,
  ],
  [
    '{"disallow_program_name": [""]}',
    `1: "disallow_program_name" must be the name of a program, such as node`,
  ],
  [
    '{"allow_port": [0]}',
    `1: "allow_port" must be ports from 1 to 65535 or ephemeral, such as 3000,8000-8999`,
  ],
  ['{"disallow_port": {}}', `1: "disallow_port" must be ${PORTS}`],
  ['{"port": ["ephemeral"]}', `1: "port" must be ports from 1 to 65535, such as 3000,8000-8999`],
  ['{"port": [1.5]}', `1: "port" must be ports from 1 to 65535, such as 3000,8000-8999`],
  ['{"port": true}', `1: "port" must be ${PORTS}`],
  ['{"map": [\n"8080"]}', `2: "map" must be two ports from 1 to 65535, Windows' first, such as 8080:80`],
  ['{"map": {}}', `1: "map" must be a list such as ["8080:80"]`],
  ['{"map": [1]}', `1: "map" must be a text such as "8080:80"`],
  ['{"map": ["1:2", "1:3"]}', `1: "map" must be a list with each port of Windows one time`],
  ['{"ignore_exception": 1}', `1: "ignore_exception" must be true or false`],
  ['{"no_cleanup": "yes"}', `1: "no_cleanup" must be true or false`],
];

for (const [text, message] of REFUSED) {
  Deno.test(`parseConfig refuses ${JSON.stringify(text)}`, async () => {
    await rejects(parseConfig(text, "/home/me/file"), (error) => {
      ok(error instanceof ConfigError);
      equal(error.message.replace(/:(\d+):\d+: /, ":$1: "), `/home/me/file:${message}`);
      equal(error.position?.line, Number.parseInt(message));
      return true;
    });
  });
}

Deno.test("parseConfig names each fault at once, in the order of the file, with line and column", async () => {
  const text = `{
  "mode": "atuo", "interval": 2,
  "port": [3000, "x"],
    "disallow": ["a"], "toString": 1
}`;
  const messages = async (showsKeys: boolean) => {
    const error = await parseConfig(text, "file", showsKeys).then(() => null, (error: ConfigError) => error);
    return [error!, ...error!.others].map(({ message }) => message);
  };
  equal((await messages(true)).map((message) => message.replace(/ are .*/, "")), [
    `file:2:3: "mode" must be "auto" or "manual"`,
    `file:2:19: unknown key "interval"; did you mean "update_interval"?`,
    `file:3:3: "port" must be ports from 1 to 65535, such as 3000,8000-8999`,
    `file:4:5: unknown key "disallow"; did you mean "disallow_program_name"?`,
    `file:4:24: unknown key "toString"; the keys`,
  ]);
  equal((await messages(false))[1], `file:2:19: unknown key; did you mean "update_interval"?`);
});

Deno.test("parseConfig quotes nothing of what the file holds", async () => {
  const secret = "root:$y$j9T$secret";
  const texts = [
    secret,
    `{"${secret}": 1}`,
    `{"mode": "${secret}"}`,
    `{"port": "${secret}"}`,
    `{"map": ["${secret}"]}`,
    `{"wsl_ip": "${secret}"}`,
    `{"allow_program_name": "${secret}"}`,
    `{"remote_ip": "${secret}"}`,
    `{"a": ${secret}`,
  ];
  for (const text of texts) {
    await rejects(
      parseConfig(text, "f"),
      (error) => error instanceof ConfigError && !/secret|root/.test(error.message),
    );
  }
});

Deno.test("CONFIG_KEYS are the keys that are read", () => {
  equal(CONFIG_KEYS.map(({ name }) => name).toSorted(), SCHEMA_KEYS.toSorted());
});
