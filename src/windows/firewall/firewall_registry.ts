import { type HeldClaim, isClaimName, openingOf } from "../../plan/claims/claim.ts";
import type { Opening } from "../../plan/claims/opening.ts";
import { parseTag } from "../../plan/claims/tag.ts";
import { splitLines } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** The registry key under which Windows keeps its firewall rules; readable without elevation. */
export const FIREWALL_RULES_KEY =
  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules";

/** What to ask of reg.exe: the rules that have `wslfwd` anywhere in them. */
export const QUERY_CLAIMS: readonly string[] = ["query", FIREWALL_RULES_KEY, "/f", "wslfwd", "/d"];

/**
 * Reads the claims out of what `reg.exe` printed for {@link QUERY_CLAIMS}: every rule whose description is a tag, of
 * whatever owner, in the order printed. Rules that only happen to hold the word are passed over, and so is a rule of
 * ours that somebody renamed or gave another port: it is theirs now, and netsh would not find it by our words. `exitCode`
 * 1 means that nothing was found, or that reading failed, which shows on stderr. Throws OutputSyntaxError for that, and
 * where the output was cut off.
 */
export function parseClaims(exitCode: number, stdout: string, stderr: string): HeldClaim[] {
  // Found or not, the last line counts the matches, in the user's language; before it, what was found with its key.
  const last = splitLines(stdout).findLast((line) => line.trim() !== "") ?? "";
  const isWhole = /\d/.test(last) && !last.startsWith("HKEY_") && !last.startsWith("    ");
  const isAnswer = isWhole && (exitCode === 0 ? stdout.includes("HKEY_LOCAL_MACHINE\\") : exitCode === 1);
  if (stderr.trim() !== "" || !isAnswer) {
    throw new OutputSyntaxError("reg query FirewallRules", 0, "firewall rules, or that there are none");
  }
  const claims: HeldClaim[] = [];
  for (const rule of parseRules(stdout)) {
    const tag = parseTag(only(rule, "Desc"));
    const name = only(rule, "Name");
    if (tag === null || !isClaimName(name) || !isFoundByOurWords(rule, openingOf(tag))) continue;
    claims.push({ name, owner: tag.owner, rules: tag.rules });
  }
  return claims;
}

/** As the firewall numbers them (IANA). */
const PROTOCOL_NUMBERS = { tcp: "6", udp: "17" } as const;

function isFoundByOurWords(rule: RuleFields, { protocol, port }: Opening): boolean {
  return only(rule, "Dir") === "In" && only(rule, "Protocol") === PROTOCOL_NUMBERS[protocol] &&
    only(rule, "LPort") === String(port);
}

/** The names of the rules that reg.exe printed. */
export function parseRuleNames(stdout: string): string[] {
  return parseRules(stdout).map((rule) => only(rule, "Name"));
}

type RuleFields = ReadonlyMap<string, readonly string[]>;

/** The value of a field that occurs once; empty where it does not. */
function only(rule: RuleFields, field: string): string {
  const values = rule.get(field) ?? [];
  return values.length === 1 ? values[0]! : "";
}

/**
 * The rules that are ASCII throughout, as ours and the predecessor's are. In the double-byte code pages the second byte of
 * a character can be `|`, so a rule that Windows made for a program, with the name that the program gave itself, could
 * seem to have fields that it does not have.
 */
function parseRules(stdout: string): RuleFields[] {
  return splitLines(stdout).flatMap((line) => {
    if (!/^[ -~]*$/.test(line)) return [];
    const value = /^ {4}\S.*? {4}REG_SZ {4}(v\d+\.\d+\|.*)$/.exec(line);
    return value === null ? [] : [parseRuleText(value[1]!)];
  });
}

/**
 * The fields of a rule as the registry holds it, `v2.31|Action=Allow|…|` ([MS-GPFAS] 2.2.2.19): key=value in any order,
 * some of them repeated; a value cannot hold `|`.
 */
function parseRuleText(text: string): RuleFields {
  const fields = new Map<string, string[]>();
  for (const field of text.split("|").slice(1)) {
    const equals = field.indexOf("=");
    if (equals <= 0) continue;
    const name = field.slice(0, equals);
    fields.set(name, [...fields.get(name) ?? [], field.slice(equals + 1)]);
  }
  return fields;
}
