import { deepStrictEqual as equal } from "node:assert/strict";
import { entryKey, entryOf, formatEntry, sameEntry } from "../../../src/plan/rule.ts";
import { entry, rule } from "./samples.ts";

Deno.test("entryOf writes a rule's ports in decimal and keeps the rest", () => {
  equal(entryOf(rule("0.0.0.0:3000 -> 10.0.0.1:80")), entry("0.0.0.0:3000 -> 10.0.0.1:80"));
});

Deno.test("entryKey tells entries apart as netsh does", () => {
  equal(entryKey(entry("0.0.0.0:3000 -> 10.0.0.1:80")), entryKey(rule("0.0.0.0:3000 -> 10.0.0.2:81")));
  equal(entryKey(entry("*:3000 -> a:1")) === entryKey(entry("0.0.0.0:3000 -> a:1")), false);
});

Deno.test("sameEntry compares all four words", () => {
  const one = entry("0.0.0.0:3000 -> 10.0.0.1:80");
  equal(sameEntry(one, { ...one }), true);
  for (const key of ["listenAddress", "listenPort", "connectAddress", "connectPort"] as const) {
    equal(sameEntry(one, { ...one, [key]: "1" }), false, key);
  }
});

Deno.test("formatEntry shows an entry and a rule alike", () => {
  const text = "0.0.0.0:3000 -> 10.0.0.1:80";
  equal([formatEntry(entry(text)), formatEntry(rule(text))], [text, text]);
});
