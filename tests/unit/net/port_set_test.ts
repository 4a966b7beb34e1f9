import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { type PortRange, PortSet } from "../../../src/net/port_set.ts";
import { forAll, type Random } from "../random.ts";

Deno.test("PortSet.intersect, invert and size", () => {
  const some = new PortSet([{ first: 1, last: 10 }, { first: 20, last: 30 }]);
  const other = new PortSet([{ first: 5, last: 22 }, { first: 30, last: 65_535 }]);
  equal(some.intersect(other).toString(), "5-10,20-22,30");
  equal(some.intersect(PortSet.EMPTY).isEmpty, true);
  equal(some.invert().toString(), "11-19,31-65535");
  equal(some.invert().invert().toString(), some.toString());
  equal(PortSet.EMPTY.invert().size, 65_535);
  equal(PortSet.EMPTY.invert().invert().isEmpty, true);
  equal(some.size, 21);
});

Deno.test("PortSet.parse reads ports and ranges", () => {
  const cases: readonly [string, string][] = [
    ["3000", "3000"],
    ["3000,8000-8999", "3000,8000-8999"],
    [" 8000-8999 , 3000 ", "3000,8000-8999"],
    ["1-65535", "1-65535"],
    ["5,4,3", "3-5"],
    ["1-10,5-20", "1-20"],
    ["1-10,11", "1-11"],
    ["1-10,12", "1-10,12"],
    ["80,80", "80"],
    ["7-7", "7"],
  ];
  for (const [text, canonical] of cases) equal(PortSet.parse(text)?.toString(), canonical, text);
  const hostile = [
    "",
    ",",
    "80,",
    ",80",
    "0",
    "65536",
    "9-8",
    "1-",
    "-1",
    "1-2-3",
    "1 - 2",
    "a",
    "80;81",
    "80\n81",
    "*",
  ];
  for (const text of [...hostile, "1--2", "0-5", "65535-65536", "80,x", "１"]) {
    equal(PortSet.parse(text), null, JSON.stringify(text));
  }
});

Deno.test("PortSet refuses what is no range of ports", () => {
  for (
    const [first, last] of [[0, 5], [5, 65536], [6, 5], [1.5, 2], [NaN, 5], [1, NaN], [-1, 5], [1, Infinity]]
  ) {
    throws(() => new PortSet([{ first: first!, last: last! }]), RangeError);
  }
});

Deno.test("PortSet.EMPTY holds nothing", () => {
  equal([PortSet.EMPTY.isEmpty, PortSet.EMPTY.has(1), [...PortSet.EMPTY.ports()], `${PortSet.EMPTY}`], [
    true,
    false,
    [],
    "",
  ]);
});

/** Ranges that touch, overlap and repeat, within a few dozen ports. */
function makeRanges(random: Random): PortRange[] {
  return random.list(random.int(0, 12), () => {
    const first = random.int(1, 60);
    return { first, last: Math.min(60, first + random.int(0, 6)) };
  });
}

const membersOf = (ranges: readonly PortRange[]) =>
  [
    ...new Set(
      ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
    ),
  ]
    .sort((a, b) => a - b);

Deno.test("PortSet holds exactly the ports of its ranges, in whatever order they come", () => {
  forAll(500, (random) => {
    const ranges = makeRanges(random);
    const set = new PortSet(ranges);
    equal([...set.ports()], membersOf(ranges));
    equal(new PortSet(random.shuffle(ranges)), set);
    for (let port = 1; port <= 61; port++) equal(set.has(port), membersOf(ranges).includes(port));
    for (const [i, range] of set.ranges.entries()) {
      if (i > 0) equal(range.first > set.ranges[i - 1]!.last + 1, true, "ranges touch");
    }
    equal(set.isEmpty, ranges.length === 0);
    if (!set.isEmpty) equal(PortSet.parse(set.toString()), set);
  });
});

Deno.test("PortSet.union is that of sets", () => {
  forAll(500, (random) => {
    const [a, b, c] = random.list(3, () => makeRanges(random)) as [PortRange[], PortRange[], PortRange[]];
    const [x, y, z] = [new PortSet(a), new PortSet(b), new PortSet(c)];
    equal([...x.union(y).ports()], membersOf([...a, ...b]));
    equal(x.union(y), y.union(x));
    equal(x.union(y.union(z)), x.union(y).union(z));
    equal(x.union(x), x);
    equal(x.union(PortSet.EMPTY), x);
  });
});

Deno.test("PortSet.ranges of what was given does not change with it", () => {
  const given = [{ first: 1, last: 2 }];
  const set = new PortSet(given);
  given.push({ first: 9, last: 9 });
  equal(set.toString(), "1-2");
});

Deno.test("PortSet.names knows the ports that were written by themselves, also through a union", () => {
  const set = PortSet.parse("80,81,90-99")!.union(PortSet.parse("1-100,95")!);
  equal([80, 81, 95].map((port) => set.names(port)), [true, true, true]);
  equal([79, 90, 96].map((port) => set.names(port)), [false, false, false]);
  equal(set.toString(), "1-100");
});
