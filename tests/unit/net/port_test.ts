import { deepStrictEqual as equal } from "node:assert/strict";
import { isPort, parsePort } from "../../../src/net/port.ts";

Deno.test("parsePort reads each port, and only as decimal without sign or leading zeros", () => {
  for (let port = 1; port <= 65535; port++) equal(parsePort(String(port)), port);
  const hostile = [
    "",
    "0",
    "00",
    "65536",
    "99999",
    "100000",
    "080",
    "+80",
    "-80",
    "8e1",
    "0x50",
    "80.0",
    " 80",
    "80 ",
  ];
  for (const text of [...hostile, "80\n", "８０", "80-81", "Infinity", "NaN", "80\0", "80 name=all"]) {
    equal(parsePort(text), null, JSON.stringify(text));
  }
});

Deno.test("isPort takes whole numbers from 1 to 65535", () => {
  for (const port of [1, 80, 65535]) equal(isPort(port), true);
  for (const port of [0, -1, 65536, 1.5, NaN, Infinity, -Infinity]) equal(isPort(port), false, String(port));
});
