import { parseIp } from "../net/address.ts";
import { encodeQr } from "../qr/encode_qr.ts";
import { formatUrl, isWebPort } from "../view/url.ts";
import type { View } from "../view/view.ts";
import { PAGE_CSS, PAGE_JS } from "./page_files.ts";
import { readTitle } from "./page_titles.ts";
import { type PageOptions, renderList, renderPage } from "./render_page.ts";

/** Nothing from anywhere else, nothing inline: titles and names are hostile text. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** So many devices are told of changes at the same time; each holds a connection. */
const MAX_LISTENING = 32;

/** How often a connection that tells of changes is shown to be alive, in milliseconds. */
const HEARTBEAT_MS = 20_000;

/** Serves the page that lists what is reachable, from the guest; it is forwarded like any other. */
export class PageServer {
  readonly #port: number;
  readonly #view: () => View;
  readonly #server: Deno.HttpServer;
  readonly #listening = new Set<ReadableStreamDefaultController<Uint8Array>>();
  /** By port and process: another program has another title. */
  readonly #titles = new Map<string, string | null>();

  /** Serves on every address of the guest. Throws the system's error where the port cannot be had. */
  constructor(port: number, view: () => View) {
    this.#port = port;
    this.#view = view;
    const hostname = "0.0.0.0";
    this.#server = Deno.serve({ hostname, port, onListen: () => {} }, (request) => this.#answer(request));
  }

  /** There is something else to show. */
  notify(): void {
    for (const controller of this.#listening) this.#send(controller, "data: changed\n\n");
  }

  /** Ends it, and every connection. */
  async close(): Promise<void> {
    for (const controller of this.#listening) {
      try {
        controller.close();
      } catch {
        // Its device has gone.
      }
    }
    this.#listening.clear();
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const host = hostOf(request);
    // A page of somebody else's that has its name lead here (DNS rebinding) must not read this one.
    if (host === null) {
      return answer("text/plain", "This page is asked for by address or by a .local name.\n", 421);
    }
    if (request.method !== "GET") return answer("text/plain", "", 405);
    switch (new URL(request.url).pathname) {
      case "/":
        return answer("text/html", renderPage(this.#view(), await this.#options(host)));
      case "/list":
        return answer("text/html", renderList(this.#view(), await this.#options(host)));
      case "/page.css":
        return answer("text/css", PAGE_CSS);
      case "/page.js":
        return answer("text/javascript", PAGE_JS);
      case "/events":
        return this.#listen();
      default:
        return answer("text/plain", "", 404);
    }
  }

  async #options(host: string): Promise<PageOptions> {
    const code = await encodeQr(formatUrl(host, this.#port));
    return { host, port: this.#port, titles: await this.#readTitles(), code };
  }

  /** Asks each page for its title one time. */
  async #readTitles(): Promise<Map<number, string>> {
    const titles = new Map<number, string>();
    await Promise.all(
      this.#view().forwards.map(async ({ rule, pid }) => {
        const { listen, target } = rule;
        if (listen.protocol !== "tcp" || listen.port === this.#port || !isWebPort(listen.port)) return;
        const key = `${listen.port} ${pid}`;
        if (!this.#titles.has(key)) {
          const [address, port] = target.kind === "proxy"
            ? [target.to.address, target.to.port]
            : ["127.0.0.1", listen.port];
          this.#titles.set(key, await readTitle(address, port));
        }
        const title = this.#titles.get(key) ?? null;
        if (title !== null) titles.set(listen.port, title);
      }),
    );
    return titles;
  }

  #listen(): Response {
    if (this.#listening.size >= MAX_LISTENING) return answer("text/plain", "", 503);
    let controller: ReadableStreamDefaultController<Uint8Array>;
    let timer: ReturnType<typeof setInterval> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (given) => {
        controller = given;
        this.#listening.add(controller);
        // What changed after the list was written, or while the connection was broken, was told to nobody.
        this.#send(controller, "retry: 2000\ndata: changed\n\n");
        timer = setInterval(() => this.#send(controller, ": alive\n\n"), HEARTBEAT_MS);
        Deno.unrefTimer(timer);
      },
      cancel: () => {
        clearInterval(timer);
        this.#listening.delete(controller);
      },
    });
    return new Response(body, { headers: headersOf("text/event-stream") });
  }

  #send(controller: ReadableStreamDefaultController<Uint8Array>, text: string): void {
    try {
      controller.enqueue(new TextEncoder().encode(text));
    } catch {
      this.#listening.delete(controller); // Its device has gone.
    }
  }
}

/** The host that was asked for, as a URL has it without its brackets; null for a name that anybody can have lead here. */
function hostOf(request: Request): string | null {
  const name = new URL(request.url).hostname.replace(/^\[|\]$/g, "");
  const isOurs = parseIp(name) !== null || name === "localhost" || /^[a-z\d-]{1,63}\.local$/.test(name);
  return isOurs ? name : null;
}

function answer(type: string, text: string, status = 200): Response {
  return new Response(text, { status, headers: headersOf(type) });
}

function headersOf(type: string): HeadersInit {
  return {
    "content-type": `${type}; charset=utf-8`,
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
  };
}
