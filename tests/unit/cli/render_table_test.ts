import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { renderTable } from "../../../src/cli/screen/table/render_table.ts";
import { textWidth } from "../../../src/cli/screen/terminal/text_width.ts";
import type { View } from "../../../src/view/view.ts";
import { Random } from "../random.ts";
import { randomText } from "./random_text.ts";
import { NOON_MS, rule, VIEW } from "./samples.ts";

function draw(view: View, columns: number, rows: number): string[] {
  return renderTable(view, { columns, rows, color: false, nowMs: NOON_MS });
}

function drawOrSay(view: View, columns: number, rows: number, said: string): string[] {
  try {
    return draw(view, columns, rows);
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
    ok(!lines.includes("NOT FORWARDED"), lines.join("\n"));
  }
});

Deno.test("renderTable fits 80 columns", () => {
  equal(draw(VIEW, 80, 24), [
    "wslfwd auto, bpftrace: 4 forwarded, 3 not, 14 updates, 11:59:55",
    "warning: this network is Public: the rules do not apply there",
    "",
    "PROGRAM               IN WSL               TYPE THIS          SINCE",
    "node 1234             172.23.21.232:3000   192.168.1.20:3000  11:59:00",
    "服务器程序名 77       172.23.21.232:80     192.168.1.20:8080  12-26",
    "e\\x1b[31mvil\\u{202e}  172.23.21.232:65535  :65535             12:00:00",
    "fixed port            172.23.21.232:443    192.168.1.20:443   12:00:00",
    "",
    "NOT FORWARDED",
    " 5432  postgres 88  listens on loopback only; have it listen on 0.0.0.0",
    "   80  fixed port   somebody else's entry has this port on Windows; remove it,",
    "                    or use --map (*:80 -> \\x1b[2Jhost:80)",
    "   22  unknown      its program cannot be seen, and not every program is allowed",
    "Ctrl-C ends wslfwd and removes the rules",
  ]);
});

Deno.test("renderTable keeps at 40 columns what one types, and wraps reasons", () => {
  equal(draw(VIEW, 40, 30), [
    "wslfwd auto, bpftrace",
    "4 forwarded, 3 not, 14 updates, 11:59:55",
    "warning: this network is Public: the",
    "rules do not apply there",
    "",
    "PROGRAM      TYPE THIS          SINCE",
    "node 1234    192.168.1.20:3000  11:59:00",
    "服务器程序…  192.168.1.20:8080  12-26",
    "e\\x1b[31mv…  :65535             12:00:00",
    "fixed port   192.168.1.20:443   12:00:00",
    "",
    "NOT FORWARDED",
    " 5432  postgres 88",
    "       listens on loopback only; have it",
    "       listen on 0.0.0.0",
    "   80  fixed port",
    "       somebody else's entry has this",
    "       port on Windows; remove it, or",
    "       use --map (*:80 ->",
    "       \\x1b[2Jhost:80)",
    "   22  unknown",
    "       its program cannot be seen, and",
    "       not every program is allowed",
    "Ctrl-C ends wslfwd and removes the rules",
  ]);
});

Deno.test("renderTable counts what a low screen has no room for", () => {
  equal(draw(VIEW, 40, 10), [
    "wslfwd auto, bpftrace",
    "4 forwarded, 3 not, 14 updates, 11:59:55",
    "warning: this network is Public: the ru…",
    "",
    "PROGRAM      TYPE THIS          SINCE",
    "node 1234    192.168.1.20:3000  11:59:00",
    "… and 3 more",
    "Ctrl-C ends wslfwd and removes the rules",
  ]);
});

Deno.test("renderTable says that nothing is forwarded, and that the rules stay", () => {
  const view = {
    ...VIEW,
    forwards: [],
    rejections: [],
    notices: [],
    updates: 1,
    lastUpdateMs: null,
    keepsRules: true,
  };
  equal(draw(view, 80, 24), [
    "wslfwd auto, bpftrace: 0 forwarded, 1 update",
    "",
    "Nothing to forward yet.",
    "Ctrl-C ends wslfwd; the rules stay",
  ]);
});

Deno.test("renderTable colours only where it may", () => {
  const view: View = { ...VIEW, notices: [{ level: "error", text: "netsh failed", count: 3 }] };
  const lines = renderTable(view, { columns: 80, rows: 24, color: true, nowMs: NOON_MS });
  ok(lines.includes("\x1b[31merror (3 times): netsh failed\x1b[0m"), lines.join("\n"));
  ok(!draw(view, 80, 24).join("").includes("\x1b"));
});

Deno.test("renderTable stays within every terminal, whatever the names", () => {
  const random = new Random();
  for (let round = 0; round < 2000; round++) {
    const view: View = {
      ...VIEW,
      engine: randomText(random, 10),
      notices: Array.from(
        { length: random.int(0, 5) },
        () => ({ level: "error", text: randomText(random, 200), count: 1 }),
      ),
      forwards: Array.from({ length: random.int(0, 40) }, (_, index) => ({
        program: random.chance(1 / 5) ? null : randomText(random, 40),
        pid: random.chance(1 / 2) ? null : random.int(0, 4_194_304),
        rule: rule(random.int(1, 65535)),
        lanAddress: random.chance(1 / 2) ? null : "192.168.100.200",
        sinceMs: NOON_MS - index * 1e7,
        note: random.chance(1 / 3) ? randomText(random, 20) : "",
      })),
      rejections: Array.from({ length: random.int(0, 40) }, (_, index) => ({
        ...VIEW.rejections[index % 3]!,
        detail: randomText(random, 60),
      })),
    };
    const columns = random.int(0, 140), rows = random.int(0, 60);
    const said = `seed ${random.seed}, round ${round}, ${columns}x${rows}`;
    const lines = drawOrSay(view, columns, rows, said);
    ok(lines.length <= Math.max(8, rows), said);
    ok(lines.every((line) => textWidth(line) <= Math.max(20, columns)), said);
    ok(lines.every((line) => !/[\p{C}\p{Zl}\p{Zp}\p{DI}]/u.test(line)), said);
  }
});
