/**
 * Takes out of a text what tells whose machine it is of: SIDs, addresses, MAC addresses, GUIDs and names become stand-ins of the same length
 * and kind, each the same one everywhere in the text, so that tables keep their columns and what belongs together still
 * does. What is the same on every machine (loopback, well-known SIDs, masks) stays.
 */
import { type RandomSource, ReplacementTable } from "./replacement_table.ts";

/** SIDs of users, machines and services: with numbers of their own. Those of Windows itself have none of five digits and more. */
const SID = /\bS-1-\d+(?:-\d+){3,}\b/g;
const MAC = /(?<![\w.:-])[\da-f]{2}(?:([:\- ])[\da-f]{2})(?:\1[\da-f]{2}){4}(?![\w:-])/gi;
const GUID = /\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi;
const IPV4 = /(?<![\d.])(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?!\.?\d|-[a-z])/g;
const IPV6 = /(?<![\w:.])(?=[\da-f:]*::|(?:[\da-f]+:){7})[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?![\w:]|\.\d)/gi;

/** What WSL is called by the firewall, on every machine (Microsoft's documents). */
const KNOWN_GUIDS = ["40e0ac32-46a5-438a-a0b2-2b479e8f2e90"];

/** Where names of people and machines stand: home folders, `machine\user`, shares, and names with dots. */
const NAME_PLACES: readonly RegExp[] = [
  /(?<=[\\/](?:Users|home|Benutzer|Utilisateurs)[\\/]+)[^\\/\s"'<>|:;,]+/gi,
  /(?<=(?:^|[\s"'])\\\\(?:\?\\UNC\\)?)[\w.-]+/gm,
  /(?<=^|[\s"'(])[a-z\d][\w.-]*(?=\\[a-z\d][^\\\s]*)/gim,
  /(?<=(?:^|[\s"'(])[a-z\d][\w.-]*\\)[a-z\d][\w.$-]*(?=\s|$|["')])/gim,
  /(?<![\w.@\\/-])(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z]{2,}(?![\w\\/-]|\.\w)/gi,
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
];

/** Names that are the same everywhere: accounts and folders of Windows and Linux, and files by how they end. */
const COMMON =
  /^(?:Public|Default|All Users|root|NT|BUILTIN|SERVICE|SYSTEM|AUTHORITY|Everyone|localhost|HKLM|HKCU|HKEY_\w+|Windows|Software|System32|C|D|wslfwd)$|\.(?:exe|dll|js|ts|json|txt|conf|sys|sock|service|so|log|ini|md|cfg|sh|bt|pl|lan1|wslconfig|WriteLine|Version|Name|Count)$/i;

/**
 * The text with stand-ins. `names`: names that are known to be somebody's (users, machines, distros), which go wherever
 * they stand as words.
 */
export function standIns(
  text: string,
  names: readonly string[] = [],
  random: RandomSource = secureRandom,
): string {
  const table = new ReplacementTable(random);
  const found = new Set(names.filter((name) => name.length > 1));
  for (const place of NAME_PLACES) {
    for (const [name] of text.matchAll(place)) if (!COMMON.test(name)) found.add(name);
  }
  let result = text
    .replace(SID, (sid) => table.replaceSid(sid))
    .replace(GUID, (guid) => KNOWN_GUIDS.includes(guid.toLowerCase()) ? guid : table.replaceHex("guid", guid))
    .replace(MAC, (mac) => table.replaceHex("mac", mac))
    .replace(IPV4, (address) => table.replaceIpv4(address))
    .replace(IPV6, (address) => table.replaceIpv6(address));
  // The longest first: one name may be part of another.
  for (const name of [...found].sort((a, b) => b.length - a.length)) {
    if (/^[\d.:]+$/.test(name)) continue;
    const pattern = new RegExp(
      `(?<![\\p{L}\\d])${name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}(?![\\p{L}\\d])`,
      "giu",
    );
    result = result.replace(pattern, () => table.replaceName(name));
  }
  return result;
}

function secureRandom(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}
