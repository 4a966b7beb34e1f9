import type { Protocol } from "../../net/endpoint.ts";
import { isPort } from "../../net/port.ts";

/** Where Docker, and Podman in its place, answer. */
const SOCKETS: readonly string[] = ["/var/run/docker.sock", "/run/podman/podman.sock"];

/** How long it may take, in milliseconds: an engine that is busy is not waited for. */
const TIMEOUT_MS = 1000;

/** With more than so many bytes the answer is not read to its end. */
const MAX_BYTES = 8 << 20;

const WRITABLE_BY_ALL = 0o002;

/** A container that runs. */
export interface Container {
  /** As its user named it. Hostile text. */
  readonly name: string;
  /** The ports of the guest that lead to it. */
  readonly ports: readonly { readonly protocol: Protocol; readonly port: number }[];
}

/**
 * The containers that run, by the API of Docker (`GET /containers/json`), which Podman has, too. Only a socket that belongs to
 * root and that not everybody may write is asked: anybody could answer otherwise. None where no engine answers. Never rejects.
 */
export async function askEngine(
  signal?: AbortSignal,
  sockets: readonly string[] = SOCKETS,
): Promise<readonly Container[]> {
  for (const path of sockets) {
    if (!isTrusted(path)) continue;
    try {
      return parseContainers(await request(path, signal));
    } catch {
      // It does not run, or is no engine.
    }
  }
  return [];
}

function isTrusted(path: string): boolean {
  try {
    const { isSocket, uid, mode } = Deno.statSync(path);
    return isSocket === true && uid === 0 && ((mode ?? 0) & WRITABLE_BY_ALL) === 0;
  } catch {
    return false;
  }
}

/** HTTP/1.0, so that the answer ends where the connection does. Throws Error. */
async function request(path: string, signal?: AbortSignal): Promise<string> {
  const connection = await Deno.connect({ transport: "unix", path });
  const close = () => {
    try {
      connection.close();
    } catch {
      // A stream that was read to its end has closed it.
    }
  };
  const timer = setTimeout(close, TIMEOUT_MS);
  signal?.addEventListener("abort", close, { once: true });
  try {
    await connection.write(new TextEncoder().encode("GET /containers/json HTTP/1.0\r\nHost: docker\r\n\r\n"));
    const decoder = new TextDecoder();
    let answer = "";
    for await (const part of connection.readable) {
      answer += decoder.decode(part, { stream: true });
      if (answer.length > MAX_BYTES) throw new Error("the engine's answer has no end");
    }
    const [head, body] = [
      answer.slice(0, answer.indexOf("\r\n\r\n")),
      answer.slice(answer.indexOf("\r\n\r\n") + 4),
    ];
    if (!/^HTTP\/1\.[01] 200 /.test(head)) throw new Error("the engine refused");
    return body;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", close);
    close();
  }
}

/** Reads the list that the engine answers; what is not as documented is passed over. Throws SyntaxError for what is no JSON. */
export function parseContainers(text: string): readonly Container[] {
  const list: unknown = JSON.parse(text);
  return (Array.isArray(list) ? list : []).flatMap((item: { Names?: unknown; Ports?: unknown } | null) => {
    const [first] = Array.isArray(item?.Names) ? item.Names : [];
    if (typeof first !== "string" || first === "") return [];
    const ports = (Array.isArray(item?.Ports) ? item.Ports : []).flatMap(
      (each: { PublicPort?: unknown; Type?: unknown } | null) => {
        const port = each?.PublicPort, protocol = each?.Type;
        if (typeof port !== "number" || !isPort(port) || (protocol !== "tcp" && protocol !== "udp")) {
          return [];
        }
        return [{ protocol: protocol as Protocol, port }];
      },
    );
    return [{ name: first.replace(/^\//, ""), ports }];
  });
}
