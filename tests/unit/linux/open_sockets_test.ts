import { deepStrictEqual as equal } from "node:assert/strict";
import { parseSocketLink } from "../../../src/linux/proc/open_sockets.ts";
import { parseParent } from "../../../src/linux/proc/process_info.ts";

Deno.test("parseSocketLink reads the inode of a socket and nothing else", () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ["socket:[12345]", 12345],
    ["socket:[4294967295]", 4294967295],
    ["socket:[]", null],
    ["socket:[12", null],
    ["socket:[1x]", null],
    ["pipe:[12345]", null],
    ["/tmp/socket:[1]", null],
    ["", null],
  ];
  for (const [link, expected] of cases) {
    equal(parseSocketLink(new TextEncoder().encode(link)), expected, link);
  }
});

Deno.test("parseParent reads the parent behind any name", () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ["812 (node) S 640 812 640 34816", 640],
    ["812 (a) b) S 1 (c) S 640 812 640 0", 640],
    ["812 (new\nline) R 0 812 640 0", 0],
    ["812 (node", null],
    ["", null],
  ];
  for (const [stat, expected] of cases) equal(parseParent(stat), expected, stat);
});
