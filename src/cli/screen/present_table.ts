import { currentInvokingUser } from "../../config/invoking_user.ts";
import type { ReconcileEvent } from "../../reconcile/events.ts";
import type { View } from "../../view/view.ts";
import type { ViewState } from "../../view/view_state.ts";
import { countOf } from "./describe.ts";
import { escapeText } from "./escape_text.ts";
import type { Output } from "./output.ts";
import type { Presenter } from "./presenter.ts";
import { type Actions, Keyboard } from "./keys/keyboard.ts";
import { TerminalInput } from "../../linux/tty/terminal_input.ts";
import { renderTable } from "./table/render_table.ts";
import { ASKING, Spinner } from "./terminal/spinner.ts";
import { openTerminal } from "./terminal/terminal.ts";
import { RESTORE_TERMINAL, TerminalScreen } from "./terminal/terminal_screen.ts";

/** How often the table is drawn again while seconds are counted in it, and else, in milliseconds. */
const COUNTING_MS = 1000, REFRESH_MS = 10_000;

/** Shows the table on a terminal, from the first thing that is worth it until `close`. `explain`: what `why` says of a port. */
export function presentTable(stdout: Output, state: ViewState, explain: Actions["explain"]): Presenter {
  const terminal = openTerminal(), { home } = currentInvokingUser();
  let setByHand: Actions["setByHand"] = null;
  const actions = (): Actions => ({
    explain,
    setByHand,
    copy: (text) => terminal.writeNow(copyToClipboard(text)),
    end: () => Deno.kill(Deno.pid, "SIGINT"),
  });
  const keyboard = TerminalInput.isThere() ? new Keyboard(() => state.view, actions, () => show()) : null;
  const input = keyboard === null ? null : new TerminalInput((text) => keyboard.type(text));
  let tellHeld = (_: boolean) => {}, isHeld = false;
  const hold = (now: boolean) => {
    isHeld = now;
    tellHeld(now);
  };
  const screen = new TerminalScreen(terminal, {
    start: () => {
      hold(true);
      input?.start();
    },
    pause: () => {
      input?.pause();
      hold(false);
    },
  });
  const spinner = new Spinner(terminal);
  let isShown = false, removed = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  spinner.start(ASKING);
  const show = () => {
    clearTimeout(timer);
    screen.show(({ columns, rows }) => {
      const options = { columns, rows, color: true, nowMs: Date.now(), home };
      return keyboard === null ? renderTable(state.view, options) : keyboard.render(options);
    });
    timer = setTimeout(show, isCounting(state.view) ? COUNTING_MS : REFRESH_MS);
  };
  return {
    emit: (event) => {
      state.note(event, Date.now());
      if (event.type === "removed" && event.reason === "stopped") removed++;
      isShown ||= isWorthShowing(event);
      if (!isShown) return;
      spinner.stop();
      show();
    },
    lastWords: RESTORE_TERMINAL,
    onHeld: (listener) => {
      tellHeld = listener;
      listener(isHeld);
    },
    onControl: (control) => setByHand = control,
    noteEnding: () => {
      state.noteEnding(Date.now());
      if (isShown) show();
    },
    close: async () => {
      clearTimeout(timer);
      spinner.stop();
      await screen.close();
      await input?.close();
      if (isShown) stdout.write(describeEnd(removed, state.view));
    },
  };
}

/** OSC 52 of xterm's ctlseqs, which most terminals take, Windows Terminal among them: no other way leads to the clipboard. */
function copyToClipboard(text: string): string {
  return `\x1b]52;c;${new TextEncoder().encode(text).toBase64()}\x07`;
}

/** The first look is done, a port is being opened, or something went wrong. */
function isWorthShowing(event: ReconcileEvent): boolean {
  return event.type === "ready" || event.type === "error" ||
    event.type === "asked" && event.opening.length > 0;
}

function isCounting({ asked, endingSinceMs }: View): boolean {
  return asked !== null || endingSinceMs !== null;
}

/** What stays on the screen when the table is gone. */
function describeEnd(removed: number, view: View): string {
  const problems = view.notices.filter((notice) => notice.level === "error");
  if (problems.length > 0) return problems.map((problem) => `error: ${escapeText(problem.text)}\n`).join("");
  if (view.keepsRules) {
    const ports = countOf(view.forwards.length, "port stays", "ports stay");
    return `wslfwd has ended; ${ports} forwarded; to end that: wslfwd --clean-rules\n`;
  }
  return `wslfwd has ended; ${
    removed === 0 ? "there was nothing to remove" : `closed ${countOf(removed, "port")}`
  }\n`;
}
