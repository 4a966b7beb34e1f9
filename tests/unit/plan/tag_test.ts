import { deepStrictEqual as equal } from "node:assert/strict";
import { endpointAt, type Protocol } from "../../../src/net/endpoint.ts";
import type { Rule } from "../../../src/plan/rules/rule.ts";
import { formatTag, parseTag } from "../../../src/plan/claims/tag.ts";
import { forAll, type Random } from "../random.ts";
import { OWNER, rule } from "./samples.ts";

const SAMPLE = rule("0.0.0.0:3000 -> 172.23.21.232:3001");
const OLD = "wslfwd/1;0badcafe;0.0.0.0:3000;172.23.21.232:3001";
const TAG = "wslfwd/2;0badcafe;tcp;0.0.0.0:3000;172.23.21.232:3001";
const BOTH = `${TAG};[::]:3000;172.23.21.232:3001`;

function makeRules(random: Random): Rule[] {
  const protocol: Protocol = random.pick(["tcp", "udp"]), port = random.int(1, 65535);
  const address = () =>
    random.pick([random.list(4, () => random.int(0, 255)).join("."), "::", "fd00::1", "2001:db8::ff"]);
  return random.list(random.int(1, 3), () => ({
    listen: endpointAt(protocol, address(), port),
    target: random.chance(0.2)
      ? { kind: "direct" }
      : { kind: "proxy", to: endpointAt(protocol, address(), random.int(1, 65535)) },
  }));
}

Deno.test("formatTag writes version 2: owner, protocol, and each rule's two ends", () => {
  equal(formatTag({ owner: OWNER, rules: [SAMPLE] }), TAG);
  equal(formatTag({ owner: OWNER, rules: [SAMPLE, rule("[::]:3000 -> 172.23.21.232:3001")] }), BOTH);
  equal(formatTag({ owner: OWNER, rules: [rule("0.0.0.0:80")] }), "wslfwd/2;0badcafe;tcp;0.0.0.0:80;direct");
});

Deno.test("parseTag reads what formatTag writes", () => {
  forAll(1000, (random) => {
    const owner = random.int(0, 2 ** 32 - 1).toString(16).padStart(8, "0"), rules = makeRules(random);
    const tag = formatTag({ owner, rules });
    equal(parseTag(tag), { owner, rules });
    equal(/^[!-~]+$/.test(tag) && !/["'|&<>^%=,]/.test(tag), true, "words that netsh takes as they are");
  });
});

Deno.test("parseTag reads the tags of version 1: TCP over IPv4, 0.0.0.0 standing for a direct one", () => {
  equal(parseTag(OLD), { owner: OWNER, rules: [SAMPLE] });
  equal(parseTag("wslfwd/1;0badcafe;0.0.0.0:3000;0.0.0.0:3000"), {
    owner: OWNER,
    rules: [rule("0.0.0.0:3000")],
  });
  equal(parseTag("wslfwd/1;0badcafe;[::]:3000;172.23.21.232:3001"), null);
  equal(parseTag(OLD + ";0.0.0.0:3000;172.23.21.232:3001"), null);
});

Deno.test("parseTag refuses whatever differs from a tag by one character or more", () => {
  const hostile = [OLD, TAG, BOTH].flatMap((tag) => [
    ...["", "wslfwd", tag + ";", tag + " ", " " + tag, tag + "\n", tag.toUpperCase(), tag + tag],
    ...[tag.replace(/\/\d/, "/3"), tag.replace(/\/\d/, "$&0"), tag.replace(/;/g, ",")],
    ...["0BADCAFE", "0badcaf", "0badcafe0", "0badcafg"].map((owner) => tag.replace("0badcafe", owner)),
    ...["0", "65536", "03000", "30000-50000"].map((port) => tag.replace("3000", port)),
    ...["*", "00.0.0.0", "0.0.0", "．0.0.0", "[0.0.0.0]", "::"].map((any) => tag.replace("0.0.0.0", any)),
    ...["localhost", "172.23.21.256", "::1", "[::01]"].map((to) => tag.replace("172.23.21.232", to)),
    ...[tag.replace("3001", "3001\r\nadvfirewall reset"), tag.replace("0.0.0.0:3000", "0.0.0.0;3000")],
  ]);
  hostile.push(
    TAG.replace("tcp", "sctp"),
    TAG.replace("tcp;", ""),
    TAG.replace("172.23.21.232:3001", "relay"),
  );
  hostile.push(
    BOTH.replace("[::]:3000", "[::]:3001"),
    "wslfwd/2;0badcafe;tcp",
    "wslfwd/1;0badcafe;0.0.0.0:80;direct",
  );
  for (const text of hostile) equal(parseTag(text), null, JSON.stringify(text));
  forAll(2000, (random) => {
    const sample = random.pick([TAG, BOTH]), at = random.int(0, sample.length - 1), cut = random.int(0, 1);
    const put = random.pick(["", " ", ";", ":", ".", "x", "/", "\0", "\r", "٣", "-", "+"]);
    const text = sample.slice(0, at) + put + sample.slice(at + cut);
    const tag = parseTag(text);
    // What is still a tag must be the tag of exactly what it says.
    if (tag !== null && text.startsWith("wslfwd/2")) equal(formatTag(tag), text);
  });
});
