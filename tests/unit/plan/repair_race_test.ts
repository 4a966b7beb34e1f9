import { deepStrictEqual as equal } from "node:assert/strict";
import { diffRules } from "../../../src/plan/changes/diff_rules.ts";
import { repairRace } from "../../../src/plan/changes/repair_race.ts";
import { claim, entry, entryIn } from "./samples.ts";

const CLAIM = claim("0.0.0.0:80 -> 10.0.0.2:80"), OLD = claim("0.0.0.0:80 -> 10.0.0.1:80");
const OURS = entryIn(CLAIM), OUR_OLD = entryIn(OLD);
const FOREIGN = entry("0.0.0.0:80 -> 192.168.7.7:22");
const ELSEWHERE = entry("0.0.0.0:81 -> 192.168.7.7:22");

const make = diffRules([CLAIM], { entries: [], claims: [] });
const remove = diffRules([], { entries: [OURS], claims: [CLAIM] });
const move = diffRules([CLAIM], { entries: [OUR_OLD], claims: [OLD] });

Deno.test("repairRace finds nothing where nobody came between", () => {
  equal(repairRace(make, [], [], [OURS]), []);
  equal(repairRace(remove, [OURS], [OURS], []), []);
  equal(repairRace(move, [OUR_OLD], [OUR_OLD], [OURS]), []);
  equal(repairRace(make, [ELSEWHERE], [ELSEWHERE], [OURS, ELSEWHERE]), []);
  equal(repairRace([], [], [FOREIGN], [FOREIGN]), []);
});

Deno.test("repairRace passes over entries that appear or change on keys that the plan does not touch", () => {
  const edited = { ...ELSEWHERE, connect: { ...ELSEWHERE.connect, port: 23 } };
  equal(repairRace(make, [ELSEWHERE], [edited], [OURS, edited]), []);
  equal(repairRace(make, [], [ELSEWHERE], [OURS]), []);
});

Deno.test("repairRace puts back an entry that a new one of ours overwrote, and gives up the claim", () => {
  equal(repairRace(make, [], [FOREIGN], [OURS]), [{
    foreign: FOREIGN,
    operations: [
      { kind: "delete-entry", entry: OURS },
      { kind: "add-entry", entry: FOREIGN },
      { kind: "delete-claim", claim: CLAIM },
    ],
  }]);
});

Deno.test("repairRace leaves alone an entry that netsh would not overwrite, and gives up the claim", () => {
  equal(repairRace(make, [], [FOREIGN], [FOREIGN]), [{
    foreign: FOREIGN,
    operations: [{ kind: "delete-claim", claim: CLAIM }],
  }]);
});

Deno.test("repairRace: an entry of the very words that we wanted is whose it was", () => {
  equal(repairRace(make, [], [OURS], [OURS]), [{
    foreign: OURS,
    operations: [{ kind: "delete-claim", claim: CLAIM }],
  }]);
});

Deno.test("repairRace puts back an entry that was edited after the read and deleted with the key", () => {
  equal(repairRace(remove, [OURS], [FOREIGN], []), [{
    foreign: FOREIGN,
    operations: [{ kind: "add-entry", entry: FOREIGN }],
  }]);
});

Deno.test("repairRace puts back an entry that was edited after the read and moved with the key", () => {
  equal(repairRace(move, [OUR_OLD], [FOREIGN], [OURS]), [{
    foreign: FOREIGN,
    operations: [
      { kind: "delete-entry", entry: OURS },
      { kind: "add-entry", entry: FOREIGN },
      { kind: "delete-claim", claim: CLAIM },
    ],
  }]);
});

Deno.test("repairRace: an entry of ours that is gone before we get to it is no race", () => {
  equal(repairRace(remove, [OURS], [], []), []);
  equal(repairRace(move, [OUR_OLD], [], [OURS]), []);
});
