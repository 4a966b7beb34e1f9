import { deepStrictEqual as equal, throws } from "node:assert/strict";
import type { HeldClaim } from "../../../src/plan/claims/claim.ts";
import { formatTag } from "../../../src/plan/claims/tag.ts";
import { parseShownClaims, ShownClaims } from "../../../src/windows/firewall/shown_rules.ts";
import { decodeOutput } from "../../../src/windows/run/output_text.ts";
import { OutputSyntaxError } from "../../../src/windows/run/syntax_error.ts";
import { claim } from "../plan/samples.ts";
import { forAll } from "../random.ts";
import { CODE_PAGES, encodeIn } from "../../recorded/code_pages.ts";

const held = ({ scope: _, ...rest }: ReturnType<typeof claim>): HeldClaim => rest;
const WEB = held(claim("0.0.0.0:3000 -> 172.23.21.232:3000"));
const SSH = held(claim("0.0.0.0:22 -> 172.23.21.232:2222"));

/** Assumed: what netsh prints of a rule, in this language. */
function show(name: string, rows: readonly (readonly [string, string])[], isChinese = false): string {
  const line = (title: string, value: string) => `${title.padEnd(38)}${value}\r\n`;
  const title = isChinese ? "规则名称:" : "Rule Name:";
  return `\r\n${line(title, name)}${"-".repeat(70)}\r\n${rows.map(([a, b]) => line(a, b)).join("")}`;
}

function showClaim(each: HeldClaim, port = each.rules[0]!.listen.port, isChinese = false): string {
  const rows = [["Description:", formatTag(each)], ["Enabled:", "Yes"], ["Protocol:", "TCP"], [
    "LocalPort:",
    `${port}`,
  ]];
  const chinese = [["描述:", formatTag(each)], ["已启用:", "是"], ["协议:", "TCP"], ["本地端口:", `${port}`]];
  return show(each.name, (isChinese ? chinese : rows) as [string, string][], isChinese);
}

const OTHER = show("Core Networking - DHCP (UDP-In)", [
  ["Description:", "Allows DHCP."],
  ["Protocol:", "UDP"],
  ["LocalPort:", "68"],
]);

Deno.test("parseShownClaims reads our rules among others, in any language and code page", () => {
  for (const isChinese of [false, true]) {
    const end = isChinese ? "确定。" : "Ok.";
    const text = `${OTHER}${showClaim(WEB, 3000, isChinese)}${OTHER}${
      showClaim(SSH, 22, isChinese)
    }${end}\r\n\r\n`;
    for (const codePage of CODE_PAGES) {
      equal(parseShownClaims(decodeOutput(encodeIn(text, codePage))), [WEB, SSH], `${codePage}`);
    }
  }
});

Deno.test("parseShownClaims passes over rules that only look like ours", () => {
  const text = [
    show("mine", [["Description:", formatTag(WEB)], ["Protocol:", "TCP"], ["LocalPort:", "3000"]]),
    showClaim(WEB, 3001),
    show(WEB.name, [["Description:", "x"], ["Protocol:", "TCP"], ["LocalPort:", "3000"]]),
    show(WEB.name, [["Description:", formatTag(WEB)], ["Protocol:", "UDP"], ["LocalPort:", "3000"]]),
    showClaim(SSH),
  ].join("");
  equal(parseShownClaims(`${text}Ok.\r\n\r\n`), [SSH]);
});

Deno.test("parseShownClaims: output that was cut off is never taken for fewer rules", () => {
  const whole = `${OTHER}${showClaim(WEB)}${showClaim(SSH)}Ok.\r\n\r\n`;
  equal(parseShownClaims(whole), [WEB, SSH]);
  for (let length = 0; length < whole.length; length++) {
    try {
      equal(parseShownClaims(whole.slice(0, length)), [WEB, SSH], `${length} bytes`);
    } catch (error) {
      if (!(error instanceof OutputSyntaxError)) throw error;
    }
  }
  for (const output of ["", "No rules match the specified criteria.\r\n\r\n"]) {
    throws(() => parseShownClaims(output), OutputSyntaxError);
  }
});

Deno.test("parseShownClaims reads no claim that is not there out of damaged output", () => {
  const whole = `${OTHER}${showClaim(WEB)}${showClaim(SSH)}Ok.\r\n\r\n`, lines = whole.split("\r\n");
  const known = new Set([WEB, SSH].map(formatTag));
  forAll(2000, (random) => {
    const shuffled = random.chance(0.3) ? random.shuffle(lines) : lines.filter(() => !random.chance(0.1));
    try {
      for (const each of parseShownClaims(shuffled.join("\r\n"))) equal(known.has(formatTag(each)), true);
    } catch (error) {
      if (!(error instanceof OutputSyntaxError)) throw error;
    }
  });
});

Deno.test("ShownClaims carries on what netsh showed, until it is old or nobody knows", () => {
  const shown = new ShownClaims(), web = claim("0.0.0.0:3000 -> 172.23.21.232:3000");
  equal(shown.recall(0), null);
  shown.note([SSH], 1000);
  shown.noteChange([{ kind: "add-claim", claim: web }, { kind: "delete-claim", claim: SSH }], true);
  equal(shown.recall(2000), [web]);
  equal(shown.recall(700_000), null);
  shown.noteChange([], false);
  equal(shown.recall(2000), null);
});
