import { formatEndpoint } from "../../net/address.ts";
import { findHeldBackPort } from "../../plan/held_back/held_back_ports.ts";

/** How long an answer may take, in milliseconds, and how much of it is read. */
const ANSWER_MS = 2000, ANSWER_BYTES = 64;
/** A name that nobody has (RFC 6761). */
const UNKNOWN_NAME = "wslfwd.invalid";

/** How a web server answered to different ways to call it: HTTP status codes; null where it gave no HTTP. */
export interface HostAnswers {
  /** To `localhost`. */
  readonly local: number | null;
  /** To the address that others on the LAN type. */
  readonly byAddress: number | null;
  /** To a name that it cannot know. */
  readonly byName: number | null;
}

/**
 * Asks a service on this machine for its page as others would call it: some refuse by the Host header what their socket let in.
 * Null where nobody was asked: on a port where something else than a web server is usual, a request could do harm. Never rejects.
 */
export async function askByHosts(
  address: string,
  port: number,
  lanAddress: string,
): Promise<HostAnswers | null> {
  if (findHeldBackPort(port) !== null) return null;
  const [local, byAddress, byName] = await Promise.all(
    ["localhost", lanAddress, UNKNOWN_NAME].map((host) => askAs(address, port, formatEndpoint(host, port))),
  );
  return { local: local!, byAddress: byAddress!, byName: byName! };
}

async function askAs(hostname: string, port: number, host: string): Promise<number | null> {
  let connection: Deno.TcpConn | null = null;
  const timer = setTimeout(() => closeQuietly(connection), ANSWER_MS);
  try {
    connection = await Deno.connect({ hostname, port });
    const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    return await readStatus(connection);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    closeQuietly(connection);
  }
}

async function readStatus(connection: Deno.TcpConn): Promise<number | null> {
  const buffer = new Uint8Array(ANSWER_BYTES);
  let text = "";
  while (text.length < ANSWER_BYTES) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
    const match = /^HTTP\/1\.\d (\d{3})\b/.exec(text);
    if (match !== null) return Number(match[1]);
  }
  return null;
}

function closeQuietly(connection: Deno.TcpConn | null): void {
  try {
    connection?.close();
  } catch {
    // It is closed.
  }
}
