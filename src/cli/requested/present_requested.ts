import type { Settings } from "../../config/settings.ts";
import { currentInvokingUser } from "../../config/invoking_user.ts";
import type { ReconcileEvent } from "../../reconcile/events.ts";
import { countOf, describeProgram, describeReason, shortenFolder } from "../screen/describe.ts";
import { escapeText } from "../screen/escape_text.ts";
import type { Output } from "../screen/output.ts";
import type { Presenter } from "../screen/presenter.ts";
import { ASKING, Spinner } from "../screen/terminal/spinner.ts";
import { chooseOutput, openTerminal } from "../screen/terminal/terminal.ts";
import { formatUrl } from "../../view/url.ts";
import type { ViewState } from "../../view/view_state.ts";
import type { Forwarded, RequestedPorts } from "./requested_ports.ts";

/** How long an open port waits for the address that others type before it is told of without, in milliseconds. */
const ADDRESS_WAIT_MS = 3000;

/**
 * What `wslfwd 3000` shows: a line with the address as soon as a port can be reached, another one when it cannot any more.
 * The last line about a port holds.
 */
export function presentRequested(
  settings: Settings,
  stdout: Output,
  state: ViewState,
  requested: RequestedPorts,
): Presenter {
  const view = new RequestedView(settings, state, requested);
  const isTerminal = chooseOutput(stdout.isTerminal, (name) => Deno.env.get(name)) === "table";
  const spinner = isTerminal ? new Spinner(openTerminal()) : null;
  spinner?.start(ASKING);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const print = (lines: readonly string[]) => {
    if (lines.length === 0) return;
    spinner?.stop();
    stdout.write(lines.map((line) => `${line}\n`).join(""));
  };
  return {
    emit: (event) => {
      state.note(event, Date.now());
      print(view.note(event));
      if (event.type === "forwarded" && !view.knowsNetwork) {
        timer ??= setTimeout(() => print(view.giveUpNetwork()), ADDRESS_WAIT_MS);
      }
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

/** Turns events into lines fit for a terminal. */
class RequestedView {
  readonly #settings: Settings;
  readonly #state: ViewState;
  readonly #requested: RequestedPorts;
  /** The last line about each port. */
  readonly #told = new Map<number, string>();
  #network: { readonly warning: string | null } | null = null;
  #name: string | null = null;
  #isReady = false;

  constructor(settings: Settings, state: ViewState, requested: RequestedPorts) {
    this.#settings = settings;
    this.#state = state;
    this.#requested = requested;
  }

  get knowsNetwork(): boolean {
    return this.#network !== null;
  }

  /** The lines that follow from an event, which the ports have taken in already. */
  note(event: ReconcileEvent): string[] {
    if (event.type === "ready") {
      this.#isReady = true;
      return [...this.#news(), ...this.#waiting()];
    }
    if (event.type === "network") {
      const isNamed = event.lanName !== null && event.lanName !== this.#name;
      this.#network = event;
      this.#name = event.lanName;
      if (isNamed && this.#isReady) {
        const told = new Map(this.#told), news = this.#news();
        const same = [...told].filter(([port, line]) =>
          line.startsWith("✓") && line === this.#told.get(port)
        );
        return [...news, ...same.flatMap(([port]) => this.#named(port))];
      }
    }
    if (event.type === "error") {
      return [`error: ${escapeText(event.message)}${event.isRetriable ? "; trying again" : ""}`];
    }
    if (event.type === "recovered") return ["that works again"];
    if (event.type === "notice") return [`notice: ${escapeText(event.message)}`];
    if (!this.#isReady) return [];
    if (event.type === "removed" || event.type === "released") return this.#close(event);
    return this.#news();
  }

  /** Windows' address could not be had in time. */
  giveUpNetwork(): string[] {
    this.#network ??= { warning: null };
    return this.#news();
  }

  #named(port: number): string[] {
    if (this.#name === null) return [];
    return [`  ${formatUrl(this.#name, port)}  the same, on devices in this network that find names by mDNS`];
  }

  #news(): string[] {
    const lines: string[] = [];
    for (const port of this.#requested.ports()) {
      const line = this.#describe(port);
      if (line === null || line === this.#told.get(port)) continue;
      this.#told.set(port, line);
      lines.push(line, ...line.startsWith("✓") ? this.#named(port) : []);
    }
    return lines;
  }

  #describe(port: number): string | null {
    const request = this.#requested.stateOf(port);
    if (request.state === "waiting") return null;
    if (request.state === "rejected") {
      const { program, listener } = request.rejection;
      const who = listener === null ? "" : `${describeProgram(program)}: `;
      return `✗ ${port}  ${who}${describeReason(request.rejection)}`;
    }
    if (this.#network === null) return null;
    const { warning } = this.#network, where = this.#url(port), who = describeOwner(request.event);
    if (warning !== null) return `✗ ${where}  ${who}: ${escapeText(warning)}`;
    return `✓ ${where}  ${who}   (Ctrl-C ${this.#settings.cleanup ? "closes it" : "leaves it open"})`;
  }

  #close(event: Extract<ReconcileEvent, { type: "removed" | "released" }>): string[] {
    // The guest has another address: what others type stays.
    if (event.type === "removed" && event.reason === "moved") return [];
    const port = event.rule.listen.port, where = this.#url(port);
    // It is open by the other family of addresses, and goes with that.
    if (this.#requested.stateOf(port).state === "open") return [];
    const isNews = this.#told.delete(port);
    if (event.type === "released") {
      return [`✗ ${where}  somebody changed its entry on Windows, so it is theirs now`];
    }
    if (event.reason === "stopped") return isNews ? [`closed ${where}`] : [];
    if (event.reason !== "closed" || !isNews) return this.#news();
    return [`closed ${where}: nothing listens any more`, ...this.#waiting()];
  }

  #waiting(): string[] {
    const ports = this.#requested.waiting.map((port) => this.#requested.guestPortOf(port));
    if (ports.length === 0) return [];
    const which = ports.length > 8 ? countOf(ports.length, "port") : `port ${ports.join(", ")}`;
    return [`waiting for something to listen on ${which}   (Ctrl-C ends it)`];
  }

  #url(port: number): string {
    const { lanAddress } = this.#state;
    return lanAddress === null ? `port ${port}` : formatUrl(escapeText(lanAddress), port);
  }
}

/** `node in ~/shop/api`. */
function describeOwner({ program, listener }: Forwarded): string {
  if (listener === null) return "whatever listens";
  const folder = program?.folder;
  const where = folder === undefined ? "" : ` in ${shortenFolder(folder, currentInvokingUser().home)}`;
  return `${program === null ? "a program that cannot be seen" : escapeText(program.name)}${where}`;
}
