import { deepStrictEqual as equal } from "node:assert/strict";
import { type Entry, entryKey, formatEntry, sameEntry } from "../../../src/plan/rules/entry.ts";
import { EntryIndex } from "../../../src/plan/rules/entry_index.ts";
import { forAll } from "../random.ts";
import { entry, place } from "./samples.ts";

const WEB = entry("0.0.0.0:3000 -> 172.23.21.232:80");

Deno.test("EntryIndex tells every word apart, as text", () => {
  const index = new EntryIndex([WEB]);
  equal(index.has(entry("0.0.0.0:3000 -> 172.23.21.232:80")), true);
  const others = ["*:3000 -> 172.23.21.232:80", "0.0.0.0:03000 -> 172.23.21.232:80"];
  others.push(
    "0.0.0.0:3000 -> localhost:80",
    "0.0.0.0:3000 -> 172.23.21.232:080",
    "[::]:3000 -> 172.23.21.232:80",
  );
  for (const other of others) equal(index.has(entry(other)), false, other);
});

Deno.test("EntryIndex counts the same words once, and gives the last one on a key", () => {
  const last = entry("0.0.0.0:3000 -> 172.23.21.232:81");
  const index = new EntryIndex([WEB, { ...WEB }, last]);
  equal(index.size, 2);
  equal([...index], [WEB, last]);
  equal(index.at(WEB), last);
  equal(index.at(entry("0.0.0.0:3001 -> 172.23.21.232:80")), undefined);
});

Deno.test("EntryIndex finds what listens at a place, wherever it leads to", () => {
  const six = entry("0.0.0.0:3000 -> [fd00::1]:80");
  const index = new EntryIndex([WEB, six, entry("*:3000 -> a:1"), entry("[::]:3000 -> a:1")]);
  equal(index.listeningAt(place("0.0.0.0:3000")), [WEB, six]);
  equal(index.listeningAt(place("0.0.0.0:3001")), []);
});

Deno.test("EntryIndex holds what a set of texts would", () => {
  forAll(300, (random) => {
    const make = (): Entry =>
      entry(
        `${random.pick(["0.0.0.0", "*", "[::]"])}:${random.pick(["1", "01", "2", "x"])} -> ` +
          `${random.pick(["a", "b", "[::1]"])}:${random.pick(["1", "2"])}`,
      );
    const textOf = (each: Entry) => `${entryKey(each)} ${formatEntry(each)}`;
    const entries = random.list(random.int(0, 12), make);
    const index = new EntryIndex(entries);
    const texts = new Set(entries.map(textOf)), keys = new Set(entries.map(entryKey));
    equal(new Set([...index].map(textOf)), texts);
    equal(index.size, texts.size);
    for (const asked of random.list(12, make)) {
      equal(index.has(asked), texts.has(textOf(asked)));
      equal(index.at(asked) !== undefined, keys.has(entryKey(asked)));
      const found = index.at(asked);
      if (found !== undefined) equal(entryKey(found), entryKey(asked));
      equal(entries.some((each) => sameEntry(each, asked)), index.has(asked));
    }
  });
});
