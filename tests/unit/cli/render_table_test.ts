import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { renderTable } from "../../../src/cli/screen/table/render_table.ts";
import { type Look, NO_KEYS } from "../../../src/cli/screen/table/rows.ts";
import { textWidth } from "../../../src/cli/screen/terminal/text_width.ts";
import type { View } from "../../../src/view/view.ts";
import { Random } from "../random.ts";
import { randomText } from "./random_text.ts";
import { HOME, NOON_MS, rule, VIEW } from "./samples.ts";

function draw(view: View, columns: number, rows: number): string[] {
  return renderTable(view, { columns, rows, color: false, nowMs: NOON_MS, home: HOME });
}

function drawOrSay(view: View, columns: number, rows: number, said: string, hasKeys: boolean): string[] {
  const options = { columns, rows, color: false, nowMs: NOON_MS, home: HOME };
  try {
    return renderTable(view, options, { ...NO_KEYS, hasKeys, selected: "port 3000" });
  } catch (error) {
    throw new Error(said, { cause: error });
  }
}

Deno.test("renderTable leaves the list of rejections out where notices fill a low screen", () => {
  const notices = Array.from(
    { length: 3 },
    () => ({ level: "error", text: "x ".repeat(40), count: 1 }) as const,
  );
  for (const rejections of [VIEW.rejections, []]) {
    const lines = draw({ ...VIEW, notices, rejections }, 20, 8);
    ok(lines.length <= 8, lines.join("\n"));
    ok(!lines.includes("NOT OPEN"), lines.join("\n"));
  }
});

Deno.test("renderTable fits 80 columns", () => {
  equal(draw(VIEW, 80, 24), [
    "wslfwd: 4 reachable, 3 not open",
    "warning: this network is Public: the rules do not apply there",
    "",
    "  URL                        PROGRAM                    FOLDER            SINCE",
    "✓ http://192.168.1.20:3000   node                       ~/shop/api        11:59",
    "✓ http://192.168.1.20:8080   服务器程序名 (:80 in WSL)  /srv/网站         12-26",
    "✓ http://192.168.1.20:65535  e\\x1b[31mvil\\u{202e}       /tmp/e\\x1b[2Jvil  12:00",
    "✓ https://192.168.1.20       fixed port                                   12:00",
    "",
    "NOT OPEN",
    "✗ 80     fixed port   somebody else's entry has this port on Windows; remove it,",
    "                      or use --map (*:80 -> \\x1b[2Jhost:80)",
    "- 5432   postgres 88  listens on loopback only; have it listen on 0.0.0.0",
    "- 22     unknown      its program cannot be seen, and not every program is",
    "                      allowed",
    "Ctrl-C ends wslfwd and removes the rules",
  ]);
});

Deno.test("renderTable marks what is on 127.0.0.1 in words that have room", () => {
  const note = "on 127.0.0.1, opened by wslfwd";
  const [first] = VIEW.forwards;
  const lines = draw({ ...VIEW, forwards: [{ ...first!, isLoopback: true, note }] }, 80, 24);
  ok(
    lines.includes("✓ http://192.168.1.20:3000  node (on 127.0.0.1)  ~/shop/api  11:59"),
    lines.join("\n"),
  );
});

Deno.test("renderTable keeps at 40 columns what one types, and wraps reasons", () => {
  equal(draw(VIEW, 40, 30), [
    "wslfwd: 4 reachable, 3 not open",
    "warning: this network is Public: the",
    "rules do not apply there",
    "",
    "  URL                        PROGRAM",
    "✓ http://192.168.1.20:3000   node",
    "✓ http://192.168.1.20:8080   服务器程序…",
    "✓ http://192.168.1.20:65535  e\\x1b[31mv…",
    "✓ https://192.168.1.20       fixed port",
    "",
    "NOT OPEN",
    "✗ 80     fixed port",
    "         somebody else's entry has this",
    "         port on Windows; remove it, or",
    "         use --map (*:80 ->",
    "         \\x1b[2Jhost:80)",
    "- 5432   postgres 88",
    "         listens on loopback only; have",
    "         it listen on 0.0.0.0",
    "- 22     unknown",
    "         its program cannot be seen, and",
    "         not every program is allowed",
    "Ctrl-C ends wslfwd and removes the rules",
  ]);
});

