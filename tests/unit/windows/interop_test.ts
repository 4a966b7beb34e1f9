import { deepStrictEqual as equal } from "node:assert/strict";
import { findInteropSocket, readInteropView } from "../../../src/wsl/interop.ts";

Deno.test("findInteropSocket: the variable, else the nearest parent, else process 1, and nobody else's", () => {
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
      findInteropSocket({ variable, parentPids, isSocket: (each) => sockets.includes(each) }),
      found,
      name,
    );
  }
});

Deno.test("readInteropView walks up to process 1", () => {
  const { parentPids, isSocket } = readInteropView();
  equal(parentPids[0], Deno.ppid === 1 ? undefined : Deno.ppid);
  equal(parentPids.includes(1), false);
  equal(new Set(parentPids).size, parentPids.length);
  equal([isSocket("/"), isSocket("/does/not/exist")], [false, false]);
});
