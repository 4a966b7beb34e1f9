import { deepStrictEqual as equal, match } from "node:assert/strict";
import { mergeLoopback } from "../../../src/config/loopback_settings.ts";
import { parseOnlyPorts } from "../../../src/config/values.ts";
import { PortSet } from "../../../src/net/port_set.ts";
import { formatLoopback, parseLoopback } from "../../../src/config/loopback_values.ts";

function read(text: string): string {
  const parsed = parseLoopback(text);
  return "value" in parsed
    ? `${parsed.value.program} ${parsed.value.ports}|${parsed.value.ranges}`
    : parsed.expected;
}

Deno.test("parseLoopback tells ports, names and both apart", () => {
  equal(read("5173"), "null 5173|");
  equal(read("5173, 3000-3010"), "null 5173|3000-3010");
  equal(read("uvicorn"), "uvicorn |1-65535");
  equal(read("node:5173"), "node 5173|");
  equal(read("my app:3000-3010,8080"), "my app 8080|3000-3010");
  equal(read("a:b:80"), "a:b 80|");
});

Deno.test("parseLoopback refuses what is neither", () => {
  for (const text of ["", ":", ":80", "node:", "node:x", "0", "70000", "80-", "3000-2000", "a,b", "80,x"]) {
    match(read(text), /^ports, the name of a program, or both/, text);
  }
});

Deno.test("parseLoopback refuses names that say nothing, and says what to give", () => {
  for (const text of ["node", "python3.12", "java", "deno", "ruby", "bun", "MainThread"]) {
    equal(
      read(text),
      "ports, or the program's own name: an interpreter runs many programs; for one port: node:5173",
    );
  }
  equal(
    read("ssh"),
    "ports, since this program is never opened by its name (what it listens for is another machine's)",
  );
});

Deno.test("mergeLoopback takes neighbours that were written out for ports, not for a range", () => {
  const read = (text: string) => {
    const parsed = parseOnlyPorts(text);
    if ("expected" in parsed) throw new Error(parsed.expected);
    const [choice] = mergeLoopback({}, {}, parsed.value, PortSet.EMPTY).choices;
    return `${choice!.ports}|${choice!.ranges}`;
  };
  equal(read("6379"), "6379|");
  equal(read("6379,6380"), "6379-6380|");
  equal(read("6379-6380"), "|6379-6380");
  equal(read("6379-6380,6380"), "6380|6379-6380");
  equal(read("8080:6379,3000"), "3000,6379|");
});

Deno.test("formatLoopback writes what parseLoopback reads", () => {
  for (const text of ["5173", "5173,3000-3010", "uvicorn", "node:5173", "node:3000-3010"]) {
    const parsed = parseLoopback(text);
    equal("value" in parsed ? formatLoopback(parsed.value) : parsed, text);
  }
});
