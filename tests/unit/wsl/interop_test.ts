import { deepStrictEqual as equal } from "node:assert/strict";
import { type InteropView, listInteropSockets, readInteropView } from "../../../src/wsl/interop.ts";
import { InteropSockets } from "../../../src/wsl/interop_sockets.ts";

Deno.test("listInteropSockets: the variable, else the nearest parent, else process 1, and nobody else's", () => {
  const path = (pid: number) => `/run/WSL/${pid}_interop`;
  type Row = readonly [string, string | undefined, readonly number[], readonly string[], string | null];
  const rows: readonly Row[] = [
    ["the variable", path(9), [50, 40], [path(9), path(50), path(1)], path(9)],
    ["a stale variable", path(9), [50, 40], [path(40), path(1)], path(40)],
    ["dropped by sudo", undefined, [50, 40, 30], [path(30), path(40), path(1)], path(40)],
    ["no parent's", undefined, [50], [path(1), path(7)], path(1)],
    ["another session's alone", undefined, [50], [path(7)], null],
    ["none", undefined, [], [], null],
    ["empty", "", [50], [path(50)], path(50)],
    ["another place", "/tmp/9_interop", [50], ["/tmp/9_interop"], null],
    ["out of the folder", "/run/WSL/../../tmp/9_interop", [], ["/run/WSL/../../tmp/9_interop"], null],
    ["below the folder", "/run/WSL/x/9_interop", [], ["/run/WSL/x/9_interop"], null],
    ["no process", "/run/WSL/x_interop", [], ["/run/WSL/x_interop"], null],
  ];
  for (const [name, variable, parentPids, sockets, found] of rows) {
    equal(
      listInteropSockets({
        variable,
        parentPids,
        identify: (each) => sockets.includes(each) ? each : null,
      })[0] ??
        null,
      found,
      name,
    );
  }
});

Deno.test("readInteropView walks up to process 1", () => {
  const { parentPids, identify } = readInteropView();
  equal(parentPids[0], Deno.ppid === 1 ? undefined : Deno.ppid);
  equal(parentPids.includes(1), false);
  equal(new Set(parentPids).size, parentPids.length);
  equal([identify("/"), identify("/does/not/exist")], [null, null]);
});

/** Sockets of process 9, of which a test changes the identity, and a clock. */
function openSockets(identities: Map<string, string>) {
  const view = (): InteropView => ({
    variable: "/run/WSL/9_interop",
    parentPids: [],
    identify: (path) => identities.get(path) ?? null,
  });
  const clock = { nowMs: 0 };
  return { sockets: new InteropSockets(view, () => clock.nowMs), clock };
}

Deno.test("InteropSockets passes over a socket that refuses for its life, and one that is silent for a minute", () => {
  const own = "/run/WSL/9_interop", first = "/run/WSL/1_interop";
  for (const isFinal of [true, false]) {
    const identities = new Map([[own, "a"], [first, "b"]]);
    const { sockets, clock } = openSockets(identities);
    equal(sockets.list(), { living: [own, first], deadCount: 0 });
    sockets.noteDead(own, isFinal);
    equal(sockets.list(), { living: [first], deadCount: 1 });
    clock.nowMs = 3_600_000;
    equal(sockets.list().living, isFinal ? [first] : [own, first]);
    identities.set(own, "another session's");
    equal(sockets.list(), { living: [own, first], deadCount: 0 });
  }
});

Deno.test("InteropSockets.noteDead does not mind a socket that has gone", () => {
  const { sockets } = openSockets(new Map());
  sockets.noteDead("/run/WSL/9_interop", true);
  equal(sockets.list(), { living: [], deadCount: 0 });
});
