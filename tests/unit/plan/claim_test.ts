import { deepStrictEqual as equal, match, notEqual } from "node:assert/strict";
import { claimOn, formatTag, isClaimName, parseTag, scopeWords } from "../../../src/plan/claim.ts";
import type { Rule } from "../../../src/plan/rule.ts";
import { forAll, type Random } from "../random.ts";
import { OWNER, rule, SCOPE, STRANGER } from "./samples.ts";

const SAMPLE = rule("0.0.0.0:3000 -> 172.23.21.232:3001");
const TAG = "wslfwd/1;0badcafe;0.0.0.0:3000;172.23.21.232:3001";

function makeRule(random: Random): Rule {
  const address = () => random.list(4, () => random.int(0, 255)).join(".");
  return {
    listenAddress: address(),
    listenPort: random.int(1, 65535),
    connectAddress: address(),
    connectPort: random.int(1, 65535),
  };
}

Deno.test("formatTag writes the tag of the design", () => {
  equal(formatTag(OWNER, SAMPLE), TAG);
});

Deno.test("parseTag reads what formatTag writes", () => {
  forAll(1000, (random) => {
    const owner = random.int(0, 2 ** 32 - 1).toString(16).padStart(8, "0"), made = makeRule(random);
    equal(parseTag(formatTag(owner, made)), { owner, rule: made });
  });
});

Deno.test("parseTag refuses whatever differs from a tag by one character or more", () => {
  const hostile = [
    [
      "",
      "wslfwd",
      TAG + ";",
      TAG + " ",
      " " + TAG,
      TAG + "\n",
      TAG.replace("/1", "/2"),
      TAG.replace("/1", "/01"),
    ],
    [TAG.toUpperCase(), TAG.replace("0badcafe", "0BADCAFE"), TAG.replace("0badcafe", "0badcaf")],
    [TAG.replace("0badcafe", "0badcafe0"), TAG.replace("0badcafe", "0badcafg"), TAG.replace("3000", "0")],
    [TAG.replace("3000", "65536"), TAG.replace("3000", "03000"), TAG.replace("3000", "30000-50000")],
    [TAG.replace("0.0.0.0", "*"), TAG.replace("0.0.0.0", "00.0.0.0"), TAG.replace("0.0.0.0", "0.0.0")],
    [TAG.replace("172.23.21.232", "localhost"), TAG.replace("172.23.21.232", "172.23.21.256")],
    [
      TAG.replace("172.23.21.232", "::1"),
      TAG.replace(/;/g, ","),
      TAG.replace("0.0.0.0:3000", "0.0.0.0;3000"),
    ],
    [TAG + TAG, TAG.replace("3001", "3001\r\nadvfirewall reset"), TAG.replace("0.0.0.0", "．0.0.0")],
  ].flat();
  for (const text of hostile) equal(parseTag(text), null, JSON.stringify(text));
  forAll(2000, (random) => {
    const at = random.int(0, TAG.length - 1), cut = random.int(0, 1);
    const put = random.pick(["", " ", ";", ":", ".", "x", "/", "\0", "\r", "٣", "-", "+"]);
    const text = TAG.slice(0, at) + put + TAG.slice(at + cut);
    const tag = parseTag(text);
    // What is still a tag must be the tag of exactly what it says.
    if (tag !== null) equal(formatTag(tag.owner, tag.rule), text);
  });
});

Deno.test("claimOn gives each owner, rule and scope a name of its own that says the port", () => {
  const other = { profiles: "any" as const, remoteIps: ["any"] };
  const claims = [
    claimOn(SAMPLE, OWNER, SCOPE),
    claimOn(SAMPLE, STRANGER, SCOPE),
    claimOn(SAMPLE, OWNER, other),
    claimOn(SAMPLE, OWNER, { ...SCOPE, remoteIps: ["localsubnet", "10.0.0.0/8"] }),
    claimOn(SAMPLE, OWNER, { ...SCOPE, profiles: ["private"] }),
    claimOn({ ...SAMPLE, connectAddress: "172.23.21.233" }, OWNER, SCOPE),
    claimOn({ ...SAMPLE, connectPort: 3000 }, OWNER, SCOPE),
    claimOn({ ...SAMPLE, listenAddress: "10.0.0.1" }, OWNER, SCOPE),
    claimOn({ ...SAMPLE, listenPort: 3001 }, OWNER, SCOPE),
  ];
  equal(new Set(claims.map(({ name }) => name)).size, claims.length);
  for (const { name, rule } of claims) {
    match(name, new RegExp(`^wslfwd-${rule.listenPort}-[0-9a-f]{8}$`));
    equal(isClaimName(name), true);
  }
  equal(claimOn({ ...SAMPLE }, OWNER, { ...SCOPE }), claims[0], "the name is a function of the claim alone");
});

Deno.test("claimOn: the names of one port's claims do not clash", () => {
  forAll(20, (random) => {
    const names = new Map<string, string>();
    for (let i = 0; i < 500; i++) {
      const made = { ...makeRule(random), listenPort: 3000 };
      const { name } = claimOn(made, OWNER, SCOPE), text = JSON.stringify(made);
      if (names.has(name)) equal(names.get(name), text);
      names.set(name, text);
    }
  }, 1);
});

Deno.test("isClaimName refuses every name that netsh could take for another rule or for all of them", () => {
  const good = claimOn(SAMPLE, OWNER, SCOPE).name;
  notEqual(good, "");
  const hostile = [
    "",
    "all",
    "wslfwd",
    "wslfwd-3000",
    "wslfwd-3000-",
    "WSL Auto Fowards",
    "*",
    good + " dir=out",
  ];
  for (
    const name of [...hostile, good + "\n", ` ${good}`, good.toUpperCase(), good.slice(0, -1), `${good}0`]
  ) {
    equal(isClaimName(name), false, JSON.stringify(name));
  }
});

Deno.test("scopeWords says whom the firewall lets in, in netsh's words", () => {
  equal(scopeWords(SCOPE), "profile=private,domain remoteip=localsubnet");
  equal(scopeWords({ profiles: "any", remoteIps: ["any"] }), "profile=any remoteip=any");
  equal(
    scopeWords({ profiles: ["public"], remoteIps: ["10.0.0.0/8", "192.168.1.5-192.168.1.9"] }),
    "profile=public remoteip=10.0.0.0/8,192.168.1.5-192.168.1.9",
  );
});
