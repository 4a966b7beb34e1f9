import { deepStrictEqual as equal, match, throws } from "node:assert/strict";
import { claimOn } from "../../../src/plan/claims/claim.ts";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import {
  claimsInScript,
  netshScript,
  netshWords,
  SHOW_ENTRIES,
} from "../../../src/windows/portproxy/script/netsh_words.ts";
import { claim, entry } from "../plan/samples.ts";
import { forAll, type Random } from "../random.ts";

const CLAIM = claim("0.0.0.0:3000 -> 172.23.21.232:3001");

Deno.test("netshWords says each operation as the documentation has it", () => {
  const rule = entry("0.0.0.0:3000 -> 172.23.21.232:3001");
  const cases: readonly [Operation, string][] = [
    [
      { kind: "add-entry", entry: rule },
      "interface portproxy add v4tov4 listenport=3000 listenaddress=0.0.0.0 connectport=3001 connectaddress=172.23.21.232",
    ],
    [
      { kind: "delete-entry", entry: rule },
      "interface portproxy delete v4tov4 listenport=3000 listenaddress=0.0.0.0",
    ],
    [
      { kind: "add-entry", entry: entry("*:80 -> nas.local:8080") },
      "interface portproxy add v4tov4 listenport=80 listenaddress=* connectport=8080 connectaddress=nas.local",
    ],
    [
      { kind: "add-claim", claim: CLAIM },
      `advfirewall firewall add rule name=${CLAIM.name} dir=in protocol=TCP localport=3000 action=allow ` +
      "profile=private,domain remoteip=localsubnet description=wslfwd/2;0badcafe;tcp;0.0.0.0:3000;172.23.21.232:3001",
    ],
    [
      { kind: "delete-claim", claim: CLAIM },
      `advfirewall firewall delete rule name=${CLAIM.name} dir=in protocol=TCP localport=3000`,
    ],
  ];
  for (const [operation, words] of cases) equal(netshWords(operation).join(" "), words);
});

/** What a netsh command of ours may look like, written apart from the code that makes it. */
const PORT = "([1-9]\\d{0,4})";
const IPV4 = "(\\d{1,3}\\.){3}\\d{1,3}";
const HOST = `(${IPV4}|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)`;
const V6 = "[0-9a-f:.]*:[0-9a-f:.]*";
const RULE =
  `name=wslfwd-(udp-${PORT}-[0-9a-f]{8} dir=in protocol=UDP|${PORT}-[0-9a-f]{8} dir=in protocol=TCP) localport=${PORT}`;
const END = `(${IPV4}|\\[${V6}\\]):${PORT}`;
const GRAMMAR = new RegExp(
  "^(" + [
    "interface portproxy show all",
    `interface portproxy add v[46]tov[46] listenport=${PORT} listenaddress=(\\*|${HOST}|${V6}) connectport=${PORT} connectaddress=(${HOST}|${V6})`,
    `interface portproxy delete v[46]tov[46] listenport=${PORT} listenaddress=(\\*|${HOST}|${V6})`,
    `advfirewall firewall add rule ${RULE} action=allow profile=(any|(private|domain|public)(,(private|domain|public)){0,2}) ` +
    `remoteip=((any|localsubnet|[0-9./-]+)(,(?!$)|(?= ))){1,20} description=wslfwd/2;[0-9a-f]{8};(tcp|udp)(;${END};(direct|${END}))+`,
    `advfirewall firewall delete rule ${RULE}`,
  ].join("|") + ")$",
);

