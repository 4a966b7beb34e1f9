import { deepStrictEqual as equal } from "node:assert/strict";
import { decodeName, parseProbeLine } from "../../../src/linux/bpftrace/probe_lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const NAME = "python3" + "\\x00".repeat(9);
// Recorded with bpftrace 0.17 on Linux 6.18, the name shortened.
const FULL = `L\t10\t6\t1\t::\t8000\t4026531833\t30113\t1000\t${NAME}`;
const MINIMAL = "M\t10\t4\t127.0.0.1\t36301";

Deno.test("parseProbeLine reads an event of the full probe", () => {
  equal(parseProbeLine(encode(FULL)), {
    kind: "event",
    netns: 4026531833,
    event: { kind: "open", inode: 30113, family: 6, address: "::", port: 8000, programName: "python3" },
  });
});

Deno.test("parseProbeLine trusts no name at a close", () => {
  const line = parseProbeLine(encode(FULL.replace("L\t10", "L\t7")));
  equal(line.kind === "event" && [line.event.kind, line.event.programName], ["close", null]);
});

Deno.test("parseProbeLine reads an event of the minimal probe", () => {
  equal(parseProbeLine(encode(MINIMAL)), {
    kind: "event",
    netns: 0,
    event: { kind: "open", inode: 0, family: 4, address: "127.0.0.1", port: 36301, programName: null },
  });
});

Deno.test("parseProbeLine reads a bind, in which network namespace it was", () => {
  // Recorded with bpftrace 0.17 on Linux 6.18.
  equal(parseProbeLine(encode("B\t4026531833")), { kind: "bind", netns: 4026531833 });
  for (const text of ["B", "B\t", "B\tx", "B\t1\t2"]) {
    equal(parseProbeLine(encode(text)), { kind: "garbled" });
  }
});

Deno.test("parseProbeLine reads a port that is not assigned yet", () => {
  const line = parseProbeLine(encode("M\t10\t4\t0.0.0.0\t0"));
  equal(line.kind === "event" && line.event.port, 0);
});

const kinds: readonly (readonly [string, string])[] = [
  ["H", "heartbeat"],
  ["Lost 1 events", "lost"],
  ["Lost 4711 events", "lost"],
  ["", "noise"],
  ["Attaching 2 probes...", "noise"],
  ["HH", "noise"],
  ["h", "noise"],
  ["Lost my keys", "noise"],
  ["WARNING: pid is not available", "noise"],
  ["L", "garbled"],
  [`${FULL}\tmore`, "garbled"],
  [FULL.slice(0, FULL.lastIndexOf("\t")), "garbled"],
  [FULL.replace("\t10\t", "\t3\t"), "garbled"],
  [FULL.replace("8000", "65536"), "garbled"],
  [FULL.replace("8000", "-1"), "garbled"],
  [FULL.replace("\t6\t", "\t2\t"), "garbled"],
  [FULL.replace("::", "; rm -rf"), "garbled"],
  [FULL.replace("30113", "3e4"), "garbled"],
  [FULL.replace("30113", ""), "garbled"],
  [`${MINIMAL}\t`, "garbled"],
  [MINIMAL.replace("127.0.0.1", "::1"), "garbled"],
];
for (const [text, expected] of kinds) {
  Deno.test(`parseProbeLine takes ${JSON.stringify(text)} for ${expected}`, () => {
    equal(parseProbeLine(encode(text)).kind, expected);
  });
}

Deno.test("parseProbeLine never throws, whatever the bytes", () => {
  let seed = 20240607;
  for (let i = 0; i < 20_000; i++) {
    const bytes = encode(i % 2 === 0 ? FULL : MINIMAL);
    for (let flips = 0; flips < 3; flips++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      bytes[seed % bytes.length] = seed >>> 24;
    }
    parseProbeLine(bytes);
  }
});

const names: readonly (readonly [string, string, string | null])[] = [
  ["plain", "node" + "\\x00".repeat(12), "node"],
  ["as long as may be", "123456789012345\\x00", "123456789012345"],
  ["empty", "\\x00".repeat(16), ""],
  ["tab and newline", "t\\x09b\\x0ac" + "\\x00".repeat(11), "t\tb\nc"],
  ["UTF-8", "\\xc3\\xa9" + "\\x00".repeat(14), "é"],
  ["no UTF-8", "\\xff" + "\\x00".repeat(15), "\ufffd"],
  ["a backslash", "a\\b" + "\\x00".repeat(13), "a\\b"],
  ["rests of a longer name after its end", "sh\\x00python3" + "\\x00".repeat(6), "sh"],
  ["letters that look like an escape", "\\x41" + "\\x00".repeat(12), null],
  ["too short", "node", null],
  ["too long", "node" + "\\x00".repeat(13), null],
  ["no end", "1234567890123456", null],
  ["nothing", "", null],
];
for (const [name, text, expected] of names) {
  Deno.test(`decodeName: ${name}`, () => equal(decodeName(text), expected));
}
