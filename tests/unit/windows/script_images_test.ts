import { deepStrictEqual as equal } from "node:assert/strict";
import { diffRules } from "../../../src/plan/diff_rules.ts";
import type { Operation } from "../../../src/plan/operation.ts";
import { type Entry, entryKey } from "../../../src/plan/entry.ts";
import { identifyImages } from "../../../src/windows/portproxy/script_images.ts";
import { claim, entry, entryIn } from "../plan/samples.ts";
import { forAll } from "../random.ts";

const A = claim("0.0.0.0:80 -> 10.0.0.2:80"), B = claim("0.0.0.0:81 -> 10.0.0.2:81");
const MOVED = claim("0.0.0.0:80 -> 10.0.0.3:80");
const [a, b, moved] = [A, B, MOVED].map(entryIn) as [Entry, Entry, Entry];
const FOREIGN = entry("0.0.0.0:22 -> 192.168.7.7:22");

const makeA = diffRules([A], { entries: [], claims: [] });
const makeBoth = diffRules([A, B], { entries: [], claims: [] });
const removeA = diffRules([], { entries: [a], claims: [A] });
const moveA = diffRules([MOVED], { entries: [a], claims: [A] });
const swap = diffRules([B], { entries: [a], claims: [A] });
const claimsOnly: Operation[] = [{ kind: "delete-claim", claim: A }];

Deno.test("identifyImages tells the tables of a script apart, or says that it cannot", () => {
  type Row = readonly [
    string,
    readonly (readonly Entry[])[],
    readonly Operation[],
    [Entry[], Entry[]] | null,
  ];
  const rows: readonly Row[] = [
    ["two tables", [[FOREIGN], [FOREIGN, a]], makeA, [[FOREIGN], [FOREIGN, a]]],
    ["two tables, claims alone", [[FOREIGN], [FOREIGN]], claimsOnly, [[FOREIGN], [FOREIGN]]],
    ["none, claims alone", [], claimsOnly, [[], []]],
    ["none, though something was to be made", [], makeA, null],
    ["none, though something was to be deleted", [], removeA, null],
    ["one, made", [[a]], makeA, [[], [a]]],
    ["one, half made", [[b]], makeBoth, [[], [b]]],
    ["one, deleted", [[a]], removeA, [[a], []]],
    ["one, with a foreign entry: the other was lost", [[FOREIGN, a]], makeA, null],
    ["one, foreign, though something was to be deleted", [[FOREIGN]], removeA, null],
    ["one, moved", [[moved]], moveA, null],
    ["one, swapped: before", [[a]], swap, [[a], []]],
    ["one, swapped: after", [[b]], swap, [[], [b]]],
    ["one, claims alone", [[FOREIGN]], claimsOnly, null],
  ];
  for (const [name, tables, plan, expected] of rows) {
    const images = identifyImages(tables.map((entries) => ({ entries, unread: [] })), plan);
    equal(images === null ? null : [images.before, images.after], expected, name);
  }
});

Deno.test("identifyImages never takes what was before for what is now", () => {
  forAll(2000, (random) => {
    const rules = [80, 81, 82].map((port) => claim(`0.0.0.0:${port} -> 10.0.0.2:${port}`));
    const held = rules.filter(() => random.chance(0.5)), wanted = rules.filter(() => random.chance(0.5));
    const foreign = random.chance(0.3) ? [FOREIGN] : [];
    const before = [...foreign, ...held.map(entryIn)];
    const plan = diffRules(wanted, { entries: before, claims: held });
    // netsh goes on after lines that fail.
    const after = new Map(before.map((each) => [entryKey(each), each]));
    for (const operation of plan) {
      if (!("entry" in operation) || random.chance(0.2)) continue;
      if (operation.kind === "add-entry") after.set(entryKey(operation.entry), operation.entry);
      else after.delete(entryKey(operation.entry));
    }
    const tables = [before, [...after.values()]].filter((table) => table.length > 0);
    const images = identifyImages(tables.map((entries) => ({ entries, unread: [] })), plan);
    if (images !== null) equal([images.before, images.after], [before, [...after.values()]]);
  });
});
