/** The table in a real terminal: aligned, within the screen, whatever programs are called. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { Lab } from "../../simulated/lab.ts";
import { scenario } from "../scenario.ts";
import { GuestTerminal } from "./guest_terminal.ts";
import { startNamed } from "./named_program.ts";

/** Names, and how they are shown. Each has at most 15 bytes, as the kernel wants it. */
const NAMES: readonly (readonly [comm: string, shown: string])[] = [
  ["node", "node"],
  ["服务器程序", "服务器程序"],
  ["サーバー", "サーバー"],
  ["🚀ship", "🚀ship"],
  ["\x1b[2J\x1b[31mred", "\\x1b[2J\\x1b[31mred"],
  ["\u202eevil\r\n", "\\u{202e}evil\\r\\n"],
  ["שלום", "שלום"],
  ["tab\tname", "tab\\tname"],
];

async function startAll(lab: Lab): Promise<void> {
  for (const [index, [comm]] of NAMES.entries()) await startNamed(lab, { comm, ports: [3000 + index] });
  await startNamed(lab, { comm: "后台数据库", ports: [5432], address: "127.0.0.1" });
  await startNamed(lab, { comm: "\x1b]0;x\x07", ports: [50010] });
}

/** Columns that a terminal gives to the texts used here: East Asian and emoji two, the rest one. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + (character.codePointAt(0)! >= 0x2e80 ? 2 : 1), 0);
}

/** Whether the name is there already that Windows answers to: it is told a moment after the ports. */
function isNamed(lines: readonly string[]): boolean {
  return lines[1]!.startsWith("also at ");
}

function columnBefore(line: string, mark: string): number {
  ok(line.includes(mark), `${mark} in ${line}`);
  return columnsOf(line.slice(0, line.indexOf(mark)));
}

scenario("the table stands in its columns at 80, whatever programs are called", async (lab) => {
  await startAll(lab);
  await using terminal = await GuestTerminal.open(lab, 80, 30);
  await terminal.type("wslfwd --realtime=off");
  const seen = await terminal.waitFor((lines) => lines[0]!.includes("8 reachable, 2") && isNamed(lines));
  equal(seen[0], "wslfwd: 8 reachable, 2 not open");
  equal(seen[1], "also at desktop-abc.local, for devices here that find names by mDNS");
  const lines = seen.toSpliced(1, 1);
  equal(lines[1], "");
  match(lines[2]!, /^ {2}URL +PROGRAM +FOLDER +SINCE$/);
  for (const [index, [, shown]] of NAMES.entries()) {
    const line = lines[3 + index]!, port = 3000 + index;
    ok(line.startsWith(`✓ http://192.168.50.1:${port}  `), line);
    equal(columnBefore(line, shown), columnBefore(lines[2]!, "PROGRAM"), line);
    match(line, / {2}\/\S* +\d\d:\d\d$/);
  }
  same(lines.slice(11, 13), ["", "NOT OPEN"]);
  match(
    lines[13]!,
    /^✗ 50010 {2}\\x1b\]0;x\\x07 \d+ +Windows reserves this port; use another one, or --map$/,
  );
  match(
    `${lines[14]} ${lines[15]!.trim()}`,
    /^- 5432 {3}后台数据库 \d+ +listens on 127\.0\.0\.1 only; open it by --loopback 5432, or have it listen on 0\.0\.0\.0$/,
  );
  equal(columnBefore(lines[14]!, "listens"), columnBefore(lines[13]!, "Windows"));
  equal(lines.length, 17);
  equal(await terminal.modes(), "cursor off, alternate screen, wrap on");
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 8 ports"));
});

scenario("the table keeps what one types at 40 columns, and follows the size", async (lab) => {
  await startAll(lab);
  await using terminal = await GuestTerminal.open(lab, 40, 40);
  await terminal.type("wslfwd --realtime=off");
  const isThere = (lines: string[]) => lines[0]!.includes("8 reachable, 2 not") && isNamed(lines);
  const whole = await terminal.waitFor(isThere), narrow = whole.toSpliced(1, 1);
  equal(whole[1], "also at desktop-abc.local");
  equal(narrow[0], "wslfwd: 8 reachable, 2 not open");
  match(narrow[2]!, /^ {2}URL +PROGRAM$/);
  for (let index = 0; index < NAMES.length; index++) {
    const line = narrow[3 + index]!;
    ok(line.startsWith(`✓ http://192.168.50.1:${3000 + index}  `), line);
    ok(columnsOf(line) <= 40, line);
  }
  same(narrow.slice(11, 13), ["", "NOT OPEN"]);
  match(narrow.at(-5)!, /^- 5432 {3}后台数据库 \d+$/);
  same(narrow.slice(-4, -1), [
    "         listens on 127.0.0.1 only; open",
    "         it by --loopback 5432, or have",
    "         it listen on 0.0.0.0",
  ]);
  await terminal.resize(100, 10);
  const low = await terminal.waitFor((lines) => lines[1] === "" && lines.join().includes("more"));
  ok(low.length <= 10, low.join("\n"));
  match(low[2]!, /^ {2}URL +PROGRAM +FOLDER +SINCE$/);
  await terminal.resize(40, 40);
  same(await terminal.waitFor((lines) => lines.length === whole.length && isThere(lines)), whole);
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 8 ports"));
});

scenario(
  "the table counts the rows that the screen has no room for, and leaves no scrollback",
  async (lab) => {
    for (let index = 0; index < 30; index++) {
      await startNamed(lab, { comm: `s${index}`, ports: [3000 + index] });
    }
    await using terminal = await GuestTerminal.open(lab, 80, 24);
    await terminal.type("wslfwd --realtime=off");
    const lines = await terminal.waitFor((lines) => lines[0] === "wslfwd: 30 reachable" && isNamed(lines));
    equal(lines.length, 24);
    match(lines.at(-2)!, /^(… and|↓) 12 more$/);
    await terminal.press("C-c");
    await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 30 ports"));
    const all = (await terminal.capture(true)).join("\n");
    ok(!all.includes("PROGRAM") && !all.includes("192.168."), all);
  },
);

scenario(
  "the table follows what comes and goes, and counts nothing that a Public network blocks",
  async (lab) => {
    await using terminal = await GuestTerminal.open(lab, 80, 24);
    await terminal.type("wslfwd --realtime=off --linger 0 --interval 0.05 --port 80");
    await terminal.waitFor((lines) => lines.join().includes("fixed port"));
    const server = await lab.guest.listen(3000);
    const marked = await terminal.waitFor((lines) =>
      lines.some((line) => /^✗ http:\/\/192\.168\.50\.1:3000 +agent\.ts +blocked: Public network$/.test(line))
    );
    equal(marked[0], "wslfwd: 0 reachable, 2 blocked (Public network)");
    same(marked.slice(1, 3), [
      "warning: Windows takes this network for Public, so nothing is reachable from it;",
      "make it Private in Windows' settings, or allow Public networks by --profile any",
    ]);
    await server.close();
    await terminal.waitFor((lines) => !lines.join().includes(":3000"));
    await terminal.press("C-c");
    await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
  },
  { networkProfile: "public" },
);