Deno.test("renderTable shows the name that Windows answers to where something is open and there is room", () => {
  const named = { ...VIEW, notices: [], lanName: "desktop-abc.local" };
  equal(
    draw(named, 80, 24)[1],
    "also at desktop-abc.local, for devices here that find names by mDNS",
  );
  equal(draw(named, 40, 24)[1], "also at desktop-abc.local");
  equal(draw(named, 40, 12)[1], "");
  equal(draw({ ...named, forwards: [] }, 80, 24)[1], "");
});

Deno.test("renderTable counts what a low screen has no room for", () => {
  equal(draw(VIEW, 40, 10), [
    "wslfwd: 4 reachable, 3 not open",
    "warning: this network is Public: the ru…",
    "",
    "  URL                        PROGRAM",
    "✓ http://192.168.1.20:3000   node",
    "✓ http://192.168.1.20:8080   服务器程序…",
    "✓ http://192.168.1.20:65535  e\\x1b[31mv…",
    "✓ https://192.168.1.20       fixed port",
    "… and 3 more",
    "Ctrl-C ends wslfwd and removes the rules",
  ]);
});

Deno.test("renderTable says what to do where nothing is open, and that the rules stay", () => {
  const view = { ...VIEW, forwards: [], rejections: [], notices: [], keepsRules: true };
  equal(draw(view, 80, 24), [
    "wslfwd: 0 reachable",
    "",
    "Nothing to forward yet: start a server that listens on 0.0.0.0, and its URL",
    "stands here.",
    "Ctrl-C ends wslfwd; the rules stay",
  ]);
});

Deno.test("renderTable counts only what can be reached, and says what blocks the rest", () => {
  const forwards = VIEW.forwards.slice(0, 2).map((forward) => ({ ...forward, state: "blocked" as const }));
  const view = { ...VIEW, forwards, notices: [], rejections: [], blockedBy: "Public network" };
  equal(draw(view, 80, 24).slice(0, 5), [
    "wslfwd: 0 reachable, 2 blocked (Public network)",
    "",
    "  URL                       PROGRAM                    FOLDER      SINCE",
    "✗ http://192.168.1.20:3000  node                       blocked: Public network",
    "✗ http://192.168.1.20:8080  服务器程序名 (:80 in WSL)  blocked: Public network",
  ]);
});

Deno.test("renderTable shows a port while it opens, and names a netsh that hangs", () => {
  const asked = { sinceMs: NOON_MS - 2900, opening: [5173], closing: [] };
  const view = { ...VIEW, forwards: [], notices: [], rejections: [], asked };
  equal(draw(view, 80, 24), [
    "wslfwd: 0 reachable, 1 opening",
    "",
    "  URL                       PROGRAM  SINCE",
    "… http://192.168.1.20:5173  opening, 2 s: waiting for netsh",
    "Ctrl-C ends wslfwd and removes the rules",
  ]);
  equal(draw({ ...view, asked: { ...asked, sinceMs: NOON_MS - 12_000 } }, 80, 24).slice(1, 3), [
    "netsh has not answered for 12 s; Ctrl-C waits 5 s for it, then the watchdog",
    "closes the ports",
  ]);
});

Deno.test("renderTable counts what closes, and what Ctrl-C does meanwhile", () => {
  const view = { ...VIEW, notices: [], rejections: [], endingSinceMs: NOON_MS - 1500 };
  const lines = draw(view, 80, 24);
  equal(lines[0], "wslfwd: closing 4 ports, 1 s");
  ok(lines[3]!.startsWith("… http://192.168.1.20:3000   node") && lines[3]!.endsWith("closing, 1 s"));
  equal(lines.at(-1), "Ctrl-C once more ends at once; the watchdog goes on closing");
});

Deno.test("renderTable sums up what no list allows", () => {
  const unlisted = Array.from({ length: 26 }, (_, index) => ({
    ...VIEW.rejections[2]!,
    hostPort: 7000 + index,
    reason: "unlisted" as const,
  }));
  const lines = draw({ ...VIEW, rejections: [...unlisted, ...VIEW.rejections] }, 80, 24);
  equal(lines.at(-2), "- 26 others not allowed (--allow, --allow-port)");
  ok(lines.some((line) => line.startsWith("✗ 80 ")), lines.join("\n"));
});

/** One program with sixty ports, and others. */
const MANY: View = {
  ...VIEW,
  notices: [],
  rejections: [],
  forwards: [
    ...Array.from({ length: 60 }, (_, index) => ({ ...VIEW.forwards[0]!, rule: rule(4000 + index) })),
    ...VIEW.forwards,
  ],
};

