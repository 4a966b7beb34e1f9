/** UDP of an {@link Agent}: services that answer, and clients that ask. By node:dgram, since Deno's own is unstable. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** UDP services of one process. */
export class UdpServices {
  readonly #sockets = new Map<number, Socket>();

  /** Answers each datagram with a text and what was asked. Throws what the kernel says against it. */
  async open(address: string, port: number, text: string): Promise<void> {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.on("message", (data, { address, port }) => socket.send(`${text} ${data}`, port, address));
    socket.bind(port, address);
    await once(socket, "listening");
    socket.on("error", () => {});
    this.#sockets.set(port, socket);
  }

  /** Closes the service on a port. */
  close(port: number): void {
    this.#sockets.get(port)?.close();
    this.#sockets.delete(port);
  }
}

/** Asks from a port of its own until an answer comes (`isOpen`) or none does; the last one when the time is over. */
export async function waitForUdp(
  address: string,
  port: number,
  isOpen: boolean,
  timeoutMs: number,
): Promise<string | null> {
  const deadline = performance.now() + timeoutMs;
  for (let question = 1;; question++) {
    const answer = await askUdp(address, port, `${question}`, ANSWER_MS);
    if ((answer !== null) === isOpen || performance.now() >= deadline) return answer;
    if (answer !== null) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How long an answer may take until it is asked again, in milliseconds. */
const ANSWER_MS = 300;

/** Asks once from a port of its own; null where no answer comes. */
export async function askUdp(
  address: string,
  port: number,
  question: string,
  timeoutMs: number,
): Promise<string | null> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = setTimeout(resolve, timeoutMs, null);
  socket.on("message", (data) => resolve(`${data}`));
  socket.on("error", () => resolve(null));
  socket.send(question, port, address);
  const answer = await promise;
  clearTimeout(timer);
  socket.close();
  return answer;
}
