import { deepStrictEqual as equal, throws } from "node:assert/strict";
import {
  formatEndpoint,
  formatIpv4,
  formatIpv6,
  isAny,
  isLoopback,
  parseIpv4,
  unmapIpv4,
} from "../../../src/net/address.ts";
import { forAll } from "../random.ts";

Deno.test("parseIpv4 takes dotted quads and nothing else", () => {
  for (const text of ["0.0.0.0", "127.0.0.1", "10.0.0.1", "172.23.21.232", "255.255.255.255"]) {
    equal(parseIpv4(text), text);
  }
  const hostile = [
    [
      "",
      " 1.2.3.4",
      "1.2.3.4 ",
      "1.2.3.4\n",
      "\n1.2.3.4",
      "1.2.3",
      "1.2.3.4.5",
      "1.2.3.",
      ".1.2.3",
      "1..2.3",
    ],
    [
      "256.0.0.1",
      "1.2.3.256",
      "1.2.3.999",
      "01.2.3.4",
      "1.2.3.04",
      "1.2.3.00",
      "0x1.2.3.4",
      "1.2.3.-4",
      "+1.2.3.4",
    ],
    [
      "1e1.2.3.4",
      "1.2.3.4/24",
      "1.2.3.4:80",
      "::ffff:1.2.3.4",
      "localhost",
      "*",
      "１.2.3.4",
      "1,2,3,4",
      "2130706433",
    ],
    ["1.2.3.4\0", "1.2.3.4 listenport=1", "1.2.3.4&calc", "1.2.3.0004"],
  ].flat();
  for (const text of hostile) equal(parseIpv4(text), null, JSON.stringify(text));
});

Deno.test("formatIpv4 writes what parseIpv4 reads, at any offset", () => {
  forAll(500, (random) => {
    const bytes = new Uint8Array(random.list(12, () => random.int(0, 255)));
    const offset = random.int(0, 8);
    const text = formatIpv4(bytes, offset);
    equal(parseIpv4(text), text);
    equal(text.split(".").map(Number), [...bytes.subarray(offset, offset + 4)]);
  });
  for (const offset of [-1, 1, 5]) throws(() => formatIpv4(new Uint8Array(4), offset), RangeError);
});

/** The sixteen bytes of eight groups. */
function bytesOf(...groups: readonly number[]): Uint8Array {
  return new Uint8Array(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

Deno.test("formatIpv6 writes what RFC 5952 recommends", () => {
  const cases: readonly [readonly number[], string][] = [
    // Section 4.1: no leading zeros; section 4.3: lower case.
    [[0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], "2001:db8::1"],
    [
      [0x2001, 0xdb8, 0xaaaa, 0xbbbb, 0xcccc, 0xdddd, 0xeeee, 0xffff],
      "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff",
    ],
    // Section 4.2.1: as much as possible.
    [[0x2001, 0xdb8, 0, 0, 0, 0, 2, 1], "2001:db8::2:1"],
    // Section 4.2.2: not one group alone.
    [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], "2001:db8:0:1:1:1:1:1"],
    // Section 4.2.3: the longest run, the first of two.
    [[0x2001, 0, 0, 1, 0, 0, 0, 1], "2001:0:0:1::1"],
    [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], "2001:db8::1:0:0:1"],
    // Section 5: mapped addresses in mixed notation.
    [[0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201], "::ffff:192.0.2.1"],
    [[0, 0, 0, 0, 0, 0xffff, 0, 0], "::ffff:0.0.0.0"],
    [[0, 0, 0, 0, 0, 0, 0, 0], "::"],
    [[0, 0, 0, 0, 0, 0, 0, 1], "::1"],
    [[1, 0, 0, 0, 0, 0, 0, 0], "1::"],
    [[0xfe80, 0, 0, 0, 0x215, 0x5dff, 0xfe01, 0x203], "fe80::215:5dff:fe01:203"],
    [[0, 0, 1, 2, 3, 4, 5, 6], "::1:2:3:4:5:6"],
    [[1, 2, 3, 4, 5, 6, 0, 0], "1:2:3:4:5:6::"],
    [[0, 1, 0, 1, 0, 1, 0, 1], "0:1:0:1:0:1:0:1"],
    // Neither mapped nor compatible: RFC 5952 leaves other prefixes alone.
    [[0, 0, 0, 0, 0, 0, 0x0a00, 1], "::a00:1"],
    [[0, 0, 0, 0, 1, 0xffff, 0x0a00, 1], "::1:ffff:a00:1"],
  ];
  for (const [groups, text] of cases) equal(formatIpv6(bytesOf(...groups)), text);
});

/** The eight groups of a text: written apart from the code under test. */
function expand(text: string): number[] {
  const quad = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (quad !== null) {
    const [a, b, c, d] = quad.slice(1).map(Number);
    text = text.slice(0, quad.index) + ((a! << 8) | b!).toString(16) + ":" + ((c! << 8) | d!).toString(16);
  }
  const [head, tail] = text.split("::").map((half) => half === "" ? [] : half.split(":"));
  const zeros = tail === undefined ? [] : Array(8 - head!.length - tail.length).fill("0");
  return [...head!, ...zeros, ...tail ?? []].map((group) => parseInt(group, 16));
}

Deno.test("formatIpv6 loses nothing and is canonical, whatever the bytes", () => {
  forAll(2000, (random) => {
    const groups = random.list(
      8,
      () => random.chance(0.6) ? 0 : random.pick([1, 0xffff, 0xa, random.int(0, 0xffff)]),
    );
    const padded = new Uint8Array([9, 9, 9, ...bytesOf(...groups), 9]);
    const text = formatIpv6(padded, 3);
    equal(expand(text), groups, text);
    equal(text, text.toLowerCase());
    equal((text.match(/::/g) ?? []).length <= 1, true, text);
    equal(/(^|:)0[0-9a-f]/.test(text.replace(/\d+\.\d+\.\d+\.\d+$/, "")), false, text);
  });
  for (const offset of [-1, 1]) throws(() => formatIpv6(new Uint8Array(16), offset), RangeError);
});

Deno.test("unmapIpv4, isLoopback and isAny know the mapped form", () => {
  const cases: readonly [string, string | null, boolean, boolean][] = [
    ["127.0.0.1", null, true, false],
    ["127.255.255.254", null, true, false],
    ["126.0.0.1", null, false, false],
    ["128.0.0.1", null, false, false],
    ["12.7.0.1", null, false, false],
    ["0.0.0.0", null, false, true],
    ["0.0.0.1", null, false, false],
    ["172.23.21.232", null, false, false],
    ["::", null, false, true],
    ["::1", null, true, false],
    ["::2", null, false, false],
    ["::ffff:127.0.0.1", "127.0.0.1", true, false],
    ["::ffff:0.0.0.0", "0.0.0.0", false, true],
    ["::ffff:10.0.0.1", "10.0.0.1", false, false],
    ["::ffff:1", null, false, false],
    ["fe80::1", null, false, false],
  ];
  for (const [address, unmapped, loopback, any] of cases) {
    equal([unmapIpv4(address), isLoopback(address), isAny(address)], [unmapped, loopback, any], address);
  }
});

Deno.test("formatEndpoint puts brackets around IPv6", () => {
  equal(formatEndpoint("10.0.0.1", 80), "10.0.0.1:80");
  equal(formatEndpoint("::1", 80), "[::1]:80");
});
