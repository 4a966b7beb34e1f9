import { deepStrictEqual as same, match } from "node:assert/strict";
import { findOddEntries } from "../../../src/diagnose/doctor/odd_entries.ts";
import { parseTable } from "../../../src/windows/portproxy/table/portproxy_table.ts";
import { printed, readTranscript } from "../../recorded/transcript.ts";
import { entry, taking } from "../plan/samples.ts";

const PLACES = { guestAddress: "172.23.21.232", hostAddresses: ["192.168.1.5"], taken: [] };

Deno.test("findOddEntries tells entries that loop, are swapped, or lead to an address that WSL had once", () => {
  const rows: readonly [string, RegExp | null][] = [
    ["0.0.0.0:3000 -> 127.0.0.1:3000", /leads to itself/],
    ["*:3000 -> localhost:3000", /leads to itself/],
    ["192.168.1.5:3000 -> 192.168.1.5:3000", /leads to itself/],
    ["0.0.0.0:3000 -> 192.168.1.5:3000", /leads to itself/],
    ["0.0.0.0:3000 -> 127.0.0.1:3001", null],
    ["192.168.1.5:3000 -> 127.0.0.1:3000", null],
    ["127.0.0.1:27017 -> 0.0.0.0:27017", /swapped/],
    ["0.0.0.0:80 -> 172.23.20.7:80", /this guest has 172\.23\.21\.232/],
    ["0.0.0.0:80 -> 172.23.21.232:80", null],
    ["0.0.0.0:80 -> 172.28.1.1:80", null],
    ["0.0.0.0:80 -> 10.0.0.7:80", null],
    ["0.0.0.0:80 -> nas.local:80", null],
  ];
  for (const [text, why] of rows) {
    const odd = findOddEntries([entry(text)], PLACES);
    if (why === null) same(odd, [], text);
    else match(odd[0]!, why);
  }
});

Deno.test("findOddEntries: what answers on exactly that address makes no loop", () => {
  const loop = entry("0.0.0.0:3000 -> 127.0.0.1:3000");
  same(findOddEntries([loop], { ...PLACES, taken: [taking("127.0.0.1", 3000, 77)] }), []);
  same(findOddEntries([loop, entry("127.0.0.1:3000 -> 10.0.0.7:80")], PLACES), []);
});

Deno.test("findOddEntries finds what people really have", () => {
  const tell = (name: string) =>
    findOddEntries(parseTable(printed(readTranscript(name).lines)).entries, PLACES);
  match(tell("netsh-portproxy-en-swapped")[0]!, /swapped/);
  match(
    tell("netsh-portproxy-ja-localhost-and-star")[0]!,
    /^0\.0\.0\.0:19000 -> 127\.0\.0\.1:19000 leads to itself/,
  );
});
