import { deepStrictEqual as equal, rejects, throws } from "node:assert/strict";
import { entriesOf } from "../../../src/plan/claims/claim.ts";
import type { Operation } from "../../../src/plan/changes/operation.ts";
import { parseCmdLine } from "../../simulated/windows/cmd_syntax.ts";
import type { Host } from "../../../src/contracts/host.ts";
import { GuardedHost } from "../../../src/windows/watchdog/guarded_host.ts";
import { removeLeftUndo, UndoFile } from "../../../src/windows/watchdog/undo_file.ts";
import { UndoList } from "../../../src/windows/watchdog/undo_list.ts";
import { watchdogWords } from "../../../src/windows/watchdog/watchdog_words.ts";
import { claim as claimOn, GUEST, OWNER } from "../plan/samples.ts";

const SCRIPT = "C:\\Windows\\wslfwd\\undo-x.txt";

Deno.test("watchdogWords has no word that WSL would put into quotes, and nothing of it is for the outer cmd.exe", () => {
  const words = watchdogWords(SCRIPT);
  equal(words.filter((word) => word === "" || /[\s"]/.test(word)), []);
  const outer = parseCmdLine(words.slice(2).join(" "));
  equal(outer.kind, "command");
});

Deno.test("watchdogWords lets nothing into the line but a plain path", () => {
  for (const script of ["C:\\a b.txt", "C:\\a&b.txt", "/mnt/c/a.txt", "C:\\a^.txt", "C:\\%TEMP%\\a"]) {
    throws(() => watchdogWords(script), RangeError, script);
  }
});

/** A claim on a port and its entries, as operations. */
function making(port: number): { claim: Operation; entries: Operation[]; all: Operation[] } {
  const claim = claimOn(`0.0.0.0:${port} -> ${GUEST}:${port}`);
  const entries = entriesOf(claim).map((entry) => ({ kind: "add-entry", entry }) as const);
  return { claim: { kind: "add-claim", claim }, entries, all: [{ kind: "add-claim", claim }, ...entries] };
}

/** The ports that a script removes entries and claims of. */
function portsIn(script: string): string[] {
  return script.split("\r\n").filter((line) => line !== "").map((line) =>
    `${line.startsWith("interface") ? "entry" : "claim"} ${/(?:listen|local)port=(\d+)/.exec(line)![1]}`
  );
}

Deno.test("UndoList names what is being made before it is, and entries before claims", () => {
  const list = new UndoList();
  list.noteHeld({ entries: [], claims: [] });
  equal(list.script, "");
  const plan = [...making(3000).all, ...making(3001).all];
  equal(list.noteMaking(plan), true);
  equal(portsIn(list.script), ["entry 3000", "entry 3001", "claim 3000", "claim 3001"]);
  equal(list.noteEnd(plan, true), false);
  equal(portsIn(list.script).length, 4);
});

Deno.test("UndoList forgets what was removed, at once, so that nobody else's entry goes in its place", () => {
  const list = new UndoList();
  const { claim, entries, all } = making(3000);
  list.noteMaking(all);
  list.noteEnd(all, true);
  const removal: Operation[] = [
    ...entries.map((operation) => ({ ...operation, kind: "delete-entry" }) as Operation),
    { ...claim, kind: "delete-claim" } as Operation,
  ];
  equal(list.noteMaking(removal), false);
  equal(portsIn(list.script), ["entry 3000", "claim 3000"]);
  equal(list.noteEnd(removal, true), true);
  equal(list.script, "");
});

Deno.test("UndoList.noteHeld keeps what is under way, and what failed until then", () => {
  const list = new UndoList();
  const underWay = making(3000).all, failed = making(3001).all;
  list.noteMaking(underWay);
  list.noteMaking(failed);
  equal(list.noteEnd(failed, false), false);
  equal(portsIn(list.script).length, 4);
  list.noteHeld({ entries: [], claims: [] });
  equal(portsIn(list.script), ["entry 3000", "claim 3000"]);
  list.noteEnd(underWay, true);
  list.noteHeld({ entries: [], claims: [] });
  equal(list.script, "");
});

Deno.test("UndoFile.write replaces the whole, the last of several counts, and removeLeftUndo takes it away", async () => {
  const windows = await Deno.makeTempDir();
  try {
    equal(await removeLeftUndo(windows, OWNER), false);
    const file = new UndoFile(windows, OWNER);
    await Promise.all(["a\r\n", "b\r\n", "c\r\n"].map((text) => file.write(() => text)));
    const names = [...Deno.readDirSync(`${windows}/wslfwd`)].map(({ name }) => name);
    equal(names.length, 1);
    const path = `${windows}/wslfwd/${names[0]}`;
    equal(Deno.readTextFileSync(path), "c\r\n");
    equal([Deno.statSync(path).mode! & 0o777, Deno.statSync(`${windows}/wslfwd`).mode! & 0o777], [
      0o600,
      0o700,
    ]);
    equal(file.windowsPath, `C:\\Windows\\wslfwd\\${names[0]}`);
    file.renew();
    await file.write(() => "d\r\n");
    equal(Deno.readTextFileSync(path), "c\r\n", "a watchdog that was lost may be at work on it");
    equal([...Deno.readDirSync(`${windows}/wslfwd`)].length, 2);
    equal(await removeLeftUndo(windows, "00000000"), false, "another user's");
    equal(await removeLeftUndo(windows, OWNER), true);
    equal([...Deno.readDirSync(`${windows}/wslfwd`)], []);
    await rejects(new UndoFile("/proc/nothing", OWNER).write(() => "x"));
  } finally {
    await Deno.remove(windows, { recursive: true });
  }
});

Deno.test("GuardedHost.snapshot asks for the part that it is asked for", async () => {
  const windows = await Deno.makeTempDir();
  try {
    const parts: (string | undefined)[] = [];
    const host = {
      snapshot: (_signal?: AbortSignal, part?: string) => {
        parts.push(part);
        return Promise.resolve({ entries: [], claims: [], unfinished: [] });
      },
    } as unknown as Host;
    const file = new UndoFile(windows, OWNER), guarded = new GuardedHost(host, file);
    await guarded.snapshot(undefined, "held");
    await guarded.snapshot();
    await file.remove();
    equal(parts, ["held", undefined]);
  } finally {
    await Deno.remove(windows, { recursive: true });
  }
});
