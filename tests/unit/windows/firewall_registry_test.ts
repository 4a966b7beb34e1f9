import { deepStrictEqual as equal, throws } from "node:assert/strict";
import type { HeldClaim } from "../../../src/plan/claims/claim.ts";
import { parseClaims } from "../../../src/windows/firewall/firewall_registry.ts";
import { decodeOutput } from "../../../src/windows/run/output_text.ts";
import { OutputSyntaxError } from "../../../src/windows/run/syntax_error.ts";
import { claim, STRANGER } from "../plan/samples.ts";
import { forAll } from "../random.ts";
import { encode, queryRules, ruleText } from "./samples.ts";

const held = ({ scope: _, ...rest }: ReturnType<typeof claim>): HeldClaim => rest;
const WEB = held(claim("0.0.0.0:3000 -> 172.23.21.232:3000"));
const SSH = held(claim("0.0.0.0:22 -> 172.23.21.232:2222"));
const THEIRS = held(claim("0.0.0.0:80 -> 172.30.0.2:80", STRANGER));

function parse(texts: readonly string[]): HeldClaim[] {
  return parseClaims(0, queryRules(texts), "");
}

Deno.test("parseClaims reads the claims of every owner, in the order printed", () => {
  equal(parse([WEB, SSH, THEIRS].map((each) => ruleText(each))), [WEB, SSH, THEIRS]);
});

Deno.test("parseClaims: nothing found is no claim, in any language", () => {
  equal(parseClaims(1, queryRules([]), ""), []);
  equal(parseClaims(1, decodeOutput(encode("\r\n搜索结束: 找到 0 匹配。\r\n", "zh")), ""), []);
});

Deno.test("parseClaims throws where reading failed", () => {
  const found = queryRules([ruleText(WEB)]);
  const failures: readonly [number, string, string][] = [
    [1, "", "ERROR: The system was unable to find the specified registry key or value.\r\n"],
    [1, "", "ERROR: Access is denied.\r\n"],
    [1, "", ""],
    [0, "", ""],
    [0, found, "ERROR: 5\r\n"],
    [2, found, ""],
    [128 + 9, found, ""],
    [0, "End of search: 0 match(es) found.\r\n", ""],
    [0, "<html>404</html>", ""],
    [1, "no number", ""],
  ];
  for (const [exitCode, stdout, stderr] of failures) {
    throws(
      () => parseClaims(exitCode, stdout, stderr),
      OutputSyntaxError,
      JSON.stringify([exitCode, stdout, stderr]),
    );
  }
});

Deno.test("parseClaims: output that was cut off is never taken for fewer claims", () => {
  for (const summary of ["End of search: 3 match(es) found.", "3 件見つかりました。"]) {
    const bytes = encode(queryRules([WEB, SSH, THEIRS].map((each) => ruleText(each)), summary), "ja");
    for (let length = 0; length < bytes.length; length++) {
      try {
        equal(
          parseClaims(0, decodeOutput(bytes.subarray(0, length)), ""),
          [WEB, SSH, THEIRS],
          `${length} bytes`,
        );
      } catch (error) {
        if (!(error instanceof OutputSyntaxError)) throw error;
      }
    }
  }
});

Deno.test("parseClaims reads the fields by their key, whatever their order", () => {
  const [version, ...fields] = ruleText(WEB).slice(0, -1).split("|");
  forAll(200, (random) => {
    equal(parse([`${[version, ...random.shuffle(fields)].join("|")}|`]), [WEB]);
  });
  equal(parse([ruleText(WEB).replace("v2.31", "v2.10"), ruleText(SSH, { EmbedCtxt: "x", LUAuth: "y" })]), [
    WEB,
    SSH,
  ]);
});

