/** The web server of the demo: says hello, and when it called listen(). usage: demo_server.ts ADDRESS PORT */
const [hostname, port] = Deno.args;
const listenAt = performance.timeOrigin + performance.now();
Deno.serve({
  hostname: hostname!,
  port: Number(port),
  onListen: () => Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ listenAt })}\n`)),
}, () => new Response("Hello from inside WSL2!"));
