/// <reference lib="deno.unstable" />
/**
 * A program that speaks QUIC, by Deno's own (`--unstable-net`): `serve PORT CERTIFICATE KEY` answers each stream with
 * `guest` and what it read; `ask HOST PORT CERTIFICATE TEXT` prints the answer. The files are PEM.
 */
import { print } from "../print.ts";

const PROTOCOL = "echo";

async function serve(port: number, cert: string, key: string): Promise<void> {
  const endpoint = new Deno.QuicEndpoint({ hostname: "0.0.0.0", port });
  const listener = endpoint.listen({ cert, key, alpnProtocols: [PROTOCOL] });
  print("ready");
  while (true) void answer(await listener.accept());
}

async function answer(connection: Deno.QuicConn): Promise<void> {
  for await (const { readable, writable } of connection.incomingBidirectionalStreams) {
    const text = await new Response(readable).text();
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode(`guest ${text}`));
    await writer.close();
  }
}

async function ask(hostname: string, port: number, cert: string, text: string): Promise<void> {
  const connection = await Deno.connectQuic({ hostname, port, caCerts: [cert], alpnProtocols: [PROTOCOL] });
  const { readable, writable } = await connection.createBidirectionalStream();
  const writer = writable.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  print(await new Response(readable).text());
  connection.close();
}

const [what, ...words] = Deno.args;
if (what === "serve") {
  const [port, certificate, key] = words;
  await serve(Number(port), Deno.readTextFileSync(certificate!), Deno.readTextFileSync(key!));
} else {
  const [host, port, certificate, text] = words;
  await ask(host!, Number(port), Deno.readTextFileSync(certificate!), text!);
}
Deno.exit();