const HOSTILE = [
  [
    "",
    " ",
    "*",
    "all",
    "name=all",
    "0.0.0.0 listenport=1",
    "1.2.3.4\r\nadvfirewall reset",
    "1.2.3.4\nreset",
    "a b",
  ],
  [
    "\0",
    "‮",
    "１２７.0.0.1",
    "1.2.3.4;",
    "1.2.3.4&calc",
    "|",
    ">x",
    "%COMSPEC%",
    "$(reboot)",
    "`id`",
    '"',
    "'",
    "^",
    "!",
  ],
  [
    "-h",
    "--",
    "/?",
    "..",
    "../../x",
    "C:\\x.dll",
    "\\\\host\\share",
    "::1",
    "[::1]",
    "1.2.3.4:80",
    "0x7f.1",
    "a_b",
    "-a",
  ],
  [
    "a-",
    ".a",
    "a.",
    "a..b",
    "é.fr",
    "xn--9ca.fr",
    "localhost",
    "nas",
    "0",
    "65536",
    "80-90",
    "080",
    "+80",
    "8e1",
    "80 ",
  ],
  [
    "dump",
    "exec",
    "x".repeat(300),
    "a".repeat(253),
    "add helper",
    "listenaddress=1.2.3.4",
    "1.2.3.4=",
    "=",
    "\u2028",
    "\t",
  ],
].flat();

function makeWord(random: Random): string {
  const word = random.pick([...HOSTILE, "10.0.0.1", "0.0.0.0", "80", "3000", "nas.local"]);
  return random.chance(0.1) ? word + random.pick(HOSTILE) : word;
}

function makeHostile(random: Random): Operation {
  const word = () => makeWord(random);
  const family = () => random.pick([4, 4, 6] as const),
    protocol = random.pick(["tcp", "tcp", "udp"] as const);
  const side = (port: () => number | string) => ({
    protocol,
    family: family(),
    address: word(),
    port: port(),
  });
  const made = { listen: side(word), connect: side(word) };
  const number = () =>
    random.pick([
      80,
      3000,
      0,
      -1,
      65536,
      NaN,
      Infinity,
      1.5,
      1e21,
      "80" as unknown as number,
      word() as unknown as number,
    ]);
  const endpoint = () => side(number) as ReturnType<typeof side> & { port: number };
  const rules = [{ listen: endpoint(), target: { kind: "proxy", to: endpoint() } as const }];
  const scope = {
    profiles: random.pick(["any", ["private"], ["private", "domain"], [word()], []]) as ["private"],
    remoteIps: random.pick([
      ["localsubnet"],
      ["any"],
      ["10.0.0.0/8", "192.168.1.1-192.168.1.9"],
      [word()],
      [],
    ]),
  };
  const owner = random.pick(["0badcafe", "0BADCAFE", word()]);
  const honest = claimOn(rules, owner, scope);
  const hostile = { ...honest, name: random.pick([honest.name, word(), `${honest.name} dir=out`]) };
  return random.pick<Operation>([
    { kind: "add-entry", entry: made },
    { kind: "delete-entry", entry: made },
    { kind: "add-claim", claim: hostile },
    { kind: "delete-claim", claim: hostile },
  ]);
}

