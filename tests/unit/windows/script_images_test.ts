import { deepStrictEqual as equal } from "node:assert/strict";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import { type Entry, entryKey, formatEntry } from "../../../src/plan/rules/entry.ts";
import { claimOn, entriesOf } from "../../../src/plan/claims/claim.ts";
import type { FamilyTable } from "../../../src/windows/portproxy/table/portproxy_table.ts";
import { identifyImages } from "../../../src/windows/portproxy/script/script_images.ts";
import { claim, entry, entryIn, OWNER, rule, SCOPE } from "../plan/samples.ts";
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
    const images = identifyImages(tables.map((entries) => ({ families: "4>4", entries, unread: [] })), plan);
    equal(images === null ? null : [images.before, images.after], expected, name);
  }
});

/** The tables as netsh shows them: those of each family in their order, none for an empty one. */
function tablesOf(entries: readonly Entry[]): FamilyTable[] {
  const familiesOf = ({ listen, connect }: Entry) => `${listen.family}>${connect.family}`;
  return ["4>4", "4>6", "6>4", "6>6"].map((families) => ({
    families,
    entries: entries.filter((entry) => familiesOf(entry) === families),
    unread: [],
  })).filter((table) => table.entries.length > 0);
}

/** In an order of its own: which table comes first does not matter. */
const inTables = (entries: readonly Entry[]) =>
  entries.map((entry) => `${entryKey(entry)} ${formatEntry(entry)}`).sort();

Deno.test("identifyImages tells each family for itself: every way in which two ports of both come and go", () => {
  const claims = [80, 81].map((port) =>
    claimOn(
      [4, 6].map((family) => rule(`${family === 4 ? "0.0.0.0" : "[::]"}:${port} -> 10.0.0.2:${port}`)),
      OWNER,
      SCOPE,
    )
  );
  const some = (bits: number, first: number) => claims.filter((_, i) => (bits & (first << i)) !== 0);
  const six = entry("[::]:22 -> 192.168.7.7:22");
  for (let bits = 0; bits < 64; bits++) {
    const held = some(bits, 1), wanted = some(bits, 4);
    const foreign = [...(bits & 16 ? [FOREIGN] : []), ...(bits & 32 ? [six] : [])];
    const before = [...foreign, ...held.flatMap(entriesOf)],
      after = [...foreign, ...wanted.flatMap(entriesOf)];
    const plan = diffRules(wanted, { entries: before, claims: held });
    const images = identifyImages([...tablesOf(before), ...tablesOf(after)], plan);
    const isClear = [4, 6].every((family) => {
      const of = (entries: readonly Entry[]) => entries.filter(({ listen }) => listen.family === family);
      const isMixed = held.length > 0 && wanted.length > 0;
      return isMixed || of(before).length === 0 || of(after).length === 0 ||
        of(before).length + of(after).length > 1;
    });
    equal(images !== null, isClear || plan.length === 0, `case ${bits}`);
    if (images !== null) {
      equal([images.before, images.after].map(inTables), [before, after].map(inTables), `case ${bits}`);
    }
  }
});

Deno.test("identifyImages never takes what was before for what is now", () => {
  forAll(2000, (random) => {
    const rules = [80, 81, 82].map((port) =>
      claimOn(
        ["0.0.0.0", "[::]"].slice(0, random.int(1, 2)).map((address) =>
          rule(`${address}:${port} -> 10.0.0.2:${port}`)
        ),
        OWNER,
        SCOPE,
      )
    );
    const held = rules.filter(() => random.chance(0.5)), wanted = rules.filter(() => random.chance(0.5));
    const foreign = random.chance(0.3) ? [FOREIGN] : [];
    const before = [...foreign, ...held.flatMap(entriesOf)];
    const plan = diffRules(wanted, { entries: before, claims: held });
    // netsh goes on after lines that fail.
    const after = new Map(before.map((each) => [entryKey(each), each]));
    for (const operation of plan) {
      if (!("entry" in operation) || random.chance(0.2)) continue;
      if (operation.kind === "add-entry") after.set(entryKey(operation.entry), operation.entry);
      else after.delete(entryKey(operation.entry));
    }
    const images = identifyImages([before, [...after.values()]].flatMap(tablesOf), plan);
    if (images !== null) {
      equal([images.before, images.after].map(inTables), [before, [...after.values()]].map(inTables));
    }
  });
});
