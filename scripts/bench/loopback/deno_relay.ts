/** The simplest relay for TCP that a Deno program could be. `LISTEN PORT TARGET PORT` */
const [listen, port, target, targetPort] = Deno.args as [string, string, string, string];
const listener = Deno.listen({ hostname: listen, port: Number(port) });
Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
for await (const client of listener) {
  client.setNoDelay();
  Deno.connect({ hostname: target, port: Number(targetPort) }).then((server) => {
    server.setNoDelay();
    return Promise.all([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  }).catch(() => {}); // Who goes away in the middle is no concern of the others.
}
