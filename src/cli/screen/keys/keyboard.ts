import { encodeQr, type QrCode } from "../../../qr/encode_qr.ts";
import { addressFor, urlFor } from "../../../view/addresses.ts";
import type { Forward, View } from "../../../view/view.ts";
import { renderTable, type TableOptions } from "../table/render_table.ts";
import { type Browsing, FIRST_LOOK, press, type Request, say, settle } from "./browse.ts";
import { detailPanel, helpPanel, whyPanel } from "./panels.ts";
import { type Key, parseKeys } from "./parse_keys.ts";

/** What keys can do besides looking. */
export interface Actions {
  /** What `why` says of a port on Windows, in lines that are fit for a terminal. Never rejects. */
  readonly explain: (port: number) => Promise<readonly string[]>;
  /** Opens or closes a port of the guest for this run; null before that can be done. */
  readonly setByHand: ((port: number, choice: "open" | "closed") => void) | null;
  /** Puts a text into the clipboard of whoever looks at the terminal. */
  readonly copy: (text: string) => void;
  /** Ends wslfwd. */
  readonly end: () => void;
}

/** Turns keys into another look at the view, and into what else they ask for. */
export class Keyboard {
  readonly #view: () => View;
  readonly #actions: () => Actions;
  readonly #onChange: () => void;
  #browsing: Browsing = FIRST_LOOK;
  /** The code of the panel, and of which URL it is. */
  #code: { readonly url: string; readonly code: QrCode | null } | null = null;

  /** `onChange`: there is something else to show. */
  constructor(view: () => View, actions: () => Actions, onChange: () => void) {
    this.#view = view;
    this.#actions = actions;
    this.#onChange = onChange;
  }

  /** Takes what keys sent. */
  type(sent: string): void {
    for (const key of parseKeys(sent)) this.#press(key);
    this.#onChange();
  }

  /** What is to be shown: the table, or what covers it. */
  render(options: TableOptions): string[] {
    const view = this.#view();
    this.#browsing = settle(this.#browsing, view);
    const { panel, look } = this.#browsing;
    if (panel?.kind === "help") return helpPanel(options);
    if (panel?.kind === "why") return whyPanel(panel.port, panel.lines, panel.top, options);
    const forward = panel === null ? null : findForward(view, panel.port);
    if (forward === null) return renderTable(view, options, look);
    return detailPanel(forward, view, this.#codeOf(urlFor(view, forward.rule.listen)), options);
  }

  #press(key: Key): void {
    const { browsing, request } = press(this.#browsing, key, this.#view());
    this.#browsing = browsing;
    if (request !== null) this.#do(request);
  }

  #do(request: Request): void {
    const actions = this.#actions();
    switch (request.kind) {
      case "end":
        return actions.end();
      case "copy": {
        const view = this.#view(), forward = findForward(view, request.port);
        if (forward === null || addressFor(view, forward.rule.listen) === null) {
          return this.#say("Windows' address is not known yet");
        }
        const url = urlFor(view, forward.rule.listen);
        actions.copy(url);
        return this.#say(`copied ${url}`);
      }
      case "why":
        void this.#explain(request.port, actions);
        return;
      case "open":
      case "close":
        if (actions.setByHand === null) return this.#say("not yet: Windows is still being asked");
        return actions.setByHand(request.port, request.kind === "open" ? "open" : "closed");
    }
  }

  async #explain(port: number, { explain }: Actions): Promise<void> {
    const lines = await explain(port);
    const { panel } = this.#browsing;
    if (panel?.kind !== "why" || panel.port !== port) return;
    this.#browsing = { ...this.#browsing, panel: { ...panel, lines } };
    this.#onChange();
  }

  #say(message: string): void {
    this.#browsing = say(this.#browsing, message);
  }

  /** Null while it is being made; then there is something else to show. */
  #codeOf(url: string): QrCode | null {
    if (this.#code?.url === url) return this.#code.code;
    this.#code = { url, code: null };
    void encodeQr(url).then((code) => {
      if (this.#code?.url === url) this.#code = { url, code };
      this.#onChange();
    });
    return null;
  }
}

function findForward(view: View, port: number): Forward | null {
  return view.forwards.find(({ rule }) => rule.listen.port === port) ?? null;
}
