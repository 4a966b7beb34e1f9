import { parsePort } from "../../../src/net/port.ts";
import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { decodeOutput } from "../../../src/windows/run/output_text.ts";
import { findTables as findAll, parseTable } from "../../../src/windows/portproxy/table/portproxy_table.ts";
import { OutputSyntaxError } from "../../../src/windows/run/syntax_error.ts";
import type { Entry } from "../../../src/plan/rules/entry.ts";
import { entry } from "../plan/samples.ts";
import { forAll } from "../random.ts";
import { encode, ENTRIES, type Language, LANGUAGES, showTable } from "./samples.ts";

const parseEntries = (output: string): readonly Entry[] => parseTable(output).entries;
const findTables = (output: string) => findAll(output).map(({ entries }) => entries);

/** As netsh prints it and as we decode it. */
function printed(text: string, language: Language = "en"): string {
  return decodeOutput(encode(text, language));
}

Deno.test("parseEntries reads the sample of the documentation", () => {
  const output = [
    "",
    "Listen on ipv4:             Connect to ipv4:",
    "",
    "Address         Port        Address         Port",
    "--------------- ----------  --------------- ----------",
    "0.0.0.0         2222        172.23.21.232   22",
    "",
    "",
  ].join("\r\n");
  equal(parseEntries(output), [ENTRIES[0]]);
});

Deno.test("parseEntries reads the table in every language, byte by byte", () => {
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    equal(parseEntries(printed(showTable(ENTRIES, language), language)), ENTRIES, language);
  }
});

Deno.test("parseEntries: no entries are one empty line, and no output is none of it", () => {
  equal(parseEntries("\r\n"), []);
  equal(parseEntries("\r\n\r\n"), []);
  throws(() => parseEntries(""), OutputSyntaxError);
});

Deno.test("parseTable throws for what is no table", () => {
  const table = showTable(ENTRIES);
  const garbage: readonly [string, string][] = [
    ["an error", "The requested operation requires elevation (Run as administrator).\r\n\r\n"],
    ["an error, in Chinese", printed("请求的操作需要提升(作为管理员运行)。\r\n\r\n", "zh")],
    ["an unknown command", "The following command was not found: interface portproxy show all.\r\n"],
    ["two tables", table + table],
    ["no dashes", table.replace(/-{5}.*\r\n/, "")],
    ["zeros", "\0".repeat(50)],
    ["a page of HTML", "<html><body>ipv4 ipv4</body></html>"],
  ];
  for (const [name, output] of garbage) throws(() => parseEntries(output), OutputSyntaxError, name);
});

Deno.test("parseTable passes over noise before, between and behind", () => {
  const table = showTable(ENTRIES), [ruler] = /-{5}.*\r\n/.exec(table)!;
  const noise: readonly [string, string][] = [
    ["a helper DLL", `The following helper DLL cannot be loaded: WCNNETSH.DLL.\r\n${table}`],
    ["a banner", `\r\n=== managed by IT ===\r\n\r\n\r\n${table}`],
    ["a line behind", `${table}Ok.\r\n`],
    ["no title", table.replace(/Listen.*\r\n/, "")],
    ["the dashes twice", table.replace(ruler, ruler + ruler)],
    ["the prompt of netsh", `netsh>${table}`],
    ["an empty line between the rows", table.replace("\r\n*  ", "\r\n\r\n*  ")],
  ];
  for (const [name, output] of noise) equal(parseTable(output), { entries: ENTRIES, unread: [] }, name);
});

Deno.test("parseTable keeps what it cannot understand, and what it may stand in the way of", () => {
  const rows: readonly [string, string | null, string][] = [
    [
      "0.0.0.0         8080        172.25.17.150 172.17.0.1  8080",
      "0.0.0.0|8080|172.25.17.150 172.17.0.1|8080",
      "",
    ],
    ["                8080        172.25.17.150   80", "|8080|172.25.17.150|80", ""],
    ["*               8080                        80", "*|8080||80", ""],
    ["nas and printer 8080        172.25.17.150   80", "nas and printer|8080|172.25.17.150|80", ""],
    ["*               http        172.25.17.150   80", "*|http|172.25.17.150|80", ""],
    ["10.1.23.45     8080        172.1.23.45  80", "10.1.23.45|8080|172.1.23.45|80", ""],
    ["a b c d e 8080 f g 80", null, "8080"],
    ["192.168.100.2003000        172.23.21.232   3000", null, "3000"],
    ["not even a port", "not|even|a|port", ""],
    ["no ports at all here", null, ""],
    ["x", null, ""],
  ];
  for (const [row, words, ports] of rows) {
    const { entries: [...others], unread } = parseTable(
      showTable(ENTRIES).replace(/\r\n\r\n$/, `\r\n${row}$&`),
    );
    const entry = others.length > ENTRIES.length ? others.pop()! : null;
    equal(others, ENTRIES, row);
    equal(entry === null ? null : textsOf(entry).join("|"), words, row);
    equal(
      unread.map((each) => [each.text, each.ports.toString()]),
      words === null ? [[row.replace(/ +/g, " "), ports]] : [],
      row,
    );
  }
});

