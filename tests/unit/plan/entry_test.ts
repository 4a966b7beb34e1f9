import { deepStrictEqual as equal } from "node:assert/strict";
import {
  type Entry,
  entryKey,
  entryOf,
  formatEntry,
  ruleOf,
  sameEntry,
} from "../../../src/plan/rules/entry.ts";
import { entry, rule } from "./samples.ts";

const TEXT = "0.0.0.0:3000 -> 10.0.0.1:80";

Deno.test("a rule becomes an entry and an entry the rule again; a direct one has none", () => {
  equal(entryOf(rule(TEXT)), entry(TEXT));
  equal(ruleOf(entry(TEXT)), rule(TEXT));
  equal(entryOf(rule("0.0.0.0:3000")), null);
  equal(ruleOf(entry("0.0.0.0:http -> 10.0.0.1:80")), null);
  equal(ruleOf(entry("0.0.0.0:80 -> 10.0.0.1:080")), null);
});

Deno.test("entryKey tells rows apart as the host does", () => {
  equal(entryKey(entry(TEXT)), entryKey(entry("0.0.0.0:3000 -> 10.0.0.2:81")));
  const keys = [
    "*:3000 -> a:1",
    "0.0.0.0:3000 -> a:1",
    "0.0.0.0:3000 -> [::2]:1",
    "[::]:3000 -> a:1",
    "*:03000 -> a:1",
  ];
  equal(new Set(keys.map((text) => entryKey(entry(text)))).size, keys.length);
});

Deno.test("sameEntry compares every word of both sides", () => {
  const one = entry(TEXT);
  equal(sameEntry(one, entry(TEXT)), true);
  const others: Entry[] = ["0.0.0.1:3000 -> 10.0.0.1:80", "0.0.0.0:03000 -> 10.0.0.1:80"].map(entry);
  others.push(entry("0.0.0.0:3000 -> 10.0.0.2:80"), entry("0.0.0.0:3000 -> 10.0.0.1:http"));
  for (const side of ["listen", "connect"] as const) {
    others.push({ ...one, [side]: { ...one[side], family: 6 } });
  }
  others.push({ ...one, listen: { ...one.listen, protocol: "udp" } });
  for (const other of others) equal(sameEntry(one, other), false, formatEntry(other));
});

Deno.test("formatEntry shows the words as they are, IPv6 in brackets", () => {
  for (const text of [TEXT, "*:80-90 -> nas.local:http", "[::]:3000 -> 10.0.0.1:80"]) {
    equal(formatEntry(entry(text)), text);
  }
});
