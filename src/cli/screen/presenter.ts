import type { Settings } from "../../config/settings.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { countOf } from "./describe.ts";
import { escapeText } from "./escape_text.ts";
import type { Output } from "./output.ts";
import { renderJsonEvent } from "../json/render_json.ts";
import { MoveSummary } from "./move_summary.ts";
import { renderLine, stampLine } from "./render_lines.ts";
import { renderTable } from "./table/render_table.ts";
import { ASKING, Spinner } from "./terminal/spinner.ts";
import { chooseOutput, openTerminal } from "./terminal/terminal.ts";
import { RESTORE_TERMINAL, TerminalScreen } from "./terminal/terminal_screen.ts";
import type { ViewState } from "../../view/view_state.ts";

/** How often the ages in the table are brought up to date, in milliseconds. */
const REFRESH_MS = 10_000;

/** Shows what happens. */
export interface Presenter {
  /** Takes what happens. */
  readonly emit: EventSink;
  /** What gives the terminal back should we be killed; empty where nothing was done to it. */
  readonly lastWords: string;
  /** Gives the terminal back. */
  close(): Promise<void>;
}

/**
 * How this run shows what happens: JSON where it was asked for, a table on a terminal, else a line for each event. `state`
 * is kept up to date in each case.
 */
export function openPresenter(settings: Settings, stdout: Output, state: ViewState): Presenter {
  if (settings.json) {
    return presentLines(stdout, state, (event, options) => [renderJsonEvent(event, options)], null);
  }
  const isScreen = chooseOutput(stdout.isTerminal, (name) => Deno.env.get(name)) === "table";
  if (isScreen && settings.mode === "auto") return presentTable(stdout, state);
  const spinner = isScreen ? new Spinner(openTerminal()) : null;
  return presentLines(
    stdout,
    state,
    renderSummed(),
    spinner,
  );
}

type RenderEvent = (...parameters: Parameters<typeof renderLine>) => readonly string[];

/** Lines for people: what belongs together is one. */
function renderSummed(): RenderEvent {
  const moves = new MoveSummary();
  return (event, options) => {
    const { lines, isCovered } = moves.take(event);
    const summed = lines.map((text) => stampLine(text, options));
    // That something is no longer rejected shows when it is forwarded; a log need not say it twice.
    return event.type === "cleared" || isCovered ? summed : [...summed, renderLine(event, options)];
  };
}

function presentLines(
  stdout: Output,
  state: ViewState,
  render: RenderEvent,
  spinner: Spinner | null,
): Presenter {
  spinner?.start(ASKING);
  return {
    emit: (event) => {
      spinner?.stop();
      const timeMs = Date.now();
      state.note(event, timeMs);
      const isFile = !stdout.isTerminal;
      const lines = render(event, { timeMs, lanAddress: state.lanAddress, isFile });
      stdout.write(lines.map((line) => `${line}\n`).join(""));
    },
    lastWords: "",
    close: () => {
      spinner?.stop();
      return Promise.resolve();
    },
  };
}

function presentTable(stdout: Output, state: ViewState): Presenter {
  const terminal = openTerminal();
  const screen = new TerminalScreen(terminal), spinner = new Spinner(terminal);
  let isReady = false, removed = 0;
  spinner.start(ASKING);
  const show = () =>
    screen.show(({ columns, rows }) =>
      renderTable(state.view, { columns, rows, color: true, nowMs: Date.now() })
    );
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    emit: (event) => {
      state.note(event, Date.now());
      if (event.type === "removed" && event.reason === "stopped") removed++;
      // An error before the first look is worth the screen, too.
      if (event.type === "ready" || event.type === "error") isReady = true;
      if (!isReady) return;
      spinner.stop();
      timer ??= setInterval(show, REFRESH_MS);
      show();
    },
    lastWords: RESTORE_TERMINAL,
    close: async () => {
      clearInterval(timer);
      spinner.stop();
      await screen.close();
      if (isReady) stdout.write(describeEnd(removed, state));
    },
  };
}

/** What stays on the screen when the table is gone. */
function describeEnd(removed: number, state: ViewState): string {
  const { view } = state;
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