function look(over: Partial<Look>): Look {
  return { ...NO_KEYS, hasKeys: true, ...over };
}

function drawLook(view: View, rows: number, over: Partial<Look>): string[] {
  return renderTable(view, { columns: 80, rows, color: false, nowMs: NOON_MS, home: HOME }, look(over));
}

Deno.test("renderTable gives a program with many ports one line, which can be opened", () => {
  ok(drawLook(MANY, 24, {})[3]!.startsWith("✓ 61 ports, 3000 to 4059     node"));
  const lines = drawLook(MANY, 24, { open: new Set(["pid 1234"]) });
  ok(lines[4]!.startsWith("✓ http://192.168.1.20:4000"), lines.join("\n"));
});

Deno.test("renderTable keeps what is selected in sight, and counts above and below", () => {
  const open = new Set(["pid 1234"]);
  for (const { rule } of MANY.forwards) {
    const lines = drawLook(MANY, 12, { open, selected: `port tcp ${rule.listen.port}` });
    const port = rule.listen.port === 443 ? "https://192.168.1.20 " : `:${rule.listen.port}`;
    ok(lines.some((line) => line.includes(port)), `${port}\n${lines.join("\n")}`);
    const hidden = lines.flatMap((line) => /^[↑↓] (\d+) more$/.exec(line)?.slice(1).map(Number) ?? []);
    const shown = lines.filter((line) => line.startsWith("✓")).length;
    equal(hidden.reduce((sum, each) => sum + each, shown), 65, lines.join("\n"));
  }
});

Deno.test("renderTable shows what has the filter's text in it, whatever the case", () => {
  const lines = drawLook(MANY, 24, { filter: "API" });
  equal(lines.filter((line) => line.startsWith("✓")).length, 19);
  equal(drawLook(MANY, 24, { filter: "nowhere" })[2], "No open port has that in its line.");
});

Deno.test("renderTable colours only where it may", () => {
  const view: View = { ...VIEW, notices: [{ level: "error", text: "netsh failed", count: 3 }] };
  const lines = renderTable(view, { columns: 80, rows: 24, color: true, nowMs: NOON_MS, home: HOME });
  ok(lines.includes("\x1b[31merror (3 times): netsh failed\x1b[0m"), lines.join("\n"));
  ok(!draw(view, 80, 24).join("").includes("\x1b"));
});

Deno.test("renderTable stays within every terminal, whatever the names", () => {
  const random = new Random();
  for (let round = 0; round < 2000; round++) {
    const view: View = {
      ...VIEW,
      lanAddress: random.chance(1 / 2) ? null : "192.168.100.200",
      blockedBy: random.chance(1 / 2) ? null : "Public network",
      asked: random.chance(1 / 2) ? null : { sinceMs: NOON_MS - 5000, opening: [1, 2], closing: [3] },
      endingSinceMs: random.chance(1 / 5) ? NOON_MS : null,
      notices: Array.from(
        { length: random.int(0, 5) },
        () => ({ level: "error", text: randomText(random, 200), count: 1 }),
      ),
      forwards: Array.from({ length: random.int(0, 40) }, (_, index) => ({
        program: random.chance(1 / 5) ? null : randomText(random, 40),
        pid: random.chance(1 / 2) ? null : random.int(0, 4_194_304),
        rule: rule(random.int(1, 65535)),
        beside: [],
        missing: [],
        lanAddress: null,
        lanIpv6: null,
        folder: random.chance(1 / 3) ? null : randomText(random, 60),
        state: random.pick(["reachable", "blocked", "closing"]),
        sinceMs: NOON_MS - index * 1e7,
        isLoopback: false,
        note: random.chance(1 / 3) ? randomText(random, 20) : "",
      })),
      rejections: Array.from({ length: random.int(0, 40) }, (_, index) => ({
        ...VIEW.rejections[index % 3]!,
        detail: randomText(random, 60),
      })),
    };
    const columns = random.int(0, 140), rows = random.int(0, 60);
    const said = `seed ${random.seed}, round ${round}, ${columns}x${rows}`;
    const lines = drawOrSay(view, columns, rows, said, random.chance(1 / 2));
    ok(lines.length <= Math.max(8, rows), said);
    ok(lines.every((line) => textWidth(line) <= Math.max(20, columns)), said);
    ok(lines.every((line) => !/[\p{C}\p{Zl}\p{Zp}\p{DI}]/u.test(line)), said);
  }
});
