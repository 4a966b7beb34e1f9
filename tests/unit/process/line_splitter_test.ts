import { deepStrictEqual as equal } from "node:assert/strict";
import { LineSplitter } from "../../../src/process/line_splitter.ts";

/** What a splitter returns for each part in turn. */
function split(parts: readonly string[], maxLineBytes = 8): (string | null)[][] {
  const splitter = new LineSplitter(maxLineBytes);
  return parts.map((part) =>
    splitter.push(new TextEncoder().encode(part)).map((line) => line && new TextDecoder().decode(line))
  );
}

const cases: readonly (readonly [string, readonly string[], (string | null)[][]])[] = [
  ["one line", ["a\n"], [["a"]]],
  ["several in one part", ["a\n\nb\n"], [["a", "", "b"]]],
  ["a line in parts", ["a", "b", "c\nd"], [[], [], ["abc"]]],
  ["nothing for half a line", ["abc"], [[]]],
  ["an empty part", ["", "a\n"], [[], ["a"]]],
  ["a line as long as may be", ["12345678\n"], [["12345678"]]],
  ["null for a longer one", ["123456789\nb\n"], [[null, "b"]]],
  ["null for a longer one in parts", ["1234", "5678", "9", "0\nb\n"], [[], [], [], [null, "b"]]],
  ["a line that grows too long with its last part", ["12345678", "9\nb\n"], [[], [null, "b"]]],
  ["many parts without an end", ["123456789", "123456789", "\nb\n"], [[], [], [null, "b"]]],
];
for (const [name, parts, expected] of cases) {
  Deno.test(`LineSplitter.push returns ${name}`, () => equal(split(parts), expected));
}

Deno.test("LineSplitter.push gives the same lines however the bytes are cut", () => {
  const text = "one\ntwo\n\nthree is too long\nfour\nfi";
  for (let size = 1; size <= text.length; size++) {
    const parts = text.match(new RegExp(`[^]{1,${size}}`, "g"))!;
    equal(split(parts).flat(), ["one", "two", "", null, "four"], `parts of ${size}`);
  }
});

Deno.test("LineSplitter.push keeps bytes that are no UTF-8", () => {
  equal(new LineSplitter(8).push(new Uint8Array([255, 0, 10])), [new Uint8Array([255, 0])]);
});
