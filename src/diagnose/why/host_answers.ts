import { formatEndpoint } from "../../net/address.ts";
import { findHeldBackPort } from "../../plan/held_back/held_back_ports.ts";

/** How long an answer may take, in milliseconds, and how much of it is read. */
const ANSWER_MS = 2000, ANSWER_BYTES = 8192;
/** How often it is sent on. */
const MAX_HOPS = 3;
/** A name that nobody has (RFC 6761). */
const UNKNOWN_NAME = "wslfwd.invalid";

/** A server that is known by its answer. */
export type ServerKind = "vite" | "webpack" | "jupyter";

/** What only its refusal has in it (recorded: vite 8.3, webpack-dev-server 6.1, Jupyter 1.23 and Notebook 6.4). */
const MARKS: readonly (readonly [kind: ServerKind, mark: RegExp])[] = [
  ["vite", /^HTTP\/1\.\d 403 [^]*\ballowedHosts\b/],
  ["webpack", /^HTTP\/1\.\d 403 [^]*\bInvalid Host header\b/],
  ["jupyter", /^HTTP\/1\.\d 403 [^]*\r\nServer: TornadoServer\//],
];

/** How a web server answered to different ways to call it: HTTP status codes; null where it gave no HTTP. */
export interface HostAnswers {
  /** To `localhost`. */
  readonly local: number | null;
  /** To the address that others on the LAN type. */
  readonly byAddress: number | null;
  /** To a name that it cannot know. */
  readonly byName: number | null;
  /** Which server it is, where a refusal shows it. */
  readonly kind: ServerKind | null;
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
  return {
    local: local?.status ?? null,
    byAddress: byAddress?.status ?? null,
    byName: byName?.status ?? null,
    kind: byAddress?.kind ?? byName?.kind ?? null,
  };
}

/** How a server answered. */
interface Answer {
  readonly status: number;
  readonly kind: ServerKind | null;
  /** Where it sends who asks: a path of its own; null for nowhere, or elsewhere. */
  readonly path: string | null;
}

/** Goes where the server sends it: Notebook's `/` takes everybody, and what it leads to does not. */
async function askAs(hostname: string, port: number, host: string): Promise<Answer | null> {
  let answer = await askFor("/", hostname, port, host);
  for (let hops = 0; hops < MAX_HOPS && answer !== null && answer.path !== null; hops++) {
    answer = await askFor(answer.path, hostname, port, host);
  }
  return answer;
}

async function askFor(path: string, hostname: string, port: number, host: string): Promise<Answer | null> {
  let connection: Deno.TcpConn | null = null;
  const timer = setTimeout(() => closeQuietly(connection), ANSWER_MS);
  try {
    connection = await Deno.connect({ hostname, port });
    const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    return readAnswer(await readStart(connection));
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    closeQuietly(connection);
  }
}

/** Up to its end, or as much of it as is looked at; what came where the rest does not. */
async function readStart(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(ANSWER_BYTES);
  let filled = 0;
  try {
    while (filled < ANSWER_BYTES) {
      const count = await connection.read(buffer.subarray(filled));
      if (count === null) break;
      filled += count;
    }
  } catch {
    // It is closed where the time is over.
  }
  return new TextDecoder().decode(buffer.subarray(0, filled));
}

/** What an answer says; null where it is no HTTP. Hostile text. */
function readAnswer(text: string): Answer | null {
  const status = /^HTTP\/1\.\d (\d{3})\b/.exec(text)?.[1];
  if (status === undefined) return null;
  const kind = MARKS.find(([, mark]) => mark.test(text))?.[0] ?? null;
  // What may stand in a request line, and nothing else.
  const path = /^HTTP\/1\.\d 30[1278] [^]*?\r\nLocation: (\/(?!\/)[!-~]*)\r\n/i.exec(text)?.[1] ?? null;
  return { status: Number(status), kind, path };
}

function closeQuietly(connection: Deno.TcpConn | null): void {
  try {
    connection?.close();
  } catch {
    // It is closed.
  }
}
