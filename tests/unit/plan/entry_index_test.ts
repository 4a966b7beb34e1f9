import { deepStrictEqual as equal } from "node:assert/strict";
import { EntryIndex } from "../../../src/plan/entry_index.ts";
import { type Entry, entryKey, entryOf, formatEntry, type Rule } from "../../../src/plan/rule.ts";
import { forAll } from "../random.ts";

const RULE: Rule = {
  listenAddress: "0.0.0.0",
  listenPort: 3000,
  connectAddress: "172.23.21.232",
  connectPort: 80,
};

Deno.test("EntryIndex finds an entry by a rule with the same words, and a rule by its entry", () => {
  const entry = entryOf(RULE);
  equal(new EntryIndex([entry]).has(RULE), true);
  equal(new EntryIndex([RULE]).has(entry), true);
  equal(new EntryIndex([RULE]).at(entry), RULE);
});

Deno.test("EntryIndex tells every word apart, as text", () => {
  const index = new EntryIndex([entryOf(RULE)]);
  const others: Partial<Entry>[] = [
    { listenAddress: "*" },
    { listenPort: "03000" },
    { connectAddress: "localhost" },
    { connectPort: "080" },
  ];
  for (const other of others) equal(index.has({ ...entryOf(RULE), ...other }), false, JSON.stringify(other));
});

Deno.test("EntryIndex counts the same words once, and gives the last one on a key", () => {
  const first = entryOf(RULE), last = { ...first, connectPort: "81" };
  const index = new EntryIndex([first, { ...first }, last]);
  equal(index.size, 2);
  equal([...index], [first, last]);
  equal(index.at(RULE), last);
  equal(index.at({ ...first, listenPort: "3001" }), undefined);
});

Deno.test("EntryIndex holds what a set of texts would", () => {
  forAll(300, (random) => {
    const make = (): Entry => ({
      listenAddress: random.pick(["0.0.0.0", "*", "1.2.3.4"]),
      listenPort: random.pick(["1", "01", "2", "x"]),
      connectAddress: random.pick(["a", "b"]),
      connectPort: random.pick(["1", "2"]),
    });
    const entries = random.list(random.int(0, 12), make);
    const index = new EntryIndex(entries);
    const texts = new Set(entries.map(formatEntry)), keys = new Set(entries.map(entryKey));
    equal(new Set([...index].map(formatEntry)), texts);
    equal(index.size, texts.size);
    for (const asked of random.list(12, make)) {
      equal(index.has(asked), texts.has(formatEntry(asked)));
      equal(index.at(asked) !== undefined, keys.has(entryKey(asked)));
    }
  });
});