Deno.test("parseEntries: output that was cut off is never taken for a shorter table, but for its first line end", () => {
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    const bytes = encode(showTable(ENTRIES, language), language);
    for (let length = 0; length < bytes.length; length++) {
      const output = decodeOutput(bytes.subarray(0, length));
      // All that is left of the table is the empty line before it, which is what an empty table looks like: only the
      // exit status of netsh can tell.
      if (output !== "" && output.trim() === "") {
        equal(parseEntries(output), []);
        continue;
      }
      try {
        equal(parseEntries(output), ENTRIES, `${language}, ${length} bytes`);
        equal(length >= bytes.length - 2, true, "complete but for the last line ends");
      } catch (error) {
        if (!(error instanceof OutputSyntaxError)) throw error;
      }
    }
  }
});

Deno.test("findTables finds the tables around what the changes print", () => {
  const one = showTable(ENTRIES), two = showTable(ENTRIES.slice(1));
  equal(findTables(`${one}\r\nOk.\r\n\r\n\r\n${two}`), [ENTRIES, ENTRIES.slice(1)]);
  equal(findTables(`\r\n\r\nOk.\r\n\r\n${two}`), [ENTRIES.slice(1)]);
  equal(findTables("\r\n\r\nOk.\r\n\r\n\r\n"), []);
  const chinese = printed(
    `${showTable(ENTRIES, "zh")}系统找不到指定的文件。\r\n\r\n确定。\r\n\r\n${showTable([], "zh")}`,
    "zh",
  );
  equal(findTables(chinese), [ENTRIES]);
  throws(() => findTables(one + one + one), OutputSyntaxError);
  throws(() => findTables(`${one}${two.slice(0, -30)}`), OutputSyntaxError, "a table that was cut off");
});

Deno.test("parseEntries reads back any table, however odd its words", () => {
  forAll(300, (random) => {
    const word = () => random.list(random.int(1, 30), () => random.pick([..."abcXYZ0129.-*_/:%$"])).join("");
    const side = () => {
      const port = word();
      return { protocol: "tcp", family: 4, address: word(), port: parsePort(port) ?? port } as const;
    };
    const entries = random.list(random.int(0, 20), () => ({ listen: side(), connect: side() }));
    const language = random.pick(Object.keys(LANGUAGES) as Language[]);
    equal(parseEntries(printed(showTable(entries, language), language)), entries);
  });
});

Deno.test("parseEntries reads what was damaged as it is or not at all, and never for ever", () => {
  const table = showTable(ENTRIES);
  forAll(3000, (random) => {
    let output = table;
    for (let i = random.int(1, 4); i > 0; i--) {
      const at = random.int(0, output.length), length = random.pick([0, 1, 5, 40]);
      const put = random.pick(["", "\r\n", " ", "\t", "-", "ipv4", "\0", "\xff", "x y", "\r\n\r\n"]);
      output = output.slice(0, at) + put + output.slice(at + length);
    }
    try {
      for (const entry of parseEntries(output)) {
        for (const text of textsOf(entry)) equal(output.includes(text.split(" ").at(-1)!), true);
      }
    } catch (error) {
      if (!(error instanceof OutputSyntaxError)) throw error;
    }
  });
});

Deno.test("parseEntries reads 65,535 rows", () => {
  const entries = Array.from({ length: 65_535 }, (_, i) => ({
    ...ENTRIES[0]!,
    listen: { ...ENTRIES[0]!.listen, port: i + 1 },
  }));
  equal(parseEntries(showTable(entries)).length, 65_535);
});

function textsOf({ listen, connect }: Entry): string[] {
  return [listen.address, `${listen.port}`, connect.address, `${connect.port}`];
}

Deno.test("parseTable reads the four tables of `show all`, in any language", () => {
  const entries = [
    "0.0.0.0:3000 -> 172.23.21.232:3000",
    "0.0.0.0:3001 -> [fd00::7]:80",
    "[::]:3000 -> 172.23.21.232:3000",
    "[fe80::1]:443 -> [fd00::7]:443",
  ].map(entry);
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    const tables = entries.map((each) =>
      showTable([each], language).replace(
        /ipv4(.*)ipv4/,
        (_, between) => `ipv${each.listen.family}${between}ipv${each.connect.family}`,
      )
    );
    equal(parseEntries(printed(tables.join(""), language)), entries, language);
    throws(() => parseTable(printed(tables.join("") + tables[2], language)), OutputSyntaxError, "one twice");
  }
});
