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

function columnBefore(line: string, mark: string): number {
  ok(line.includes(mark), `${mark} in ${line}`);
  return columnsOf(line.slice(0, line.indexOf(mark)));
}

scenario("the table stands in its columns at 80, whatever programs are called", async (lab) => {
  await startAll(lab);
  await using terminal = await GuestTerminal.open(lab, 80, 30);
  await terminal.type("wslfwd --realtime=off");
  const lines = await terminal.waitFor((lines) =>
    lines.includes("Ctrl-C ends wslfwd and removes the rules") && lines.join().includes("192.168.50.1:3007")
  );
  match(lines[0]!, /^wslfwd auto, netlink: 8 forwarded, 2 not, 8 updates, \d\d:\d\d:\d\d$/);
  equal(lines[1], "");
  match(lines[2]!, /^PROGRAM +IN WSL +TYPE THIS +SINCE$/);
  for (const [index, [, shown]] of NAMES.entries()) {
    const line = lines[3 + index]!, port = 3000 + index;
    ok(line.startsWith(`${shown} `), line);
    equal(columnBefore(line, "172.23."), columnBefore(lines[2]!, "IN WSL"), line);
    equal(columnBefore(line, "192.168."), columnBefore(lines[2]!, "TYPE THIS"), line);
    match(
      line,
      new RegExp(` 172\\.23\\.21\\.232:${port} +192\\.168\\.50\\.1:${port}  \\d\\d:\\d\\d:\\d\\d$`),
    );
  }
  same(lines.slice(11, 13), ["", "NOT FORWARDED"]);
  match(
    `${lines[13]} ${lines[14]!.trim()}`,
    /^ 5432 {2}后台数据库 \d+ +listens on 127\.0\.0\.1 only; open it by --loopback 5432, or have it listen on 0\.0\.0\.0$/,
  );
  match(lines[15]!, /^50010 {2}\\x1b\]0;x\\x07 \d+ +Windows reserves this port; use another one, or --map$/);
  equal(columnBefore(lines[13]!, "listens"), columnBefore(lines[15]!, "Windows"));
  equal(lines.length, 17);
  equal(await terminal.modes(), "cursor off, alternate screen, wrap on");
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 8 ports"));
});

scenario("the table keeps what one types at 40 columns, and follows the size", async (lab) => {
  await startAll(lab);
  await using terminal = await GuestTerminal.open(lab, 40, 40);
  await terminal.type("wslfwd --realtime=off");
  const isThere = (lines: string[]) =>
    lines.includes("Ctrl-C ends wslfwd and removes the rules") && lines.join().includes("192.168.50.1:3007");
  const narrow = await terminal.waitFor(isThere);
  equal(narrow[0], "wslfwd auto, netlink");
  match(narrow[1]!, /^8 forwarded, 2 not, 8 updates, \d\d:\d\d:\d\d$/);
  match(narrow[3]!, /^PROGRAM +TYPE THIS +SINCE$/);
  for (let index = 0; index < NAMES.length; index++) {
    const line = narrow[4 + index]!;
    equal(columnBefore(line, "192.168."), columnBefore(narrow[3]!, "TYPE THIS"), line);
    match(line, new RegExp(` 192\\.168\\.50\\.1:${3000 + index}  \\d\\d:\\d\\d:\\d\\d$`));
    ok(columnsOf(line) <= 40, line);
  }
  same(narrow.slice(12, 14), ["", "NOT FORWARDED"]);
  match(narrow[14]!, /^ 5432 {2}后台数据库 \d+$/);
  same(narrow.slice(15, 18), [
    "       listens on 127.0.0.1 only; open",
    "       it by --loopback 5432, or have it",
    "       listen on 0.0.0.0",
  ]);
  await terminal.resize(100, 12);
  const low = await terminal.waitFor((lines) => lines[1] === "" && lines.join().includes("more"));
  ok(low.length <= 12, low.join("\n"));
  match(low[2]!, /^PROGRAM +IN WSL +TYPE THIS +SINCE$/);
  equal(low.at(-1), "Ctrl-C ends wslfwd and removes the rules");
  await terminal.resize(40, 40);
  same(await terminal.waitFor((lines) => lines.length === narrow.length && isThere(lines)), narrow);
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 8 ports"));
});

scenario(
  "the table counts the rows that the screen has no room for, and leaves no scrollback",
  async (lab) => {
    await startNamed(lab, { ports: Array.from({ length: 60 }, (_, index) => 3000 + index) });
    await using terminal = await GuestTerminal.open(lab, 80, 24);
    await terminal.type("wslfwd --realtime=off");
    const lines = await terminal.waitFor((lines) =>
      lines[0]!.startsWith("wslfwd auto, netlink: 60 forwarded")
    );
    equal(lines.length, 24);
    equal(lines.at(-2), "… and 41 more");
    await terminal.press("C-c");
    await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 60 ports"));
    const all = (await terminal.capture(true)).join("\n");
    ok(!all.includes("PROGRAM") && !all.includes("192.168."), all);
  },
);

scenario("the table follows what comes and goes, and says that a network is Public", async (lab) => {
  await using terminal = await GuestTerminal.open(lab, 80, 24);
  await terminal.type("wslfwd --linger 0 --interval 0.05 --port 80");
  await terminal.waitFor((lines) => lines.join().includes("fixed port"));
  const server = await lab.guest.listen(3000);
  const marked = await terminal.waitFor((lines) =>
    lines.some((line) => /^deno \d+ \(Public network\) +172\.23\.21\.232:3000 /.test(line))
  );
  ok(
    marked.some((line) => /^fixed port, Public network +172\.23\.21\.232:80 /.test(line)),
    marked.join("\n"),
  );
  same(marked.slice(1, 3), [
    "warning: Windows takes this network for Public, so nothing is reachable from it;",
    "make it Private in Windows' settings, or allow Public networks by --profile any",
  ]);
  await server.close();
  await terminal.waitFor((lines) => !lines.join().includes(":3000"));
  await terminal.press("C-c");
  await terminal.waitFor((lines) => lines.includes("wslfwd has ended; closed 1 port"));
}, { networkProfile: "public" });