Deno.test("parseClaims passes over rules that only hold our word", () => {
  const hostile: readonly [string, string][] = [
    ["another program", "v2.31|Action=Allow|Active=TRUE|Dir=In|App=C:\\wslfwd\\wslfwd.exe|Name=wslfwd|"],
    ["the name alone", ruleText(WEB, { Desc: "my rule" })],
    ["no description", ruleText(WEB, { Desc: null })],
    ["no name", ruleText(WEB, { Name: null })],
    ["renamed", ruleText(WEB, { Name: "My wslfwd rule" })],
    ["renamed to all", ruleText(WEB, { Name: "all" })],
    ["a later version", ruleText(WEB, { Desc: "wslfwd/2;0badcafe;0.0.0.0:3000;1.2.3.4:3000;x" })],
    ["a tag and more", ruleText(WEB, { Desc: "wslfwd/1;0badcafe;0.0.0.0:3000;1.2.3.4:3000 " })],
    ["no version of the grammar", ruleText(WEB).slice("v2.31|".length)],
    [
      "the tag in another field",
      ruleText(WEB, { Desc: "x", EmbedCtxt: "wslfwd/1;0badcafe;0.0.0.0:3000;1.2.3.4:3000" }),
    ],
    // What netsh could not delete by name, direction, protocol and port is not ours any more.
    ["another port", ruleText(WEB, { LPort: "3001" })],
    ["one more port", ruleText(WEB, { LPort: "3000|LPort=22" })],
    ["a range of ports", ruleText(WEB, { LPort: null, LPort2_10: "3000-3005" })],
    ["every port", ruleText(WEB, { LPort: null })],
    ["outbound", ruleText(WEB, { Dir: "Out" })],
    ["UDP", ruleText(WEB, { Protocol: "17" })],
    ["every protocol", ruleText(WEB, { Protocol: null })],
    // Which of two counts, nobody knows.
    ["two names", ruleText(WEB, { Name: `x|Name=${WEB.name}` })],
    ["two descriptions", ruleText(WEB, { Desc: `x|Desc=wslfwd/1;0badcafe;0.0.0.0:3000;1.2.3.4:3000` })],
  ];
  for (const [name, text] of hostile) equal(parse([text, ruleText(SSH)]), [SSH], name);
});

Deno.test("parseClaims cannot be deceived by a character whose second byte is a bar", () => {
  // Windows makes a rule for a program that asks to listen, and names it as the program wishes. In code page 932 the
  // second byte of ポ is 0x7C, `|`; no rule of ours holds such a byte.
  const description = "wslfwd/1;0badcafe;0.0.0.0:3000;1.2.3.4:3000";
  const text = "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=3000|" +
    `App=C:\\ポName=${WEB.name}|EmbedCtxt=ポDesc=${description}|`;
  const output = decodeOutput(encode(queryRules([text, ruleText(SSH)]), "ja"));
  equal(output.includes("|Name=wslfwd-3000-"), true, "the trap is set");
  equal(parseClaims(0, output, ""), [SSH]);
});

Deno.test("parseClaims reads no claim that is not there out of damaged output", () => {
  const output = queryRules([ruleText(WEB), ruleText(THEIRS)]);
  const known = new Set([WEB, THEIRS].map((each) => JSON.stringify(each.rules)));
  forAll(2000, (random) => {
    const at = random.int(0, output.length), length = random.int(0, 60);
    const damaged = output.slice(0, at) + random.pick(["", "|", "\r\n", "\0", "    "]) +
      output.slice(at + length);
    try {
      for (const each of parseClaims(0, damaged, "")) {
        // A digit may be lost from a port or an address; the name's port and the rule's port must still agree.
        if (!known.has(JSON.stringify(each.rules))) equal(each.name.startsWith(`wslfwd-`), true);
      }
    } catch (error) {
      if (!(error instanceof OutputSyntaxError)) throw error;
    }
  });
});

Deno.test("parseClaims reads 65,535 rules", () => {
  equal(parse(Array.from({ length: 65_535 }, () => ruleText(WEB))).length, 65_535);
});
