import type { Agent, Fetched } from "./agent.ts";
import type { Sandbox } from "./namespaces.ts";

/** How long a page is waited for, in milliseconds. */
const WAIT_MS = 10_000;

/** Windows' address on the LAN. */
export const WINDOWS_ADDRESS = "192.168.50.1";

/** Where a LAN connection comes from and goes to. */
export interface FetchOptions {
  /** `lan`: 192.168.50.20, in Windows' subnet. `outside`: 10.9.9.9, behind a router. Default `lan`. */
  readonly from?: "lan" | "outside";
  /** Default {@link WINDOWS_ADDRESS}. */
  readonly address?: string;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

/** Asks Windows for pages as other machines do. */
export class Lan {
  readonly #agentAt: (place: "lan" | "outside") => Promise<Sandbox<Agent>>;

  /** `agentAt`: the process at a place. */
  constructor(agentAt: (place: "lan" | "outside") => Promise<Sandbox<Agent>>) {
    this.#agentAt = agentAt;
  }

  /** The page on a port; null where it cannot be had. */
  async fetch(port: number, options: FetchOptions = {}): Promise<string | null> {
    const { rpc } = await this.#agentAt(options.from ?? "lan");
    return (await rpc.call("fetch", options.address ?? WINDOWS_ADDRESS, port, options.timeoutMs ?? WAIT_MS))
      .text;
  }

  /** Asks until there is a page. Throws where there is none in time. */
  async waitForOpen(port: number, options: FetchOptions = {}): Promise<Fetched & { text: string }> {
    const { text, at } = await this.#waitFor(port, true, options);
    if (text === null) {
      throw new Error(`Port ${port} did not open on the LAN within ${options.timeoutMs ?? WAIT_MS} ms`);
    }
    return { text, at };
  }

  /** Asks until there is no page; when that was. Throws where there still is one in the end. */
  async waitForClosed(port: number, options: FetchOptions = {}): Promise<number> {
    const { text, at } = await this.#waitFor(port, false, options);
    if (text !== null) {
      throw new Error(`Port ${port} is still open on the LAN after ${options.timeoutMs ?? WAIT_MS} ms`);
    }
    return at;
  }

  /** Asks by UDP until there is an answer. Throws where there is none in time. */
  async waitForUdp(port: number, options: FetchOptions = {}): Promise<string> {
    const answer = await this.#waitForUdp(port, true, options);
    if (answer === null) throw new Error(`UDP port ${port} did not answer on the LAN`);
    return answer;
  }

  /** Asks by UDP until there is no answer. Throws where there still is one in the end. */
  async waitForNoUdp(port: number, options: FetchOptions = {}): Promise<void> {
    const answer = await this.#waitForUdp(port, false, options);
    if (answer !== null) throw new Error(`UDP port ${port} still answers on the LAN: ${answer}`);
  }

  async #waitForUdp(port: number, isOpen: boolean, options: FetchOptions): Promise<string | null> {
    const { rpc } = await this.#agentAt(options.from ?? "lan");
    return rpc.call(
      "waitForUdp",
      options.address ?? WINDOWS_ADDRESS,
      port,
      isOpen,
      options.timeoutMs ?? WAIT_MS,
    );
  }

  async #waitFor(port: number, isOpen: boolean, options: FetchOptions): Promise<Fetched> {
    const { rpc } = await this.#agentAt(options.from ?? "lan");
    return rpc.call(
      "waitFor",
      options.address ?? WINDOWS_ADDRESS,
      port,
      isOpen,
      options.timeoutMs ?? WAIT_MS,
    );
  }
}
