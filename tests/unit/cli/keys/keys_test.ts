import { deepStrictEqual as equal, ok } from "node:assert/strict";
import {
  type Browsing,
  FIRST_LOOK,
  press,
  type Request,
  settle,
} from "../../../../src/cli/screen/keys/browse.ts";
import { helpPanel, whyPanel } from "../../../../src/cli/screen/keys/panels.ts";
import { parseKeys } from "../../../../src/cli/screen/keys/parse_keys.ts";
import { textWidth } from "../../../../src/cli/screen/terminal/text_width.ts";
import type { RejectionReason } from "../../../../src/plan/desired/rejection.ts";
import type { View } from "../../../../src/view/view.ts";
import { Random } from "../../random.ts";
import { randomText } from "../random_text.ts";
import { rule, VIEW } from "../samples.ts";

Deno.test("parseKeys knows the keys of both cursor modes, and takes no text for a key that is none", () => {
  equal(parseKeys("\x1b[A\x1bOB\r\x7fj/ü"), [
    { name: "up" },
    { name: "down" },
    { name: "enter" },
    { name: "backspace" },
    { text: "j" },
    { text: "/" },
    { text: "ü" },
  ]);
  equal(parseKeys("\x1b"), [{ name: "escape" }]);
  equal(parseKeys("\x1b[200~\x1b[1;5C\x01\x9b"), []);
});

/** Presses keys one after another, and gives the last look and everything asked for. */
function pressAll(view: View, sent: string): { browsing: Browsing; requests: Request[] } {
  const requests: Request[] = [];
  let browsing = FIRST_LOOK;
  for (const key of parseKeys(sent)) {
    const { browsing: next, request } = press(browsing, key, view);
    browsing = next;
    if (request !== null) requests.push(request);
  }
  return { browsing: settle(browsing, view), requests };
}

Deno.test("press moves the selection, and never out of the list", () => {
  equal(pressAll(VIEW, "").browsing.look.selected, "port tcp 3000");
  equal(pressAll(VIEW, "j").browsing.look.selected, "port tcp 8080");
  equal(pressAll(VIEW, "kkk").browsing.look.selected, "port tcp 3000");
  equal(pressAll(VIEW, "jk\x1b[B").browsing.look.selected, "port tcp 8080");
  equal(pressAll(VIEW, "G").browsing.index, 6);
  equal(pressAll(VIEW, "Gjjg").browsing.index, 0);
});

Deno.test("press leaves the selection in its place where its row goes", () => {
  const { browsing } = pressAll(VIEW, "j");
  const rest = { ...VIEW, forwards: VIEW.forwards.filter(({ rule }) => rule.listen.port !== 8080) };
  equal(settle(browsing, rest).look.selected, "port tcp 65535");
});

Deno.test("press asks for what the selected line is about", () => {
  equal(pressAll(VIEW, "c").requests, [{ kind: "copy", port: 3000 }]);
  equal(pressAll(VIEW, "jw").requests, [{ kind: "why", port: 8080 }]);
  // Closing goes by the guest's port.
  equal(pressAll(VIEW, "jx").requests, [{ kind: "close", port: 80 }]);
  equal(pressAll(VIEW, "q").requests, [{ kind: "end" }]);
  equal(pressAll(VIEW, "o").browsing.panel, { kind: "detail", port: 3000 });
  equal(pressAll(VIEW, "oz").browsing.panel, null);
});

Deno.test("press opens what somebody's choice keeps closed, and nothing else", () => {
  const only = (reason: "unlisted" | "foreign-entry" | "closed") => ({
    ...VIEW,
    forwards: [],
    rejections: [{ ...VIEW.rejections[2]!, reason }],
  });
  equal(pressAll(only("unlisted"), "x").requests, [{ kind: "open", port: 22 }]);
  equal(pressAll(only("closed"), "x").requests, [{ kind: "open", port: 22 }]);
  equal(pressAll(only("foreign-entry"), "x").requests, []);
});

Deno.test("press opens a service on 127.0.0.1, but not what no key opens", () => {
  const on = (address: string, reason: RejectionReason, port = 5173): View => {
    const listener = { ...VIEW.rejections[2]!.listener!, address, port };
    return { ...VIEW, forwards: [], rejections: [{ ...VIEW.rejections[2]!, listener, reason }] };
  };
  const asked = (view: View) => pressAll(view, "x").requests;
  equal(asked(on("127.0.0.1", "loopback")), [{ kind: "open", port: 5173 }]);
  equal(asked(on("::ffff:127.0.0.1", "loopback")), [{ kind: "open", port: 5173 }]);
  equal(asked(on("127.0.0.1", "loopback-held", 6379)), [{ kind: "open", port: 6379 }]);
  equal(asked(on("::1", "loopback")), []);
  equal(asked(on("127.0.0.2", "loopback")), []);
  equal(asked(on("127.0.0.1", "loopback-code", 9229)), []);
  equal(asked(on("127.0.0.1", "loopback-closed")), []);
  equal(
    pressAll(on("127.0.0.1", "loopback", 6379), "x").browsing.look.message,
    "opening 6379 for this run: usually Redis, often without a password",
  );
});

Deno.test("press takes keys for text while a filter is typed", () => {
  const { browsing, requests } = pressAll(VIEW, "/qx\x7f");
  equal([browsing.look.filter, browsing.look.isTyping, requests], ["q", true, []]);
  equal(pressAll(VIEW, "/shop\r").browsing.look.selected, "port tcp 3000");
  equal(pressAll(VIEW, "/shop\x1b").browsing.look.filter, "");
});

Deno.test("press opens a program with many ports", () => {
  const forwards = Array.from(
    { length: 9 },
    (_, index) => ({ ...VIEW.forwards[0]!, rule: rule(4000 + index) }),
  );
  const view = { ...VIEW, forwards };
  equal(pressAll(view, "").browsing.look.selected, "pid 1234");
  equal(pressAll(view, "\rj").browsing.look.selected, "port tcp 4000");
  equal(pressAll(view, "\r\r").browsing.look.open.size, 0);
});

Deno.test("press and the panels take every key and every size", () => {
  const random = new Random();
  for (let round = 0; round < 500; round++) {
    const sent = randomText(random, 12) + random.pick(["j", "\x1b[B", "o", "/", "\r", "?", "w", "x", "G"]);
    const { browsing } = pressAll(VIEW, sent);
    const options = { columns: random.int(1, 120), rows: random.int(1, 40), home: null };
    const lines = browsing.panel?.kind === "why"
      ? whyPanel(1, ["a ".repeat(60)], 0, options)
      : helpPanel(options);
    const said = `seed ${random.seed}, round ${round}, ${JSON.stringify(sent)}`;
    ok(lines.length <= Math.max(1, options.rows), said);
    ok(lines.every((line) => textWidth(line) <= options.columns), said);
  }
});
