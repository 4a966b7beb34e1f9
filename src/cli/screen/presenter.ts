import type { Settings } from "../../config/settings.ts";
import type { EventSink, ReconcileEvent } from "../../reconcile/events.ts";
import type { ViewState } from "../../view/view_state.ts";
import { renderJsonEvent } from "../json/render_json.ts";
import { MoveSummary } from "./move_summary.ts";
import type { Output } from "./output.ts";
import { presentTable } from "./present_table.ts";
import { type LineOptions, renderLine, stampLine } from "./render_lines.ts";
import { SLOW_MS } from "./table/head.ts";
import { ASKING, Spinner } from "./terminal/spinner.ts";
import { chooseOutput, openTerminal } from "./terminal/terminal.ts";

/** Shows what happens. */
export interface Presenter {
  /** Takes what happens. */
  readonly emit: EventSink;
  /** What gives the terminal back should we be killed; empty where nothing was done to it. */
  readonly lastWords: string;
  /** Has a listener told whether there is a terminal to give back, now and whenever that changes. */
  readonly onHeld?: (listener: (isHeld: boolean) => void) => void;
  /** Takes what opens and closes a port of the guest by hand. Absent where nobody can ask for it. */
  readonly onControl?: (setByHand: (port: number, choice: "open" | "closed") => void) => void;
  /** wslfwd was told to end. */
  noteEnding(): void;
  /** Gives the terminal back. */
  close(): Promise<void>;
}

/**
 * How this run shows what happens: JSON where it was asked for, a table on a terminal, else a line for each event. `state`
 * is kept up to date in each case. `explain`: what `why` says of a port, in lines that are fit for a terminal.
 */
export function openPresenter(
  settings: Settings,
  stdout: Output,
  state: ViewState,
  explain: (port: number) => Promise<readonly string[]> = () => Promise.resolve([]),
): Presenter {
  if (settings.json) return presentJson(stdout, state);
  const isScreen = chooseOutput(stdout.isTerminal, (name) => Deno.env.get(name)) === "table";
  if (isScreen && settings.mode === "auto") return presentTable(stdout, state, explain);
  return presentLines(stdout, state, isScreen ? new Spinner(openTerminal()) : null);
}

function presentJson(stdout: Output, state: ViewState): Presenter {
  return {
    emit: (event) => {
      const timeMs = Date.now();
      state.note(event, timeMs);
      stdout.write(renderJsonEvent(event, optionsAt(timeMs, state, stdout)) + "\n");
    },
    lastWords: "",
    noteEnding: () => state.noteEnding(Date.now()),
    close: () => Promise.resolve(),
  };
}

function presentLines(stdout: Output, state: ViewState, spinner: Spinner | null): Presenter {
  const moves = new MoveSummary();
  const print = (event: ReconcileEvent) => {
    spinner?.stop();
    const options = optionsAt(Date.now(), state, stdout);
    const { lines, isCovered } = moves.take(event);
    const texts = lines.map((text) => stampLine(text, options));
    // That something is no longer rejected shows when it is forwarded; a log need not say it twice.
    if (event.type !== "cleared" && !isCovered) texts.push(renderLine(event, options));
    stdout.write(texts.map((text) => `${text}\n`).join(""));
  };
  /** What Windows does not answer is told of once it is slow, and so is its answer then. */
  let timer: ReturnType<typeof setTimeout> | undefined, isSlow = false;
  let network = "";
  spinner?.start(ASKING);
  return {
    emit: (event) => {
      state.note(event, Date.now());
      if (event.type === "network") {
        // What Windows takes the network for is worth a line only where it matters.
        const news = JSON.stringify([event.lanAddresses, event.lanName, event.warning]);
        if (news !== network) print(event);
        network = news;
      } else if (event.type === "asked") {
        clearTimeout(timer);
        timer = setTimeout(() => {
          isSlow = true;
          print(event);
        }, SLOW_MS);
      } else if (event.type === "answered") {
        clearTimeout(timer);
        if (isSlow) print(event);
        isSlow = false;
      } else print(event);
    },
    lastWords: "",
    noteEnding: () => state.noteEnding(Date.now()),
    close: () => {
      clearTimeout(timer);
      spinner?.stop();
      return Promise.resolve();
    },
  };
}

function optionsAt(
  timeMs: number,
  { lanAddress, lanIpv6 }: ViewState,
  { isTerminal }: Output,
): LineOptions {
  return { timeMs, lanAddress, lanIpv6, isFile: !isTerminal };
}
