import type { Family } from "../../../net/address.ts";
import type { Entry } from "../../../plan/rules/entry.ts";
import { type UnreadRow, unreadRow } from "../../../plan/rules/unread_row.ts";
import { entryOfWords } from "./entry_of_words.ts";
import { splitLines } from "../../run/output_text.ts";
import { OutputSyntaxError } from "../../run/syntax_error.ts";
import type { PortproxyTable } from "./portproxy_table.ts";
import { joinBlanks } from "./split_row.ts";

/**
 * Where Windows keeps the entries: below it a key for each table, `v4tov4\\tcp` to `v6tov6\\tcp`, with a value
 * `LISTENADDRESS/PORT` with the text `CONNECTADDRESS/PORT` for each entry.
 */
const KEY = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\PortProxy";

/** What to ask of reg.exe: every entry. Readable without elevation. */
export const QUERY_ENTRIES: readonly string[] = ["query", KEY, "/s"];

/**
 * What to ask of reg.exe to tell a Windows that has no entries, and so no key, from one that forbids reg.exe: both end with
 * 1 and a sentence. Every Windows has this value.
 */
export const PROBE_REGISTRY: readonly string[] = [
  "query",
  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\iphlpsvc",
  "/v",
  "Start",
];

/**
 * Reads what reg.exe printed for {@link QUERY_ENTRIES}, in any language: the key, then `    NAME    REG_SZ    TEXT` lines. Unlike
 * netsh's table it is unambiguous, whatever was stored. Throws OutputSyntaxError where there is no key though something is
 * printed, or nothing at all, and where the output was cut off.
 */
export function parseRegistryEntries(output: string): PortproxyTable {
  const lines = splitLines(output);
  const entries: Entry[] = [], unread: UnreadRow[] = [];
  let families: readonly [Family, Family] | null = null, hasKey = false, last = -1;
  for (const [i, line] of lines.entries()) {
    if (line.startsWith("HKEY_")) {
      const key = /\\PortProxy(?:\\v([46])tov([46])\\tcp)?\s*$/i.exec(line);
      families = key?.[1] === undefined ? null : [readFamily(key[1]), readFamily(key[2]!)];
      hasKey ||= key !== null;
      last = i;
    }
    const value = families !== null ? /^ {4}(.*?) {4}(REG_[A-Z_]+) {4}(.*)$/.exec(line) : null;
    if (value === null) continue;
    last = i;
    const [, name, type, text] = value as unknown as [string, string, string, string];
    const entry = type === "REG_SZ" ? readEntry(name, text, families!) : null;
    if (entry !== null) entries.push(entry);
    // The unnamed value of a key, which reg.exe calls something in brackets, is no entry.
    else if (name.includes("/")) unread.push(unreadRow(`${name} ${text}`));
  }
  if (!hasKey && (output.trim() !== "" || !/[\r\n]/.test(output))) {
    throw new OutputSyntaxError("reg query PortProxy", 0, "the key of the portproxy entries");
  }
  if (last >= 0 && last >= lines.length - 2) {
    throw new OutputSyntaxError("reg query PortProxy", last + 1, "an empty line behind the last value");
  }
  return { entries, unread };
}

/** An address cannot be told from what is before a slash in it: the last one counts. */
function readEntry(name: string, text: string, families: readonly [Family, Family]): Entry | null {
  const listen = partAtSlash(name), connect = partAtSlash(text);
  if (listen === null || connect === null) return null;
  return entryOfWords({
    listenAddress: listen.address,
    listenPort: listen.port,
    connectAddress: connect.address,
    connectPort: connect.port,
  }, ...families);
}

function readFamily(digit: string): Family {
  return digit === "6" ? 6 : 4;
}

function partAtSlash(text: string): { address: string; port: string } | null {
  const slash = text.lastIndexOf("/");
  if (slash < 0) return null;
  return { address: joinBlanks(text.slice(0, slash)), port: joinBlanks(text.slice(slash + 1)) };
}
