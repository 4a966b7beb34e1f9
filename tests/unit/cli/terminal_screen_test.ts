import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { Spinner } from "../../../src/cli/screen/terminal/spinner.ts";
import { chooseOutput } from "../../../src/cli/screen/terminal/terminal.ts";
import { RESTORE_TERMINAL, TerminalScreen } from "../../../src/cli/screen/terminal/terminal_screen.ts";
import { FakeTerminal } from "./fake_terminal.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const FRAME = "\x1b[?2026h\x1b[?7l\x1b[H\x1b[Kone\r\n\x1b[Ktwo\r\n\x1b[J\x1b[H\x1b[?7h\x1b[?2026l";

/** Lets everything that waits for nothing happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("TerminalScreen writes nothing before it shows something", async () => {
  const terminal = new FakeTerminal();
  await new TerminalScreen(terminal).close();
  equal(terminal.take(), "");
});

Deno.test("TerminalScreen draws each frame in one write, and the same frame never again", async () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.show(() => ["one", "two"]);
  await settle();
  equal(terminal.written.splice(0), [ENTER + FRAME]);
  screen.show(() => ["one", "two"]);
  await settle();
  equal(terminal.take(), "");
  screen.show(() => ["one"]);
  await settle();
  equal(terminal.take(), FRAME.replace("\r\n\x1b[Ktwo", ""));
  await screen.close();
  equal(terminal.take(), RESTORE_TERMINAL);
});

Deno.test("TerminalScreen goes to no line behind the last row", async () => {
  const terminal = new FakeTerminal();
  terminal.currentSize = { columns: 80, rows: 2 };
  const screen = new TerminalScreen(terminal);
  screen.show(() => ["one", "two"]);
  await settle();
  equal(terminal.take(), ENTER + FRAME.replace("\r\n\x1b[J", ""));
  await screen.close();
});

Deno.test("TerminalScreen draws anew, for the new size, after a resize", async () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.show(({ columns }) => [`${columns}`]);
  await settle();
  terminal.take();
  terminal.currentSize = { columns: 40, rows: 24 };
  terminal.dispatch("resize");
  await settle();
  ok(terminal.take().includes("\x1b[K40\r\n"));
  await screen.close();
});

Deno.test("TerminalScreen skips frames that a slow terminal has no time for, and shows the last", async () => {
  const terminal = new FakeTerminal();
  const { promise, resolve } = Promise.withResolvers<void>();
  terminal.blocked = promise;
  const screen = new TerminalScreen(terminal);
  let count = 0;
  for (let i = 0; i < 100; i++) {
    screen.show(() => {
      count++;
      return [`frame ${i}`];
    });
  }
  await settle();
  terminal.blocked = null;
  resolve();
  await settle();
  ok(count <= 2, `${count} frames`);
  match(terminal.take(), /frame 99/);
  await screen.close();
});

Deno.test("TerminalScreen gives the terminal back although it takes nothing more", async () => {
  const terminal = new FakeTerminal();
  terminal.blocked = new Promise(() => {});
  const screen = new TerminalScreen(terminal);
  screen.show(() => ["one"]);
  await settle();
  terminal.take();
  await screen.close();
  equal(terminal.take(), RESTORE_TERMINAL);
});

Deno.test("TerminalScreen gives the terminal back when the process ends, and around Ctrl-Z", async () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.show(() => ["one", "two"]);
  await settle();
  terminal.take();
  terminal.dispatch("stop");
  equal(terminal.take(), RESTORE_TERMINAL);
  terminal.dispatch("continue");
  await settle();
  equal(terminal.take(), ENTER + FRAME);
  terminal.dispatch("exit");
  equal(terminal.take(), RESTORE_TERMINAL);
  await screen.close();
  equal(terminal.listenerCount, 0);
});

Deno.test("TerminalScreen closes twice, and opens again", async () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.show(() => ["one", "two"]);
  await settle();
  await screen.close();
  terminal.take();
  await screen.close();
  equal(terminal.take(), "");
  screen.show(() => ["one", "two"]);
  await settle();
  equal(terminal.take(), ENTER + FRAME);
  await screen.close();
});

Deno.test("Spinner shows nothing for a short step", () => {
  const terminal = new FakeTerminal();
  const spinner = new Spinner(terminal);
  spinner.start("asking Windows");
  spinner.stop();
  spinner.stop();
  equal(terminal.take(), "");
});

Deno.test("Spinner shows a long step in one line, and removes it", async () => {
  const terminal = new FakeTerminal();
  terminal.currentSize = { columns: 10, rows: 24 };
  const { promise, resolve } = Promise.withResolvers<void>();
  terminal.writeNow = (text) => {
    terminal.written.push(text);
    resolve();
  };
  const spinner = new Spinner(terminal);
  spinner.start("asking Windows");
  await promise;
  spinner.stop();
  equal(terminal.written, ["\r⠋ asking \x1b[K", "\r\x1b[K"]);
});

Deno.test("chooseOutput draws a table only on a terminal that can, for who wants it", () => {
  const choose = (isTerminal: boolean, variables: Record<string, string>) =>
    chooseOutput(isTerminal, (name) => variables[name]);
  equal(choose(true, { TERM: "xterm-256color" }), "table");
  equal(choose(true, { TERM: "xterm", NO_COLOR: "" }), "table");
  equal(choose(true, { TERM: "xterm", NO_COLOR: "1" }), "lines");
  equal(choose(true, { TERM: "dumb" }), "lines");
  equal(choose(true, {}), "lines");
  equal(choose(false, { TERM: "xterm" }), "lines");
});
