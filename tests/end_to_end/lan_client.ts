/**
 * Runs in the LAN peer's network namespace. `say HOST PORT TEXT`: sends the text and prints what comes back. `vite HOST PORT PATH`: loads
 * the page, its client and a module as a browser does, opens the hot-reload socket, and prints each message of it as a line.
 */
import { print } from "./print.ts";

async function say(hostname: string, port: number, text: string): Promise<void> {
  using connection = await Deno.connect({ hostname, port });
  await connection.write(new TextEncoder().encode(text));
  const buffer = new Uint8Array(4096);
  const count = await connection.read(buffer);
  print(new TextDecoder().decode(buffer.subarray(0, count ?? 0)));
}

async function followVite(host: string, path: string): Promise<void> {
  const page = await (await fetch(`http://${host}/`)).text();
  const client = await (await fetch(`http://${host}/@vite/client`)).text();
  await (await fetch(`http://${host}${path}`)).text();
  const token = /const wsToken = "([^"]+)"/.exec(client)?.[1];
  print(page.includes("/@vite/client") && token !== undefined ? "page" : `no page: ${page}`);
  const socket = new WebSocket(`ws://${host}/?token=${token}`, {
    protocols: ["vite-hmr"],
    headers: { Origin: `http://${host}` },
  });
  socket.onmessage = ({ data }) => print(data);
  socket.onerror = (event) => print(`error ${(event as ErrorEvent).message}`);
  for await (const _ of Deno.stdin.readable) { /* until it ends */ }
}

const [what, host, port, rest] = Deno.args;
if (what === "vite") await followVite(`${host}:${port}`, rest!);
else await say(host!, Number(port), rest!);
Deno.exit();
