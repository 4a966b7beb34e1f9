import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { parseRemoteIps } from "../../../src/config/remote_ips.ts";
import { suggest } from "../../../src/config/suggest.ts";
import {
  INTERVAL_RANGE_S,
  LINGER_RANGE_S,
  type Parsed,
  parseGuestAddress,
  parseListenAddresses,
  parsePortMap,
  parsePorts,
  parsePortWords,
  parseProfiles,
  parseProgramName,
  parseSeconds,
} from "../../../src/config/values.ts";
import { PortSet } from "../../../src/net/port_set.ts";

/** A parser, what it takes with the value, and what it refuses. */
interface Case {
  readonly name: string;
  readonly parse: (text: string) => Parsed<unknown>;
  readonly taken: readonly (readonly [text: string, value: unknown])[];
  readonly refused: readonly string[];
}

const ports = (text: string) => PortSet.parse(text)!;

const CASES: readonly Case[] = [
  {
    name: "parseSeconds (interval)",
    parse: (text) => parseSeconds(text, INTERVAL_RANGE_S),
    taken: [["0.5", 500], ["0.05", 50], ["1", 1000], [".25", 250], ["2.", 2000], ["86400", 86_400_000]],
    refused: [
      "",
      "0",
      "0.049",
      "86401",
      "-1",
      "+1",
      "1e1",
      "0x1",
      "Infinity",
      "NaN",
      "1,5",
      " 1",
      "1 ",
      "1s",
      ".",
    ],
  },
  {
    name: "parseSeconds (linger)",
    parse: (text) => parseSeconds(text, LINGER_RANGE_S),
    taken: [["0", 0], ["0.0005", 1], ["1.5", 1500]],
    refused: ["-0", "1e309"],
  },
  {
    name: "parseProgramName",
    parse: parseProgramName,
    taken: [["node", "node"], ["a b\n", "a b\n"], ["程序", "程序"]],
    refused: ["", "a\0b", "x".repeat(4097)],
  },
  {
    name: "parseListenAddresses",
    parse: parseListenAddresses,
    taken: [
      ["0.0.0.0", ["0.0.0.0"]],
      ["127.0.0.1", ["127.0.0.1"]],
      ["192.168.1.20, FD00::1,192.168.1.20", ["192.168.1.20", "fd00::1"]],
      ["::", ["::"]],
    ],
    refused: [
      "",
      "*",
      "localhost",
      "1.2.3",
      "01.2.3.4",
      "1.2.3.256",
      "ff02::1",
      "fd00::01",
      "0.0.0.0,",
      "224.0.0.1",
      "255.255.255.255",
      "0.0.0.1",
    ],
  },
  {
    name: "parseGuestAddress",
    parse: parseGuestAddress,
    taken: [["172.17.110.111", "172.17.110.111"], ["10.0.0.1", "10.0.0.1"]],
    refused: ["", "0.0.0.0", "127.0.0.1", "127.255.255.255", "eth0", "240.0.0.1", "1.2.3.4 name=all"],
  },
  {
    name: "parsePorts",
    parse: parsePorts,
    taken: [["80", ports("80")], ["80, 443,3000-3010", ports("80,443,3000-3010")], [
      "1-65535",
      ports("1-65535"),
    ]],
    refused: ["", ",", "80,", "0", "65536", "2-1", "1-2-3", "-5", "http", "ephemeral", "80;81"],
  },
  {
    name: "parsePortWords",
    parse: parsePortWords,
    taken: [
      ["ephemeral", { ports: PortSet.EMPTY, ephemeral: true }],
      ["80,ephemeral,90-91", { ports: ports("80,90-91"), ephemeral: true }],
      ["80", { ports: ports("80"), ephemeral: false }],
    ],
    refused: ["", ",", "ephemeral,", "Ephemeral", "ephemeral-90"],
  },
  {
    name: "parsePortMap",
    parse: parsePortMap,
    taken: [["8080:80", { hostPort: 8080, guestPort: 80 }]],
    refused: ["", "80", ":", "80:", ":80", "0:1", "1:65536", "1:2:3", "a:b", "1-2:3"],
  },
  {
    name: "parseProfiles",
    parse: parseProfiles,
    taken: [
      ["private", ["private"]],
      ["Domain, private,domain", ["private", "domain"]],
      ["private,domain,public", ["private", "domain", "public"]],
      ["any", "any"],
    ],
    refused: ["", ",", "any,private", "home", "private;domain", "private,"],
  },
  {
    name: "parseRemoteIps",
    parse: parseRemoteIps,
    taken: [
      ["any", ["any"]],
      ["LocalSubnet", ["localsubnet"]],
      ["localsubnet, 10.1.2.3,10.1.2.3", ["localsubnet", "10.1.2.3"]],
      ["192.168.0.0/16", ["192.168.0.0/16"]],
      ["128.0.0.0/1,10.0.0.1/32", ["128.0.0.0/1", "10.0.0.1/32"]],
      ["10.0.0.1-10.0.0.9", ["10.0.0.1-10.0.0.9"]],
    ],
    refused: [
      ...["", ",", "any,10.0.0.1", "10.0.0.1/8", "0.0.0.0/0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08"],
      ...[
        "10.0.0.9-10.0.0.1",
        "10.0.0.1-",
        "10.0.0.1-10.0.0.2-10.0.0.3",
        "10.0.0.0/8/8",
        "dns",
        "::1",
        "a b",
      ],
      ...["10.0.0.1 profile=any", "10.0.0.1/255.0.0.0"],
    ],
  },
];

for (const { name, parse, taken, refused } of CASES) {
  Deno.test(`${name} takes what is meant`, () => {
    for (const [text, value] of taken) equal(parse(text), { value }, text);
  });

  Deno.test(`${name} refuses the rest, and never quotes it`, () => {
    for (const text of refused) {
      const parsed = parse(text);
      ok("expected" in parsed, text);
      ok(text.length < 12 || !parsed.expected.includes(text), parsed.expected);
    }
  });
}

Deno.test("suggest finds what was mistyped or abbreviated, and guesses nothing else", () => {
  const known = ["--interval", "--clean-rules", "--map", "--all", "--allow", "--allow-port"];
  const found = (word: string) => suggest(word, known);
  equal(found("--intervall"), "--interval");
  equal(found("--intevral"), "--interval");
  equal(found("--CLEAN-RULES"), "--clean-rules");
  equal(found("--clean"), "--clean-rules");
  equal(found("--allow-prot"), "--allow-port");
  equal(found("--mpa"), "--map");
  equal(found("--frobnicate"), null);
  equal(found(""), null);
  equal(found("x".repeat(100_000)), null);
});
