import { deepStrictEqual as equal, match, notEqual } from "node:assert/strict";
import { endpointAt } from "../../../src/net/endpoint.ts";
import { claimOn, type HeldClaim, isClaimName, sameRules } from "../../../src/plan/claims/claim.ts";
import { changeClaims, claimedEntries, ClaimIndex } from "../../../src/plan/claims/claim_index.ts";
import { formatEntry } from "../../../src/plan/rules/entry.ts";
import type { Rule } from "../../../src/plan/rules/rule.ts";
import { forAll, type Random } from "../random.ts";
import { entry, OWNER, rule, SCOPE, STRANGER } from "./samples.ts";

const SAMPLE = rule("0.0.0.0:3000 -> 172.23.21.232:3001"), SIX = rule("[::]:3000 -> 172.23.21.232:3001");

function makeRule(random: Random): Rule {
  const address = () => random.list(4, () => random.int(0, 255)).join(".");
  const to = endpointAt("tcp", address(), random.int(1, 65535));
  return { listen: endpointAt("tcp", address(), 3000), target: { kind: "proxy", to } };
}

Deno.test("claimOn gives each owner, rule and scope a name of its own that says the port", () => {
  const other = { profiles: "any" as const, remoteIps: ["any"] };
  const on = (text: string) => claimOn([rule(text)], OWNER, SCOPE);
  const claims = [
    claimOn([SAMPLE], OWNER, SCOPE),
    claimOn([SAMPLE], STRANGER, SCOPE),
    claimOn([SAMPLE], OWNER, other),
    claimOn([SAMPLE], OWNER, { ...SCOPE, remoteIps: ["localsubnet", "10.0.0.0/8"] }),
    claimOn([SAMPLE], OWNER, { ...SCOPE, profiles: ["private"] }),
    claimOn([SAMPLE, SIX], OWNER, SCOPE),
    on("0.0.0.0:3000 -> 172.23.21.233:3001"),
    on("0.0.0.0:3000 -> 172.23.21.232:3000"),
    on("10.0.0.1:3000 -> 172.23.21.232:3001"),
    on("0.0.0.0:3001 -> 172.23.21.232:3001"),
    on("0.0.0.0:3000"),
  ];
  equal(new Set(claims.map(({ name }) => name)).size, claims.length);
  for (const { name, rules } of claims) {
    match(name, new RegExp(`^wslfwd-${rules[0]!.listen.port}-[0-9a-f]{8}$`));
    equal(isClaimName(name), true);
  }
  equal(
    claimOn([{ ...SAMPLE }], OWNER, { ...SCOPE }),
    claims[0],
    "the name is a function of the claim alone",
  );
  const udp: Rule = { listen: { ...SAMPLE.listen, protocol: "udp" }, target: { kind: "direct" } };
  match(claimOn([udp], OWNER, SCOPE).name, /^wslfwd-udp-3000-[0-9a-f]{8}$/);
  equal(isClaimName(claimOn([udp], OWNER, SCOPE).name), true);
});

Deno.test("claimedEntries are those that the claims name, each once; a direct claim names none", () => {
  const claims = [claimOn([SAMPLE, SIX], OWNER, SCOPE), claimOn([SAMPLE], STRANGER, SCOPE)];
  const index = claimedEntries([...claims, claimOn([rule("0.0.0.0:80")], OWNER, SCOPE)]);
  equal([...index], ["0.0.0.0:3000 -> 172.23.21.232:3001", "[::]:3000 -> 172.23.21.232:3001"].map(entry));
});

Deno.test("sameRules does not look at the order", () => {
  equal(sameRules([SAMPLE, SIX], [SIX, SAMPLE]), true);
  equal(sameRules([SAMPLE], [SIX, SAMPLE]), false);
  equal(sameRules([SIX], [SAMPLE]), false);
});

Deno.test("claimOn: the names of one port's claims do not clash", () => {
  forAll(20, (random) => {
    const names = new Map<string, string>();
    for (let i = 0; i < 500; i++) {
      const made = makeRule(random);
      const { name } = claimOn([made], OWNER, SCOPE), text = JSON.stringify(made);
      if (names.has(name)) equal(names.get(name), text);
      names.set(name, text);
    }
  }, 1);
});

Deno.test("isClaimName refuses every name that netsh could take for another rule or for all of them", () => {
  const good = claimOn([SAMPLE], OWNER, SCOPE).name;
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

Deno.test("changeClaims has the index of its list, and leaves the earlier one's as it was", () => {
  forAll(200, (random) => {
    const make = () => {
      const port = random.pick([80, 81, 3000]);
      const rules = [rule(`0.0.0.0:${port} -> 172.23.21.232:${random.pick([80, 81])}`)];
      return claimOn(rules, OWNER, random.pick([SCOPE, { profiles: "any", remoteIps: ["any"] }]));
    };
    let claims: readonly HeldClaim[] = [];
    for (let i = 0; i < 6; i++) {
      const before = [...claimedEntries(claims)].map(formatEntry);
      const added = random.list(random.int(0, 3), make);
      const removed = claims.filter(() => random.int(0, 2) === 0);
      const changed = changeClaims(claims, added, removed);
      equal([...claimedEntries(claims)].map(formatEntry), before);
      equal([...claimedEntries(changed)].map(formatEntry), [...ClaimIndex.of(changed)].map(formatEntry));
      for (const claim of [...claims, ...added]) {
        equal(claimedEntries(changed).holds(claim), ClaimIndex.of(changed).holds(claim));
      }
      claims = changed;
    }
  });
});
