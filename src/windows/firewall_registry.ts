import { type HeldClaim, isClaimName, parseTag } from "../plan/claim.ts";
import { splitLines } from "./output_text.ts";
import { OutputSyntaxError } from "./syntax_error.ts";

/** The registry key under which Windows keeps its firewall rules; readable without elevation. */
export const FIREWALL_RULES_KEY =
  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules";

/** What to ask of reg.exe: the rules that have `wslfwd` anywhere in them. */
export const QUERY_CLAIMS: readonly string[] = ["query", FIREWALL_RULES_KEY, "/f", "wslfwd", "/d"];

/**
 * Reads the claims out of what `reg.exe` printed for {@link QUERY_CLAIMS}: every rule whose description is a tag, of
 * whatever owner, in the order printed. Rules that only happen to hold the word are passed over, and so is a rule of
 * ours that somebody renamed: it is theirs now. `exitCode` 1 means that nothing was found, or that reading failed, which
 * shows on stderr: then OutputSyntaxError is thrown.
 */
export function parseClaims(exitCode: number, stdout: string, stderr: string): HeldClaim[] {
  // Found or not, reg prints a line that counts the matches, in the user's language; before it, what it found with its key.
  const isAnswer = exitCode === 0
    ? stdout.includes("HKEY_LOCAL_MACHINE\\")
    : exitCode === 1 && /\d/.test(stdout);
  if (stderr.trim() !== "" || !isAnswer) {
    throw new OutputSyntaxError("reg query FirewallRules", 0, "firewall rules, or that there are none");
  }
  const claims: HeldClaim[] = [];
  for (const rule of parseRules(stdout)) {
    const tag = parseTag(rule.get("Desc") ?? "");
    const name = rule.get("Name") ?? "";
    if (tag !== null && isClaimName(name)) claims.push({ name, owner: tag.owner, rule: tag.rule });
  }
  return claims;
}

/** The names of the rules that reg.exe printed. */
export function parseRuleNames(stdout: string): string[] {
  return parseRules(stdout).map((rule) => rule.get("Name") ?? "");
}

function parseRules(stdout: string): Map<string, string>[] {
  return splitLines(stdout).flatMap((line) => {
    const value = /^ {4}\S.*? {4}REG_SZ {4}(v\d+\.\d+\|.*)$/.exec(line);
    return value === null ? [] : [parseRuleText(value[1]!)];
  });
}

/**
 * The fields of a rule as the registry holds it, `v2.31|Action=Allow|…|` ([MS-GPFAS] 2.2.2.19): key=value in any order;
 * a value cannot hold `|`. Of a field that repeats, the last one stays.
 */
function parseRuleText(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of text.split("|").slice(1)) {
    const equals = field.indexOf("=");
    if (equals > 0) fields.set(field.slice(0, equals), field.slice(equals + 1));
  }
  return fields;
}