Deno.test("netshWords says nothing but what its grammar allows, or throws RangeError, whatever it is given", () => {
  let said = 0;
  forAll(10_000, (random) => {
    const operation = makeHostile(random);
    try {
      const words = netshWords(operation);
      match(words.join(" "), GRAMMAR);
      equal(words.filter((word) => /[^!-~]/.test(word)), []);
      said++;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  });
  equal(said > 100, true, `${said} were said at all`);
});

Deno.test("netshWords refuses a claim of which one field alone is spoiled", () => {
  const { scope } = CLAIM;
  const spoiled: readonly Partial<typeof CLAIM>[] = [
    { name: "wslfwd-3000" },
    { owner: "0123abcg" },
    { scope: { ...scope, profiles: [] } },
    { scope: { ...scope, profiles: ["private dir=out" as "private"] } },
    { scope: { ...scope, remoteIps: [] } },
    { scope: { ...scope, remoteIps: ["any action=allow"] } },
    { scope: { ...scope, remoteIps: ["localsubnet", "nas.local"] } },
  ];
  netshWords({ kind: "add-claim", claim: CLAIM });
  for (const field of spoiled) {
    const claim = { ...CLAIM, ...field };
    throws(() => netshWords({ kind: "add-claim", claim }), RangeError, JSON.stringify(field));
  }
});

function withWord(side: "listen" | "connect", word: "address" | "port", text: string) {
  const sample = entry("0.0.0.0:1 -> a:1");
  return { ...sample, [side]: { ...sample[side], [word]: text } };
}

Deno.test("netshWords quotes nothing of what it refuses", () => {
  const secret = "\u001b[2J hostile";
  const refused: readonly Operation[] = [
    { kind: "add-entry", entry: withWord("connect", "address", secret) },
    { kind: "delete-entry", entry: withWord("listen", "port", secret) },
    { kind: "delete-claim", claim: { ...CLAIM, name: secret } },
  ];
  for (const operation of refused) {
    throws(
      () => netshWords(operation),
      (error) => error instanceof RangeError && !error.message.includes("hostile"),
    );
  }
});

Deno.test("netshWords of a host name as long as it wants comes to an end", () => {
  for (const text of ["a".repeat(100_000), "a-".repeat(50_000), "a.".repeat(50_000), `${"a".repeat(252)}!`]) {
    throws(
      () => netshWords({ kind: "delete-entry", entry: withWord("listen", "address", text) }),
      RangeError,
    );
  }
});

Deno.test("netshScript shows, changes and shows again, in ASCII with CRLF", () => {
  const plan: Operation[] = [
    { kind: "add-claim", claim: CLAIM },
    { kind: "add-entry", entry: entry("0.0.0.0:3000 -> 172.23.21.232:3001") },
  ];
  const script = netshScript(plan);
  const lines = script.split("\r\n");
  equal(lines, [
    SHOW_ENTRIES.join(" "),
    ...plan.map((each) => netshWords(each).join(" ")),
    SHOW_ENTRIES.join(" "),
    "",
  ]);
  match(script, /^[\r\n -~]*$/);
  equal(script.replaceAll("\r\n", "").includes("\n") || script.replaceAll("\r\n", "").includes("\r"), false);
  throws(() => netshScript([{ kind: "add-entry", entry: entry("0.0.0.0:1 -> a_b:1") }]), RangeError);
});

Deno.test("claimsInScript finds the claims that a script makes, and nothing else", () => {
  const { name, owner, rules } = CLAIM;
  const script = netshScript([
    { kind: "delete-claim", claim: claim("0.0.0.0:80 -> 10.0.0.2:80") },
    { kind: "add-claim", claim: CLAIM },
    { kind: "add-entry", entry: entry("0.0.0.0:3000 -> 192.168.7.7:1") },
  ]);
  equal(claimsInScript(script), [{ name, owner, rules }]);
  equal(claimsInScript(script.slice(0, script.indexOf("\r\ninterface portproxy add"))), [], "half a line");
  for (
    const text of ["", "garbage", script.replaceAll("\r\n", "\n"), script.replace("wslfwd/2;", "wslfwd/3;")]
  ) {
    equal(claimsInScript(text), []);
  }
});

Deno.test("netshScript puts back an entry that leads to several addresses, in quotes; and nothing else that has blanks", () => {
  const stored = withWord("connect", "address", "172.25.17.150 172.17.0.1");
  const [, line] = netshScript([{ kind: "add-entry", entry: stored }]).split("\r\n");
  equal(
    line,
    'interface portproxy add v4tov4 listenport=1 listenaddress=0.0.0.0 connectport=1 connectaddress="172.25.17.150 172.17.0.1"',
  );
  for (
    const text of [
      "1.2.3.4 x",
      "1.2.3.4  5.6.7.8",
      " 1.2.3.4",
      '1.2.3.4 "',
      "1.2.3.4 5.6.7.8 ",
      Array(99).fill("1.2.3.4").join(" "),
    ]
  ) {
    throws(
      () => netshScript([{ kind: "add-entry", entry: withWord("connect", "address", text) }]),
      RangeError,
    );
  }
});
